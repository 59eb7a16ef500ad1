// How far a guest runs as one move of an untimed schedule: to the next instruction that another thread could tell or
// that could tell another thread. MODEL: interrupts come between moves; guest code stays what it was when first run.
import { Access } from '../engine/api.ts';
import { callsOf } from '../engine/uses.ts';
import { MSR_LOW } from '../hardware/bits.ts';
import type { Hardware } from '../hardware/hardware.ts';
import { explainWalk } from '../hardware/mmu/walk.ts';
import { partitionOf } from '../hardware/partition.ts';
import { VARIANTS, variantOfWord } from '../isa/decode.ts';
import type { HwThreadId } from '../state/ids.ts';

/** What an instruction is to the others: nothing, nothing but the end of a straight line, or something. */
type Sort = 'own' | 'branch' | 'visible';

/** Accesses to memory, and what TypeScript does: system calls, traps, most special registers. */
const VISIBLE = /^(\w+\.)?(load\w*|store\w*|copyMemory|trapIf|align|helper|fp\.setStatus)$/;
const BRANCH = /^(branch\w*)$/;
/** Longest straight line that is looked at. */
const LONGEST = 256;
const ADDRESS_SPACES = 2 ** 32;

export class GuestMoves {
  readonly #hw: Hardware;
  readonly #sorts = new Map<number, Sort>();
  /** Caches by place of the instruction: they are functions of the guest's code. */
  readonly #places = new Map<number, Sort>();
  readonly #lengths = new Map<number, number>();

  constructor(hw: Hardware) {
    this.#hw = hw;
  }

  /** True when the next instruction of thread `t` begins a move. */
  isVisible(t: HwThreadId): boolean {
    return this.#sortAt(t, this.#hw.arena.nia(t), this.#place(t)) === 'visible';
  }

  /** Instructions from the next one on that are one move, if none of them traps; at least 1. */
  length(t: HwThreadId): number {
    const place = this.#place(t);
    const known = this.#lengths.get(place);
    if (known !== undefined) return known;
    const nia = this.#hw.arena.nia(t);
    let length = 1;
    let sort = this.#sortAt(t, nia, place);
    while (sort !== 'branch' && length < LONGEST) {
      sort = this.#sortAt(t, nia + BigInt(4 * length), place + 4 * length);
      if (sort === 'visible') break;
      length += 1;
    }
    this.#lengths.set(place, length);
    return length;
  }

  /** A number for the next instruction of a thread: its address, in its partition and mode. */
  #place(t: HwThreadId): number {
    const { arena } = this.#hw;
    const relocated = (arena.msrLow(t) & MSR_LOW.IR) === 0 ? 0 : 1;
    const space = 2 * partitionOf(this.#hw, t) + relocated;
    return space * ADDRESS_SPACES + Number(BigInt.asUintN(32, arena.nia(t)));
  }

  #sortAt(t: HwThreadId, ea: bigint, place: number): Sort {
    const known = this.#places.get(place);
    if (known !== undefined) return known;
    const { result } = explainWalk(this.#hw, t, ea, Access.fetch);
    if (result.kind === 'fault') return 'visible';
    const { arena } = this.#hw;
    const littleEndian = (arena.msrLow(t) & MSR_LOW.LE) !== 0;
    const sort = this.#sortOf(arena.read32(result.real, littleEndian));
    this.#places.set(place, sort);
    return sort;
  }

  #sortOf(word: number): Sort {
    const known = this.#sorts.get(word);
    if (known !== undefined) return known;
    const variant = VARIANTS[variantOfWord(word)];
    const calls = variant ? callsOf(variant) : ['helper'];
    const sort = calls.some((call) => VISIBLE.test(call))
      ? 'visible'
      : calls.some((call) => BRANCH.test(call))
        ? 'branch'
        : 'own';
    this.#sorts.set(word, sort);
    return sort;
  }
}
