// Searches through the interleavings of the small systems (searched.ts), and what they find: counter-examples, which are
// made short and open in the page by their links.
import { type Explored, explore, type Outside } from '../../explore/explore.ts';
import { shrinkChoices, Trial } from '../../explore/trial.ts';
import type { Edit } from '../../kvm/patches.ts';
import { type Choice, choicesText, readChoices } from '../../machine/choices.ts';
import type { Machine } from '../../machine/machine.ts';
import type { Observer } from '../../machine/observer.ts';
import { loadScenario } from '../index.ts';
import { type Loaded, type LoadSpec, load, type Scenario } from '../scenario.ts';
import { SEARCHED } from '../searched.ts';

/** A schedule that breaks a promise: a line of a file in counterexamples/. */
export interface CounterExample {
  readonly scenario: string;
  readonly off: readonly string[];
  /** Step that the test takes out of the text, 'routine/label': a mistake that the search must find. */
  readonly without?: string;
  readonly choices: string;
  /** Id of a violated invariant, or 'unfinished'. */
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
}

/** No monitor: it would cost time, and the state of a schedule does not depend on it. */
const PLAIN: Observer<object> = {
  init: () => ({}),
  onEvent: () => undefined,
  afterStep: () => undefined,
};
/** The issue's bound for searches in CI. */
const LIMIT = 200_000;

/** All VMs have powered off. */
export const isDone = (m: Machine): boolean =>
  m.k.vmms.every(({ stopped }) => stopped === 'powered off');

function mutationOf(without: string | undefined): Edit[] {
  const [routine = '', remove = ''] = without?.split('/') ?? [];
  return routine === '' ? [] : [{ routine, remove }];
}

/** The machine of a system at the moment from which all interleavings are searched: every vcpu has been in the guest. */
function atStart({ scenario, off = [], without }: Searched): Loaded<object> {
  const systems: Scenario<object>[] = SEARCHED.map((system) => ({
    ...(system as unknown as Scenario<object>),
    observer: PLAIN,
  }));
  const loaded = load(systems, { scenario, cpu: '', off, seed: 0 }, mutationOf(without));
  if (!loaded.ok) throw new Error(loaded.error.message);
  const { machine } = loaded.value;
  const { vcpus } = loaded.value.scenario;
  machine.advance(Number.POSITIVE_INFINITY, () => {
    const { length } = machine.k.kvm.vcpus;
    return length === vcpus && machine.k.kvm.vcpus.every(({ entries }) => entries > 0);
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
    isDone: isDone as (m: Machine<object>) => boolean,
  });
}

/** What a finished or given-up run breaks, '' when nothing. */
function brokenBy(m: Machine): string {
  return m.m.violations[0]?.id ?? (isDone(m) ? '' : 'unfinished');
}

/** Explores, and makes the first failure short; null: there is none within the limit. */
export function findCounterExample(what: Searched): CounterExample | null {
  const [failure] = exploreSystem(what).failures;
  if (!failure || failure.kind === 'crash') return null;
  const { machine, scenario } = atStart(what);
  const trial = new Trial(machine);
  const breaks = (list: readonly Choice[]): string =>
    trial.run(list, scenario.stepLimit, (m) => brokenBy(m as Machine));
  const found = breaks(failure.choices.list);
  if (found === '') throw new Error(`findCounterExample: ${failure.why}, but not by the clocks`);
  const list = shrinkChoices(failure.choices.list, (shorter) => breaks(shorter) === found);
  const choices = choicesText({ from: failure.choices.from, list });
  const { off = [], without } = what;
  return { scenario: what.scenario, off, ...(without && { without }), choices, breaks: found };
}

/** Runs a counter-example as the page does; returns what it breaks, '' when nothing. */
export function replay({ scenario, off, without, choices }: CounterExample): string {
  const spec: LoadSpec = { scenario, cpu: '', off, seed: 0, choices };
  const loaded = loadScenario(spec, mutationOf(without));
  if (!loaded.ok) throw new Error(loaded.error.message);
  loaded.value.machine.advance(Number.POSITIVE_INFINITY);
  return brokenBy(loaded.value.machine as Machine);
}

/** The fragment of a link that opens a counter-example where its list ends. */
export function linkOf({ scenario, off, choices }: CounterExample): string {
  const read = readChoices(choices);
  if (!read.ok) throw new Error(read.error.message);
  const patches = off.length > 0 ? `&patch=${off.map((id) => `${id}:off`).join(',')}` : '';
  return `#s=${scenario}${patches}&choices=${choices}&at=main@${read.value.from}`;
}
