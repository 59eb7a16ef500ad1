// The journal of a whole machine: its records and its arena.
import { ArenaJournal, mixLow } from '../engine/journal.ts';
import { THREAD, THREAD_STRIDE } from '../engine/layout.ts';
import type { Machine } from '../machine/machine.ts';
import { Dead } from './dead.ts';
import { type Layout, RecordJournal } from './record-journal.ts';
import type { Touches } from './touches.ts';

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
  readonly #currs: readonly number[];
  readonly #stacks: readonly number[];
  /** What is left out of the key, too; only with touches. */
  readonly #dead: Dead | undefined;

  /** `touches` is told who has to do with what. */
  constructor(machine: Machine, touches?: Touches) {
    machine.untimed.alignClocks();
    this.#threads = machine.hw.threads;
    this.#records = new RecordJournal<object>(machine.getRecords(), RECORDS, touches);
    this.#currs = this.#records.slotsOf('host.cpus.curr');
    this.#stacks = this.#records.slotsOf('host.tasks.stack');
    machine.setRecords(this.#records.live as ReturnType<Machine['getRecords']>);
    this.#arena = new ArenaJournal(machine.hw.arena);
    if (!touches) return;
    this.#tell(machine.hw.arena, touches);
    this.#dead = new Dead(machine, this.#records, this.#arena);
    this.#dead.update();
  }

  /** Registers have the places behind the slots, one for each doubleword. Clocks do not move, so nobody can tell them. */
  #tell(arena: Machine['hw']['arena'], touches: Touches): void {
    const base = arena.threadBase(0);
    const places = new Int32Array((this.#threads * THREAD_STRIDE) / 8);
    for (let i = 0; i < places.length; i++) {
      touches.addRegister(Math.floor((8 * i) / THREAD_STRIDE));
      places[i] = (8 * i) % THREAD_STRIDE === THREAD.clock ? -1 : this.#records.size + i;
    }
    const placeOf = (address: number): number => places[(address - base) >>> 3] as number;
    const { onWrite } = arena;
    arena.onRead = (address) => {
      const place = placeOf(address);
      if (place >= 0) touches.onRead(place);
    };
    arena.onWrite = (address, holds) => {
      onWrite?.(address, holds);
      const place = placeOf(address);
      if (place < 0) return;
      if (holds) touches.onRead(place);
      else touches.onWrite(place, 0);
    };
    arena.onMemory = () => touches.onMemory();
  }

  /** A number that stands for where a thread is: for its place in the code and its locals. */
  whereIs(thread: number): number {
    const curr = this.#records.valueAt(this.#currs[thread] as number) as number;
    return mixLow(thread, this.#records.keyAt(this.#stacks[curr] as number).low);
  }

  /** What a field holds, by its place (touches.ts). */
  readonly valueAt = (place: number): unknown => this.#records.valueAt(place);

  /** Places of fields that nobody will read before they are written. */
  get dead(): ReadonlySet<number> | undefined {
    return this.#dead?.slots;
  }

  /** Lanes of the key of what has been committed. */
  get low(): number {
    return (this.#arena.low + this.#records.low - (this.#dead?.low ?? 0)) | 0;
  }
  get high(): number {
    return (this.#arena.high + this.#records.high - (this.#dead?.high ?? 0)) | 0;
  }

  mark(): Mark {
    return { records: this.#records.mark(), arena: this.#arena.mark() };
  }

  /** Takes note of what a move has changed; `ran` is the thread that executed guest instructions in it, or -1. */
  commit(ran: number): void {
    this.#records.commit();
    this.#arena.commit(ran);
    this.#dead?.update();
  }

  /** Takes note of what many moves have changed. */
  commitAll(): void {
    this.#records.commit();
    for (let thread = 0; thread < this.#threads; thread++) this.#arena.commit(thread);
  }

  undo({ records, arena }: Mark): void {
    this.#records.undo(records);
    this.#arena.undo(arena);
    this.#dead?.update();
  }
}
