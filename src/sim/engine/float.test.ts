// Floating-point instructions by the manual: special operands, enabled exceptions, the FPSCR's own instructions.
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { assemble } from '../isa/assemble.ts';
import { FPSCR } from '../isa/fpscr.ts';
import { sprSlot } from '../isa/spr.ts';
import { Cause, Stop } from './api.ts';
import { facilitiesOf, flatMachine, interruptNia } from './testing/flat-machine.ts';

const REAL_BYTES = 0x4000;
const DATA = 0x2000;
const MSR = 0x8000_0000_0000_2000n; // SF, FP
const [FE0, FE1] = [0x800n, 0x100n];
const { arena, engine } = flatMachine({ threads: 1, realBytes: REAL_BYTES });
const NIA = 0x100;

const bits = (value: number): bigint =>
  new DataView(Float64Array.of(value).buffer).getBigUint64(0, true);
const number = (value: bigint): number => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  return view.getFloat64(0);
};
const f = (n: number): bigint => arena.vsr(0, n, 0);
const setF = (n: number, value: number | bigint) =>
  arena.setVsr(0, n, 0, typeof value === 'number' ? bits(value) : value);
const fpscr = (): number => Number(arena.fpscr(0));

/** Executes one instruction at NIA; returns whether it went on to the next one. */
function execute(text: string, options: { msr?: bigint; littleEndian?: boolean } = {}): boolean {
  const littleEndian = options.littleEndian === true;
  const made = assemble(text, { littleEndian });
  if (!made.ok)
    throw new Error(made.errors.map(({ text: what, hint }) => `${what} ${hint}`).join());
  arena.writeBytes(NIA, made.image);
  arena.setSpr(0, sprSlot('MSR'), MSR | (options.msr ?? 0n) | (littleEndian ? 1n : 0n));
  arena.setNia(0, BigInt(NIA));
  const stop = engine.run(0, 1, facilitiesOf(arena, 0));
  return stop === Stop.budget && arena.nia(0) === BigInt(NIA + 4);
}

beforeEach(() => {
  engine.flushThread(0);
  for (let n = 0; n < 32; n++) setF(n, 0n);
  arena.setFpscr(0, 0n);
  arena.setCr(0, 0);
  arena.setGpr(0, 3, BigInt(DATA));
});

const QNAN = 0x7ff8_0000_0000_0000n;
const SNAN = 0x7ff0_0000_0000_1234n;
const INFINITY = 0x7ff0_0000_0000_0000n;
const MINUS = 1n << 63n;

describe('loads and stores', () => {
  test('lfs makes a denormal single a normal double and keeps a signalling NaN', () => {
    arena.write32(DATA, 0x0000_0001, false);
    arena.write32(DATA + 4, 0xff80_0001, false);
    execute('lfs 1,0(3)');
    execute('lfs 2,4(3)');
    expect(number(f(1))).toBe(2 ** -149);
    expect(f(2)).toBe(0xfff0_0000_2000_0000n);
  });
  test('stfs writes a denormal single without rounding', () => {
    setF(1, 2 ** -149 * 1.75);
    execute('stfs 1,0(3)');
    expect(arena.read32(DATA, false)).toBe(1);
  });
  test('lfd clears the other doubleword of the vector-scalar register', () => {
    arena.setVsr(0, 5, 1, 77n);
    execute('lfd 5,0(3)');
    expect(arena.vsr(0, 5, 1)).toBe(0n);
  });
  test('stfiwx stores the low word as it is', () => {
    setF(1, 0x1122_3344_5566_7788n);
    execute('stfiwx 1,0,3');
    expect(arena.read32(DATA, false)).toBe(0x5566_7788);
  });
  test.each([
    [false, 0x11n, 0x22n],
    [true, 0x22n, 0x11n],
  ])('lfdp takes one number of 128 bits (little-endian: %s)', (littleEndian, even, odd) => {
    arena.write64(DATA, 0x11n, littleEndian);
    arena.write64(DATA + 8, 0x22n, littleEndian);
    execute('lfdp 6,0(3)', { littleEndian });
    expect([f(6), f(7)]).toEqual([even, odd]);
  });
  test('without MSR[FP] a floating-point load is not done', () => {
    arena.write64(DATA, 5n, false);
    arena.setSpr(0, sprSlot('MSR'), MSR);
    const made = assemble('lfd 1,0(3)');
    if (made.ok) arena.writeBytes(NIA, made.image);
    arena.setNia(0, BigInt(NIA));
    engine.run(0, 1, 0);
    expect(f(1)).toBe(0n);
    expect(arena.nia(0)).toBe(interruptNia(BigInt(NIA), Cause.fpUnavailable));
  });
});

describe('exceptions', () => {
  test('a disabled invalid operation gives the default NaN and its cause', () => {
    setF(1, INFINITY);
    setF(2, INFINITY | MINUS);
    expect(execute('fadd 3,1,2')).toBe(true);
    expect(f(3)).toBe(QNAN);
    expect(fpscr()).toBe((FPSCR.FX | FPSCR.VX | FPSCR.VXISI | 0x1_1000) >>> 0);
  });
  test('an enabled invalid operation leaves the target and FPRF and raises', () => {
    arena.setFpscr(0, BigInt(FPSCR.VE | 0x4000));
    setF(1, SNAN);
    setF(3, 42);
    expect(execute('fsqrt. 3,1', { msr: FE1 })).toBe(false);
    expect(f(3)).toBe(bits(42));
    const flags = FPSCR.FX | FPSCR.FEX | FPSCR.VX | FPSCR.VXSNAN | FPSCR.VE | 0x4000;
    expect(fpscr()).toBe(flags >>> 0);
    expect(arena.cr(0)).toBe(0x0e00_0000);
    expect(arena.nia(0)).toBe(interruptNia(BigInt(NIA), Cause.fpEnabled));
  });
  test('an enabled exception raises nothing while MSR[FE0] and [FE1] are 0', () => {
    arena.setFpscr(0, BigInt(FPSCR.ZE));
    setF(1, 1);
    setF(3, 42);
    expect(execute('fdiv 3,1,2')).toBe(true);
    expect(f(3)).toBe(bits(42));
    expect(fpscr() & FPSCR.FEX).toBe(FPSCR.FEX);
  });
  test('an exception that was there before is not raised again by another instruction', () => {
    arena.setFpscr(0, BigInt(FPSCR.FEX | FPSCR.ZX | FPSCR.ZE));
    expect(execute('fadd 3,1,2', { msr: FE0 })).toBe(true);
  });
  test('an enabled overflow and underflow deliver the number with an adjusted exponent', () => {
    arena.setFpscr(0, BigInt(FPSCR.OE | FPSCR.UE));
    setF(1, 2 ** 1000);
    execute('fmul 3,1,1', { msr: FE0 });
    expect(number(f(3))).toBe(2 ** (2000 - 1536));
    setF(1, 2 ** -1000);
    execute('fmul 3,1,1', { msr: FE0 });
    expect(number(f(3))).toBe(2 ** (-2000 + 1536));
    setF(1, 2 ** -100);
    execute('fmuls 3,1,1', { msr: FE0 });
    expect(number(f(3))).toBe(2 ** (-200 + 192));
  });
  test('underflow is detected before rounding', () => {
    // The largest number below 2^-1022 that has more digits than a denormal rounds up to 2^-1022.
    setF(1, 1 - 2 ** -53);
    setF(2, 2 ** -1022);
    execute('fmul 3,1,2');
    expect(number(f(3))).toBe(2 ** -1022);
    expect(fpscr() & (FPSCR.UX | FPSCR.XX | FPSCR.FR)).toBe(FPSCR.UX | FPSCR.XX | FPSCR.FR);
  });
  test('FX is set by a new exception only', () => {
    arena.setFpscr(0, BigInt(FPSCR.XX));
    setF(1, 1);
    setF(2, 3);
    execute('fdiv 3,1,2');
    expect((fpscr() & FPSCR.FX) >>> 0).toBe(0);
    arena.setFpscr(0, 0n);
    execute('fdiv 3,1,2');
    expect((fpscr() & FPSCR.FX) >>> 0).toBe(FPSCR.FX);
  });
});

describe('arithmetic', () => {
  test('fnmadd rounds, then negates', () => {
    arena.setFpscr(0, 2n); // toward +infinity
    setF(1, 1);
    setF(2, 2 ** -80);
    execute('fnmadd 3,1,1,2');
    expect(f(3)).toBe(bits(-(1 + 2 ** -52)));
  });
  test('a single-precision operation rounds once', () => {
    // 1 + 2^-24 + 2^-60: to double first and then to single would lose the last term before the tie is broken.
    setF(1, 1 + 2 ** -24);
    setF(2, 2 ** -60);
    execute('fadds 3,1,2');
    expect(number(f(3))).toBe(1 + 2 ** -23);
  });
  test('a NaN is taken from FRA, FRB, FRC in this order and made quiet', () => {
    setF(1, SNAN);
    setF(2, SNAN + 1n);
    setF(4, SNAN + 2n);
    execute('fmadd 3,1,4,2');
    expect(f(3)).toBe(SNAN | QNAN);
    setF(1, 1);
    execute('fmadd 3,1,4,2');
    expect(f(3)).toBe((SNAN | QNAN) + 1n);
  });
  test.each([
    ['fre', -0, INFINITY | MINUS, FPSCR.ZX],
    ['fre', 0, INFINITY, FPSCR.ZX],
    ['fre', Number.NEGATIVE_INFINITY, MINUS, 0],
    ['frsqrte', -1, QNAN, FPSCR.VXSQRT],
    ['frsqrte', Number.NEGATIVE_INFINITY, QNAN, FPSCR.VXSQRT],
    ['frsqrte', -0, INFINITY | MINUS, FPSCR.ZX],
    ['frsqrte', Number.POSITIVE_INFINITY, 0n, 0],
  ])('%s of %f is special', (name, operand, result, exception) => {
    setF(1, operand);
    execute(`${name} 3,1`);
    expect(f(3)).toBe(result);
    expect(fpscr() & (FPSCR.ZX | FPSCR.VXSQRT)).toBe(exception);
  });
  test('estimates are within the bounds of the manual and leave XX alone', () => {
    const operand = fc.double({ min: 2 ** -120, max: 2 ** 120, noNaN: true });
    fc.assert(
      fc.property(operand, (x) => {
        setF(1, x);
        for (const [name, exact, bound] of [
          ['fre', 1 / x, 1 / 256],
          ['fres', 1 / x, 1 / 256],
          ['frsqrte', 1 / Math.sqrt(x), 1 / 32],
          ['frsqrtes', 1 / Math.sqrt(x), 1 / 32],
        ] as const) {
          execute(`${name} 3,1`);
          expect(Math.abs(number(f(3)) / exact - 1)).toBeLessThanOrEqual(bound);
        }
        expect(fpscr() & FPSCR.XX).toBe(0);
      }),
      { seed: 7, numRuns: 50 },
    );
  });
});

describe('conversion', () => {
  test.each([
    ['fctiwz', 2 ** 31, 0x7fff_ffffn],
    ['fctiwz', -(2 ** 31) - 1, 0x8000_0000n],
    ['fctiwuz', -1, 0n],
    ['fctiwuz', 2 ** 32, 0xffff_ffffn],
  ])('%s of %d saturates and says so, in both words', (name, operand, word) => {
    setF(1, operand);
    execute(`${name} 3,1`);
    expect(f(3)).toBe((word << 32n) | word);
    expect(fpscr() & FPSCR.VXCVI).toBe(FPSCR.VXCVI);
  });
  test.each([
    ['frin', 2.5, 3],
    ['frin', -2.5, -3],
    ['friz', -2.5, -2],
    ['frip', 2.25, 3],
    ['frim', -2.25, -3],
    ['frin', -0.25, -0],
  ])('%s of %f is %f, exactly', (name, operand, result) => {
    arena.setFpscr(0, BigInt(FPSCR.FR | FPSCR.FI));
    setF(1, operand);
    execute(`${name} 3,1`);
    expect(f(3)).toBe(bits(result));
    expect(fpscr() & (FPSCR.FR | FPSCR.FI | FPSCR.XX)).toBe(0);
  });
  test('frsp cuts the digits of a NaN that single format does not have', () => {
    setF(1, 0x7ff8_0000_3fff_ffffn);
    execute('frsp 3,1');
    expect(f(3)).toBe(0x7ff8_0000_2000_0000n);
  });
});

describe('comparison and selection', () => {
  test('fcmpo of a quiet NaN is invalid, fcmpu is not', () => {
    setF(1, QNAN);
    execute('fcmpu 2,1,2');
    expect([arena.cr(0), fpscr()]).toEqual([0x0010_0000, 0x1000]);
    execute('fcmpo 3,1,2');
    expect(arena.cr(0)).toBe(0x0011_0000);
    expect(fpscr() & FPSCR.VXVC).toBe(FPSCR.VXVC);
  });
  test('fsel takes FRC for -0 and FRB for a NaN', () => {
    setF(4, 4);
    setF(5, 5);
    setF(1, -0);
    execute('fsel 3,1,4,5');
    expect(number(f(3))).toBe(4);
    setF(1, QNAN);
    execute('fsel 3,1,4,5');
    expect(number(f(3))).toBe(5);
  });
});

describe('the FPSCR', () => {
  const ALL = 0x7_ffff_f7ffn;
  test('mffsce reads all and disables exceptions', () => {
    arena.setFpscr(0, ALL);
    execute('mffsce 1');
    expect(f(1)).toBe(ALL);
    expect(arena.fpscr(0)).toBe(ALL & ~(0xf8n | BigInt(FPSCR.FEX)));
  });
  test('mffscrni reads the control bits and sets RN', () => {
    arena.setFpscr(0, 0x5_8202_4001n);
    execute('mffscrni 1,2');
    expect(f(1)).toBe(0x5_0000_0001n);
    expect(arena.fpscr(0)).toBe(0x5_8202_4002n);
  });
  test('mtfsf writes the chosen fields, and never VX and FEX', () => {
    setF(1, 0xffff_ffff_ffff_ffffn);
    execute('mtfsf 0x80,1');
    expect(fpscr()).toBe((FPSCR.FX | FPSCR.OX) >>> 0);
    execute('mtfsf 1,1,0,1');
    expect(arena.fpscr(0)).toBe(0x7_0000_0000n | BigInt((FPSCR.FX | FPSCR.OX) >>> 0));
  });
  test('mtfsb1 of an enabled exception sets FX and raises', () => {
    arena.setFpscr(0, BigInt(FPSCR.OE));
    expect(execute('mtfsb1 3', { msr: FE0 })).toBe(false);
    expect(fpscr()).toBe((FPSCR.FX | FPSCR.FEX | FPSCR.OX | FPSCR.OE) >>> 0);
  });
  test('mcrfs copies a field and clears its exceptions', () => {
    arena.setFpscr(0, BigInt((FPSCR.FX | FPSCR.VX | FPSCR.OX | FPSCR.VXCVI) >>> 0));
    execute('mcrfs 7,0');
    expect(arena.cr(0)).toBe(0b1011);
    expect(fpscr()).toBe(FPSCR.VX | FPSCR.VXCVI);
    execute('mcrfs 7,5');
    expect(fpscr()).toBe(0);
  });
});
