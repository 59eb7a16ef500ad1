// Seeded schedules: the same guest, with other step costs, slices and moments of the scripted inputs.
import { SCENARIOS } from '../index.ts';
import { checkResults } from '../report.ts';
import { makeLoaded } from './make.ts';

/** What went wrong in the schedules of seeds `first` to `last`, spread over the scenarios; [] when nothing did. */
export function brokenSchedules(first: number, last: number): string[] {
  const broken: string[] = [];
  for (let seed = first; seed <= last; seed++) {
    const scenario = SCENARIOS[seed % SCENARIOS.length]?.id ?? '';
    const loaded = makeLoaded({ scenario, seed });
    loaded.machine.advance(Number.POSITIVE_INFINITY);
    const failed = checkResults(loaded).filter(({ ok }) => !ok);
    const what = [...loaded.machine.m.violations, ...failed].map(({ why }) => why);
    if (what.length > 0) broken.push(`${scenario} --seed ${seed}: ${what.join('; ')}`);
  }
  return broken;
}

/** `count` ranges of a hundred seeds behind seed `after`: first and last of each. */
export function hundreds(after: number, count: number): [first: number, last: number][] {
  return Array.from({ length: count }, (_, i) => [after + 100 * i + 1, after + 100 * (i + 1)]);
}
