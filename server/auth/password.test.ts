import { describe, expect, it } from 'vitest';
import { decoyHash, hashPassword, verifyPassword } from './password.ts';

const cheap = { ln: 8, r: 8, p: 1 };

describe('passwords', () => {
  it('[H1] a hash carries its cost and salt, and fits its own password only', async () => {
    const hash = await hashPassword('Қауіпсіз-2026', cheap);
    expect(hash).toMatch(/^\$scrypt\$ln=8,r=8,p=1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await verifyPassword('Қауіпсіз-2026', hash)).toBe(true);
    expect(await verifyPassword('Қауіпсіз-2027', hash)).toBe(false);
    expect(await hashPassword('Қауіпсіз-2026', cheap)).not.toBe(hash);
  });

  it('a password typed in another Unicode form is the same', async () => {
    const hash = await hashPassword('\u0439овый-й', cheap);
    expect(await verifyPassword('\u0438\u0306овый-и\u0306', hash)).toBe(true);
  });

  it('what is no hash fits nothing', async () => {
    for (const hash of ['!', '', '$scrypt$ln=8,r=8,p=1$AA$', '$2b$10$abc']) {
      expect(await verifyPassword('', hash)).toBe(false);
    }
  });

  it('[H2] the decoy of unknown users fits nothing and costs the same', async () => {
    expect(decoyHash(cheap)).toMatch(/^\$scrypt\$ln=8,r=8,p=1\$/);
    expect(await verifyPassword('', decoyHash(cheap))).toBe(false);
  });
});
