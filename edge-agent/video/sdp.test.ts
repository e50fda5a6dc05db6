import { describe, expect, test } from 'vitest';
import { baseUrl, controlUrl, parseSdp } from './sdp.ts';

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

  test.each([
    ['rtsp://c/live', '?track=1', 'rtsp://c/live?track=1'],
    ['rtsp://c/live', '', 'rtsp://c/live'],
    ['rtsp://c/live/', '/trackID=0?user=a', 'rtsp://c/live/trackID=0?user=a'],
    ['rtsp://c/live', 'RTSP://d/track', 'RTSP://d/track'],
  ])('[V9] control of %s and %s', (base, control, url) => {
    expect(controlUrl(base, control)).toBe(url);
  });

  test.each([
    [undefined, 'rtsp://c:8554/cam/live?ch=1'],
    ['', 'rtsp://c:8554/cam/live?ch=1'],
    ['rtsp://10.0.0.9/x/', 'rtsp://10.0.0.9/x/'],
    ['/cam/live/', 'rtsp://c:8554/cam/live/'],
    ['live/', 'rtsp://c:8554/cam/live/'],
    ['rtsp:///x', 'rtsp://c:8554/cam/live?ch=1'],
    ['http://c/x', 'rtsp://c:8554/cam/live?ch=1'],
    ['two words', 'rtsp://c:8554/cam/live?ch=1'],
  ])('[V9] Content-Base %s', (given, base) => {
    expect(baseUrl('rtsp://c:8554/cam/live?ch=1', given)).toBe(base);
  });

  test('[V9] line ends of all kinds, capitals, blanks and lines that nobody knows', () => {
    const odd =
      'v=0\nz9z\nm=Video 0 RTP/AVP 97\r a=RTPMAP:97  H265/90000\na=x-dimensions:1,2\na=:\nb=\na=Control: track1 \n';
    const [video] = parseSdp(odd).media;
    expect(video).toMatchObject({ type: 'video', control: 'track1', payloadTypes: [97] });
    expect(video?.rtpmap.get(97)?.encoding).toBe('H265');
  });
});
