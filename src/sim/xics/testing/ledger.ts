// What software that drives an XICS can hold it to, written from PAPR 7.3.10 alone: a ledger of what devices asked for and
// what servers took, and laws over the registers that everybody can read. It knows nothing of how one is built.
import type { Xics } from '../records.ts';

const NONE = 0xff;
const IPI = 2;

/** A source, as its device and the firmware calls see it. */
interface Entry {
  readonly number: number;
  readonly lsi: boolean;
  server: number;
  priority: number;
  saved: number;
  /** The level of its line. */
  up: boolean;
  /** Events that nobody has taken yet: as many could still come, for they may or may not be taken as one. */
  credit: number;
  /** Nobody has taken anything since the last event, so one must still come. */
  due: boolean;
  /** Servers that took it and have not ended it. */
  taken: number;
}

interface Taken {
  readonly number: number;
  /** XIRR as it was accepted: writing it back ends the interrupt. */
  readonly xirr: number;
  readonly priority: number;
}

export class Ledger {
  readonly entries: readonly Entry[];
  /** What each server has taken and not ended, the last one on top. */
  readonly stacks: readonly Taken[][];
  #before: readonly number[];
  readonly #xics: Xics;

  constructor(xics: Xics) {
    this.#xics = xics;
    this.entries = xics.sources.map(({ number, lsi }) => ({
      ...{ number, lsi: lsi === 1, server: 0, priority: NONE, saved: NONE },
      ...{ up: false, credit: 0, due: false, taken: 0 },
    }));
    this.stacks = xics.icps.map(() => []);
    this.#before = this.#shown();
  }

  entry(number: number): Entry {
    return this.entries.find((entry) => entry.number === number) as Entry;
  }

  line(number: number, level: boolean): void {
    const entry = this.entry(number);
    entry.up = level;
    if (entry.lsi || !level) return;
    entry.credit += 1;
    entry.due = true;
  }

  route(number: number, server: number, priority: number, saved: number): void {
    Object.assign(this.entry(number), { server, priority, saved });
  }

  /** The priority of what a server has taken last: it may not let in what is less favoured. */
  ceiling(server: number): number {
    return this.stacks[server]?.at(-1)?.priority ?? NONE;
  }

  /** A server has read XIRR; what was wrong with what it got, or ''. */
  accept(server: number, xirr: number, cppr: number): string {
    const number = xirr & 0xffffff;
    if (number === 0) return '';
    if (cppr >= this.ceiling(server)) return `server ${server} has two of one priority`;
    this.stacks[server]?.push({ number, xirr, priority: cppr });
    const entry = this.entries.find((e) => e.number === number);
    if (!entry) return number === IPI ? '' : `nobody has interrupt ${number}`;
    entry.taken += 1;
    if (entry.lsi) return entry.taken > 1 ? `${number} was taken twice` : '';
    entry.due = false;
    entry.credit -= 1;
    return entry.credit < 0 ? `${number} was taken more often than it was sent` : '';
  }

  /** XIRR that ends what a server has taken last, or null. */
  end(server: number): number | null {
    const last = this.stacks[server]?.pop();
    if (!last) return null;
    const entry = this.entries.find((e) => e.number === last.number);
    if (entry) entry.taken -= 1;
    return last.xirr;
  }

  /** The first law that the registers break now, or ''; call it after every change. */
  broken(): string {
    const shown = this.#shown();
    const fresh = shown.map((number, s) => (number === this.#before[s] ? 0 : number));
    this.#before = shown;
    for (const [s, icp] of this.#xics.icps.entries()) {
      const { xisr, cppr, mfrr, pending_priority: as } = icp;
      if ((xisr === 0) !== (as === NONE)) return `server ${s} presents ${xisr} as ${as}`;
      if (xisr !== 0 && as >= cppr) return `server ${s} presents what CPPR forbids`;
      if (mfrr < Math.min(cppr, as)) return `the IPI of server ${s} is held back`;
      if (fresh[s] === IPI && mfrr === NONE) return `server ${s} presents an IPI of nobody`;
    }
    for (const entry of this.entries) {
      const why = this.#unjust(entry, shown, fresh);
      if (why !== '') return `${entry.number.toString(16)} ${why}`;
    }
    return '';
  }

  /** What is still owed, '' when nothing is. */
  owed(): string {
    const shown = this.#shown().findIndex((number) => number !== 0);
    if (shown >= 0) return `server ${shown} still presents something`;
    const left = this.entries.find(({ due, up, lsi, taken }) => due || (lsi && up) || taken > 0);
    return left ? `${left.number.toString(16)} has not come, or not ended` : '';
  }

  #unjust(entry: Entry, shown: readonly number[], fresh: readonly number[]): string {
    const { number, lsi, priority, taken, up, credit, due } = entry;
    const places = shown.filter((n) => n === number).length;
    const begins = fresh.includes(number);
    if (begins && priority === NONE) return 'is presented though it is masked';
    if (lsi && begins && !up) return 'is presented though its line is down';
    if (lsi && places + taken > 1) return 'is in two places';
    if (!lsi && places > credit) return 'is presented more often than it was sent';
    const wants = lsi ? up && taken === 0 : due;
    if (!wants || places > 0 || priority === NONE) return '';
    const icp = this.#xics.icps[entry.server];
    return icp && priority < Math.min(icp.cppr, icp.pending_priority) ? 'is held back' : '';
  }

  #shown(): readonly number[] {
    return this.#xics.icps.map(({ xisr }) => xisr);
  }
}
