import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecordJournal } from './record-journal.ts';
import { Touches } from './touches.ts';

interface Row {
  count: number;
  name: string;
  wide: bigint;
  note: string;
  list: number[];
  frames: { label: string; locals: Record<string, number> }[];
}
const row = (n: number): Row => ({
  count: n,
  name: `row ${n}`,
  wide: BigInt(n),
  note: '',
  list: [n],
  frames: [{ label: 'first', locals: { n } }],
});
const make = () => ({
  seed: 0,
  any: { n: 0 } as Record<string, number>,
  own: row(0),
  branch: { rows: [row(1), row(2)], stop: 1 },
});
type Tree = ReturnType<typeof make>;

const journalOf = (tree: Tree, touches?: Touches): RecordJournal<Tree> =>
  new RecordJournal(
    tree,
    {
      branches: new Set(['branch']),
      whole: new Set(['any']),
      isKeyed: (_path, field) => field !== 'note',
    },
    touches,
  );

/** What may be done to a row. */
const CHANGES: readonly ((row: Row, n: number) => unknown)[] = [
  (r, n) => Object.assign(r, { count: n }),
  (r, n) => Object.assign(r, { name: `n${n}` }),
  (r, n) => Object.assign(r, { wide: BigInt(n) << 40n }),
  (r, n) => Object.assign(r, { note: `note ${n}` }),
  (r, n) => r.list.push(n),
  (r) => r.list.pop(),
  (r, n) => Object.assign(r, { list: [n, n] }),
  (r, n) => r.frames.push({ label: `l${n}`, locals: {} }),
  (r) => r.frames.pop(),
  (r, n) => Object.assign(r.frames.at(-1)?.locals ?? {}, { n }),
];
const rowsOf = ({ own, branch }: Tree): Row[] => [own, ...branch.rows];
/** Everything that belongs to the key. */
const content = (tree: Tree): string =>
  JSON.stringify(tree, (key, value: unknown) =>
    key === 'note' ? '' : typeof value === 'bigint' ? `${value}n` : value,
  );
const whole = (tree: Tree): string =>
  JSON.stringify(tree, (_k, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v));

const change = fc.record({
  row: fc.nat({ max: 3 }), // the last is the object that may get properties
  what: fc.nat({ max: CHANGES.length - 1 }),
  n: fc.nat({ max: 3 }),
});
/** Moves of some changes each, and returns by some moves. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.array(change, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) },
);

test('records go back to what they were, and their key is one of their contents', () => {
  const law = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const tree = make();
    const journal = journalOf(tree);
    expect(journal.live).toEqual(tree);
    const here = () => ({ whole: whole(journal.live), key: `${journal.low},${journal.high}` });
    const path = [{ mark: journal.mark(), ...here() }];
    const keys = new Map<string, string>();
    for (const now of steps) {
      if (typeof now === 'number') {
        path.length -= Math.min(path.length - 1, now);
        journal.undo(path.at(-1)?.mark ?? 0);
      } else {
        const rows = rowsOf(journal.live);
        for (const { row: at, what, n } of now) {
          if (at === rows.length) Object.assign(journal.live.any, { [`p${n}`]: what });
          else CHANGES[what]?.(rows[at] as Row, n);
        }
        journal.commit();
        path.push({ mark: journal.mark(), ...here() });
      }
      expect(here()).toMatchObject({ whole: path.at(-1)?.whole, key: path.at(-1)?.key });
      const { key } = here();
      const known = keys.get(content(journal.live)) ?? key;
      expect(key).toBe(known);
      keys.set(content(journal.live), key);
    }
    expect(new Set(keys.values()).size).toBe(keys.size);
  });
  fc.assert(law, { seed: 9, numRuns: 150 });
});

test('a record cannot come or go', () => {
  const { live } = journalOf(make());
  expect(() => live.branch.rows.push(row(3))).toThrow(TypeError);
});

test('a list that is changed where it is has been written, a value that is there already has not', () => {
  const touches = new Touches(1);
  const journal = journalOf(make(), touches);
  const concerns = (agent: number, move: () => unknown): boolean => {
    touches.begin(agent, journal.valueAt);
    move();
    journal.commit();
    touches.end();
    return touches.isShared;
  };
  const { own } = journal.live;
  expect(concerns(0, () => own.list.push(1))).toBe(false);
  expect(concerns(touches.outside, () => own.list.length)).toBe(true);
  expect(concerns(0, () => own.count)).toBe(false);
  expect(concerns(touches.outside, () => Object.assign(own, { count: own.count }))).toBe(false);
  expect(concerns(0, () => Object.assign(own, { count: 7 }))).toBe(true);
  expect(concerns(0, () => Object.assign(own, { note: 'unkeyed' }))).toBe(false);
});
