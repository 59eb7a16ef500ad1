// What must hold at every step on POWER7, where all threads of a core share one partition; source: the conditions of
// the entry and exit path (kernel book3s_hv_rmhandlers.S), numbered I1 to I19 in the reference.
import { MSR } from '../hardware/bits.ts';
import { isHdecEnabled } from '../hardware/interrupts.ts';
import { SLOT } from '../hardware/slots.ts';
import { nextHostEvent } from '../host/sched.ts';
import { HOST_SLB, HOST_SLB_970 } from '../host/slb.ts';
import type { CpuFamily } from '../isa/spr.ts';
import { vmOf } from '../kvm/context.ts';
import { ONE_EXIT } from '../kvm/p7-entry.ts';
import type { Machine } from '../machine/machine.ts';
import { NONE } from '../state/ids.ts';
import { vcoreEntity, vcpuEntity } from './entities.ts';
import { INVARIANTS } from './invariants.ts';
import { PPC970_INVARIANTS } from './invariants-970.ts';
import { CALL_INVARIANTS } from './invariants-call.ts';
import { type HostRegisters, hostInvariants } from './invariants-host.ts';
import { HPT_INVARIANTS } from './invariants-hpt.ts';
import { NAP_INVARIANTS } from './invariants-nap.ts';
import { NOT_ON_P8, P8_INVARIANTS } from './invariants-p8.ts';
import { RESUME_INVARIANTS } from './invariants-resume.ts';
import { VCORE_INVARIANTS } from './invariants-vcore.ts';
import { VM_INVARIANTS } from './invariants-vm.ts';
import { WAKE_INVARIANTS } from './invariants-wake.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

const broken = (m: M, t: number, why: string): Broken => ({
  why: `thread ${t} ${why}`,
  where: m.threadPath(t),
});

const isTranslating = (m: M, t: number): boolean => (m.hw.msr(t) & (MSR.IR | MSR.DR)) !== 0n;

/**
 * I1: a guest runs in its own partition; host code with translation on runs in partition 0. All threads of the core
 * that execute either are looked at, for LPID and SDR1 are theirs together.
 */
function onePartition(m: M): Broken | null {
  for (const t of m.hw.coreOf(m.k.tid)) {
    if (m.hw.isAsleep(t)) continue;
    const why = m.hw.inGuest(t) ? foreignGuest(m, t) : isTranslating(m, t) ? foreignHost(m, t) : '';
    if (why !== '') return broken(m, t, why);
  }
  return null;
}

function foreignGuest(m: M, t: number): string {
  const [lpid, sdr1] = [m.hw.arena.sprLow(t, SLOT.LPIDR), m.hw.get(t, 'SDR1')];
  const v = m.host.cpus[t]?.kvm_vcpu ?? -1;
  const vm = v < 0 ? undefined : vmOf(m.k, v);
  if (vm && lpid === vm.lpid && sdr1 === vm.sdr1) return '';
  return `runs vcpu ${v} with LPID ${lpid} and SDR1 0x${sdr1.toString(16)}`;
}

function foreignHost(m: M, t: number): string {
  const [lpid, lpcr] = [m.hw.arena.sprLow(t, SLOT.LPIDR), m.hw.arena.spr(t, SLOT.LPCR)];
  const { vms } = m.k.kvm;
  if (lpid !== 0) return `runs the host with LPID ${lpid}`;
  if (vms.some((vm) => vm.sdr1 === m.hw.get(t, 'SDR1'))) return "runs the host with a guest's SDR1";
  return vms.some((vm) => vm.lpcr === lpcr) ? "runs the host with a guest's LPCR" : '';
}

/** I2: no more threads leave than entered, none enters when an exit has begun, none is in the guest uncounted; a run starts at 0. */
function entryExitCount(m: M): Broken | null {
  for (const [i, { entry_exit_count, in_guest }] of m.k.kvm.vcores.entries()) {
    const [entered, left] = [entry_exit_count & 0xff, entry_exit_count >> 8];
    const most = m.spec.model.threadsPerCore;
    const begun = left > 0 && in_guest && entered > 1 ? enteredAtExit(m, i) : most;
    const why =
      left > entered || entered > most
        ? `counts ${entered} entries and ${left} exits`
        : left > 0 && entered > begun
          ? `counts ${entered} entries, but ${begun} when the exit began`
          : in_guest && entered === 0
            ? 'is in the guest, and no thread has entered'
            : !in_guest && (left > 0 || entered >= startedOf(m, i)) && isStarting(m, i)
              ? `starts a run, and counts ${entered} entries and ${left} exits`
              : '';
    if (why !== '') return { why: `vcore ${i} ${why}`, where: vcoreEntity(m, i) };
  }
  return null;
}

/** Its runner gives threads to vcpus; the one that it has just started has not been rung yet. */
function isStarting(m: M, vcore: number): boolean {
  if (m.k.tid !== m.k.kvm.vcores[vcore]?.pcpu) return false;
  const { stack = [] } = m.host.tasks[m.host.cpus[m.k.tid]?.curr ?? NONE] ?? {};
  const runs = stack.find(({ routine }) => routine === 'kvmppc_run_core');
  if (runs?.label !== 'create_dtl_entry') return false; // where it goes on
  return m.k.kvm.vcpus[Number(runs.locals.vcpu)]?.vcore === vcore;
}

/** Vcpus of a vcore that have a thread. */
const startedOf = (m: M, vcore: number): number =>
  m.k.kvm.vcpus.filter((vcpu) => vcpu.vcore === vcore && vcpu.thread_cpu !== NONE).length;

/** Threads that had entered when the exit began: as its event told, or of one that left alone, as it remembers. */
function enteredAtExit(m: M, vcore: number): number {
  const told = m.monitor.at_exit[vcore]?.entered;
  if (told !== undefined) return told;
  const leavers = m.host.tasks.flatMap(({ stack }) =>
    stack.filter(({ routine, locals }) => {
      const v = routine === 'hdec_soon' ? Number(locals.vcpu) : NONE;
      return m.k.kvm.vcpus[v]?.vcore === vcore;
    }),
  );
  const olds = leavers.map(({ locals }) => Number(locals.old ?? ONE_EXIT));
  return Math.min(m.spec.model.threadsPerCore, ...olds);
}

/**
 * I3: vcore.in_guest says that its core is in the guest's partition, and is cleared when all threads have left. The
 * primary switches back in real mode, when all have left, and clears the flag behind that.
 */
function inGuest(m: M): Broken | null {
  for (const [i, { in_guest, pcpu, entry_exit_count }] of m.k.kvm.vcores.entries()) {
    if (pcpu === NONE) continue; // it has not run yet
    const [entered, left] = [entry_exit_count & 0xff, (entry_exit_count >> 8) & 0xff];
    const lpid = m.hw.arena.sprLow(pcpu, SLOT.LPIDR);
    const gone = left > 0 && left === entered && !m.hw.inGuest(pcpu) && !isTranslating(m, pcpu);
    const vm = m.k.kvm.vms[m.k.kvm.vcpus.find(({ vcore }) => vcore === i)?.vm ?? NONE];
    const sdr1 = m.hw.get(pcpu, 'SDR1');
    const own = lpid === vm?.lpid && sdr1 === vm.sdr1;
    const why =
      !own && left > 0 && left < entered
        ? 'is taken out of the guest before all its threads have left'
        : in_guest && !gone && !own
          ? `is said to be in the guest: LPID is ${lpid}, SDR1 0x${sdr1.toString(16)}`
          : '';
    if (why !== '') return { why: `vcore ${i} ${why}`, where: vcoreEntity(m, i) };
  }
  return null;
}

/** I14: with the run over, HDEC cannot interrupt and DEC is the host's own. */
function hostTimers(m: M): Broken | null {
  const t = m.k.tid;
  const cpu = m.host.cpus[t];
  if (!cpu || m.hw.inGuest(t) || m.k.kvm.vcpus.some((vcpu) => vcpu.cpu === t)) return null;
  if (isHdecEnabled(m.hw, t)) return broken(m, t, 'is in the host with HDICE=1');
  // The timer interrupt may have come meanwhile, and set DEC for the next host event.
  // One that comes too early is of a timer that another cpu has cancelled since.
  const next = nextHostEvent(m.k, t);
  const dec = m.hw.arena.decExpires(t);
  return dec <= next || dec === Number(cpu.hstate.dec_expires ?? -1n)
    ? null
    : broken(m, t, `has the DEC of a guest: it runs out at ${dec}`);
}

/**
 * I19: dec_expires is the absolute time of DEC, at each partition switch: loaded before, saved before. On POWER8 it is
 * loaded behind the switch.
 */
function decExpires(m: M): Broken | null {
  const t = m.k.tid;
  if (m.hw.model.family === 'p8' && !m.hw.arena.isZero(t, SLOT.LPIDR)) return null;
  const v = m.host.cpus[t]?.kvm_vcpu ?? -1;
  const [saved, real] = [m.k.kvm.vcpus[v]?.dec_expires, m.hw.arena.decExpires(t)];
  if (saved === undefined || saved === real) return null;
  const why = `dec_expires of vcpu ${v} is ${saved}, but DEC of thread ${t} runs out at ${real}`;
  return { why, where: vcpuEntity(m, v) };
}

export const P7_INVARIANTS: readonly Invariant[] = [
  {
    id: 'one-partition',
    what: 'a guest runs with its LPID and SDR1, host code with translation on with LPID 0 and its own',
    reads: [
      'partition_switch',
      'kvm_guest_enter',
      'vcpu_cpu',
      'sched_switch',
      'idle_enter',
      'idle_exit',
    ],
    test: onePartition,
  },
  {
    id: 'entry-exit-count',
    what: 'no more threads leave the guest than entered it, none enters behind the first exit, none is in it uncounted',
    reads: ['partition_switch', 'kvm_guest_enter', 'vcpu_cpu', 'core_exit'],
    test: entryExitCount,
  },
  {
    id: 'in-guest',
    what: 'vcore.in_guest is set only while the core is in the partition of the guest, and until its last thread has left',
    reads: ['kvm_guest_enter', 'kvm_guest_exit', 'vcpu_cpu', 'partition_switch'],
    test: inGuest,
  },
  {
    id: 'host-timers',
    what: 'behind an exit HDEC is off and DEC is the host’s own',
    reads: ['vcpu_cpu'],
    test: hostTimers,
  },
  {
    id: 'guest-dec',
    what: 'DEC is loaded from dec_expires before the partition is switched, and saved there before it is switched back',
    reads: ['partition_switch'],
    test: decExpires,
  },
];

/** Invariants that hold on POWER9, too, and those of POWER7 that the PowerPC 970 has, by id. */
const SHARED = ['guest-hv', 'guest-tb'];
const ON_970 = ['host-timers', 'guest-dec'];

/** CPUs on which a virtual core runs as a whole. */
export type VcoreFamily = Exclude<CpuFamily, 'p9'>;

/** What an exit has to put back on each of them; the PowerPC 970 does not count its guests' time. */
const DEBUG = { DABR: 0n, DABRX: 7n } as const;
const SUMS = ['PURR', 'SPURR'] as const;
const HOSTS: Readonly<Record<VcoreFamily, HostRegisters>> = {
  '970': { own: DEBUG, image: 'HID4', slb: HOST_SLB_970, sums: [] },
  p7: { own: { ...DEBUG, DSCR: 0n, AMR: 0n }, image: 'LPCR', slb: HOST_SLB, sums: SUMS },
  p8: {
    own: { DAWRX0: 0n, CIABR: 0n, DSCR: 0n, AMR: 0n, IAMR: 0n, PSPB: 0n },
    image: 'LPCR',
    slb: HOST_SLB,
    sums: SUMS,
  },
};

/** The invariants that are watched on one of them. */
export function invariantsOf(family: VcoreFamily): readonly Invariant[] {
  return [
    ...vcoreInvariants(family),
    ...INVARIANTS.filter(({ id }) => SHARED.includes(id)),
    ...HPT_INVARIANTS,
    ...VM_INVARIANTS,
    ...hostInvariants(HOSTS[family]),
    ...RESUME_INVARIANTS,
    ...WAKE_INVARIANTS,
  ];
}

/** Those of the virtual core. */
function vcoreInvariants(family: VcoreFamily): readonly Invariant[] {
  const p7 = [...P7_INVARIANTS, ...NAP_INVARIANTS, ...CALL_INVARIANTS, ...VCORE_INVARIANTS];
  if (family === 'p7') return p7;
  if (family === 'p8') return [...P8_INVARIANTS, ...p7.filter(({ id }) => !NOT_ON_P8.includes(id))];
  const kept = P7_INVARIANTS.filter(({ id }) => ON_970.includes(id));
  return [...PPC970_INVARIANTS, ...kept, ...VCORE_INVARIANTS];
}
