// Seeded random words, values and programs for tests.
import { VARIANTS, variantOfWord } from '../../isa/decode.ts';
import { field } from '../../isa/fields.ts';
import { patternOf } from '../../isa/pattern.ts';
import { summarise } from './float-model-numbers.ts';
import type { ThreadState } from './thread-state.ts';

/** A generator of 32-bit numbers (xorshift); the same seed gives the same numbers. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x2545f491) | 1;
  }
  u32(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }
  below(n: number): number {
    return this.u32() % n;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  /** Values on which arithmetic goes wrong, and any others. */
  value(): bigint {
    const edge = this.pick([
      0n,
      1n,
      2n,
      0x7fn,
      0xffn,
      0x7fffn,
      0x7fff_ffffn,
      0xffff_ffffn,
      1n << 63n,
    ]);
    switch (this.below(4)) {
      case 0:
        return BigInt.asUintN(64, this.below(2) === 0 ? edge : -edge);
      case 1:
        return BigInt.asUintN(64, edge + BigInt(this.below(5) - 2));
      case 2:
        return this.u64() >> BigInt(this.below(64));
      default:
        return this.u64();
    }
  }

  /** A number of format double: zeros, limits of both formats, NaNs, infinities, and ordinary ones near to 1. */
  double(): bigint {
    const sign = BigInt(this.below(2)) << 63n;
    const exponent = this.pick([0, 1, 873, 896, 897, 1022, 1023, 1075, 1150, 1151, 2046, 2047]);
    const biased = this.below(3) === 0 ? exponent : 990 + this.below(66);
    const fraction = this.pick([0n, 1n, 1n << 51n, this.u64(), this.u64() << 29n, -1n]);
    return sign | (BigInt(biased) << 52n) | BigInt.asUintN(52, fraction);
  }

  /** Any rounding mode, any exceptions; one in four has exceptions enabled. */
  #fpscr(): bigint {
    const enables = this.below(4) === 0 ? 0xf8 : 0;
    const word = summarise(this.u32() & (0xffff_f707 | enables));
    return (BigInt(this.below(8)) << 32n) | BigInt(word);
  }

  /** A word of the variant, or undefined when the operands drawn belong to a more specific row. */
  word(variant: number): number | undefined {
    const { row, flags } = VARIANTS[variant] as (typeof VARIANTS)[number];
    const { mask, match } = patternOf(row);
    let word = (this.u32() & ~mask) | match;
    for (const [name, on] of Object.entries(flags)) {
      const { bits } = field(name);
      word = on ? word | bits : word & ~bits;
    }
    return variantOfWord(word) === variant ? word >>> 0 : undefined;
  }

  /** MSR[FP], [VEC] and [VSX], mostly 1. */
  #facilities(): bigint {
    const bits = [13n, 23n, 25n].map((bit) => (this.below(8) === 0 ? 0n : 1n << bit));
    return bits.reduce((all, bit) => all | bit);
  }

  /** Registers of all kinds, MSR of the given byte order and width and any privilege. */
  thread(littleEndian: boolean, sixtyFour = true): ThreadState {
    const privilege = this.pick([0n, 1n << 14n, 1n << 60n, (1n << 60n) | (1n << 14n)]);
    return {
      gpr: Array.from({ length: 32 }, () => this.value()),
      spr: { LR: this.value(), CTR: this.pick([0n, 1n, 2n, this.u64()]), TAR: this.value() },
      cr: this.u32(),
      xer: this.u64() & 0xe00fffffn,
      nia: 0n,
      msr:
        privilege |
        this.pick([0n, 0x100n, 0x900n]) |
        this.#facilities() |
        (littleEndian ? 1n : 0n) |
        (sixtyFour ? 1n << 63n : 0n),
      reservation: -1,
      vsr: Array.from({ length: 128 }, () => (this.below(2) === 0 ? this.value() : this.double())),
      vscr: this.pick([0, 1, 0x1_0000, 0x1_0001]),
      fpscr: this.#fpscr(),
    };
  }
}
