// The machine section: threads, vcpus and the arrows of the last step, read from the machine's state.
import { INPUT } from '../../sim/hardware/interrupts.ts';
import { partitionOf } from '../../sim/hardware/partition.ts';
import { disassemble } from '../../sim/isa/disassemble.ts';
import { findVcpu, threadInVirtualCore, vcpuOf, vmOf } from '../../sim/kvm/context.ts';
import { vcpuPlace } from '../../sim/kvm/vcpu-place.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { vcpuEntity } from '../../sim/scenario/entities.ts';
import { KIND } from '../../sim/trace/events.ts';
import { isHalted, vmmOf } from '../../sim/vmm/process.ts';
import {
  type RowIn,
  THREAD_MODES,
  type ThreadMode,
  VCPU_STATES,
  type VcpuState,
} from '../sections.ts';
import { guestWordAt } from './guest-memory.ts';
import { vcoreRows, waitQueue } from './vcores.ts';

type Threads = RowIn<'machine', 'threads'>;
type Vcpus = RowIn<'machine', 'vcpus'>;
type Arrows = RowIn<'machine', 'arrows'>;

/** Name of a task; QEMU names the threads of every VM alike, so where there are several the VM is said. */
function taskName(m: Machine, id: number): string {
  const task = m.host.tasks[id];
  if (!task) return '';
  return task.vm < 0 || m.k.vmms.length === 1 ? task.comm : `${task.comm} of VM ${task.vm + 1}`;
}

/** Task that runs on a thread, and the vcpu that has it: the one that KVM put there, else the task's own. */
function docked(m: Machine, t: number): { task: number; name: string; vcpu: number } {
  const cpu = m.host.cpus[t];
  const task = m.host.tasks[cpu?.curr ?? -1];
  const vcpu = cpu && cpu.kvm_vcpu >= 0 ? cpu.kvm_vcpu : (task?.vcpu ?? -1);
  return {
    task: cpu?.curr ?? -1,
    name: taskName(m, cpu?.curr ?? -1),
    vcpu: m.k.kvm.vcpus[vcpu] && !isElsewhere(m, vcpu, t) ? vcpu : -1,
  };
}

/** The task of a vcpu executes its vcore here, but the vcpu itself has another thread. */
function isElsewhere(m: Machine, vcpu: number, t: number): boolean {
  return m.host.cpus.some((cpu, other) => other !== t && cpu.kvm_vcpu === vcpu);
}

function modeOf(m: Machine, t: number): ThreadMode {
  const cpu = m.host.cpus[t];
  if (!cpu) return 'offline';
  if (cpu.oops !== '') return 'dead';
  if (m.hw.inGuest(t)) return 'guest';
  // What the host has taken offline naps too; one that naps in H_CEDE is the guest's.
  if (cpu.stopped) return cpu.online || cpu.napping ? 'nap' : 'offline';
  const frame = m.host.tasks[cpu.curr]?.stack.at(-1);
  const live = frame && m.program.get(frame.routine);
  const kvm = live?.base.source.includes('arch/powerpc/kvm') ?? false;
  if (!kvm) return cpu.online ? 'host' : 'offline';
  return live?.steps.get(frame?.label ?? '')?.mode === 'real' ? 'real' : 'virt';
}

/** Interrupts that are present, most urgent first; '·' behind a vector means masked here. */
function pendingText(m: Machine, t: number): string {
  const { hw } = m;
  const present: string[] = [];
  if (m.hw.inGuest(t) && hw.hdec(t) < 0) present.push('980');
  if (hw.dec(t) < 0) present.push('900');
  if ((hw.get(t, 'DPDES') & 1n) !== 0n) present.push('A00');
  if (hw.arena.dhdes(t)) present.push('E80');
  if (hw.arena.inputs(t) & INPUT.EXTERNAL) present.push('500');
  const taken = hw.pending(t).toString(16).toUpperCase();
  return present.map((vector) => (vector === taken ? vector : `${vector}·`)).join(' ');
}

/** The bit of a vcpu in vcore.dpdes; early in kvmppc_core_vcpu_create_hv it has no vcore yet. */
export function savedDpdes({ k }: Machine, v: number): number {
  const { vcpu_id, vcore } = k.kvm.vcpus[v] ?? {};
  const { dpdes = 0, first_vcpuid = 0 } = k.kvm.vcores[vcore ?? -1] ?? {};
  return (dpdes >> ((vcpu_id ?? 0) - first_vcpuid)) & 1;
}

/** A doorbell bit, -1 where the CPU has none. */
const bell = (m: Machine, bit: number): number =>
  m.spec.model.doorbellScope === 'none' ? -1 : bit;

function threadRow(m: Machine, t: number, next: number): Threads {
  const cpu = m.host.cpus[t];
  const { task, name, vcpu } = docked(m, t);
  const mode = modeOf(m, t);
  const frame = m.host.tasks[task]?.stack.at(-1);
  const live = frame && m.program.get(frame.routine);
  const guest = mode === 'guest';
  const saved = m.k.kvm.vcpus[vcpu]?.pc ?? 0n;
  const pc = guest ? m.hw.arena.nia(t) : saved;
  const word = guest ? guestWordAt(m, vcpu, pc) : null;
  return {
    thread: t,
    core: Math.floor(t / m.spec.model.threadsPerCore),
    mode: THREAD_MODES.indexOf(mode),
    task,
    task_name: name,
    vm: vcpu >= 0 ? (m.k.kvm.vcpus[vcpu]?.vm ?? -1) + 1 : -1,
    vcpu,
    lpid: partitionOf(m.hw, t),
    routine: guest || !live ? -1 : live.index,
    step: guest || !live ? -1 : (live.steps.get(frame?.label ?? '')?.shown ?? -1),
    waiting: cpu?.oops ? `Oops: ${cpu.oops}` : (cpu?.waiting ?? ''),
    pc,
    insn: word === null ? '' : disassemble(word, pc),
    msr: m.hw.msr(t),
    dpdes: bell(m, Number(m.hw.get(t, 'DPDES'))),
    dhdes: bell(m, m.hw.arena.dhdes(t)),
    dec: m.hw.dec(t),
    hdec: m.hw.hdec(t),
    pending: pendingText(m, t),
    clock: m.hw.arena.clock(t),
    next: t === next ? 1 : 0,
    waiters: (cpu?.queue ?? []).map((id) => taskName(m, id)).join(', '),
  };
}

/** State of a vcpu as the views name it, and why. */
export function vcpuState(m: Machine, v: number): { state: VcpuState; why: string } {
  const vcpu = m.k.kvm.vcpus[v];
  const place = vcpuPlace(m.k, v);
  const task = m.host.tasks[vcpu?.task ?? -1];
  const { stopped } = vmmOf(m.k, v);
  if (stopped && !task?.on_rq) return { state: 'off', why: stopped };
  if (isHalted(m.k, v)) return { state: 'created', why: 'waits for RTAS start-cpu' };
  switch (place) {
    case 'created':
      return { state: 'created', why: 'KVM_RUN not yet called' };
    case 'guest':
      return { state: 'guest', why: `runs on thread ${vcpu?.thread_cpu}` };
    case 'preempted':
      return { state: 'preempted', why: `runnable, queued on thread ${task?.cpu}` };
    case 'ceded': {
      const queue = waitQueue(m, v);
      const napping = (vcpu?.thread_cpu ?? -1) >= 0 || queue === '';
      return {
        state: 'ceded',
        why: napping ? 'H_CEDE: its thread naps' : `H_CEDE: its task sleeps on ${queue}`,
      };
    }
    case 'waiting':
      return { state: 'hypervisor', why: 'its task sleeps on cpu_run until its vcore has run' };
    case 'user':
      return { state: 'user', why: vcpu?.run.exit_reason || 'in user space' };
    default:
      return {
        state: 'hypervisor',
        why: vcpu?.ceded ? 'H_CEDE, about to sleep or to wake' : 'in KVM code',
      };
  }
}

/** Thread that a vcpu has, or on which its task runs or is queued; -1 none. */
function threadOfVcpu(m: Machine, v: number): number {
  const has = m.host.cpus.findIndex((cpu) => cpu.kvm_vcpu === v);
  const task = m.host.tasks[m.k.kvm.vcpus[v]?.task ?? -1];
  return has >= 0 ? has : task?.on_rq ? task.cpu : -1;
}

function vcpuRow(m: Machine, v: number): Vcpus {
  const vcpu = m.k.kvm.vcpus[v];
  if (!vcpu) throw new Error(`vcpuRow: no vcpu ${v}`);
  const { state, why } = vcpuState(m, v);
  const { smt_mode, emul_smt_mode } = vmOf(m.k, v);
  const virtualSmt = Math.max(smt_mode, emul_smt_mode);
  return {
    vcpu: v,
    vm: vcpu.vm + 1,
    vcore: vcpu.vcore,
    virtual_core: Math.floor(vcpu.vcpu_id / virtualSmt),
    thr: vcpu.vcpu_id % virtualSmt,
    state: VCPU_STATES.indexOf(state),
    thread: threadOfVcpu(m, v),
    ceded: vcpu.ceded,
    prodded: vcpu.prodded,
    doorbell_request: bell(m, vcpu.doorbell_request),
    dpdes: bell(m, savedDpdes(m, v)),
    pc: state === 'guest' ? m.hw.arena.nia(vcpu.thread_cpu) : vcpu.pc,
    runner: m.k.kvm.vcores[vcpu.vcore]?.runner === v ? 1 : 0,
    waits: waitQueue(m, v),
    why,
  };
}

/** Where an arrow comes from that no thread and no vcpu sent: a device, or the user. */
const OUTSIDE = 'outside';

function arrowOf(
  m: Machine,
  kind: number,
  thread: number,
  vcpu: number,
  a: number,
  b: number,
): Omit<Arrows, 'age' | 'kind'> | null {
  const from = thread >= 0 ? m.threadPath(thread) : OUTSIDE;
  switch (kind) {
    case KIND.msgsnd:
      return { from, to: m.threadPath(a), label: 'msgsnd' };
    case KIND.ipi:
      return { from, to: m.threadPath(a), label: 'IPI' };
    case KIND.msgsndp: {
      const base = vcpuOf(m.k, vcpu).vcpu_id - threadInVirtualCore(m.k, vcpu);
      const to = findVcpu(m.k, vmOf(m.k, vcpu), base + a);
      if (to < 0) return null;
      return { from: vcpuEntity(m, vcpu), to: vcpuEntity(m, to), label: 'msgsndp' };
    }
    case KIND.dpdes_deliver:
      return { from, to: vcpuEntity(m, vcpu), label: '0xA00' };
    case KIND.prod:
      return { from, to: vcpuEntity(m, vcpu), label: 'H_PROD' };
    case KIND.sched_wakeup:
      return vcpu >= 0 ? { from, to: vcpuEntity(m, vcpu), label: 'wake' } : null;
    case KIND.irq:
      return { from: OUTSIDE, to: m.threadPath(a), label: `irq 0x${b.toString(16).toUpperCase()}` };
    case KIND.kvm_interrupt:
      return { from, to: vcpuEntity(m, vcpu), label: 'irq' };
    default:
      return null;
  }
}

/** Arrows of the last step (age 0) and of the one before that had any (age 1). */
function arrows(m: Machine): Arrows[] {
  const rows: Arrows[] = [];
  let ghost = -1;
  for (const event of m.events.last(64).reverse()) {
    const age = event.step >= m.step - 1 ? 0 : 1;
    if (age === 1 && ghost >= 0 && event.step !== ghost) break;
    const arrow = arrowOf(m, event.kind, event.thread, event.vcpu, event.a, event.b);
    if (!arrow) continue;
    if (age === 1) ghost = event.step;
    rows.push({ kind: event.kind, ...arrow, age });
  }
  return rows;
}

export function machineTables(m: Machine) {
  const next = m.endReason() === '' ? m.nextActor().thread : -1;
  return {
    threads: m.host.cpus.map((_, t) => threadRow(m, t, next)),
    vcpus: m.k.kvm.vcpus.map((_, v) => vcpuRow(m, v)),
    vcores: vcoreRows(m),
    arrows: arrows(m),
  };
}
