import { expect, test } from 'vitest';
import { TEST_DEVICE } from '../host/xics.ts';
import { hcallRoutines } from '../kvm/hcall-table.ts';
import type { Input } from '../machine/inputs.ts';
import { ROUTINES_P7 } from '../machine/text-p7.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { BOOK3S_HV } from './book3s-hv.ts';
import type { Loaded, Monitor } from './index.ts';
import { makeLoaded } from './testing/make.ts';
import { MIX, threadsGuest } from './testing/threads.ts';

/** Inputs of every kind that POWER7 has, spread over a run. */
const EVERY_INPUT: readonly Input[] = (
  [
    { kind: 'exit', thread: 0 },
    { kind: 'dec', vcpu: 0 },
    { kind: 'hdec', thread: 0 },
    { kind: 'preempt', thread: 0 },
    { kind: 'irq', vm: -1, op: 'trigger', source: TEST_DEVICE, server: 0, priority: 0 },
  ] as const
).map((action, i) => ({ step: -1, cycle: 24_000 + 4000 * i, user: true, action }));

function* runs(): Generator<Loaded<Monitor>> {
  for (const { id: scenario, patches } of BOOK3S_HV) {
    yield makeLoaded({ scenario });
    for (const off of patches) yield makeLoaded({ scenario, off: [off] });
    const injected = makeLoaded({ scenario, seed: 1 });
    injected.machine.inputs = EVERY_INPUT;
    yield injected;
  }
  for (const off of [[], ['vrma-rma']]) yield makeLoaded({ scenario: 'vrma-rma', off });
  yield makeLoaded({ scenario: 'guest-smt' });
  yield threadsGuest(MIX, 4, {}, ['cede-real-mode']);
}

/**
 * Tested by hand in kvm/p7.test.ts: a trap that nothing handles, and a kick of a vcpu that has just ceded and is not out
 * of the guest yet.
 */
const BY_HAND = ['kvmppc_handle_exit_hv/unknown', 'kvmppc_fast_vcpu_kick_hv/smp_send_reschedule'];

/** Names of routines whose text is the same object on POWER9: covered there. */
const SHARED = new Set(ROUTINES.filter((r) => ROUTINES_P7.includes(r)).map(({ name }) => name));

/** Hcalls that POWER9 answers with the same steps in its kernel. */
const HCALLS = new Set(hcallRoutines('real').map(({ name }) => name));
/** Covered where memory is tested: real mode areas, storage interrupts of absent pages, emulated accesses. */
const MEMORY = /_hv_setup_htab_rma|kvmppc_h[di]si|page_fault|_mmio/;
/** In host/offline.test.ts: cpus that go offline and come back. */
const HOTPLUG = /pnv_smp_cpu_kill_self|take_cpu_down|xics_migrate_irqs_away/;
/** In kvm/p7-threads.test.ts: registers that are lost, external interrupts for the guest, IPIs that come late. */
const THREADS =
  /power7_wakeup_loss|^die|cede_reentry.(edge|inject)|interrupt.(edge|bounce)|secondary_nap/;
/** No guest of these uses H_REGISTER_VPA and H_CONFER, none comes to a vcore that sleeps or has a signal while it runs. */
const UNUSED = /_vpa|_dtl_entry|h_confer|kvmppc_run_vcpu.(wake_wq|signal_relock)/;
const ELSEWHERE = [MEMORY, HOTPLUG, THREADS, UNUSED];

test('every step that POWER7 has of its own runs at least once', () => {
  const ran = new Set<string>();
  for (const { machine } of runs()) {
    machine.storyboard.onStep = (routine, label) => ran.add(`${routine}/${label}`);
    machine.advance(Number.POSITIVE_INFINITY);
  }
  const own = ROUTINES_P7.filter(({ name }) => !SHARED.has(name) && !HCALLS.has(name));
  const all = own.flatMap(({ name, steps }) => steps.map(({ label }) => `${name}/${label}`));
  const missing = all.filter(
    (step) => !ran.has(step) && !ELSEWHERE.some((tested) => tested.test(step)),
  );
  expect(missing).toEqual([...BY_HAND, 'kvmppc_fast_vcpu_kick_hv/done']);
});
