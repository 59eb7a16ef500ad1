import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asm, disasm } from './asm.ts';

let folder = '';
let stdout = '';
let stderr = '';
const path = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'asm-'));
  stdout = '';
  stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('asm', () => {
  it('writes the image and says nothing', () => {
    writeFileSync(path('a.s'), 'li r3,1\nblr\n');
    expect(asm(path('a.s'), path('a.bin'))).toBe(0);
    expect(readFileSync(path('a.bin')).toString('hex')).toBe('386000014e800020');
    expect(stdout + stderr).toBe('');
  });

  it('names file, line and column of every error, with hints, and writes no image', () => {
    writeFileSync(path('a.s'), 'lii r3,1\n  addi r3,r3,99999\n');
    expect(asm(path('a.s'), path('a.bin'))).toBe(1);
    expect(stderr).toBe(
      `${path('a.s')}:1:1: error: no instruction is named 'lii' (did you mean lis?)\n` +
        `${path('a.s')}:2:14: error: 99999 is not between -32768 and 32767 ` +
        '(build larger values with lis and ori, or address parts with @ha and @l)\n',
    );
    expect(() => readFileSync(path('a.bin'))).toThrow();
  });

  it('refuses a file that does not exist and a place it cannot write', () => {
    expect(asm(path('none.s'), path('a.bin'))).toBe(2);
    expect(stderr).toContain(`error: cannot read ${path('none.s')}`);
    writeFileSync(path('a.s'), 'nop\n');
    expect(asm(path('a.s'), path('no/such/folder'))).toBe(2);
    expect(stderr).toContain(`error: cannot write ${path('no/such/folder')}`);
  });
});

describe('disasm', () => {
  it('prints address, word and text, with branch targets from the base', () => {
    writeFileSync(path('a.bin'), Buffer.from('386000014bfffffc0000000001', 'hex'));
    expect(disasm(path('a.bin'), { base: 0x100n })).toBe(0);
    expect(stdout).toBe(
      '     100:  38600001  li      r3,1\n' +
        '     104:  4bfffffc  b       0x100\n' +
        '     108:  00000000  .long 0x0\n' +
        '     10c:  01        .byte 0x01\n',
    );
  });

  it('reads what asm writes, in either byte order and for any address', () => {
    const options = { base: 0x4000n, littleEndian: true };
    writeFileSync(path('a.s'), 'a: li r3,1\n b a\n .long a\n');
    expect(asm(path('a.s'), path('a.bin'), options)).toBe(0);
    expect(readFileSync(path('a.bin')).toString('hex')).toBe('01006038fcffff4b00400000');
    expect(disasm(path('a.bin'), options)).toBe(0);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      '    4000:  38600001  li      r3,1',
      '    4004:  4bfffffc  b       0x4000',
    ]);
  });

  it('refuses a file that does not exist', () => {
    expect(disasm(path('none.bin'))).toBe(2);
    expect(stderr).toContain('error: cannot read');
  });
});
