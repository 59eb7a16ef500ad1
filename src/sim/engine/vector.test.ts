// What the lockstep test does not reach: facilities, CR6, and programs as C libraries write them.
import { describe, expect, test } from 'vitest';
import { assemble } from '../isa/assemble.ts';
import type { Version } from '../isa/row.ts';
import { sprSlot } from '../isa/spr.ts';
import { Cause } from './api.ts';
import { PAGE } from './layout.ts';
import { flatMachine, interruptNia, UNMAPPED } from './testing/flat-machine.ts';

const FP = 1 << 13;
const VEC = 1 << 25;
const VSX = 1 << 23;
const ALL = FP | VEC | VSX;
const SF = 1n << 63n;
const DATA = PAGE;

/** A machine about to execute `source` at 0. */
function machine(source: string, littleEndian = false, version: Version = '3.0') {
  const made = flatMachine({ threads: 1, realBytes: 4 * PAGE, version });
  const result = assemble(source, { base: 0n, littleEndian });
  if (!result.ok) throw new Error(result.errors.map((e) => e.message).join('; '));
  made.arena.writeBytes(0, result.image);
  made.arena.setSpr(0, sprSlot('MSR'), SF | (littleEndian ? 1n : 0n));
  return made;
}
type Arena = ReturnType<typeof machine>['arena'];

const setVr = (arena: Arena, n: number, dword0: bigint, dword1: bigint) => {
  arena.setVsr(0, 32 + n, 0, dword0);
  arena.setVsr(0, 32 + n, 1, dword1);
};
const vsr = (arena: Arena, n: number) => [arena.vsr(0, n, 0), arena.vsr(0, n, 1)];
const counting = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 0xff);

describe('facilities', () => {
  test.each([
    ['lvx 3,0,4', FP | VSX, 'vectorUnavailable'],
    ['vor 3,4,5', FP | VSX, 'vectorUnavailable'],
    ['lxvd2x 35,0,4', FP | VEC, 'vsxUnavailable'],
    ['xxlor 3,4,5', FP | VEC, 'vsxUnavailable'],
    ['lxsd 3,0(4)', FP | VSX, 'vectorUnavailable'],
    ['lxvx 3,0,4', FP | VEC, 'vsxUnavailable'],
    ['lxvx 35,0,4', FP | VSX, 'vectorUnavailable'],
    ['stxv 35,16(4)', FP | VSX, 'vectorUnavailable'],
    ['mtvsrd 3,4', VEC | VSX, 'fpUnavailable'],
    ['mfvsrd 4,35', FP | VSX, 'vectorUnavailable'],
    ['mtvsrdd 3,4,5', FP | VEC, 'vsxUnavailable'],
    ['mtvsrdd 35,4,5', FP | VSX, 'vectorUnavailable'],
  ] as const)('%s refuses without its facility', (source, facilities, cause) => {
    const { arena, engine } = machine(source);
    engine.run(0, 1, facilities);
    expect(arena.nia(0)).toBe(interruptNia(0n, Cause[cause]));
  });

  test.each([
    ['lvx 3,0,4', VEC],
    ['lxvd2x 35,0,4', VSX],
    ['lxvx 3,0,4', VSX],
    ['lxvx 35,0,4', VEC],
    ['lxsd 3,0(4)', VEC],
    ['mtvsrd 3,4', FP],
    ['mtvsrd 35,4', VEC],
    ['mtvsrdd 3,4,5', VSX],
    ['mtvsrdd 35,4,5', VEC],
    ['xxspltib 35,1', VEC],
  ] as const)('%s needs no other facility than its own', (source, facilities) => {
    const { arena, engine } = machine(source);
    engine.run(0, 1, facilities);
    expect(arena.nia(0)).toBe(4n);
  });

  test.each([
    ['lxvx 35,0,4', '2.07'],
    ['mtvsrd 35,4', '2.06'],
    ['lxvd2x 35,0,4', '2.05'],
    ['dst 3,4,0', '2.07'],
  ] as const)('%s is illegal on a CPU of version %s', (source, version) => {
    const { arena, engine } = machine(source, false, version);
    engine.run(0, 1, ALL);
    expect(arena.nia(0)).toBe(interruptNia(0n, Cause.illegal));
  });
});

describe('the recording comparisons', () => {
  test.each([
    ['vcmpequb. 3,4,5', [1n, 2n], [1n, 2n], 8],
    ['vcmpequb. 3,4,5', [1n, 2n], [1n, 3n], 0],
    ['vcmpequd. 3,4,5', [1n, 2n], [3n, 4n], 2],
    ['vcmpneb. 3,4,5', [1n, 2n], [1n, 2n], 2],
    ['vcmpnezb. 3,4,5', [0n, 0n], [0n, 0n], 8],
    ['vcmpgtsw. 3,4,5', [0n, 0n], [-1n, -1n], 8],
    ['vcmpgtuw. 3,4,5', [0n, 0n], [-1n, -1n], 2],
  ] as const)('%s of %o and %o sets CR6 to %i and no other field', (source, a, b, cr6) => {
    const { arena, engine } = machine(source);
    arena.setCr(0, 0x1234_56f8);
    setVr(arena, 4, BigInt.asUintN(64, a[0]), BigInt.asUintN(64, a[1]));
    setVr(arena, 5, BigInt.asUintN(64, b[0]), BigInt.asUintN(64, b[1]));
    engine.run(0, 1, ALL);
    expect(arena.cr(0)).toBe(0x1234_5608 | (cr6 << 4));
  });
});

/** Copies r6 quadwords from r4, any address, to r5, a multiple of 16. */
const COPY = (littleEndian: boolean) => `
  mtctr 6
  ${littleEndian ? 'lvsr' : 'lvsl'} 2,0,4
  lvx 0,0,4
1: addi 4,4,16
  lvx 1,0,4
  vperm 3,${littleEndian ? '1,0' : '0,1'},2
  vor 0,1,1
  stvx 3,0,5
  addi 5,5,16
  bdnz 1b
`;

describe.each([
  ['big-endian', false],
  ['little-endian', true],
])('%s', (_, littleEndian) => {
  test('lvsl or lvsr and vperm copy from every alignment', () => {
    for (let offset = 0; offset < 16; offset++) {
      const { arena, engine } = machine(COPY(littleEndian), littleEndian);
      const bytes = counting(128);
      arena.writeBytes(DATA, bytes);
      for (const [n, value] of [DATA + offset, 2 * DATA, 4].entries()) {
        arena.setGpr(0, 4 + n, BigInt(value));
      }
      engine.run(0, 3 + 4 * 7, ALL);
      expect(arena.readBytes(2 * DATA, 64)).toEqual(bytes.slice(offset, offset + 64));
      expect(arena.gpr(0, 5)).toBe(BigInt(2 * DATA + 64));
    }
  });

  test.each([
    ['lxvd2x', [8, 8]],
    ['lxvw4x', [4, 4, 4, 4]],
    ['lxvh8x', [2, 2, 2, 2, 2, 2, 2, 2]],
    ['lxvb16x', Array<number>(16).fill(1)],
    ['lxvx', [16]],
    ['lvx', [16]],
  ])("%s gives each element its bytes in the thread's order", (name, sizes) => {
    const { arena, engine } = machine(`${name} ${name === 'lvx' ? 3 : 35},0,4`, littleEndian);
    const bytes = counting(16);
    arena.writeBytes(DATA, bytes);
    arena.setGpr(0, 4, BigInt(DATA));
    engine.run(0, 1, ALL);
    const elements = sizes.map((size, i) => [...bytes.slice(i * size, (i + 1) * size)]);
    const ordered = elements.flatMap((e) => (littleEndian ? e.reverse() : e));
    const seen = vsr(arena, 35)
      .map((dword) => dword.toString(16).padStart(16, '0'))
      .join('');
    expect(seen).toBe(Buffer.from(ordered).toString('hex'));
  });

  test('lxvl and stxvl move the bytes that the length says, and no more', () => {
    for (let length = 0; length <= 17; length++) {
      const { arena, engine } = machine('lxvl 3,4,6\n stxvl 3,5,6\n stxvx 3,0,7', littleEndian);
      const bytes = counting(16);
      arena.writeBytes(DATA, bytes);
      arena.writeBytes(2 * DATA, new Uint8Array(16).fill(0xee));
      for (const [n, value] of [DATA, 2 * DATA].entries()) arena.setGpr(0, 4 + n, BigInt(value));
      arena.setGpr(0, 6, (BigInt(length) << 56n) | 0xffn);
      arena.setGpr(0, 7, BigInt(3 * DATA));
      engine.run(0, 3, ALL);
      const kept = Math.min(length, 16);
      const padded = (fill: number) => bytes.map((byte, i) => (i < kept ? byte : fill));
      expect(arena.readBytes(2 * DATA, 16)).toEqual(padded(0xee));
      expect(arena.readBytes(3 * DATA, 16)).toEqual(padded(0));
    }
  });

  test('lxvll and stxvll take the bytes in storage order', () => {
    const { arena, engine } = machine('lxvll 3,4,6\n stxvll 3,5,6', littleEndian);
    const bytes = counting(16);
    arena.writeBytes(DATA, bytes);
    for (const [n, value] of [DATA, 2 * DATA].entries()) arena.setGpr(0, 4 + n, BigInt(value));
    arena.setGpr(0, 6, 5n << 56n);
    engine.run(0, 2, ALL);
    expect(vsr(arena, 3)[0]).toBe(
      BigInt(`0x${Buffer.from(bytes.slice(0, 5)).toString('hex')}000000`),
    );
    expect(arena.readBytes(2 * DATA, 16)).toEqual(bytes.map((byte, i) => (i < 5 ? byte : 0)));
  });
});

describe('an access that faults', () => {
  test('in its second half leaves the register as it was', () => {
    const { arena, engine } = machine('lxvx 3,0,4');
    arena.setGpr(0, 4, UNMAPPED - 8n);
    arena.setVsr(0, 3, 0, 11n);
    arena.setVsr(0, 3, 1, 12n);
    engine.run(0, 1, ALL);
    expect(arena.nia(0)).toBe(interruptNia(0n, 'unmapped'));
    expect(vsr(arena, 3)).toEqual([11n, 12n]);
  });

  test('is not made when lxvl has nothing to load', () => {
    const { arena, engine } = machine('lxvl 3,4,6');
    arena.setGpr(0, 4, UNMAPPED);
    engine.run(0, 1, ALL);
    expect([arena.nia(0), ...vsr(arena, 3)]).toEqual([4n, 0n, 0n]);
  });
});

test('VSCR holds NJ and SAT', () => {
  const { arena, engine } = machine('mtvscr 3\n mfvscr 4');
  setVr(arena, 3, -1n & 0xffn, 0xffff_ffffn);
  engine.run(0, 2, ALL);
  expect(arena.vscr(0)).toBe(0x1_0001);
  expect(vsr(arena, 36)).toEqual([0n, 0x1_0001n]);
});
