// What must happen in time: a ceded vcpu for which something has come leaves its H_CEDE. Source: I9 of the reference;
// arch/powerpc/kvm/{book3s_hv.c, book3s_hv_rmhandlers.S}.
// That nobody sleeps for ever, whatever goes next, is what the exploration proves; here the model's clock is the bound.
import { CYCLES_PER_TICK, NEVER } from '../hardware/hardware.ts';
import { SLOT } from '../hardware/slots.ts';
import { vcpuOf } from '../kvm/context.ts';
import { EXTERNAL_PENDING } from '../kvm/records.ts';
import type { Machine } from '../machine/machine.ts';
import { NONE, type VcpuId } from '../state/ids.ts';
import type { EventName } from '../trace/events.ts';
import { vcpuEntity } from './entities.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

/**
 * Cycles within which a vcpu leaves its H_CEDE: from a nap in the guest, where its thread wakes or an exit is on its way,
 * and from the host, whose tasks may have their slices first.
 */
const WAKES = { nap: 2000, host: 100_000 } as const;

/** The vcpu's thread naps in the guest, for it has ceded. */
function naps(m: M, v: VcpuId): boolean {
  const cpu = m.host.cpus[vcpuOf(m.k, v).thread_cpu];
  return cpu?.napping === 1 && cpu.kvm_vcpu === v;
}

/** Time base at which its decrementer runs out; POWER8 has that in the record while its thread naps till HDEC at most. */
function decExpires(m: M, v: VcpuId): number {
  const { dec_expires, thread_cpu } = vcpuOf(m.k, v);
  const inThread = m.spec.model.family === 'p7' && naps(m, v);
  return inThread ? m.hw.arena.decExpires(thread_cpu) : dec_expires;
}

/** What has come for a ceded vcpu, '' nothing; H_CEDE has set its MSR[EE]. */
function reasonOf(m: M, v: VcpuId): string {
  const vcpu = vcpuOf(m.k, v);
  if (vcpu.prodded) return 'it was prodded';
  // Not a queued decrementer: that one stays queued when the guest has set DEC anew.
  if ((vcpu.pending_exceptions & EXTERNAL_PENDING) !== 0) return 'an exception is queued for it';
  if (vcpu.doorbell_request || isRung(m, v)) return 'it was rung';
  return m.m.cycle >= decExpires(m, v) * CYCLES_PER_TICK ? 'its decrementer has run out' : '';
}

/** Its bit in the saved DPDES, or in that of the core while the core is in the guest. */
function isRung(m: M, v: VcpuId): boolean {
  const { vcore, vcpu_id, thread_cpu } = vcpuOf(m.k, v);
  const { dpdes = 0, first_vcpuid = 0, in_guest = 0 } = m.k.kvm.vcores[vcore] ?? {};
  if (in_guest && thread_cpu !== NONE) return !m.hw.arena.isZero(thread_cpu, SLOT.DPDES);
  return ((dpdes >> (vcpu_id - first_vcpuid)) & 1) !== 0;
}

/** Ceded vcpus of VMs that go on. */
const ceded = (m: M): VcpuId[] =>
  m.k.kvm.vcpus.flatMap(({ ceded, vm }, v) => (ceded && m.k.vmms[vm]?.stopped === '' ? [v] : []));

const patience = (m: M, v: VcpuId): number => (naps(m, v) ? WAKES.nap : WAKES.host);

/**
 * Notes since when something has come for a ceded vcpu, or when its decrementer will run out, and returns the first cycle
 * at which one is late.
 */
function waitForWakes(m: M): number {
  const idle = ceded(m);
  if (idle.length === 0 && m.m.watch_at === NEVER) return NEVER;
  let next = NEVER;
  const came: Record<number, number> = {};
  const { cycle } = m.m;
  for (const v of idle) {
    const since = reasonOf(m, v) === '' ? NEVER : Math.min(m.monitor.came[v] ?? cycle, cycle);
    came[v] = Math.min(since, Math.max(cycle, decExpires(m, v) * CYCLES_PER_TICK));
    const late = came[v] + patience(m, v) + 1;
    if (late > cycle) next = Math.min(next, late);
  }
  m.monitor.came = came;
  return next;
}

function cededWakes(m: M): Broken | null {
  for (const v of ceded(m)) {
    const ago = m.m.cycle - (m.monitor.came[v] ?? m.m.cycle);
    if (ago <= patience(m, v)) continue;
    const where = naps(m, v) ? 'naps in the guest' : 'is idle';
    const why = `vcpu ${v} ${where} although ${reasonOf(m, v)}, ${ago} cycles ago`;
    return { why, where: vcpuEntity(m, v) };
  }
  return null;
}

export const WAKE_INVARIANTS: readonly Invariant[] = [
  {
    id: 'ceded-wakes',
    what: 'a vcpu for which something has come leaves its H_CEDE in time',
    reads: [
      ...['cede', 'cede_nap', 'partition_switch', 'inject', 'prod', 'kvm_interrupt'],
      ...['doorbell_request', 'vcore_dpdes', 'msgsndp'],
    ] as EventName[],
    test: cededWakes,
    wait: waitForWakes,
  },
];
