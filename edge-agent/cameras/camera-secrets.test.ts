import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seal } from '../seal.ts';
import { sealSecret, secretKeyFileName, unsealCameras, unsealSecret } from './camera-secrets.ts';
import { plainPasswords } from './plain-passwords.ts';
import { testCamera } from './test-camera.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuzet-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const keyFile = () => join(folder, 'data', secretKeyFileName);
const password = 'Құпия "7" $' + '{X}';

describe('[O10] sealed passwords', () => {
  test('come back as they were, with a key that only its owner can read', () => {
    const first = sealSecret(password, keyFile());
    const second = sealSecret(password, keyFile());
    expect(first).toMatch(/^secret:[A-Za-z0-9+/]+=*$/);
    expect(first).not.toBe(second);
    expect([first, second].map((text) => unsealSecret(text, keyFile()))).toEqual([password, password]);
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
    expect(unsealSecret('plain', keyFile())).toBe('plain');
  });

  test('one that was changed, cut short or sealed elsewhere is refused with its camera, and not shown', () => {
    const sealed = sealSecret(password, keyFile());
    const elsewhere = sealSecret(password, join(folder, 'other.key'));
    const bytes = Buffer.from(sealed.slice(7), 'base64');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => unsealSecret(`secret:${changed.toString('base64')}`, keyFile())).toThrow(/another key, or changed/);
    }
    const cameras = [sealed.slice(0, 30), elsewhere].map((text, at) =>
      testCamera({ id: `K-${at}`, username: 'kuzet', password: text }),
    );
    expect(() => unsealCameras(cameras, keyFile())).toThrow(
      /^camera K-0: .*cut short.*\ncamera K-1: .*another key.*--seal/,
    );
    expect(
      unsealCameras([testCamera({ password: sealed }), testCamera()], keyFile()).map((camera) => camera.password),
    ).toEqual([password, undefined]);
  });

  test('without a key nothing is made up', () => {
    const sealed = sealSecret(password, keyFile());
    rmSync(keyFile());
    expect(() => unsealCameras([testCamera({ password: sealed })], keyFile())).toThrow(/there is no key/);
    expect(existsSync(keyFile())).toBe(false);
    writeFileSync(keyFile(), 'short');
    expect(() => sealSecret(password, keyFile())).toThrow(/no key of 32 bytes/);
  });

  test('--seal reads one line and prints what the site file takes', async () => {
    const config = { dataDir: join(folder, 'data') };
    for (const typed of [`${password}\n`, `${password}\r\nmore`, password]) {
      expect(unsealSecret(await seal(config, Readable.from([typed])), keyFile())).toBe(password);
    }
    await expect(seal(config, Readable.from(['\n']))).rejects.toThrow(/one line/);
    expect(readFileSync(keyFile(), 'utf8')).not.toContain(password);
  });

  test('a password that stands there for all to read is told, one from the environment is not', () => {
    const file = join(folder, 'office.site.yaml');
    writeFileSync(
      file,
      'cameras: [{ id: a, password: x }, { id: b, password: "$' +
        '{OFFICE}" }, { id: c, password: "secret:AAAA" }, { id: d }, { id: e, password: 1234 }]',
    );
    expect(plainPasswords(file)).toEqual(['a', 'e']);
  });
});
