import { expect, test } from 'vitest';
import { hcallRoutines } from '../kvm/hcall-table.ts';
import type { Input } from '../machine/inputs.ts';
import { ROUTINES, ROUTINES_P7 } from '../machine/program.ts';
import type { Loaded, Monitor } from './index.ts';
import * as guests from './testing/guests.ts';
import { makeGuest, makeLoaded, scenariosOn } from './testing/make.ts';

/** Inputs of every kind that POWER7 has, spread over a run. */
const EVERY_INPUT: readonly Input[] = (
  [
    { kind: 'exit', thread: 0 },
    { kind: 'dec', vcpu: 0 },
    { kind: 'hdec', thread: 0 },
    { kind: 'preempt', thread: 0 },
  ] as const
).map((action, i) => ({ step: -1, cycle: 24_000 + 4000 * i, user: true, action }));

function* runs(): Generator<Loaded<Monitor>> {
  for (const scenario of scenariosOn('p7')) {
    yield makeLoaded({ scenario });
    for (const off of makeLoaded({ scenario }).scenario.patches)
      yield makeLoaded({ scenario, off: [off] });
    const injected = makeLoaded({ scenario, seed: 1 });
    injected.machine.inputs = EVERY_INPUT;
    yield injected;
  }
  const outside = { cpu: 'p7', cores: 1, online: [0], vcpus: 1, virtualSmt: 1 };
  yield makeGuest(guests.FETCH_OUTSIDE, {}, outside);
}

/** Needs a vcpu that has just ceded and is not out of the guest yet: tested by hand in kvm/p7.test.ts. */
const BY_HAND = ['smp_send_reschedule', 'done'].map((label) => `kvmppc_fast_vcpu_kick_hv/${label}`);

/** Names of routines whose text is the same object on POWER9: covered there. */
const SHARED = new Set(ROUTINES.filter((r) => ROUTINES_P7.includes(r)).map(({ name }) => name));

/** Hcalls that POWER9 answers with the same steps in its kernel. */
const HCALLS = new Set(hcallRoutines('real').map(({ name }) => name));
/** Its half for an RMA is in kvm/rma.test.ts. */
const SETUP = 'kvmppc_hv_setup_htab_rma';

test('every step that POWER7 has of its own runs at least once', () => {
  const ran = new Set<string>();
  for (const { machine } of runs()) {
    machine.storyboard.onStep = (routine, label) => ran.add(`${routine}/${label}`);
    machine.advance(Number.POSITIVE_INFINITY);
  }
  const own = ROUTINES_P7.filter(
    ({ name }) => !SHARED.has(name) && !HCALLS.has(name) && name !== SETUP,
  );
  const all = own.flatMap(({ name, steps }) => steps.map(({ label }) => `${name}/${label}`));
  expect(all.filter((step) => !ran.has(step))).toEqual(BY_HAND);
});
