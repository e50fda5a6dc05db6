import { describe, expect, test } from 'vitest';
import { parseRtspAddress } from './rtsp-address.ts';

const parse = (address: string, own = {}) => parseRtspAddress({ address, transport: 'tcp', ...own });

describe('RTSP address', () => {
  test('takes credentials out and keeps a camera’s odd query as it is', () => {
    expect(parse('rtsp://admin:p%40ss:w@10.0.0.7:8554/cam/realmonitor?channel=1&subtype=0{x}')).toEqual({
      url: 'rtsp://10.0.0.7:8554/cam/realmonitor?channel=1&subtype=0{x}',
      host: '10.0.0.7',
      port: 8554,
      credentials: { username: 'admin', password: 'p@ss:w' },
    });
  });

  test('the site file’s credentials go first; port 554; IPv6', () => {
    expect(parse('rtsp://u:p@[fe80::1]/x', { username: 'site', password: 'file' })).toMatchObject({
      host: 'fe80::1',
      port: 554,
      credentials: { username: 'site', password: 'file' },
    });
  });

  test.each([
    'http://u:secret@h/',
    'rtsp://u:secret@',
    'rtsps://u:secret@h/x',
    'rtsp://u:secret@a b/c',
    'rtsp://u:secret@h:port/',
  ])('%s is refused without being repeated', (address) => {
    expect(() => parse(address)).toThrow(/address/);
    let message = '';
    try {
      parse(address);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).not.toMatch(/secret/);
  });
});
