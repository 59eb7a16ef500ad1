import { describe, expect, test } from 'vitest';
import { VARIANTS } from '../isa/decode.ts';
import { IMPORTS } from './frame.ts';
import { localFunctions } from './functions.ts';
import { generate } from './interpreter.ts';
import { callsOf, isCold, placeOf } from './uses.ts';

const MODE = { littleEndian: false, sixtyFour: true, version30: true, facilities: true };

/** Sizes of the function bodies of a module whose last section is the code. */
function bodySizes(module: Uint8Array): number[] {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (module[at] !== 10) {
    at++;
    const size = number();
    at += size;
  }
  at++;
  number();
  return Array.from({ length: number() }, () => {
    const size = number();
    at += size;
    return size;
  });
}

describe('the module', () => {
  test.each([
    MODE,
    { ...MODE, littleEndian: true },
    { ...MODE, sixtyFour: false },
    { ...MODE, version30: false },
    { ...MODE, facilities: false },
  ])('compiles in mode %o', (mode) => {
    const module = new WebAssembly.Module(generate(mode));
    expect(WebAssembly.Module.imports(module)).toHaveLength(1 + IMPORTS.length);
  });

  test('has a hot function small enough for good machine code', () => {
    // V8 11 (Node 20) changes its register allocator at 8192 virtual registers; at 22,000 bytes we are still below.
    const hot = bodySizes(generate(MODE))[localFunctions(MODE).length] ?? Number.NaN;
    expect(hot).toBeGreaterThan(10_000);
    expect(hot).toBeLessThan(22_000);
  });
});

describe('every variant', () => {
  test('is hot or cold, and cold whenever it can need a hook', () => {
    for (const variant of VARIANTS) {
      const hooked = callsOf(variant).some((call) =>
        /^(load|store|loadReserve|storeConditional|helper|trapIf)$/.test(call),
      );
      expect(placeOf(variant) !== 'cold' || isCold(variant)).toBe(true);
      if (hooked || variant.row.privilege !== 'problem') expect(isCold(variant)).toBe(true);
    }
  });

  test('that compiled code often uses is hot', () => {
    const common =
      'addi addis add subf or and rldicl rlwinm lwz ld stw std cmp cmpi b bc bclr mtlr';
    for (const name of common.split(' ')) {
      const plain = VARIANTS.find(
        ({ row, flags }) =>
          row.name === name && !flags.Rc && !flags.OE && !flags.AA && flags.BO2 !== false,
      );
      expect(plain && placeOf(plain), name).toBe('hot');
    }
  });
});
