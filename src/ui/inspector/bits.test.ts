import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SPRS } from '../../sim/isa/spr.ts';
import { placeText, ruler } from './bits.ts';

const spr = (name: string) => SPRS.find((row) => row.name === name);
const hex = (value: bigint) => `0x${value.toString(16).padStart(16, '0')}`;

describe('the ruler of a register', () => {
  test('takes HFSCR[MSGP] from bit 10, which the ISA calls bit 53', () => {
    const msgp = ruler(spr('HFSCR'), hex(1n << 10n), '')?.fields.find((f) => f.name === 'MSGP');
    expect(msgp?.value).toBe(1n);
    expect(msgp && placeText(msgp, 64)).toBe('10 (ISA 53)');
  });

  test('a field of several bits is numbered from its most significant bit', () => {
    expect(placeText({ name: 'DPFD', lo: 52, width: 3 }, 64)).toBe('54:52 (ISA 9:11)');
  });

  test('marks exactly the bits and fields that differ from the old value', () => {
    const drawn = ruler(spr('MSR'), hex(0x9001n), hex(0x1001n));
    expect(drawn?.fields.filter((f) => f.changed).map((f) => f.name)).toEqual(['EE']);
    expect(drawn?.bits.flatMap((bit, i) => (bit.changed ? [63 - i] : []))).toEqual([15]);
  });

  test('without an old value nothing is marked as changed', () => {
    expect(ruler(spr('MSR'), hex(0x9001n), '')?.bits.some((bit) => bit.changed)).toBe(false);
  });

  test('a register without fields and a value that is no number have no ruler', () => {
    expect(ruler(spr('DAR'), hex(1n), '')).toBeUndefined();
    expect(ruler(spr('MSR'), 'unknown', '')).toBeUndefined();
    expect(ruler(spr('r3'), hex(1n), '')).toBeUndefined();
  });

  test('bits and fields of every register put its value together again', () => {
    const withFields = SPRS.filter((row) => row.fields.length > 0);
    fc.assert(
      fc.property(fc.constantFrom(...withFields), fc.bigInt(0n, 2n ** 64n - 1n), (row, wide) => {
        const value = row.bits === 32 ? wide & 0xffff_ffffn : wide;
        const drawn = ruler(row, hex(value), '');
        const digits = drawn?.bits.map((bit) => (bit.set ? '1' : '0')).join('') ?? '';
        expect(BigInt(`0b${digits}`)).toBe(value);
        for (const field of drawn?.fields ?? []) {
          const mask = (1n << BigInt(field.width)) - 1n;
          expect(field.value).toBe((value >> BigInt(field.lo)) & mask);
        }
      }),
      { seed: 1 },
    );
  });
});
