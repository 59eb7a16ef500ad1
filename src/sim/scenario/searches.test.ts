import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEAD_VCPU } from '../explore/dead.ts';
import { Journal, type Mark } from '../explore/journal.ts';
import { PATCHES } from '../kvm/patches/index.ts';
import type { Vcpu } from '../kvm/records.ts';
import type { Choice } from '../machine/choices.ts';
import { mix32 } from '../state/hash.ts';
import { KEPT_BUGS, KEPT_SEARCHES } from './testing/kept-searches.ts';
import { makeLoaded } from './testing/make.ts';
import {
  type CounterExample,
  differenceOf,
  exploreSystem,
  findByChance,
  findCounterExample,
  linkOf,
  replay,
  type Searched,
  searchBothWays,
} from './testing/search.ts';
import { walk } from './testing/walk.ts';

/** States of a system that is not searched whole here. */
const FIRST = 30_000;
const KEPT = join(import.meta.dirname, 'testing/counterexamples');

test.each(['virt-doorbell', 'hpt-pressure', 'cede-ipi-smt2'])(
  '%s: going back by the journal gives the state that was there, its hash and its key',
  (scenario) => {
    const { machine } = makeLoaded({ scenario });
    machine.advance(Number.POSITIVE_INFINITY, ({ guest_entries }) => guest_entries > 5);
    const journal = new Journal(machine);
    const here = () => ({ hash: machine.hash(), low: journal.low, high: journal.high });
    const path: { readonly mark: Mark; readonly state: ReturnType<typeof here> }[] = [];
    const keep = (): void => void path.push({ mark: journal.mark(), state: here() });
    let drawn = 0;
    const below = (n: number): number => mix32(scenario.length, drawn++) % n;
    const threads = machine.host.cpus.length;
    const inputs: Choice[] = [
      { kind: 'dec', vcpu: 0 },
      { kind: 'hdec', thread: 0 },
      { kind: 'preempt', thread: 0 },
      { kind: 'exit', thread: 0 },
    ];
    keep();
    let deepest = 0;
    for (let i = 0; i < 400; i++) {
      if (below(12) === 0 && path.length > 1) {
        path.length -= Math.min(path.length - 1, 1 + below(below(10) === 0 ? 200 : 4));
        const top = path.at(-1);
        if (top) journal.undo(top.mark);
        expect(here()).toEqual(top?.state);
        continue;
      }
      if (below(10) === 0) machine.hw.engine.dropCaches();
      const thread = below(threads + 1);
      const before = machine.m.guest_instructions;
      const choice = inputs[below(inputs.length)] as Choice;
      if (!machine.follow(thread < threads ? { kind: 'thread', thread } : choice)) continue;
      journal.commit(machine.m.guest_instructions === before ? -1 : thread);
      keep();
      deepest = Math.max(deepest, path.length);
    }
    expect(deepest).toBeGreaterThan(30);
  },
);

test.each(['cede-prod-smt2', 'cede-ipi-smt2', 'cede-dec-smt2'])(
  '%s: nobody reads what keys leave out of a vcpu in the guest: with other values there all goes as before',
  (scenario) => {
    const [plain, scrambled] = [false, true].map((scrambles) => {
      const { machine } = makeLoaded({ scenario });
      let times = 0;
      while (machine.advance(1) === 1) {
        for (const { kvm_vcpu, id } of machine.host.cpus.map((cpu, id) => ({ ...cpu, id }))) {
          const vcpu = machine.k.kvm.vcpus[kvm_vcpu];
          if (!vcpu || !machine.hw.inGuest(id)) continue;
          times += 1;
          if (scrambles) for (const field of DEAD_VCPU) Object.assign(vcpu, other(vcpu, field));
        }
      }
      return { times, hash: machine.hash() };
    });
    expect(plain?.times).toBeGreaterThan(10);
    expect(scrambled).toEqual(plain);
  },
);

/** The field with a value that no guest of these has. */
function other(vcpu: Vcpu, field: (typeof DEAD_VCPU)[number]): object {
  const value = vcpu[field];
  if (typeof value === 'number') return { [field]: 0x7abcde };
  return { [field]: typeof value === 'bigint' ? 0x7abcden : value.map(() => 0x7abcden) };
}

describe('all interleavings', () => {
  test.each(['cede-prod-smt2', 'cede-ipi-smt2-once', 'cede-prod-cores-once'])(
    '%s: whatever goes next, who is woken wakes, and nothing is violated in any state',
    (scenario) => {
      const { complete, failures, states, done } = exploreSystem({ scenario });
      expect(failures).toEqual([]);
      expect(complete).toBe(true);
      expect(states).toBeGreaterThan(2000);
      expect(done).toBeGreaterThan(10);
    },
  );

  test.each<Omit<Searched, 'scenario'>>([
    {},
    { without: 'kvmppc_h_cede/entry_exit_count' },
    { off: ['b25-too-late'] },
  ])(
    'moves that take along what concerns nobody else come to the same ends and find the same: %o',
    (what) => {
      const both = searchBothWays({ scenario: 'cede-prod-smt2', ...what });
      expect(differenceOf(both)).toBe('');
      expect(both.whole.complete).toBe(true);
      expect(both.reduced.states).toBeLessThan(both.whole.states / 2);
    },
  );

  test.each(['cede-ipi-smt2', 'cede-dec-smt2', 'cede-prod-cores'])(
    '%s: the same in the first states',
    (scenario) => {
      const { failures, states } = exploreSystem({ scenario, limit: FIRST });
      expect(failures).toEqual([]);
      expect(states).toBeGreaterThan(FIRST);
    },
  );

  test('a prod that is forgotten is found, and the schedule is made short', () => {
    const found = findCounterExample({
      scenario: 'cede-prod-smt2',
      without: 'kvmppc_h_prod/prodded',
      preemptions: 0,
    });
    expect(found?.breaks).toBe('unfinished');
    expect(found?.choices?.split(',').length).toBeLessThan(20);
    if (found) expect(replay(found)).toBe('unfinished');
    if (found) expect(replay({ ...found, without: '' })).toBe('');
  });
});

test('a schedule of choices is the same in single steps, in bursts and when gone back to', () => {
  const choices = '900:0-20,1-30,d0,0-15,1-9,h0,0-40,x1,1-60,0-80';
  const wrong = walk({ scenario: 'cede-ipi-smt2', choices }, [
    { kind: 'burst', steps: 890 },
    { kind: 'single', steps: 45 },
    { kind: 'back', grain: 'instr', count: 20 },
    { kind: 'burst', steps: 100 },
    { kind: 'dropCaches' },
    { kind: 'goto', step: 930 },
    { kind: 'saveLoad', steps: 70 },
    { kind: 'burst', steps: 400 },
    { kind: 'back', grain: 'event', count: 2 },
  ]);
  expect(wrong).toEqual([]);
});

test('chance finds the same, and nothing where all is right', () => {
  const what = { scenario: 'cede-prod-smt2', without: 'kvmppc_h_prod/prodded' };
  expect(findByChance(what, 1, 20)?.breaks).toBe('unfinished');
  expect(findByChance({ scenario: 'cede-ipi-smt2' }, 1, 20)).toBeNull();
});

describe('kept counter-examples', () => {
  const kept = readdirSync(KEPT)
    .filter((file) => file.endsWith('.jsonl'))
    .map((file): [string, CounterExample & { link?: string }] => [
      file,
      JSON.parse(readFileSync(join(KEPT, file), 'utf8')),
    ]);
  const [bugs, mutations] = [true, false].map((off) =>
    kept.filter(([, found]) => found.off.length > 0 === off),
  );

  test('there is one for each kept search, and a search for each historic mistake but B6', () => {
    const searches = [...Object.keys(KEPT_SEARCHES), ...KEPT_BUGS.map(({ patch }) => patch)];
    expect(kept.map(([file]) => file).toSorted()).toEqual(
      searches.map((name) => `${name}.jsonl`).toSorted(),
    );
    const mistakes = PATCHES.filter(({ fixed }) => fixed).map(({ id }) => id);
    const missing = mistakes.filter((id) => !searches.includes(id));
    expect(missing).toEqual(['b6-mer-register']);
  });

  test.each(mutations ?? [])(
    '%s breaks what it broke (else: npm run soak -- searches -u)',
    (_, found) => {
      expect(replay(found)).toBe(found.breaks);
    },
  );

  /** What the same schedules break with every fix. */
  const mended = new Map<string, string>();

  test.each(bugs ?? [])(
    '%s breaks what it broke, nothing with the patch on, and has its link',
    (_, { link, breaks, ...schedule }) => {
      expect(replay(schedule, breaks)).toBe(breaks);
      const on = { ...schedule, off: [] };
      const key = linkOf(on);
      const broken = mended.get(key) ?? replay(on);
      mended.set(key, broken);
      expect(broken).toBe('');
      expect(link).toBe(linkOf(schedule));
    },
  );
});
