import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Bytes,
  type I32,
  type I64,
  i32,
  i32Const,
  i32Local,
  i64,
  i64Const,
  i64Local,
  select,
  v128,
} from './emitter.ts';
import { assembleModule, type WasmFunction } from './wasm-module.ts';

const i64Value = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 63n, 64n, -64n, -65n, 2n ** 30n, -(2n ** 30n), -(2n ** 63n)),
);

/** Signed LEB128 as the specification defines it. */
function leb(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    const last = rest >> 6n === 0n || rest >> 6n === -1n;
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

/** The exported function `f` of a module of these functions, and the module's memory. */
function instantiate(...functions: readonly WasmFunction[]) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(assembleModule([], functions));
  const { exports } = new WebAssembly.Instance(module, { engine: { memory } });
  return { f: exports.f as (...args: unknown[]) => unknown, memory };
}

/** The value of an expression of two i64. */
function evaluate(build: (a: I64, b: I64) => I64, a: bigint, b: bigint): bigint {
  const { f } = instantiate({
    name: 'f',
    params: ['i64', 'i64'],
    results: ['i64'],
    exported: true,
    write: ({ code }) => code.emit(build(i64Local(0), i64Local(1))),
  });
  return f(a, b) as bigint;
}

describe('numbers', () => {
  test('signed ones are LEB128', () => {
    fc.assert(
      fc.property(i64Value, (value) => {
        const bytes = new Bytes();
        bytes.signed(value);
        expect([...bytes.done()]).toEqual(leb(value));
      }),
      { seed: 1 },
    );
  });

  test('unsigned ones are LEB128, and the buffer grows', () => {
    const bytes = new Bytes();
    for (let i = 0; i < 1000; i++) bytes.unsigned(300);
    expect([bytes.length, ...bytes.done().slice(-2)]).toEqual([2000, 0xac, 0x02]);
  });
});

describe('folding', () => {
  const binary = {
    add: i64.add,
    sub: i64.sub,
    mul: i64.mul,
    and: i64.and,
    or: i64.or,
    xor: i64.xor,
    shl: i64.shl,
    shrS: i64.shrS,
    shrU: i64.shrU,
    rotl: i64.rotl,
  };
  const compared = {
    eq: i64.eq,
    ne: i64.ne,
    ltS: i64.ltS,
    ltU: i64.ltU,
    gtS: i64.gtS,
    gtU: i64.gtU,
    geU: i64.geU,
  };
  const all: [string, (a: I64, b: I64) => I64][] = [
    ...Object.entries(binary),
    ...Object.entries(compared).map(
      ([name, f]) => [name, (a: I64, b: I64) => i64.extendU(f(a, b))] as [string, typeof i64.add],
    ),
    ['wrap and i32', (a, b) => i64.extendU(word(i32.wrap(a), i32.wrap(b)))],
  ];
  const word = (a: I32, b: I32) =>
    i32.xor(i32.shl(i32.add(a, b), i32Const(3)), i32.shrU(i32.sub(a, b), i32Const(5)));

  test.each(all)('of %s gives what WebAssembly computes', (_, build) => {
    fc.assert(
      fc.property(i64Value, i64Value, (a, b) => {
        const computed = evaluate(build, a, b);
        expect(evaluate(() => build(i64Const(a), i64Const(b)), 0n, 0n)).toBe(computed);
        expect(evaluate((x) => build(x, i64Const(b)), a, 0n)).toBe(computed);
      }),
      { seed: 2, numRuns: 40 },
    );
  });

  test('leaves out what changes nothing', () => {
    const x = i64Local(0);
    expect(i64.add(x, i64Const(0n))).toBe(x);
    expect(i64.and(x, i64Const(-1n))).toBe(x);
    expect(i32.wrap(i64.extendU(i32.wrap(x))).args).toEqual([x]);
    expect(select(i32Const(0), i64Const(1n), x)).toBe(x);
  });
});

test('an if with two arms runs the one that its condition chooses', () => {
  const { f } = instantiate({
    name: 'f',
    params: ['bool'],
    results: ['bool'],
    exported: true,
    write: ({ code }) => {
      code.if(
        i32Local(0),
        () => code.return(i32Const(1)),
        () => code.return(i32Const(2)),
      );
      code.emit(i32Const(3));
    },
  });
  expect([f(1), f(0)]).toEqual([1, 2]);
});

describe('functions', () => {
  const divide: WasmFunction = {
    name: 'divide',
    params: ['i64', 'i64'],
    results: ['i64', 'i64'],
    write: ({ code }) => {
      code.emit(i64.divU(i64Local(0), i64Local(1)));
      code.emit(i64.remU(i64Local(0), i64Local(1)));
    },
  };

  test('call each other by name, and several results go to several locals', () => {
    const { f } = instantiate(
      {
        name: 'f',
        params: ['i64'],
        results: ['i64'],
        exported: true,
        write: (scope) => {
          const [quotient, rest] = [scope.temp('i64'), scope.temp('i64')];
          scope.code.call('divide', [i64Local(0), i64Const(10n)], quotient, rest);
          scope.code.emit(i64.sub(i64.mul(quotient, i64Const(1000n)), rest));
        },
      },
      divide,
    );
    expect(f(47n)).toBe(3993n);
  });

  test('that no list has are our bug', () => {
    const write: WasmFunction['write'] = ({ code }) => code.call('nobody', []);
    expect(() => instantiate({ name: 'f', params: [], results: [], write })).toThrow(
      'no function named nobody',
    );
  });
});

test('vectors of 128 bits are loaded, kept in locals, and stored', () => {
  const { f, memory } = instantiate({
    name: 'f',
    params: [],
    results: ['i64'],
    exported: true,
    write: (scope) => {
      const [at, reversed] = [
        i32Const(0),
        v128.const(Array.from({ length: 16 }, (_, i) => 15 - i)),
      ];
      const value = scope.let128(v128.swizzle(v128.load(at, 0), reversed));
      scope.code.store128(at, 16, value);
      scope.code.emit(v128.lane64(value, 1));
    },
  });
  const bytes = new Uint8Array(memory.buffer);
  for (let i = 0; i < 16; i++) bytes[i] = i;
  expect(f()).toBe(0x0001020304050607n);
  expect([...bytes.slice(16, 32)]).toEqual(Array.from({ length: 16 }, (_, i) => 15 - i));
});
