// Searches for the historic mistakes of the kernel: each with its patch off, until a schedule breaks something that the
// same schedule does not break with the patch on; then that schedule is made short.
import { shrinkChoices } from '../../explore/trial.ts';
import { type Choice, type Choices, choicesText, readChoices } from '../../machine/choices.ts';
import { mix32 } from '../../state/hash.ts';
import { report } from '../report.ts';
import { makeLoaded } from './make.ts';
import { type CounterExample, findByChance, findCounterExample } from './search.ts';

/** A mistake and the search that finds it. */
export interface Bug {
  /** Patch that mends it. */
  readonly patch: string;
  readonly scenario: string;
  /**
   * `seed`: with other costs of steps; `stops`: threads are stopped for a while, anywhere; `chance`: whoever goes next
   * by chance; `exploration`: all schedules, with few pre-emptions first.
   */
  readonly by: 'seed' | 'stops' | 'chance' | 'exploration';
}

/** Steps after which a run is judged again. */
const BURST = 2000;

/**
 * What a schedule breaks first: an invariant, a check that cannot come to hold any more, or '' for nothing. With `stop`
 * it is that one, when it is among those broken.
 */
export function breaks(spec: Omit<CounterExample, 'breaks'>, stop = ''): string {
  const { scenario, off, choices, seed = 0 } = spec;
  const loaded = makeLoaded({ scenario, off, seed, ...(choices && { choices }) });
  for (;;) {
    const ended = loaded.machine.advance(BURST) < BURST;
    const { checks, violations } = report(loaded);
    const failed = checks.filter(({ ok, open }) => !ok && (ended || !open));
    const broken = [...violations.map(({ id }) => id), ...failed.map(({ name }) => name)];
    if (broken.includes(stop)) return stop;
    if (ended || (stop === '' && broken.length > 0)) return broken[0] ?? '';
  }
}

/** What a schedule breaks for the patch's sake alone, '' when nothing or when it breaks something with the patch, too. */
function brokenWithout(spec: Omit<CounterExample, 'breaks'>, stop = ''): string {
  const broken = breaks(spec, stop);
  return broken !== '' && breaks({ ...spec, off: [] }) === '' ? broken : '';
}

/** The smallest seed up to `most` that shows it; 0 is the schedule of the page. */
function bySeed({ patch, scenario }: Bug, most: number): CounterExample | null {
  for (let seed = 0; seed <= most; seed++) {
    const found = { scenario, off: [patch], seed };
    const broken = brokenWithout(found);
    if (broken !== '') return { ...found, breaks: broken };
  }
  return null;
}

/** Bits of the most moves that a thread makes while all others stand. */
const LONGEST = 11;

/** From a random step on a few threads move alone, one after another, each for a while. */
function randomStops(number: number, steps: number, threads: number): Choices {
  const list: Choice[] = [];
  const runs = 1 + (mix32(number, 0) % 4);
  for (let run = 1; run <= runs; run++) {
    const thread = mix32(number, run, 0) % threads;
    const most = 2 ** (1 + (mix32(number, run, 1) % LONGEST));
    const times = 1 + (mix32(number, run, 2) % most);
    for (let i = 0; i < times; i++) list.push({ kind: 'thread', thread });
  }
  return { from: mix32(number, 1) % steps, list };
}

/** The first of `most` random stops that shows it, with as few moves as can be. */
function byStops({ patch, scenario }: Bug, most: number): CounterExample | null {
  const { machine } = makeLoaded({ scenario, off: [patch] });
  machine.advance(Number.POSITIVE_INFINITY);
  for (let number = 1; number <= most; number++) {
    const { from, list } = randomStops(number, machine.step, machine.host.cpus.length);
    const spec = { scenario, off: [patch], choices: choicesText({ from, list }) };
    const broken = brokenWithout(spec);
    if (broken !== '') return shorten({ ...spec, breaks: broken });
  }
  return null;
}

/** Makes the list of a counter-example short; what is left still breaks nothing with the patch on. */
function shorten(found: CounterExample): CounterExample {
  const read = readChoices(found.choices ?? '0:');
  if (!read.ok) throw new Error(read.error.message);
  const { from } = read.value;
  const write = (list: readonly Choice[]) => choicesText({ from, list });
  const list = shrinkChoices(
    read.value.list,
    (shorter) => brokenWithout({ ...found, choices: write(shorter) }, found.breaks) === found.breaks,
  );
  return { ...found, choices: write(list) };
}

function byExploration({ patch, scenario }: Bug, limit: number): CounterExample | null {
  for (const preemptions of [0, 1, 2]) {
    const found = findCounterExample({ scenario, off: [patch], preemptions, limit });
    if (found && breaks({ ...found, off: [] }) === '') return found;
  }
  return null;
}

/** Searches for a mistake; null when nothing was found within `most` seeds, schedules or thousands of states. */
export function findBug(bug: Bug, most: number): CounterExample | null {
  switch (bug.by) {
    case 'seed':
      return bySeed(bug, most);
    case 'stops':
      return byStops(bug, most);
    case 'chance':
      return findByChance({ scenario: bug.scenario, off: [bug.patch] }, 1, most);
    case 'exploration':
      return byExploration(bug, most * 1000);
  }
}
