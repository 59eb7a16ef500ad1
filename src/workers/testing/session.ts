// A session under a test: time stands still unless the test moves it, and frames are decoded as in the page.
import { decodeTable, type TableSchema } from '../../sim/trace/columns.ts';
import type { Frame, Pull, Status } from '../protocol.ts';
import type { Pace } from '../runner.ts';
import { SECTIONS, type Section, type SectionName } from '../sections.ts';
import type { Session } from '../session.ts';

/** A clock that only a test moves, or each look at it; callbacks wait until `play` calls them. */
export class FakePace implements Pace {
  ms = 0;
  /** Milliseconds by which each look moves the clock: 0 = work takes no time. */
  perLook = 0;
  private waiting: { at: number; callback: () => void }[] = [];

  now(): number {
    this.ms += this.perLook;
    return this.ms;
  }
  breathe(): Promise<void> {
    return Promise.resolve();
  }
  later(ms: number, callback: () => void): void {
    this.waiting.push({ at: this.ms + ms, callback });
  }
  /** Lets `ms` pass. */
  play(ms: number): void {
    const end = this.ms + ms;
    for (;;) {
      const next = this.waiting.sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.waiting.shift();
      this.ms = Math.max(this.ms, next.at);
      next.callback();
    }
    this.ms = end;
  }
}

const PULL: Pull = { want: {}, focus: '', insn: '', hpt: null, eventsWanted: 0, bins: 0, back: [] };

export const frameOf = (session: Session, pull: Partial<Pull> = {}): Frame =>
  session.frame({ ...PULL, ...pull });

export const statusOf = (session: Session): Status => frameOf(session).status;

/** Tables of a section as a view gets them. */
export function sectionOf<N extends SectionName>(
  session: Session,
  name: N,
  pull: Partial<Pull> = {},
): Section<N> {
  const section = frameOf(session, { ...pull, want: { [name]: -1 } }).sections[name];
  const tables = Object.entries(SECTIONS[name] as Readonly<Record<string, TableSchema>>).map(
    ([table, schema]) => {
      const buffer = section?.tables[table];
      return [table, buffer ? decodeTable(schema, buffer) : []];
    },
  );
  return Object.fromEntries(tables) as Section<N>;
}

/** A program that counts in r3 and memory: line 1 is the entry; the loop is lines 3 to 6. */
export const COUNTER = `start:  li      r3, 0
        li      r4, 0x4000
loop:   addi    r3, r3, 1               # line 3
        stw     r3, 8(r4)
        cmpdi   r3, 100
        blt     loop
done:   b       done
`;

/** Runs as fast as it goes until it stops by itself. */
export function runToStop(session: Session, pace: FakePace): void {
  pace.perLook = 1;
  session.run(0);
  pace.play(60_000);
  pace.perLook = 0;
}
