import { expect, test } from 'vitest';
import { pingPong } from '../guest/ping-pong.ts';
import { TEST_DEVICE } from '../host/xics.ts';
import { ROUTINES_P7 } from '../machine/text-p7.ts';
import { ROUTINES_P8 } from '../machine/text-p8.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import type { Loaded, Monitor } from './index.ts';
import { smtObserver } from './smt-monitor.ts';
import { makeGuest, makeLoaded } from './testing/make.ts';
import { disturb } from './testing/schedules.ts';

const MB = 1 << 20;
const DEVICE = {
  kind: 'irq',
  vm: -1,
  op: 'trigger',
  source: TEST_DEVICE,
  server: 0,
  priority: 0,
} as const;
function* runs(watch: (loaded: Loaded<Monitor>) => void): Generator<Loaded<Monitor>> {
  const injected = makeLoaded({ scenario: 'guest-smt-p8', seed: 1 });
  const { machine } = injected;
  watch(injected);
  // Interrupts of a device of the host that find thread 0 in the guest, and napping there.
  const isThere = [() => machine.hw.inGuest(0), () => machine.host.cpus[0]?.napping === 1];
  for (const holds of isThere) {
    machine.advance(8000);
    while (!holds() && machine.advance(1) === 1);
    machine.inject(DEVICE);
  }
  yield injected;
  for (const seed of [3]) {
    const disturbed = makeLoaded({ scenario: 'guest-smt-p8', seed });
    disturb(disturbed, seed);
    yield disturbed;
  }
  const two = { cpu: 'p8', cores: 2, online: [0, 8], virtualSmt: 2, vcpus: 4, realBytes: 96 * MB };
  yield makeGuest('', { seed: 7 }, { ...two, observer: smtObserver, guest: pingPong(4, 6) });
}

/** In kvm/p8.test.ts: a core without a vcpu 0, and what takes two threads at the same moment. */
const BY_HAND = /primary_no_guest|_novcpu_|kvm_secondary_got_guest|read_intr.resend/;

test('every step that POWER8 has of its own runs at least once', () => {
  const ran = new Set<string>();
  const watch = ({ machine }: Loaded<Monitor>): void => {
    machine.storyboard.onStep = (routine, label) => ran.add(`${routine}/${label}`);
  };
  for (const loaded of runs(watch)) {
    watch(loaded);
    loaded.machine.advance(Number.POSITIVE_INFINITY);
  }
  const shared = new Set(ROUTINES_P7.flatMap(({ steps }) => steps));
  const own = ROUTINES_P8.filter((routine) => !ROUTINES.includes(routine)).flatMap(
    ({ name, steps }) =>
      steps.filter((each) => !shared.has(each)).map(({ label }) => `${name}/${label}`),
  );
  expect(own.filter((each) => !ran.has(each) && !BY_HAND.test(each))).toEqual([]);
});
