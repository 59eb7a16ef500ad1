// The journal of a whole machine: its records and its arena.
import { ArenaJournal } from '../engine/journal.ts';
import type { Machine } from '../machine/machine.ts';
import { type Layout, RecordJournal } from './record-journal.ts';

/** Fields outside the key: they count, or tell the user what the rest says, too. */
const UNKEYED: ReadonlySet<string> = new Set(['kvm.vcpus.entries', 'host.cpus.waiting']);
const RECORDS: Layout = {
  branches: new Set(['host', 'host.xics', 'kvm']),
  whole: new Set(['monitor']),
  isKeyed: (path, field) =>
    path !== 'machine' && field !== 'monitor' && !UNKEYED.has(`${path}.${field}`),
};

/** A moment to which a machine can be put back. */
export interface Mark {
  readonly records: number;
  readonly arena: number;
}

/** Follows a machine, whose clocks it aligns; going back restores everything but the ring of events. */
export class Journal {
  readonly #records: RecordJournal<object>;
  readonly #arena: ArenaJournal;
  readonly #threads: number;

  constructor(machine: Machine) {
    machine.untimed.alignClocks();
    this.#threads = machine.hw.threads;
    this.#records = new RecordJournal<object>(machine.getRecords(), RECORDS);
    machine.setRecords(this.#records.live as ReturnType<Machine['getRecords']>);
    this.#arena = new ArenaJournal(machine.hw.arena);
  }

  /** Lanes of the key of what has been committed. */
  get low(): number {
    return (this.#arena.low + this.#records.low) | 0;
  }
  get high(): number {
    return (this.#arena.high + this.#records.high) | 0;
  }

  mark(): Mark {
    return { records: this.#records.mark(), arena: this.#arena.mark() };
  }

  /** Takes note of what a move has changed; `ran` is the thread that executed guest instructions in it, or -1. */
  commit(ran: number): void {
    this.#records.commit();
    this.#arena.commit(ran);
  }

  /** Takes note of what many moves have changed. */
  commitAll(): void {
    this.#records.commit();
    for (let thread = 0; thread < this.#threads; thread++) this.#arena.commit(thread);
  }

  undo({ records, arena }: Mark): void {
    this.#records.undo(records);
    this.#arena.undo(arena);
  }
}
