// Searches for the historic mistakes of the kernel: each with its patch off, until a schedule breaks something that the
// same schedule does not break with the patch on; then that schedule is made short.
import { shrinkChoices } from '../../explore/trial.ts';
import { type Choice, type Choices, choicesText, readChoices } from '../../machine/choices.ts';
import { mix32 } from '../../state/hash.ts';
import { makeLoaded } from './make.ts';
import {
  type CounterExample,
  findCounterExample,
  replay,
  type Schedule,
  TIMELESS,
} from './search.ts';

/** A mistake and the search that finds it. */
export interface Bug {
  /** Patch that mends it. */
  readonly patch: string;
  readonly scenario: string;
  /**
   * `seed`: with other costs of steps; `stops`: from anywhere on some threads go on while all others stand;
   * `chance`: from anywhere on whoever goes next by chance; `exploration`: all schedules, with few pre-emptions first.
   */
  readonly by: 'seed' | 'stops' | 'chance' | 'exploration';
}

/** Seeds, lists of choices and states that are tried. */
const MOST = { seeds: 20, lists: 2000, states: 60_000 } as const;

/** What a schedule breaks for the patch's sake alone, '' when nothing or when it breaks something with the patch, too. */
function brokenWithout(spec: Schedule, stop = ''): string {
  const broken = replay(spec, stop);
  if (broken === '' || broken === TIMELESS) return '';
  return replay({ ...spec, off: [] }) === '' ? broken : '';
}

/** The smallest seed that shows it; 0 is the schedule of the page. */
function bySeed({ patch, scenario }: Bug): CounterExample | null {
  for (let seed = 0; seed <= MOST.seeds; seed++) {
    const found = { scenario, off: [patch], seed };
    const broken = brokenWithout(found);
    if (broken !== '') return { ...found, breaks: broken };
  }
  return null;
}

/** log2 of the moves that a random list has at most, and of the runs of one thread in it. */
const MOVES = 13;
const RUNS = 6;

/** A number below 2^bits, as likely between 2^n and 2^(n+1) for each n. */
const drawn = (bits: number, seed: number): number =>
  mix32(seed, 0) % 2 ** (1 + (mix32(seed, 1) % bits));

/** From a step on, threads of `threads` move alone, one after another: few for long or many for a short while. */
function randomStops(number: number, steps: number, threads: readonly number[]): Choices {
  const seeds = (...of: number[]) => mix32(number, ...of);
  const list: Choice[] = [];
  const runs = 1 + drawn(RUNS, seeds(0));
  for (let run = 0; run < runs; run++) {
    const thread = threads[seeds(1, run) % threads.length] ?? 0;
    const times = 1 + drawn(MOVES - Math.floor(Math.log2(runs)), seeds(2, run));
    for (let i = 0; i < times; i++) list.push({ kind: 'thread', thread });
  }
  return { from: drawn(Math.ceil(Math.log2(steps)), seeds(3)) % steps, list };
}

/** Moves of a list by chance, and the most that a thread makes in a row. */
const WALK = 4000;
const STRIDE = 12;

/** From a step on `threads` move by chance. */
function randomWalk(number: number, steps: number, threads: readonly number[]): Choices {
  const list: Choice[] = [];
  for (let run = 0; list.length < WALK; run++) {
    const thread = threads[mix32(number, run, 0) % threads.length] ?? 0;
    const times = 1 + (mix32(number, run, 1) % STRIDE);
    for (let i = 0; i < times; i++) list.push({ kind: 'thread', thread });
  }
  return { from: mix32(number) % steps, list };
}

/** The first random list that shows it, with as few moves as can be. */
function byList({ patch, scenario }: Bug, random: typeof randomStops): CounterExample | null {
  const plain = makeLoaded({ scenario, off: [patch] });
  plain.machine.advance(Number.POSITIVE_INFINITY);
  for (let number = 1; number <= MOST.lists; number++) {
    const { from, list } = random(number, plain.machine.step, plain.scenario.online);
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
    (shorter) =>
      brokenWithout({ ...found, choices: write(shorter) }, found.breaks) === found.breaks,
  );
  return { ...found, choices: write(list) };
}

function byExploration({ patch, scenario }: Bug): CounterExample | null {
  for (const preemptions of [0, 1, 2]) {
    const found = findCounterExample({ scenario, off: [patch], preemptions, limit: MOST.states });
    if (found && replay({ ...found, off: [] }) === '') return found;
  }
  return null;
}

/** Searches for a mistake; null when nothing was found. */
export function findBug(bug: Bug): CounterExample | null {
  switch (bug.by) {
    case 'seed':
      return bySeed(bug);
    case 'stops':
      return byList(bug, randomStops);
    case 'chance':
      return byList(bug, randomWalk);
    case 'exploration':
      return byExploration(bug);
  }
}
