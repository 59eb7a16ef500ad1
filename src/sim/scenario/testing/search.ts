// Searches through the interleavings of the small systems (searched.ts), and what they find: counter-examples, which are
// made short and open in the page by their links.
import { type Explored, explore, type Outside } from '../../explore/explore.ts';
import { shrinkChoices, Trial } from '../../explore/trial.ts';
import type { Edit } from '../../kvm/patches.ts';
import { type Choice, choicesText, readChoices } from '../../machine/choices.ts';
import type { Machine } from '../../machine/machine.ts';
import type { Observer } from '../../machine/observer.ts';
import { mix32 } from '../../state/hash.ts';
import { powersOff } from '../checks.ts';
import { LIBRARY, loadScenario, SCENARIOS } from '../index.ts';
import { checkResults } from '../report.ts';
import { type Loaded, type LoadSpec, load, type Scenario } from '../scenario.ts';
import { SEARCHED } from '../searched.ts';

/** A machine and who goes next in it. */
export interface Schedule {
  readonly scenario: string;
  readonly off: readonly string[];
  /** Step that the test takes out of the text, 'routine/label': a mistake that the search must find. */
  readonly without?: string;
  /** The untimed part of the schedule, or the seed of a jittered one. */
  readonly choices?: string;
  readonly seed?: number;
}

/** A schedule that breaks a promise: the line of a file in counterexamples/. */
export interface CounterExample extends Schedule {
  /** Id of a violated invariant, 'unfinished', or the name of a check. */
  readonly breaks: string;
}

/** What may be searched: a system, patches that are off, a step taken out. */
export interface Searched {
  readonly scenario: string;
  readonly off?: readonly string[];
  readonly without?: string;
  readonly outside?: readonly Outside[];
  readonly limit?: number;
  readonly preemptions?: number;
  /** Each step is a move of its own. */
  readonly unreduced?: boolean;
  /** A state is an end only when nothing moves any more. */
  readonly toRest?: boolean;
}

/** No monitor: it would cost time, and the state of a schedule does not depend on it. */
const PLAIN: Observer<object> = {
  init: () => ({}),
  onEvent: () => undefined,
  afterStep: () => undefined,
};
/** The issue's bound for searches in CI. */
const LIMIT = 200_000;

/** What a run breaks that does not come to its end. */
const UNFINISHED = 'unfinished';
/** The same of a run whose list of choices ends in a guest's endless loop, in which time stands still: it tells nothing. */
export const TIMELESS = 'timeless';

/** All VMs have powered off. */
export const isDone = (m: Machine): boolean =>
  m.k.vmms.every(({ stopped }) => stopped === 'powered off');

/** The same, and no thread can go on. */
const isAtRest = (m: Machine): boolean =>
  isDone(m) && m.host.cpus.every((_, thread) => !m.canAct(thread));

function mutationOf(without: string | undefined): Edit[] {
  const [routine = '', remove = ''] = without?.split('/') ?? [];
  return routine === '' ? [] : [{ routine, remove }];
}

/** A system's machine at the moment from which it is searched: each vcpu has been in the guest; of a scenario: one has. */
function atStart({ scenario, off = [], without }: Searched): Loaded<object> {
  const systems: Scenario<object>[] = [...SEARCHED, ...SCENARIOS].map((system) => ({
    ...(system as unknown as Scenario<object>),
    observer: PLAIN,
  }));
  const library = { ...LIBRARY, scenarios: systems, linked: [] };
  const loaded = load<object>(library, { scenario, cpu: '', off, seed: 0 }, mutationOf(without));
  if (!loaded.ok) throw new Error(loaded.error.message);
  const { machine } = loaded.value;
  const all = SEARCHED.some(({ id }) => id === scenario) ? loaded.value.scenario.vcpus : 1;
  machine.advance(Number.POSITIVE_INFINITY, () => {
    const entered = machine.k.kvm.vcpus.filter(({ entries }) => entries > 0).length;
    return machine.k.vmms.every(({ running }) => running === 1) && entered >= all;
  });
  return loaded.value;
}

/** What may come from outside: where decrementers shall wake, each expires once at any moment. */
function outsideOf(scenario: string): readonly Outside[] {
  if (!scenario.includes('-dec-')) return [];
  return [0, 1].map((vcpu) => ({ action: { kind: 'dec', vcpu }, times: 1 }));
}

/** Explores a system: from every state it must still be able to finish, and no invariant is broken in any. */
export function exploreSystem(what: Searched): Explored {
  const { machine } = atStart(what);
  const { outside = outsideOf(what.scenario), limit = LIMIT } = what;
  return explore({
    machine,
    outside,
    limit,
    ...(what.preemptions !== undefined && { preemptions: what.preemptions }),
    ...(what.unreduced && { unreduced: true }),
    isDone: (what.toRest ? isAtRest : isDone) as (m: Machine<object>) => boolean,
  });
}

/** What a search has found, to compare it with another: the set of ends, and the kinds of failures. */
const foundBy = ({ complete, done, ends, failures }: Explored) => ({
  ...{ complete, done, ends },
  failures: failures.map(({ kind }) => kind),
});

/** The same system searched with moves that take along what concerns nobody else, and step by step. */
export function searchBothWays(what: Searched): Record<'reduced' | 'whole', Explored> {
  const search = (unreduced: boolean) => exploreSystem({ ...what, unreduced, toRest: true });
  return { reduced: search(false), whole: search(true) };
}

/** What differs between the two, besides their sizes: nothing may. */
export function differenceOf({ reduced, whole }: ReturnType<typeof searchBothWays>): string {
  const [one, other] = [reduced, whole].map((found) => JSON.stringify(foundBy(found)));
  return one === other ? '' : `${one} and ${other}`;
}

/** What a finished or given-up run breaks, '' when nothing. */
function brokenBy(m: Machine): string {
  return m.m.violations[0]?.id ?? (isDone(m) ? '' : UNFINISHED);
}

/** Explores, and makes the first failure short; null: there is none within the limit. */
export function findCounterExample(what: Searched): CounterExample | null {
  const [failure] = exploreSystem(what).failures;
  if (!failure || failure.kind === 'crash') return null;
  const found = new Finder(what).shorten(failure.choices.list);
  if (!found) throw new Error(`findCounterExample: ${failure.why}, but not by the clocks`);
  return found;
}

/** Moves of a random list of choices, and the most that a thread makes in a row. */
const RANDOM_MOVES = 4000;
const RANDOM_RUN = 60;

/** Tries random lists of choices on a system or a scenario of any size: the numbers `first` to `last`. */
export function findByChance(what: Searched, first: number, last: number): CounterExample | null {
  const finder = new Finder(what);
  for (let number = first; number <= last; number++) {
    const found = finder.shorten(finder.randomList(number));
    if (found) return found;
  }
  return null;
}

/** Tries lists of choices on one machine. */
class Finder {
  readonly #what: Searched;
  readonly #loaded: Loaded<object>;
  readonly #from: number;
  readonly #trial: Trial<object>;

  constructor(what: Searched) {
    this.#what = what;
    this.#loaded = atStart(what);
    this.#from = this.#loaded.machine.step;
    this.#trial = new Trial(this.#loaded.machine);
  }

  #breaks(list: readonly Choice[]): string {
    const { stepLimit } = this.#loaded.scenario;
    return this.#trial.run(list, stepLimit, (m) => brokenBy(m as Machine));
  }

  /** The counter-example that the list is, as short as it can be made; null: it breaks nothing. */
  shorten(list: readonly Choice[]): CounterExample | null {
    const breaks = this.#breaks(list);
    if (breaks === '') return null;
    const short = shrinkChoices(list, (shorter) => this.#breaks(shorter) === breaks);
    const choices = choicesText({ from: this.#from, list: short });
    const { scenario, off = [], without } = this.#what;
    return { scenario, off, ...(without && { without }), choices, breaks };
  }

  randomList(number: number): Choice[] {
    const { cpus } = this.#loaded.machine.host;
    const threads = cpus.flatMap(({ curr }, thread) => (curr >= 0 ? [thread] : []));
    const list: Choice[] = [];
    for (let drawn = 0; list.length < RANDOM_MOVES; drawn++) {
      const thread = threads[mix32(number, drawn) % threads.length] ?? 0;
      const times = 1 + (mix32(number, drawn, 1) % RANDOM_RUN);
      for (let i = 0; i < times; i++) list.push({ kind: 'thread', thread });
    }
    return list;
  }
}

/** Steps after which a run is judged again. */
const BURST = 2000;

/**
 * Runs a schedule as the page does until it breaks something for good, or to its end. Returns what it breaks: `wanted`,
 * when it breaks that at any time, else the first invariant or check, 'unfinished', TIMELESS, or '' for nothing.
 */
export function replay(schedule: Schedule, wanted = ''): string {
  const { scenario, off, without, choices = '', seed = 0 } = schedule;
  const spec: LoadSpec = { scenario, cpu: '', off, seed, choices };
  const loaded = loadScenario(spec, mutationOf(without));
  if (!loaded.ok) throw new Error(loaded.error.message);
  const { machine } = loaded.value;
  for (;;) {
    const ended = machine.advance(BURST) < BURST;
    const broken = machine.m.violations.map(({ id }) => id);
    for (const { name, ok, open } of checkResults(loaded.value))
      if (!ok && (ended || !open) && name !== powersOff.name) broken.push(name);
    if (ended && !isDone(machine as Machine))
      broken.push(machine.m.choice_open === 1 ? TIMELESS : UNFINISHED);
    if (broken.includes(wanted)) return wanted;
    if (ended || (wanted === '' && broken.length > 0)) return broken[0] ?? '';
  }
}

/** The fragment of a link that opens a counter-example where its list begins, or where the scenario opens. */
export function linkOf({ scenario, off, choices, seed = 0 }: Schedule): string {
  const patches = off.length > 0 ? `&patch=${off.map((id) => `${id}:off`).join(',')}` : '';
  const begins = `#s=${scenario}${patches}`;
  if (!choices) return seed === 0 ? begins : `${begins}&seed=${seed}`;
  const read = readChoices(choices);
  if (!read.ok) throw new Error(read.error.message);
  return `${begins}&choices=${choices}&at=main@${read.value.from}`;
}
