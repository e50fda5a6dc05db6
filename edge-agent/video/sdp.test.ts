import { describe, expect, test } from 'vitest';
import { controlUrl, parseSdp } from './sdp.ts';

const camera = `v=0
o=- 1 1 IN IP4 0.0.0.0
s=Session
a=control:*
m=audio 0 RTP/AVP 8
a=control:trackID=1
m=video 0 RTP/AVP 96
b=AS:5000
a=rtpmap:96 h264/90000
a=fmtp:96 packetization-mode=1;profile-level-id=64001F; sprop-parameter-sets=Z2QAH6zZQA==,aOvjyyLA==
a=control:trackID=0
`.replaceAll('\n', '\r\n');

describe('SDP', () => {
  test('finds tracks with their codec, parameters and control', () => {
    const sdp = parseSdp(camera);
    expect(sdp.control).toBe('*');
    expect(sdp.media.map((media) => [media.type, media.control])).toEqual([
      ['audio', 'trackID=1'],
      ['video', 'trackID=0'],
    ]);
    const video = sdp.media[1]!;
    expect(video.rtpmap.get(96)).toEqual({ encoding: 'H264', clockRateHz: 90_000 });
    expect(video.fmtp.get(96)?.get('sprop-parameter-sets')).toBe('Z2QAH6zZQA==,aOvjyyLA==');
  });

  test('rubbish makes no tracks and no exception', () => {
    expect(parseSdp('m=\r\na=rtpmap:x\r\na=fmtp:\r\n\0\0=')).toMatchObject({ control: null });
    expect(parseSdp('')).toEqual({ control: null, media: [] });
  });

  test.each([
    ['rtsp://c/live', '*', 'rtsp://c/live'],
    ['rtsp://c/live', null, 'rtsp://c/live'],
    ['rtsp://c/live/', 'trackID=0', 'rtsp://c/live/trackID=0'],
    ['rtsp://c/live', 'trackID=0', 'rtsp://c/live/trackID=0'],
    ['rtsp://c/live?ch=1&sub=0', 'trackID=0', 'rtsp://c/live?ch=1&sub=0/trackID=0'],
    ['rtsp://c/live', 'rtsp://d/track', 'rtsp://d/track'],
  ])('control of %s and %s', (base, control, url) => {
    expect(controlUrl(base, control)).toBe(url);
  });
});
