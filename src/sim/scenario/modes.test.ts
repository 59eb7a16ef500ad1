import { expect, test } from 'vitest';
import { MSR } from '../hardware/bits.ts';
import type { Mode } from '../host/routine.ts';
import { LIBRARY } from './index.ts';
import { makeLoaded } from './testing/make.ts';

/** Steps of a run: enough for guests, interrupts, naps and hcalls. */
const STEPS = 25_000;

/** What MSR says: where a step that begins with it runs. */
function modeOf(msr: bigint): Mode | 'mixed' {
  const relocated = msr & (MSR.IR | MSR.DR);
  if ((msr & MSR.PR) !== 0n) return 'user';
  if (relocated === 0n) return 'real';
  return relocated === (MSR.IR | MSR.DR) ? 'virtual' : 'mixed';
}

/** All but the large machine, which has no text of its own. */
const SCENARIOS = [...LIBRARY.scenarios, ...LIBRARY.linked].filter(
  ({ id }) => id !== 'twelve-cores',
);

test.each(SCENARIOS.map(({ id }) => id))(
  '%s: each host step begins in the mode that its text says',
  (scenario) => {
    const { machine } = makeLoaded({ scenario });
    const wrong = new Set<string>();
    machine.storyboard.onStep = (routine, label) => {
      const { k } = machine;
      const says = machine.program.get(routine)?.steps.get(label)?.mode;
      const is = modeOf(k.hw.msr(k.tid));
      if (is !== says) wrong.add(`${routine}/${label}: ${says}, but MSR: ${is}`);
    };
    machine.advance(STEPS);
    expect([...wrong]).toEqual([]);
  },
);
