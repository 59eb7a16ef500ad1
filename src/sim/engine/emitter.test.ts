import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Bytes,
  Code,
  type I32,
  type I64,
  i32,
  i32Const,
  i64,
  i64Const,
  i64Local,
  select,
} from './emitter.ts';
import { assembleModule } from './wasm-module.ts';

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

/** Runs a function of two i64 that stores its result at address 0, and returns it. */
function evaluate(build: (a: I64, b: I64) => I64, a: bigint, b: bigint): bigint {
  const code = new Code();
  code.store64(8, i32Const(0), 0, build(i64.load(i32Const(8), 0), i64.load(i32Const(16), 0)));
  code.emit(i32Const(0));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const words = new BigInt64Array(memory.buffer);
  words.set([0n, a, b]);
  const bytes = assembleModule(
    [],
    [{ params: [], i32Locals: 0, i64Locals: 0, code, exportAs: 'f' }],
  );
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { engine: { memory } });
  (instance.exports.f as () => number)();
  return words[0] ?? 0n;
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
  const code = new Code();
  const flag = i32.load(i32Const(8), 0);
  const write = (value: number) => code.store32(i32Const(0), 0, i32Const(value));
  code.if(
    flag,
    () => write(1),
    () => write(2),
  );
  code.emit(i32Const(0));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const f = { params: [], i32Locals: 0, i64Locals: 0, code, exportAs: 'f' };
  const module = new WebAssembly.Module(assembleModule([], [f]));
  const { exports } = new WebAssembly.Instance(module, { engine: { memory } });
  const words = new Int32Array(memory.buffer);
  for (const [set, expected] of [
    [1, 1],
    [0, 2],
  ] as const) {
    words[2] = set;
    (exports.f as () => number)();
    expect(words[0]).toBe(expected);
  }
});
