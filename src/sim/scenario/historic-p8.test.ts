import { expect, test } from 'vitest';
import { HISTORIC_P8 } from './historic-p8.ts';
import { checkResults } from './report.ts';
import { makeLoaded } from './testing/make.ts';

/** Checks that fail in the end, and whether an invariant was broken. */
function finished(scenario: string, off: readonly string[]) {
  const { machine, ...loaded } = makeLoaded({ scenario, off });
  machine.advance(Number.POSITIVE_INFINITY);
  const failed = checkResults({ ...loaded, machine }).filter(({ ok }) => !ok);
  return { failed: failed.map(({ name }) => name), violations: machine.m.violations };
}

// The others are run by historic.test.ts.
test.each(HISTORIC_P8.filter(({ patches }) => patches.length > 0))(
  '$id keeps its promises; with a patch off exactly the checks fail that it names',
  ({ id, patches, offShows }) => {
    expect(finished(id, [])).toEqual({ failed: [], violations: [] });
    for (const patch of patches)
      expect(finished(id, [patch])).toEqual({ failed: offShows[patch], violations: [] });
  },
);
