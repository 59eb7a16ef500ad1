// Random words and states of the witness's cases. Nothing here may change: the cases are made anew from their seeds.
import type { Row } from '../../isa/row.ts';
import { DWORDS, PLACE, VSR_AT, type WitnessState } from './witness-state.ts';

/** A generator of 32-bit numbers (xorshift128); the same seed gives the same numbers. */
export class Draw {
  readonly #s = new Uint32Array(4);

  constructor(seed: number) {
    for (let i = 0; i < 4; i++) {
      this.#s[i] = Math.imul((seed ^ (i * 0x9e3779b9)) + 0x7f4a7c15, 0x85ebca6b) | 1;
    }
    for (let i = 0; i < 12; i++) this.u32();
  }

  u32(): number {
    const s = this.#s;
    let t = s[3] as number;
    const first = s[0] as number;
    s[3] = s[2] as number;
    s[2] = s[1] as number;
    s[1] = first;
    t ^= t << 11;
    t ^= t >>> 8;
    s[0] = t ^ first ^ (first >>> 19);
    return s[0] as number;
  }
  /** An integer from 0 to n - 1. */
  below(n: number): number {
    return Math.floor((this.u32() / 2 ** 32) * n);
  }
  /** An integer from `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }
}

const INTEGER_EDGES = [0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fff_ffffn]
  .concat([0x8000_0000n, 0xffff_ffffn, 1n << 32n, 1n << 62n, (1n << 63n) - 1n, 1n << 63n])
  .flatMap((edge) => [edge, BigInt.asUintN(64, -edge)]);

const float = new DataView(new ArrayBuffer(8));
function bitsOf(value: number): bigint {
  float.setFloat64(0, value);
  return float.getBigUint64(0);
}

const SINGLE_MAX = (2 - 2 ** -23) * 2 ** 127;
/** Zeros, infinities, limits of formats and conversions, halfway cases; each also negative. */
const FLOAT_EDGES = [
  ...[0, 1, 1.5, 0.5, 2.5, 3, 1 / 3, 1 + 2 ** -52, 1 - 2 ** -53, Number.POSITIVE_INFINITY],
  ...[Number.MAX_VALUE, Number.MIN_VALUE, 2 ** -1022, 2 ** -1022 - 2 ** -1074, 2 ** 1023, 2 ** 511],
  ...[SINGLE_MAX, SINGLE_MAX + 2 ** 102, SINGLE_MAX + 2 ** 103, 2 ** 128, 2 ** -126, 2 ** -149],
  ...[2 ** -150, 2 ** -150 * 1.5, 2 ** -126 - 2 ** -149, 2 ** -127, 1 + 2 ** -24, 1 + 2 ** -23],
  ...[1 + 3 * 2 ** -24, 2 ** 31, 2 ** 31 - 1, 2 ** 31 - 0.5, 2 ** 32, 2 ** 32 - 1, 2 ** 32 - 0.5],
  ...[2 ** 52 + 0.5, 2 ** 53 - 1, 2 ** 53, 2 ** 62, 2 ** 63, 2 ** 63 - 1024, 2 ** 64, 2 ** -540],
]
  .map(bitsOf)
  .concat([0x7ff8_0000_0000_0000n, 0x7ff0_0000_0000_0001n, 0x7ff4_0000_2000_0000n])
  .concat([0x7fff_ffff_ffff_ffffn, 0x7ff0_0000_1fff_ffffn])
  .flatMap((edge) => [edge, edge | (1n << 63n)]);

/** Zeros, ones, infinities, a signalling and a quiet NaN. */
const SPECIAL = [
  0n,
  bitsOf(1),
  bitsOf(Number.POSITIVE_INFINITY),
  0x7ff4n << 48n,
  0x7ff4n << 48n,
  0x7ff8n << 48n,
].flatMap((edge) => [edge, edge | (1n << 63n)]);

/** Writes doublewords by halves: the host is little-endian, as WebAssembly is. */
class Halves {
  readonly state: WitnessState = new BigUint64Array(DWORDS);
  readonly #halves = new Uint32Array(this.state.buffer);
  readonly #draw: Draw;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  set(at: number, high: number, low: number): void {
    this.#halves[2 * at + 1] = high;
    this.#halves[2 * at] = low;
  }

  integer(at: number): void {
    const draw = this.#draw;
    const kind = draw.below(8);
    if (kind < 3) this.state[at] = draw.pick(INTEGER_EDGES);
    else if (kind === 3) this.set(at, 0, draw.u32());
    else if (kind === 4) this.set(at, draw.oneIn(2) ? -1 : 0, draw.u32() >> draw.below(32));
    else if (kind === 5) this.set(at, draw.u32() >>> draw.below(32), draw.u32());
    else this.set(at, draw.u32(), draw.u32());
  }

  float(at: number): void {
    const draw = this.#draw;
    const kind = draw.below(8);
    if (kind < 3) this.state[at] = draw.pick(FLOAT_EDGES);
    else if (kind === 3) this.state[at] = draw.pick(SPECIAL);
    else if (kind === 4 && draw.oneIn(2)) this.set(at, draw.u32(), draw.u32());
    else this.#finite(at, kind);
  }

  /** A number near 1, near the limits of single precision, or of few digits. */
  #finite(at: number, kind: number): void {
    const draw = this.#draw;
    const middle = draw.pick([1023, 1023, 1023, 1023 + 127, 1023 - 126, 1023 + 52, 1023 + 63]);
    const exponent = middle + draw.between(-4, 4);
    const sign = draw.oneIn(2) ? 0x8000_0000 : 0;
    const high = draw.u32() >>> 12;
    const low = kind === 4 ? 0 : kind === 5 ? draw.u32() & 0xe000_0000 : draw.u32();
    this.set(at, (sign | (exponent << 20) | high) >>> 0, low);
  }

  bytes(at: number): void {
    const draw = this.#draw;
    const edge = draw.pick([0, 0x01010101, 0x7f7f7f7f, 0x80808080, 0xffffffff, 0x00ff00ff]);
    const kind = draw.below(3);
    this.set(at, kind === 0 ? edge : draw.u32(), kind === 2 ? draw.u32() : edge);
  }
}

/** Bits of the FPSCR from the low end. */
const [RN, ENABLES, FLAGS] = [0x3, 0xf8, 0x9fff_f700];
const INVALID = 0x01f8_0700;

/** Consistent: VX sums up the invalid operations. No exception is enabled that has occurred: QEMU cannot load FEX. */
function fpscr(draw: Draw): number {
  const sticky = draw.oneIn(2) ? draw.u32() & draw.u32() & FLAGS : 0;
  const invalid = (sticky & INVALID) !== 0;
  const occurred = (invalid ? 0x80 : 0) | ((sticky >>> 22) & 0x78);
  const enables = draw.oneIn(2) ? draw.u32() & ENABLES & ~occurred : 0;
  const summary = invalid ? 0x2000_0000 : 0;
  return ((sticky & ~0x2000_0000) | enables | (draw.u32() & RN) | summary) >>> 0;
}

/** A state: registers of all kinds, the buffer. A narrow one has 32 bits in the integer registers. */
export function randomState(
  draw: Draw,
  {
    facility,
    until,
  }: { readonly facility?: Row['facility'] | undefined; readonly until?: Row['until'] | undefined },
  narrow: boolean,
): WitnessState {
  const made = new Halves(draw);
  for (let n = 0; n < 32; n++) made.integer(n);
  made.set(PLACE.CR, 0, draw.u32());
  // OV32 and CA32 are new in 3.0.
  made.set(PLACE.XER, 0, draw.u32() & (until === undefined && !narrow ? 0xe00c_007f : 0xe000_007f));
  for (const at of [PLACE.LR, PLACE.CTR, PLACE.TAR]) made.integer(at);
  if (draw.oneIn(4)) made.set(PLACE.CTR, 0, draw.below(3));
  made.set(PLACE.FPSCR, 0, fpscr(draw));
  made.set(PLACE.VSCR, 0, draw.u32() & 0x0001_0001);
  for (let at = 64; at < VSR_AT; at++) {
    if (draw.oneIn(2)) made.set(at, draw.u32(), draw.u32());
    else made.float(at);
  }
  const vector = facility === 'VEC' || facility === 'VSX';
  for (let at = VSR_AT; at < DWORDS; at++) {
    const kind = draw.below(4);
    if (vector && kind === 0) made.bytes(at);
    else if (vector && kind === 1 && at > VSR_AT + 8) {
      made.state[at] = made.state[at - 2 * draw.between(1, 4)] as bigint;
    } else if (facility === 'FP' && kind === 1 && at > VSR_AT + 8) {
      const sign = draw.oneIn(2) ? 1n << 63n : 0n;
      made.state[at] = (made.state[at - 2 * draw.between(1, 4)] as bigint) ^ sign;
    } else if (kind === 2) made.integer(at);
    else made.float(at);
  }
  if (narrow) {
    for (const at of [...made.state.keys()].slice(0, PLACE.FPSCR)) {
      made.state[at] = BigInt.asUintN(32, made.state[at] as bigint);
    }
  }
  return made.state;
}
