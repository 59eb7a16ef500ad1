// The floating-point functions against the fractions of testing/float-model.ts.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FPSCR_BITS, ROUNDING } from '../isa/fpscr.ts';
import { CONTROL } from './float-code.ts';
import { FLOAT_FUNCTIONS } from './float-functions.ts';
import { THREAD } from './layout.ts';
import * as model from './testing/float-model.ts';
import { type Mode, summarise } from './testing/float-model-numbers.ts';
import { assembleModule } from './wasm-module.ts';

const SEED = 20_26;
const RUNS = 1500;
const BASE = 0;
const TARGET = THREAD.vsr + 16 * 5;
const OLD = 0x1122_3344_5566_7788n;

const memory = new WebAssembly.Memory({ initial: 1 });
const view = new DataView(memory.buffer);
const exported = FLOAT_FUNCTIONS.map((f) => ({ ...f, exported: true }));
const instance = new WebAssembly.Instance(new WebAssembly.Module(assembleModule([], exported)), {
  engine: { memory },
});

/** Calls a function with the FPSCR given; returns the target (null if untouched), the FPSCR and the result. */
function run(name: string, fpscr: number, ...args: (number | bigint)[]) {
  view.setBigUint64(BASE + THREAD.fpscr, BigInt(fpscr >>> 0), true);
  view.setBigUint64(TARGET + 8, OLD, true);
  view.setBigUint64(TARGET, OLD, true);
  const call = instance.exports[name] as (...all: (number | bigint)[]) => number;
  const pending = call(BASE, ...args) !== 0;
  const value = view.getBigUint64(TARGET + 8, true);
  const rest = view.getBigUint64(TARGET, true);
  const after = Number(view.getBigUint64(BASE + THREAD.fpscr, true));
  expect(rest).toBe(value === OLD ? OLD : 0n);
  return { value: value === OLD ? null : value, fpscr: after, pending };
}

const EXPONENTS = [
  0, 1, 2, 873, 874, 896, 897, 898, 1022, 1023, 1024, 1054, 1055, 1075, 1076, 1085,
].concat([1086, 1087, 1150, 1151, 2045, 2046, 2047]);
const FRACTIONS = [
  0n,
  1n,
  2n,
  3n,
  1n << 51n,
  1n << 28n,
  1n << 29n,
  (1n << 51n) - 1n,
  (1n << 52n) - 1n,
].concat([0x7ffffen << 29n, 0x7fffffn << 29n, (1n << 51n) + 1n, 0xfffffn << 32n]);
const exponent = fc.oneof(
  fc.constantFrom(...EXPONENTS),
  fc.nat(2047),
  fc.integer({ min: 990, max: 1060 }),
);
const fraction = fc.oneof(fc.constantFrom(...FRACTIONS), fc.bigInt(0n, (1n << 52n) - 1n));
const double = fc
  .tuple(fc.boolean(), exponent, fraction)
  .map(([sign, e, f]) => (sign ? 1n << 63n : 0n) | (BigInt(e) << 52n) | f);
const status = fc.bigInt(0n, FPSCR_BITS).map((word) => summarise(Number(word & 0xffffffffn)));
const precision = fc.constantFrom('double' as const, 'single' as const);

const control = (on: Partial<Record<keyof typeof CONTROL, boolean>>): number =>
  Object.entries(on).reduce(
    (sum, [key, set]) => sum | (set ? CONTROL[key as keyof typeof CONTROL] : 0),
    0,
  );
const ONE = 0x3ff0n << 48n;

function check<T extends unknown[]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  law: (...values: T) => void,
) {
  fc.assert(
    fc.property(fc.tuple(...arbitraries) as fc.Arbitrary<T>, (values) => law(...values)),
    {
      seed: SEED,
      numRuns: RUNS,
    },
  );
}

describe('floating-point functions round exact results once and set every FPSCR bit', () => {
  test('multiply-add', () => {
    check(
      [status, double, double, double, precision, fc.boolean(), fc.boolean()],
      (fpscr, a, c, b, kind, subtract, negate) => {
        const seen = run(
          'fpMultiplyAdd',
          fpscr,
          TARGET,
          a,
          c,
          b,
          control({ single: kind === 'single', subtract, negate }),
        );
        expect(seen).toEqual(
          model.multiplyAdd(fpscr, [a, c, b], { precision: kind, subtract, negate }),
        );
      },
    );
  });
  test('multiply-add of a product and an addend that nearly cancel', () => {
    check(
      [status, double, double, fc.integer({ min: -2, max: 2 }), precision],
      (fpscr, a, c, near, kind) => {
        const { value } = model.multiply(0, a, c, { precision: 'double' });
        const b = BigInt.asUintN(64, (value ?? 0n) + BigInt(near));
        const seen = run(
          'fpMultiplyAdd',
          fpscr,
          TARGET,
          a,
          c,
          b,
          control({ single: kind === 'single', subtract: true }),
        );
        expect(seen).toEqual(
          model.multiplyAdd(fpscr, [a, c, b], { precision: kind, subtract: true }),
        );
      },
    );
  });
  test('addition, as multiplication by one', () => {
    check([status, double, double, precision, fc.boolean()], (fpscr, a, b, kind, subtract) => {
      const seen = run(
        'fpMultiplyAdd',
        fpscr,
        TARGET,
        a,
        ONE,
        b,
        control({ single: kind === 'single', subtract }),
      );
      expect(seen).toEqual(model.add(fpscr, a, b, { precision: kind, subtract }));
    });
  });
  test('multiplication, as adding a zero of the same sign', () => {
    check([status, double, double, precision], (fpscr, a, c, kind) => {
      const zero = (a ^ c) & (1n << 63n);
      const seen = run(
        'fpMultiplyAdd',
        fpscr,
        TARGET,
        a,
        c,
        zero,
        control({ single: kind === 'single' }),
      );
      expect(seen).toEqual(model.multiply(fpscr, a, c, { precision: kind }));
    });
  });
  test('the fast path, as the exact one', () => {
    const near = fc
      .tuple(fc.boolean(), fc.integer({ min: 1015, max: 1030 }), fraction)
      .map(([sign, e, f]) => (sign ? 1n << 63n : 0n) | (BigInt(e) << 52n) | f);
    const number = fc.oneof(near, near, near, double);
    const calm = fc.oneof(status, fc.constantFrom(0, 0x8202_4000), fc.constant(0x5000));
    check(
      [calm, number, number, number, fc.integer({ min: -60, max: 60 }), fc.boolean(), fc.boolean()],
      (fpscr, a, c, other, near, subtract, negate) => {
        const { value } = model.multiply(0, a, c, { precision: 'double' });
        // A third of the addends have about the size of the product.
        const scaled = BigInt.asUintN(64, (value ?? 0n) + (BigInt(near) << 52n));
        const b = near % 3 === 0 ? scaled ^ (other & 0xfff_ffff_ffffn) : other;
        const args = [a, c, b, control({ subtract, negate })] as const;
        const seen = run('fpMultiplyAddFast', fpscr, TARGET, ...args);
        const options = { precision: 'double', subtract, negate } as const;
        expect(seen).toEqual(model.multiplyAdd(fpscr, [a, c, b], options));
      },
    );
  });
  test('rounding to single', () => {
    check([status, double], (fpscr, b) => {
      const seen = run(
        'fpMultiplyAdd',
        fpscr,
        TARGET,
        b,
        ONE,
        b & (1n << 63n),
        control({ single: true, shorten: true }),
      );
      expect(seen).toEqual(model.roundToSingle(fpscr, b));
    });
  });
  test('division', () => {
    check([status, double, double, precision], (fpscr, a, b, kind) => {
      const seen = run('fpDivide', fpscr, TARGET, a, b, control({ single: kind === 'single' }));
      expect(seen).toEqual(model.divide(fpscr, a, b, { precision: kind }));
    });
  });
  test('square root', () => {
    check([status, double, precision], (fpscr, b, kind) => {
      const seen = run('fpSquareRoot', fpscr, TARGET, b, control({ single: kind === 'single' }));
      expect(seen).toEqual(model.squareRoot(fpscr, b, { precision: kind }));
    });
  });
  test('estimates', () => {
    check([status, double, precision, fc.boolean()], (fpscr, b, kind, root) => {
      const seen = run(
        'fpEstimate',
        fpscr,
        TARGET,
        b,
        control({ single: kind === 'single', root }),
      );
      expect(seen).toEqual(model.estimate(fpscr, b, { precision: kind, root }));
    });
  });
  test('conversion from integers', () => {
    const integer = fc.oneof(
      fc.bigInt(0n, (1n << 64n) - 1n),
      fc.tuple(fc.nat(63), fc.bigInt(0n, (1n << 64n) - 1n)).map(([n, x]) => x >> BigInt(n)),
    );
    check([status, integer, precision, fc.boolean()], (fpscr, b, kind, unsigned) => {
      const seen = run(
        'fpFromInteger',
        fpscr,
        TARGET,
        b,
        control({ single: kind === 'single', unsigned }),
      );
      expect(seen).toEqual(model.fromInteger(fpscr, b, { precision: kind, unsigned }));
    });
  });
  test('conversion to integers', () => {
    check(
      [status, double, fc.boolean(), fc.boolean(), fc.boolean()],
      (fpscr, b, unsigned, word, truncate) => {
        const seen = run('fpToInteger', fpscr, TARGET, b, control({ unsigned, word, truncate }));
        expect(seen).toEqual(
          model.toInteger(fpscr, b, { unsigned, width: word ? 32 : 64, truncate }),
        );
      },
    );
  });
  test('rounding to integral values', () => {
    const mode = fc.constantFrom(
      ['away', ROUNDING.away],
      ['zero', ROUNDING.towardZero],
      ['up', ROUNDING.up],
      ['down', ROUNDING.down],
    ) as fc.Arbitrary<[Mode, number]>;
    check([status, double, mode], (fpscr, b, [name, number]) => {
      expect(run('fpToIntegral', fpscr, TARGET, b, number)).toEqual(
        model.toIntegral(fpscr, b, name),
      );
    });
  });
  test('comparison', () => {
    check(
      [status, double, double, fc.boolean(), fc.boolean()],
      (fpscr, a, other, same, ordered) => {
        const b = same ? a : other;
        const seen = run('fpCompare', fpscr, THREAD.cr, a, b, ordered ? 1 : 0);
        const expected = model.compareFloats(fpscr, a, b, ordered);
        const { fpscr: after, pending } = seen;
        const field = view.getInt32(BASE + THREAD.cr, true);
        expect({ field, fpscr: after, pending }).toEqual(expected);
      },
    );
  });
});

test('a tie that only the last bits of the product break is rounded to the right side', () => {
  // (1 + 2^-52) × (1 - 2^-52) + (2^53 + 2) = 2^53 + 3 - 2^-104, just below the middle of two numbers.
  const operands = [
    0x3ff0_0000_0000_0001n,
    0x3fef_ffff_ffff_fffen,
    0x4340_0000_0000_0001n,
  ] as const;
  for (const name of ['fpMultiplyAdd', 'fpMultiplyAddFast']) {
    const seen = run(name, 0, TARGET, ...operands, 0);
    expect(seen).toEqual({ value: operands[2], fpscr: 0x8202_4000, pending: false });
  }
});
