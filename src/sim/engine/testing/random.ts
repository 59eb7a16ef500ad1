// Seeded random words, values and programs for tests.
import { VARIANTS, variantOfWord } from '../../isa/decode.ts';
import { field } from '../../isa/fields.ts';
import { patternOf } from '../../isa/pattern.ts';
import type { ThreadState } from './evaluator.ts';

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

  /** Registers of all kinds, MSR of the given byte order and any privilege. */
  thread(littleEndian: boolean): ThreadState {
    const privilege = this.pick([0n, 1n << 14n, 1n << 60n, (1n << 60n) | (1n << 14n)]);
    return {
      gpr: Array.from({ length: 32 }, () => this.value()),
      spr: { LR: this.value(), CTR: this.pick([0n, 1n, 2n, this.u64()]), TAR: this.value() },
      cr: this.u32(),
      xer: this.u64() & 0xe00fffffn,
      nia: 0n,
      msr: privilege | (littleEndian ? 1n : 0n),
      reservation: -1,
    };
  }
}
