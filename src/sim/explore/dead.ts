// Values that nobody will read any more: while a POWER7 thread runs a guest, what its next exit writes anew before anybody
// reads it. They are left out of the key of a search that reduces (README.md), and a step that reads one all the same
// throws: what is left out is checked in each state that is searched.
import { type ArenaJournal, mixHigh, mixLow } from '../engine/journal.ts';
import { THREAD } from '../engine/layout.ts';
import { MSR_HIGH } from '../hardware/bits.ts';
import { sprSlot } from '../isa/spr.ts';
import type { Machine } from '../machine/machine.ts';
import type { RecordJournal } from './record-journal.ts';

/**
 * What `kvmppc_interrupt` writes in its first three steps, whatever interrupt it was; of `gpr` r14-r31 only later, but
 * before who reads them: H_CEDE, which loads them when it wakes, saves them first, and so does `hdec_soon`. Not `msr`:
 * the invariant guest-hv looks at it while the guest runs.
 */
export const DEAD_VCPU = [
  'gpr',
  ...['cr', 'lr', 'srr0', 'srr1', 'trap', 'pc', 'heir', 'last_inst', 'ctr', 'xer'],
] as const;
/** Registers that an interrupt which goes by them, and `fast_guest_return`, write first; a guest may not read them. */
const DEAD_SPR = ['HSRR0', 'HSRR1'] as const;

const NOTHING: ReadonlySet<number> = new Set();

/** Of the committed state: what is dead, and the part of its key that is left out. */
export class Dead {
  low = 0;
  high = 0;
  /** Slots of records. */
  slots: ReadonlySet<number> = NOTHING;
  readonly #records: RecordJournal<object>;
  readonly #arena: ArenaJournal;
  readonly #vcpus: readonly (readonly number[])[];
  readonly #threads: readonly Thread[];

  constructor({ hw, k }: Machine, records: RecordJournal<object>, arena: ArenaJournal) {
    this.#records = records;
    this.#arena = arena;
    const columns = DEAD_VCPU.map((field) => records.slotsOf(`kvm.vcpus.${field}`));
    this.#vcpus = k.kvm.vcpus.map((_, v) => columns.map((slots) => slots[v] as number));
    const wordOf = (t: number, spr: string): number =>
      (hw.arena.threadBase(t) + THREAD.spr) / 4 + 2 * sprSlot(spr);
    const holds = records.slotsOf('host.cpus.kvm_vcpu');
    const threads = hw.model.family === 'p7' ? k.host.cpus.map((_, t) => t) : [];
    this.#threads = threads.map((t) => ({
      msr: wordOf(t, 'MSR') + 1,
      words: DEAD_SPR.flatMap((spr) => [wordOf(t, spr), wordOf(t, spr) + 1]),
      vcpu: holds[t] as number,
    }));
  }

  /** Looks at the state that has just been committed or gone back to. */
  update(): void {
    this.low = 0;
    this.high = 0;
    this.slots = NOTHING;
    for (const { msr, words, vcpu } of this.#threads) {
      if ((this.#arena.wordAt(msr) & MSR_HIGH.HV) !== 0) continue;
      const dead = this.#vcpus[this.#records.valueAt(vcpu) as number];
      if (!dead) continue;
      this.slots = new Set([...this.slots, ...dead]);
      for (const at of words) this.#leaveOut(at, this.#arena.wordAt(at), this.#arena.wordAt(at));
      for (const slot of dead) {
        const { low, high } = this.#records.keyAt(slot);
        this.#leaveOut(~slot, low, high);
      }
    }
  }

  #leaveOut(at: number, low: number, high: number): void {
    this.low = (this.low + mixLow(at, low)) | 0;
    this.high = (this.high + mixHigh(at, high)) | 0;
  }
}

/** Places: the word of its MSR with HV, the words of dead registers, the slot of the vcpu that it runs. */
interface Thread {
  readonly msr: number;
  readonly words: readonly number[];
  readonly vcpu: number;
}
