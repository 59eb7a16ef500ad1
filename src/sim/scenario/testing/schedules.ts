// Seeded schedules: the same guest, with other step costs, slices and moments of the scripted inputs.
import type { Action } from '../../machine/inputs.ts';
import { mix32 } from '../../state/hash.ts';
import type { Loaded, Monitor } from '../index.ts';
import { checkResults } from '../report.ts';
import { makeLoaded, scenariosOn } from './make.ts';

/** What went wrong in the schedules of seeds `first` to `last`, spread over the scenarios; [] when nothing did. */
export function brokenSchedules(
  first: number,
  last: number,
  scenarios = scenariosOn('p9'),
): string[] {
  return brokenRuns(first, last, scenarios, () => undefined);
}

/** The same with up to a dozen random inputs at random moments of each schedule. */
export function brokenInjections(
  first: number,
  last: number,
  scenarios = scenariosOn('p9'),
): string[] {
  return brokenRuns(first, last, scenarios, (loaded, seed) => {
    let drawn = 0;
    const below = (n: number): number => mix32(seed, drawn++) % n;
    for (let left = 1 + below(12); left > 0; left--) {
      loaded.machine.advance(below(4000));
      loaded.machine.inject(randomAction(loaded, below));
    }
  });
}

/** `count` ranges of a hundred seeds behind seed `after`: first and last of each. */
export function hundreds(after: number, count: number): [first: number, last: number][] {
  return Array.from({ length: count }, (_, i) => [after + 100 * i + 1, after + 100 * (i + 1)]);
}

function brokenRuns(
  first: number,
  last: number,
  scenarios: readonly string[],
  disturb: (loaded: Loaded<Monitor>, seed: number) => void,
): string[] {
  const broken: string[] = [];
  for (let seed = first; seed <= last; seed++) {
    const scenario = scenarios[seed % scenarios.length] ?? '';
    const loaded = makeLoaded({ scenario, seed });
    disturb(loaded, seed);
    loaded.machine.advance(Number.POSITIVE_INFINITY);
    const failed = checkResults(loaded).filter(({ ok }) => !ok);
    const what = [...loaded.machine.m.violations, ...failed].map(({ why }) => why);
    if (what.length > 0) broken.push(`${scenario} --seed ${seed}: ${what.join('; ')}`);
  }
  return broken;
}

export function randomAction({ scenario }: Loaded<Monitor>, below: (n: number) => number): Action {
  const thread = scenario.online[below(scenario.online.length)] ?? 0;
  const vcpu = below(scenario.vcpus);
  const actions: Action[] = [
    { kind: 'doorbell', from: vcpu, to: below(scenario.vcpus) },
    { kind: 'exit', thread },
    { kind: 'dec', vcpu },
    { kind: 'hdec', thread },
    { kind: 'preempt', thread },
    { kind: 'signal', vcpu },
    { kind: 'prod', vcpu },
    { kind: 'external', vcpu },
    { kind: 'start', vcpu },
  ];
  return actions[below(actions.length)] as Action;
}
