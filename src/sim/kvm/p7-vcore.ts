// What the routines of the POWER7 run loop share: vcore.lock, the list of runnable vcpus, timers of idle vcpus.
// Source: arch/powerpc/kvm/book3s_hv.c, Linux 3.6.
import { MSR } from '../hardware/bits.ts';
import { cpuOf, now, taskOf, tell } from '../host/context.ts';
import { call, ret, type StepDef, type StepOutcome, spin } from '../host/routine.ts';
import { rearmDecrementer } from '../host/sched.ts';
import { NONE, type TaskId, type VcpuId } from '../state/ids.ts';
import { type KvmCtx, RESUME, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { H_SUCCESS } from './hcall.ts';
import { IRQPRIO, type Vcore } from './records.ts';

/** Locals of a routine that goes through vcore.runnable_threads; `vcpu` is the runner, `i` the place in the list. */
export type ListLocals = VcpuLocals & { i: number };

/** A step that takes vcore.lock of the vcpu's vcore, or spins. */
export const spinLock = <L extends VcpuLocals>(label: string): StepDef<KvmCtx, L> => [
  label,
  'spin_lock(vcore.lock)',
  (k, l) => {
    const vcore = vcoreOf(k, l.vcpu);
    if (vcore.lock !== NONE)
      return spin(`waiting for vcore.lock, which ${taskOf(k, vcore.lock).comm} holds`);
    vcore.lock = cpuOf(k).curr;
    return undefined;
  },
  6,
];

/** The vcpu at the routine's place in the list, -1 behind its end; the place moves on. */
export function nextVcpu(k: KvmCtx, l: ListLocals): VcpuId {
  const v = vcoreOf(k, l.vcpu).runnable_threads[l.i] ?? NONE;
  l.i += 1;
  return v;
}

/** is_kvmppc_resume_guest: RESUME_GUEST or RESUME_GUEST_NV (B22). */
export const resumesGuest = (r: number): boolean => (r & ~1) === RESUME.GUEST;

/** Number of exits that have begun in the run of a vcore. */
export const exitCount = ({ entry_exit_count }: Vcore): number => entry_exit_count >> 8;

/**
 * kvmppc_remove_runnable, with vcore.lock held: the vcpu is busy in the host; ptids of those behind it move up, but on
 * POWER8, where they are fixed.
 */
export function removeRunnable(k: KvmCtx, v: VcpuId): void {
  const [vcore, vcpu] = [vcoreOf(k, v), vcpuOf(k, v)];
  const at = vcore.runnable_threads.indexOf(v);
  vcpu.state = 'KVMPPC_VCPU_BUSY_IN_HOST';
  vcore.n_runnable -= 1;
  vcore.n_busy += 1;
  const moving = k.hw.model.family === 'p8' ? [] : vcore.runnable_threads.slice(at + 1);
  for (const behind of moving) vcpuOf(k, behind).ptid -= 1;
  vcore.runnable_threads = vcore.runnable_threads.filter((other) => other !== v);
}

/** wake_up(vcpu.cpu_run): its task, if it sleeps there. */
export function wakeCpuRun(k: KvmCtx, v: VcpuId): StepOutcome | undefined {
  const { cpu_run, task } = vcpuOf(k, v);
  return cpu_run ? call('try_to_wake_up', { task }) : undefined;
}

/** Task that sleeps on *vcpu.wqp, -1 = none: on the queue of its vcore, or of itself while the kernel handles its H_CEDE. */
export function sleeperOf(k: KvmCtx, v: VcpuId): TaskId {
  const { rcuwait, task } = vcpuOf(k, v);
  return rcuwait ? task : vcoreOf(k, v).wq;
}

/**
 * Has something come for a ceded vcpu? A prod counts from the fix B7 on (in 4.18; no release to 4.4 has it), a doorbell
 * that the exit saved (POWER8) from 4.13 on.
 */
export function isWoken(k: KvmCtx, v: VcpuId): boolean {
  const { pending_exceptions, prodded } = vcpuOf(k, v);
  return pending_exceptions !== 0 || prodded !== 0 || isDoorbellPending(k, v);
}

/** kvmppc_doorbell_pending: its bit in vcore.dpdes. */
export function isDoorbellPending(k: KvmCtx, v: VcpuId): boolean {
  const { dpdes, first_vcpuid } = vcoreOf(k, v);
  return ((dpdes >> (vcpuOf(k, v).vcpu_id - first_vcpuid)) & 1) !== 0;
}

/** The start of H_CEDE, in real mode or in the kernel: the vcpu lets interrupts in, and idles. */
export function startCede(k: KvmCtx, v: VcpuId): void {
  vcpuOf(k, v).msr |= MSR.EE;
  vcpuOf(k, v).ceded = 1;
  tell(k, 'cede', v);
}

/** kvm_cede_prodded: a prod that came before is used up, and H_CEDE returns at once. */
export function takeProd(k: KvmCtx, v: VcpuId): StepOutcome | undefined {
  const vcpu = vcpuOf(k, v);
  if (vcpu.prodded === 0) return undefined;
  vcpu.prodded = 0;
  vcpu.ceded = 0;
  return ret(H_SUCCESS);
}

/** kvmppc_set_timer: an hrtimer stands in for the decrementer of an idle vcpu; one that is due is queued at once. */
export function setTimer(k: KvmCtx, v: VcpuId): void {
  const vcpu = vcpuOf(k, v);
  if (vcpu.dec_expires <= now(k)) {
    vcpu.pending_exceptions |= 1 << IRQPRIO.DECREMENTER;
    return;
  }
  cancelTimer(k, v); // hrtimer_start moves one that runs
  const { hrtimers } = cpuOf(k);
  hrtimers.push({ expires: vcpu.dec_expires, fn: 'kvmppc_decrementer_wakeup', arg: v });
  rearmDecrementer(k);
}

/** hrtimer_try_to_cancel of its decrementer's timer. */
export function cancelTimer(k: KvmCtx, v: VcpuId): void {
  for (const cpu of k.host.cpus) {
    if (!cpu.hrtimers.some(({ arg }) => arg === v)) continue;
    cpu.hrtimers = cpu.hrtimers.filter(({ arg }) => arg !== v);
    if (cpu === cpuOf(k)) rearmDecrementer(k); // hrtimer_force_reprogram, which another cpu is spared
  }
}
