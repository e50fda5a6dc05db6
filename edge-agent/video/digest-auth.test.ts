import { describe, expect, test } from 'vitest';
import { createAuthenticator } from './digest-auth.ts';

const response = (header: string | null) => /response="([0-9a-f]+)"/.exec(header ?? '')?.[1];

describe('digest sign-in', () => {
  test('RFC 2617 section 3.5: MD5 with qop', () => {
    const auth = createAuthenticator({ username: 'Mufasa', password: 'Circle Of Life' }, () => '0a4f113b');
    const answer = auth.challenge([
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    ]);
    expect(answer).toEqual({ kind: 'retry', stale: false });
    const header = auth.header('GET', '/dir/index.html');
    expect(response(header)).toBe('6629fae49393a05397450978507c4ef1');
    expect(header).toContain('nc=00000001');
    expect(header).toContain('opaque="5ccc069c403ebaf9f0171e9517f40e41"');
    expect(auth.header('GET', '/dir/index.html')).toContain('nc=00000002');
  });

  test('RFC 7616 section 3.9.1: SHA-256 goes before MD5', () => {
    const common =
      'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
    const auth = createAuthenticator(
      { username: 'Mufasa', password: 'Circle of Life' },
      () => 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    );
    auth.challenge([`Digest ${common}, algorithm=MD5`, `Digest ${common}, algorithm=SHA-256`]);
    expect(response(auth.header('GET', '/dir/index.html'))).toBe(
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    );
    const md5Only = createAuthenticator(
      { username: 'Mufasa', password: 'Circle of Life' },
      () => 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    );
    md5Only.challenge([`Digest ${common}, algorithm=MD5`]);
    expect(response(md5Only.header('GET', '/dir/index.html'))).toBe('8ca523f5e9506fed4657c9700eebdbec');
  });

  test('RFC 2069 style, as most cameras do it: no qop, no algorithm', () => {
    const auth = createAuthenticator({ username: 'admin', password: '12345' });
    auth.challenge(['Digest realm="IP Camera(12345)", nonce="abc", stale="FALSE"']);
    const header = auth.header('DESCRIBE', 'rtsp://10.0.0.1/live');
    // md5(md5(admin:IP Camera(12345):12345):abc:md5(DESCRIBE:rtsp://10.0.0.1/live)), by openssl.
    expect(response(header)).toBe('e99ebbf8148bc2997358731511dc80f7');
    expect(header).not.toMatch(/qop|cnonce|algorithm/);
  });

  test('Basic where nothing better is offered, several challenges in one header', () => {
    const auth = createAuthenticator({ username: 'a"b', password: 'пароль' });
    auth.challenge(['Basic realm="x"']);
    expect(auth.header('GET', '/')).toBe(`Basic ${Buffer.from('a"b:пароль').toString('base64')}`);
    auth.challenge(['Basic realm="x", Digest realm="y", nonce="n"']);
    expect(auth.header('GET', '/')).toMatch(/^Digest username="a\\"b", realm="y"/);
  });

  test('tells a stale nonce from a refusal', () => {
    const auth = createAuthenticator({ username: 'a', password: 'b' });
    expect(auth.challenge(['Digest realm="y", nonce="n2", stale=true'])).toEqual({ kind: 'retry', stale: true });
    expect(createAuthenticator(null).challenge(['Basic realm="x"'])).toEqual({ kind: 'refused' });
    expect(auth.challenge([])).toEqual({ kind: 'refused' });
    expect(auth.challenge(['Negotiate'])).toEqual({ kind: 'refused' });
    expect(auth.challenge(['Digest realm="y", nonce="n", algorithm=ROT13'])).toEqual({ kind: 'refused' });
  });

  test('[V8] the password is not said where Digest is offered, even one that is not known, or was used before', () => {
    const auth = createAuthenticator({ username: 'a', password: 'b' });
    const unknown = ['Digest realm="y", nonce="n", algorithm=SHA-512', 'Basic realm="x"'];
    expect(auth.challenge(unknown)).toEqual({ kind: 'refused' });
    expect(auth.challenge(['Digest realm="y", nonce="n", qop="auth-int"', 'Basic realm="x"'])).toEqual({
      kind: 'refused',
    });
    expect(auth.challenge(['Basic realm="x"', 'Digest realm="y", nonce="n"'])).toMatchObject({ kind: 'retry' });
    expect(auth.header('GET', '/')).toMatch(/^Digest /);
    expect(auth.challenge(['Basic realm="x"'])).toEqual({ kind: 'refused' });
  });

  test('[V8] challenges as cameras write them', () => {
    const said = (...headers: string[]) => {
      const auth = createAuthenticator({ username: 'a', password: 'b' }, () => 'c');
      return auth.challenge(headers).kind === 'retry' ? auth.header('OPTIONS', '*') : null;
    };
    const plain = said('Digest realm="r", nonce="n", qop="auth"');
    expect(plain).toMatch(/realm="r", nonce="n".*qop=auth/);
    expect(said('digest nonce = "n" ,realm = "r",qop=auth,auth-int')).toBe(plain);
    expect(said('Digest qop=auth,auth-int, realm=r, nonce=n')).toBe(plain);
    expect(said('Negotiate, Digest realm="r", nonce="n", qop="auth", Bearer realm="z"')).toBe(plain);
    const both = 'Digest realm="r", nonce="n", algorithm=MD5, Digest realm="r", nonce="n", algorithm=SHA-256';
    expect(said(both)).toContain('algorithm=SHA-256');
    expect(said('Basic')).toBe('Basic YTpi');
    expect(said('Digest realm="r"')).toBeNull();
  });

  test('[V8] a challenge of blanks takes no time', () => {
    const startedAt = performance.now();
    createAuthenticator({ username: 'a', password: 'b' }).challenge([`Digest${' '.repeat(60_000)}"`]);
    expect(performance.now() - startedAt).toBeLessThan(100);
  });
});
