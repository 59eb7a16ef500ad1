// Who has to do with what: for each field of a record and each register, the agents whose moves have read it and those
// whose moves have written it. A move that has touched only what no other agent has to do with may come before or after
// any move of another, and nobody can tell. Learnt from the moves themselves, so nothing declared can be out of date.
// Records of a vcpu go from thread to thread; so it is also learnt who touches them while a thread holds the vcpu
// (kvm_hstate.kvm_vcpu). That is of use because only the thread itself lets go: if another does it, holding counts no more.

/** Number of an agent, below 31: a hardware thread; then what comes from outside; then who judges states. */
export type Agent = number;

const NOTHING = -1;
/** Records that are held, and the field by which a thread holds one. */
const HELD = 'kvm.vcpus.';
const HOLDS = 'host.cpus.kvm_vcpu';
/**
 * What judges see of it does not count: some invariants look into the stacks of all tasks for a wake-up that is about to
 * come, and each step moves on in its stack. They see tasks only at the ends of moves.
 */
const UNJUDGED = 'host.tasks.stack';

/** Another agent has once taken its thing from the thread: what it holds counts no more. */
const TAKEN = Number.POSITIVE_INFINITY;

export class Touches {
  /** The move since `begin` concerns others: it read what another writes, or wrote what another reads or writes. */
  isShared = false;
  /** Somebody has touched something that another may have been taken to have for itself. */
  hasLearnt = false;
  readonly #threads: number;
  /** For each place a row of bits of agents: at any time, then while each of the threads held the thing it belongs to. */
  readonly #readers: number[] = [];
  readonly #writers: number[] = [];
  /** The thing that a place belongs to, NOTHING; or, below that, the thread whose hold it is (`holdOf`). */
  readonly #things: number[] = [];
  readonly #isJudged: boolean[] = [];
  readonly #holdPlaces: number[] = [];
  /** What each thread held when the move began. */
  readonly #holds: number[];
  /** Places that nobody may read in the move, as their values are in no key (dead.ts). */
  #dead: ReadonlySet<number> = new Set();
  #agent: Agent = NOTHING;
  /** Its bit, 0 = nobody moves. */
  #bit = 0;
  #isJudging = false;

  constructor(threads: number) {
    this.#threads = threads;
    this.#holds = new Array<number>(threads).fill(NOTHING);
  }

  /** The agents that are no threads. */
  get outside(): Agent {
    return this.#threads;
  }
  get judge(): Agent {
    return this.#threads + 1;
  }

  /** Takes the next number for a place: the field `path` of record `index` of its list. */
  addField(path: string, index: number): void {
    if (path === HOLDS) this.#holdPlaces[index] = this.#things.length;
    const thing = path === HOLDS ? holdOf(index) : path.startsWith(HELD) ? index : NOTHING;
    this.#add(0, thing, path !== UNJUDGED);
  }
  /** The same for a register. The engine tells nobody how a thread uses it in its guest. */
  addRegister(thread: Agent): void {
    this.#add(1 << thread, NOTHING, true);
  }
  #add(bits: number, thing: number, isJudged: boolean): void {
    for (let i = 0; i <= this.#threads; i++) {
      this.#readers.push(bits);
      this.#writers.push(bits);
    }
    this.#things.push(thing);
    this.#isJudged.push(isJudged);
  }

  /** The accesses that follow are those of a move of `agent`; `valueAt`: what a place holds now; `dead`: dead places. */
  begin(
    agent: Agent,
    valueAt: (place: number) => unknown,
    dead: ReadonlySet<number> = new Set(),
  ): void {
    this.#agent = agent;
    this.#dead = dead;
    this.#bit = 1 << agent;
    this.isShared = false;
    for (let t = 0; t < this.#threads; t++) {
      if (this.#holds[t] !== TAKEN)
        this.#holds[t] = valueAt(this.#holdPlaces[t] as number) as number;
    }
  }
  /** The accesses that follow are nobody's. */
  end(): void {
    this.#agent = NOTHING;
    this.#bit = 0;
  }

  /** `look` judges the state within the move: what it reads decides what the move shows. */
  judged(look: () => void): void {
    this.#isJudging = true;
    look();
    this.#isJudging = false;
  }

  onRead(place: number): void {
    if (this.#bit === 0) return;
    if (this.#dead.has(place)) throw new Error(`touches: place ${place} is dead and is read`);
    if (((this.#writers[this.#rowNow(place)] as number) & ~this.#bit) !== 0) this.isShared = true;
    if (this.#isJudging && !this.#isJudged[place]) return;
    const thing = this.#things[place] as number;
    const first = place * (1 + this.#threads);
    this.#noteRead(first);
    for (let t = 0; thing >= 0 && t < this.#threads; t++)
      if (this.#holds[t] === thing) this.#noteRead(first + 1 + t);
  }

  onWrite(place: number, value: unknown): void {
    if (this.#bit === 0) return;
    const now = this.#rowNow(place);
    const users = (this.#writers[now] as number) | (this.#readers[now] as number);
    if ((users & ~this.#bit) !== 0) this.isShared = true;
    const thing = this.#things[place] as number;
    const first = place * (1 + this.#threads);
    this.#noteWrite(first);
    for (let t = 0; thing >= 0 && t < this.#threads; t++)
      if (this.#holds[t] === thing) this.#noteWrite(first + 1 + t);
    if (thing < NOTHING) this.#onHold(holdOf(thing), value);
  }

  /** Real memory: anybody's guest may use it. */
  onMemory(): void {
    this.isShared = true;
  }

  /** The row that says who else uses a place as long as the agent does not move. */
  #rowNow(place: number): number {
    const thing = this.#things[place] as number;
    const isHeld = thing >= 0 && this.#holds[this.#agent] === thing;
    return place * (1 + this.#threads) + (isHeld ? 1 + this.#agent : 0);
  }

  #noteRead(row: number): void {
    const readers = this.#readers[row] as number;
    if ((readers & this.#bit) !== 0) return;
    this.#readers[row] = readers | this.#bit;
    if (((this.#writers[row] as number) & ~this.#bit) !== 0) this.hasLearnt = true;
  }

  #noteWrite(row: number): void {
    const writers = this.#writers[row] as number;
    if ((writers & this.#bit) !== 0) return;
    this.#writers[row] = writers | this.#bit;
    const users = writers | (this.#readers[row] as number);
    if ((users & ~this.#bit) !== 0) this.hasLearnt = true;
  }

  #onHold(thread: number, value: unknown): void {
    const held = this.#holds[thread];
    if (thread === this.#agent || held === NOTHING || held === TAKEN || held === value) return;
    this.#holds[thread] = TAKEN;
    this.hasLearnt = true;
  }
}

/** A thread as a number below NOTHING, and back. */
const holdOf = (number: number): number => NOTHING - 1 - number;
