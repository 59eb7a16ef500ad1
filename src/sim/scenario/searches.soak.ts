import { expect, test } from 'vitest';
import { SEARCHED } from './searched.ts';
import { findBug } from './testing/bugs.ts';
import { KEPT_BUGS, KEPT_LIMIT, KEPT_SEARCHES } from './testing/kept-searches.ts';
import { scenariosOn } from './testing/make.ts';
import {
  differenceOf,
  exploreSystem,
  findByChance,
  findCounterExample,
  linkOf,
  replay,
  type Searched,
  searchBothWays,
} from './testing/search.ts';

/** Milliseconds; only a hang takes that long. */
const LONG = 3_600_000;
/** States of one search, a few minutes: the systems of H_PROD, and of one IPI, have fewer; the others are cut there. */
const MANY = 400_000;

test.each(SEARCHED.map(({ id }) => id))(
  '%s: from every state all who are woken still wake, and nothing is violated in any',
  (scenario) => {
    const { failures, ...found } = exploreSystem({ scenario, limit: MANY });
    console.info(scenario, found);
    expect(failures).toEqual([]);
  },
  LONG,
);

test.each(['cede-prod-smt2', 'cede-ipi-cores'])(
  '%s: the same with an HDEC and a kick at any moment',
  (scenario) => {
    const outside = [
      { action: { kind: 'hdec', thread: 0 }, times: 1 },
      { action: { kind: 'exit', thread: 0 }, times: 1 },
    ] as const;
    const { failures, ...found } = exploreSystem({ scenario, outside, limit: MANY });
    console.info(scenario, outside, found);
    expect(failures).toEqual([]);
  },
  LONG,
);

test.each<Omit<Searched, 'scenario'>>([
  { without: 'kvmppc_h_prod/prodded' },
  { off: ['b7-prod-kick'] },
  { off: ['b8-hwthread-req'] },
  { off: ['b10-kvm-vcpu'] },
])(
  'cede-prod-smt2, %o: moves of several steps find what single steps find',
  (what) => {
    const both = searchBothWays({ scenario: 'cede-prod-smt2', ...what, limit: MANY });
    console.info(what, both);
    expect(differenceOf(both)).toBe('');
  },
  LONG,
);

test.each(scenariosOn('p7'))(
  '%s: nothing is violated and it finishes, whoever goes next by chance',
  (scenario) => {
    expect(findByChance({ scenario }, 1, 500)).toBeNull();
  },
  LONG,
);

test.each(Object.entries(KEPT_SEARCHES))(
  '%s: the search finds it and makes it short',
  async (name, searched) => {
    const found = findCounterExample({ ...searched, limit: KEPT_LIMIT });
    if (!found) throw new Error(`nothing found within ${KEPT_LIMIT} states`);
    console.info(name, linkOf(found));
    expect(replay(found)).toBe(found.breaks);
    const file = `testing/counterexamples/${name}.jsonl`;
    await expect(`${JSON.stringify(found)}\n`).toMatchFileSnapshot(file);
  },
  LONG,
);

test.each(KEPT_BUGS)(
  '$patch: off, the search finds what it breaks in $scenario, and makes it short',
  async (bug) => {
    const found = findBug(bug);
    if (!found) throw new Error('nothing found');
    const line = { ...found, link: linkOf(found) };
    console.info(`${bug.patch} breaks ${found.breaks}: ${line.link}`);
    const file = `testing/counterexamples/${bug.patch}.jsonl`;
    await expect(`${JSON.stringify(line)}\n`).toMatchFileSnapshot(file);
  },
  LONG,
);
