// Injected inputs: what a user (or a scenario's script) does to the machine from outside. MODEL: an input acts like a
// device or a service processor: it changes state at once and rings the thread concerned; no model thread executes it.
import { MSR } from '../hardware/bits.ts';
import { CYCLES_PER_TICK } from '../hardware/hardware.ts';
import { cpuOf, taskOf } from '../host/context.ts';
import { PPC_MSG } from '../host/records.ts';
import { leaveMessage, nextHostEvent, tryToWakeUp } from '../host/sched.ts';
import { threadInVirtualCore, vcpuOf, vmOf } from '../kvm/context.ts';
import { IRQPRIO, type Vcpu } from '../kvm/records.ts';
import { vcpuPlace } from '../kvm/vcpu-place.ts';
import type { HwThreadId, VcpuId } from '../state/ids.ts';
import { fail, type Result, succeed } from '../state/user-error.ts';
import { isHalted, vmmOf } from '../vmm/process.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { applyHpte, type HpteAction, hpteText } from './hpte-input.ts';
import { applyIrq, type IrqAction, irqText } from './irq-input.ts';
import { ipiIsDoorbell, kickNow, ring } from './ring.ts';
import { applyToVcpu, type VcpuAction, vcpuActionText } from './vcpu-input.ts';

/** An input. Threads and vcpus are numbers over the whole machine. */
export type Action =
  | { readonly kind: 'doorbell'; readonly from: VcpuId; readonly to: VcpuId }
  | { readonly kind: 'exit'; readonly thread: HwThreadId }
  | { readonly kind: 'dec'; readonly vcpu: VcpuId }
  | { readonly kind: 'hdec'; readonly thread: HwThreadId }
  | { readonly kind: 'preempt'; readonly thread: HwThreadId }
  | HpteAction
  | IrqAction
  | VcpuAction;

/** An input with its place: an exact step of its branch, or -1 and the model cycle at or after which it applies. */
export interface Input {
  readonly step: number;
  readonly cycle: number;
  /** Injected by a user; scripted ones belong to the scenario. */
  readonly user: boolean;
  readonly action: Action;
}

/** Work items that a pre-empting kworker gets. */
const PREEMPT_WORK = 4;

/** Text of an input for lists and the log. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case 'doorbell':
      return `doorbell from vcpu ${action.from} to vcpu ${action.to}`;
    case 'exit':
      return `reschedule IPI to thread ${action.thread}`;
    case 'dec':
      return `DEC of vcpu ${action.vcpu} expires`;
    case 'hdec':
      return `HDEC of thread ${action.thread} expires`;
    case 'preempt':
      return `a kworker pre-empts the task on thread ${action.thread}`;
    case 'hpte':
      return hpteText(action);
    case 'irq':
      return irqText(action);
    default:
      return vcpuActionText(action);
  }
}

function checkThread(k: VmmCtx, thread: number): Result<null> {
  const cpu = k.host.cpus[thread];
  if (!cpu) return fail('NO_THREAD', `There is no hardware thread ${thread}.`);
  if (!cpu.online)
    return fail(
      'OFFLINE',
      `Hardware thread ${thread} is offline for the host.`,
      'Choose an online thread.',
    );
  return succeed(null);
}

function checkVcpu(k: VmmCtx, vcpu: number): Result<null> {
  if (!k.kvm.vcpus[vcpu])
    return fail(
      'NO_VCPU',
      `There is no vcpu ${vcpu} yet.`,
      'Run until KVM_CREATE_VCPU has made it.',
    );
  return succeed(null);
}

/**
 * Applies an input at a model cycle; a refusal changes nothing. The text says what was done, in the kernel's words.
 */
export function applyAction(k: VmmCtx, action: Action, cycle: number): Result<string> {
  switch (action.kind) {
    case 'doorbell':
      return doorbell(k, action.from, action.to);
    case 'dec':
      return expireDec(k, action.vcpu, cycle);
    case 'hpte':
      return applyHpte(k, action);
    case 'irq':
      return applyIrq(k, action);
    case 'exit':
    case 'hdec':
    case 'preempt': {
      const checked = checkThread(k, action.thread);
      if (action.kind === 'exit' && isNapping(k, action.thread)) return strayIpi(k, action.thread);
      if (!checked.ok) return checked;
      k.tid = action.thread;
      if (action.kind === 'hdec') return expireHdec(k, action.thread, cycle);
      return action.kind === 'exit' ? requestExit(k, action.thread) : preempt(k, action.thread);
    }
    default:
      return applyToVcpu(k, action);
  }
}

/** An external interrupt for the sending vcpu; its handler asks the device whom to ring and executes msgsndp. */
function doorbell(k: VmmCtx, from: VcpuId, to: VcpuId): Result<string> {
  if (!ipiIsDoorbell(k))
    return fail('NO_DOORBELLS', 'This CPU has no doorbells: they came with POWER8.');
  for (const vcpu of [from, to]) {
    const checked = checkVcpu(k, vcpu);
    if (!checked.ok) return checked;
  }
  if (vmOf(k, from) !== vmOf(k, to)) {
    return fail(
      'OTHER_VM',
      `vcpu ${to} belongs to another VM than vcpu ${from}: msgsndp does not reach it.`,
      'Choose two vcpus of one VM.',
    );
  }
  if (vmmOf(k, from).stopped)
    return fail('STOPPED', 'The virtual machine is stopped.', 'Go back to a step where it runs.');
  if (isHalted(k, from) || !vmOf(k, from).mmu_ready) {
    return fail(
      'NOT_STARTED',
      `vcpu ${from} has never run, so it cannot execute msgsndp.`,
      'Choose a started vcpu as sender.',
    );
  }
  const sender = vcpuOf(k, from);
  vmmOf(k, from).ring_to[sender.vcpu_id] = threadInVirtualCore(k, to);
  sender.pending_exceptions |= 1 << IRQPRIO.EXTERNAL;
  kickNow(k, from);
  return succeed(
    `external interrupt for vcpu ${from} (${vcpuPlace(k, from)}); its handler will ring vcpu ${to} by msgsndp`,
  );
}

function requestExit(k: VmmCtx, thread: HwThreadId): Result<string> {
  leaveMessage(k, thread, PPC_MSG.RESCHEDULE);
  ring(k, thread);
  const how = ipiIsDoorbell(k) ? 'the hypervisor doorbell' : 'the external interrupt';
  const vector = ipiIsDoorbell(k) ? '0xE80' : '0x500';
  return succeed(
    `reschedule IPI to thread ${thread}: ${how} takes it out of the guest (${vector})`,
  );
}

/** A thread that is offline on POWER7 naps in the kernel, or works for KVM: an IPI wakes it all the same. */
const isNapping = (k: VmmCtx, thread: HwThreadId): boolean =>
  k.host.cpus[thread]?.online === 0 && !ipiIsDoorbell(k);

function strayIpi(k: VmmCtx, thread: HwThreadId): Result<string> {
  ring(k, thread);
  return succeed(
    `a stray IPI to thread ${thread}, which is offline: nobody meant it, but it wakes from its nap`,
  );
}

/** True while DEC of a thread is the guest's: in the guest, while it naps there, and in most of real mode. */
function holdsGuestDec(k: VmmCtx, thread: HwThreadId, v: Vcpu): boolean {
  const { in_guest, napping, hstate } = cpuOf(k, thread);
  if (in_guest || napping) return true;
  const loaded = k.hw.arena.decExpires(thread) === v.dec_expires;
  if (loaded || v.cpu !== thread) return loaded;
  if (hstate.dec_expires === undefined) return false;
  const real = (k.hw.msr(thread) & (MSR.IR | MSR.DR)) === 0n;
  return real && BigInt(k.hw.arena.decExpires(thread)) !== hstate.dec_expires;
}

function expireDec(k: VmmCtx, vcpu: VcpuId, cycle: number): Result<string> {
  const checked = checkVcpu(k, vcpu);
  if (!checked.ok) return checked;
  const v = vcpuOf(k, vcpu);
  const at = v.thread_cpu >= 0 ? v.thread_cpu : taskOf(k, v.task).cpu;
  k.tid = at;
  // The clock of a halted thread stands still; it must not be woken in its past.
  const now = k.hw.tb(at);
  const runs = k.hw.inGuest(at) && !cpuOf(k, at).stopped;
  const tb = runs ? now : Math.max(now, Math.ceil(cycle / CYCLES_PER_TICK));
  v.dec_expires = tb;
  if (v.thread_cpu >= 0 && holdsGuestDec(k, at, v)) {
    k.hw.arena.setDecExpires(at, tb);
    return succeed(
      `DEC of vcpu ${vcpu} expires on thread ${at}: 0x900 goes straight to the guest when EE=1`,
    );
  }
  for (const [i, cpu] of k.host.cpus.entries()) {
    if (!cpu.hrtimers.some((timer) => timer.arg === vcpu)) continue;
    cpu.hrtimers = cpu.hrtimers.map((timer) =>
      timer.arg === vcpu ? { ...timer, expires: tb } : timer,
    );
    const entering = k.kvm.vcpus.some((o) => o.thread_cpu === i && holdsGuestDec(k, i, o));
    if (!cpu.in_guest && !entering)
      k.hw.arena.setDecExpires(i, Math.min(k.hw.arena.decExpires(i), nextHostEvent(k, i)));
    else k.hw.arena.setHdecExpires(i, Math.min(k.hw.arena.hdecExpires(i), nextHostEvent(k, i)));
  }
  return succeed(`dec_expires of vcpu ${vcpu} := now (${vcpuPlace(k, vcpu)})`);
}

/**
 * HDEC as it was when threads of POWER8 went to nap: it wakes nobody, so that H_CEDE there puts min(DEC, HDEC) into DEC, and
 * an exit by HDEC calls nobody. MODEL: had it been less then, so would these DECs.
 */
function lowerNappers(k: VmmCtx, thread: HwThreadId, cycle: number): void {
  if (k.hw.model.family !== 'p8') return;
  for (const t of k.hw.coreOf(thread)) {
    const tb = Math.max(k.hw.tb(t), Math.ceil(cycle / CYCLES_PER_TICK));
    if (cpuOf(k, t).napping) k.hw.arena.setDecExpires(t, Math.min(k.hw.arena.decExpires(t), tb));
  }
}

function expireHdec(k: VmmCtx, thread: HwThreadId, cycle: number): Result<string> {
  if (!k.hw.inGuest(thread)) {
    return fail(
      'NOT_IN_GUEST',
      `Thread ${thread} is in the host, where LPCR[HDICE]=0 keeps HDEC quiet.`,
      'Step until it is in the guest.',
    );
  }
  const cpu = cpuOf(k, thread);
  cpu.tick_next = Math.min(cpu.tick_next, k.hw.tb(thread));
  k.hw.arena.setHdecExpires(thread, k.hw.tb(thread));
  lowerNappers(k, thread, cycle);
  return succeed(`HDEC of thread ${thread} expires: 0x980 ends the guest run and the tick is due`);
}

function preempt(k: VmmCtx, thread: HwThreadId): Result<string> {
  const cpu = cpuOf(k, thread);
  taskOf(k, cpu.kworker).work += PREEMPT_WORK;
  tryToWakeUp(k, cpu.kworker);
  cpu.need_resched = 1;
  leaveMessage(k, thread, PPC_MSG.RESCHEDULE);
  ring(k, thread);
  return succeed(
    `work for kworker/${thread}: it takes the cpu from ${taskOf(k, cpu.curr).comm} when need_resched is seen`,
  );
}
