// The machine section: threads, vcpus and the arrows of the last step, read from the machine's state.
import { INPUT } from '../../sim/hardware/interrupts.ts';
import { disassemble } from '../../sim/isa/disassemble.ts';
import { threadInVirtualCore, vmOf } from '../../sim/kvm/context.ts';
import { vcpuPlace } from '../../sim/kvm/vcpu-place.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { EVENT_KINDS, KIND } from '../../sim/trace/events.ts';
import {
  type RowIn,
  THREAD_MODES,
  type ThreadMode,
  VCPU_STATES,
  type VcpuState,
} from '../sections.ts';
import { guestWordAt } from './guest-memory.ts';

type Threads = RowIn<'machine', 'threads'>;
type Vcpus = RowIn<'machine', 'vcpus'>;
type Arrows = RowIn<'machine', 'arrows'>;

/** Entity path of a vcpu. */
export const vcpuPath = (m: Machine, vcpu: number): string =>
  `vm${(m.k.kvm.vcpus[vcpu]?.vm ?? 0) + 1}/vcpu${vcpu}`;

/** Task that runs on a thread, and the vcpu it belongs to. */
function docked(m: Machine, t: number): { task: number; name: string; vcpu: number } {
  const cpu = m.host.cpus[t];
  const task = m.host.tasks[cpu?.curr ?? -1];
  const vcpu = task && m.k.kvm.vcpus[task.vcpu] ? task.vcpu : -1;
  return { task: cpu?.curr ?? -1, name: task?.comm ?? '', vcpu };
}

function modeOf(m: Machine, t: number): ThreadMode {
  const cpu = m.host.cpus[t];
  if (!cpu?.online) return 'offline';
  if (m.hw.inGuest(t)) return 'guest';
  if (cpu.stopped) return 'nap';
  const frame = m.host.tasks[cpu.curr]?.stack.at(-1);
  const live = frame && m.program.get(frame.routine);
  const kvm = live?.base.source.includes('arch/powerpc/kvm') ?? false;
  if (!kvm) return 'host';
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
    lpid: Number(m.hw.get(t, 'LPIDR')),
    routine: guest || !live ? -1 : live.index,
    step: guest || !live ? -1 : (live.steps.get(frame?.label ?? '')?.shown ?? -1),
    waiting: cpu?.waiting ?? '',
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
    waiters: (cpu?.queue ?? []).map((id) => m.host.tasks[id]?.comm ?? '').join(', '),
  };
}

/** State of a vcpu as the views name it, and why. */
export function vcpuState(m: Machine, v: number): { state: VcpuState; why: string } {
  const vcpu = m.k.kvm.vcpus[v];
  const place = vcpuPlace(m.k, v);
  const task = m.host.tasks[vcpu?.task ?? -1];
  if (m.k.vmm.stopped && !task?.on_rq) return { state: 'off', why: m.k.vmm.stopped };
  if (m.k.vmm.halted[v]) return { state: 'created', why: 'waits for RTAS start-cpu' };
  switch (place) {
    case 'created':
      return { state: 'created', why: 'KVM_RUN not yet called' };
    case 'guest':
      return { state: 'guest', why: `runs on thread ${vcpu?.thread_cpu}` };
    case 'preempted':
      return { state: 'preempted', why: `runnable, queued on thread ${task?.cpu}` };
    case 'ceded':
      return { state: 'ceded', why: 'H_CEDE: its task sleeps on the rcuwait' };
    case 'user':
      return { state: 'user', why: vcpu?.run.exit_reason || 'in user space' };
    default:
      return {
        state: 'hypervisor',
        why: vcpu?.ceded ? 'H_CEDE, about to sleep or to wake' : 'in KVM code',
      };
  }
}

function vcpuRow(m: Machine, v: number): Vcpus {
  const vcpu = m.k.kvm.vcpus[v];
  if (!vcpu) throw new Error(`vcpuRow: no vcpu ${v}`);
  const task = m.host.tasks[vcpu.task];
  const { state, why } = vcpuState(m, v);
  const thr = threadInVirtualCore(m.k, v);
  return {
    vcpu: v,
    vm: vcpu.vm + 1,
    vcore: vcpu.vcore,
    virtual_core: (vcpu.vcpu_id - thr) / vmOf(m.k, v).emul_smt_mode,
    thr,
    state: VCPU_STATES.indexOf(state),
    thread: task?.on_rq ? task.cpu : -1,
    ceded: vcpu.ceded,
    prodded: vcpu.prodded,
    doorbell_request: bell(m, vcpu.doorbell_request),
    // Early in kvmppc_core_vcpu_create_hv a vcpu has no vcore yet.
    dpdes: bell(m, m.k.kvm.vcores[vcpu.vcore]?.dpdes ?? 0),
    pc: state === 'guest' ? m.hw.arena.nia(vcpu.thread_cpu) : vcpu.pc,
    why,
  };
}

function arrowOf(
  m: Machine,
  kind: number,
  thread: number,
  vcpu: number,
  a: number,
): Omit<Arrows, 'age' | 'kind'> | null {
  const from = thread >= 0 ? m.threadPath(thread) : 'host';
  switch (kind) {
    case KIND.msgsnd:
      return { from, to: m.threadPath(a), label: 'msgsnd' };
    case KIND.ipi:
      return { from, to: m.threadPath(a), label: 'IPI' };
    case KIND.msgsndp: {
      const base = vcpu - threadInVirtualCore(m.k, vcpu);
      return { from: vcpuPath(m, vcpu), to: vcpuPath(m, base + a), label: 'msgsndp' };
    }
    case KIND.dpdes_deliver:
      return { from, to: vcpuPath(m, vcpu), label: '0xA00' };
    case KIND.prod:
      return { from, to: vcpuPath(m, vcpu), label: 'H_PROD' };
    case KIND.sched_wakeup:
      return vcpu >= 0 ? { from, to: vcpuPath(m, vcpu), label: 'wake' } : null;
    case KIND.inject:
      return { from: 'host', to: 'host', label: 'inject' };
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
    const arrow = arrowOf(m, event.kind, event.thread, event.vcpu, event.a);
    if (!arrow || (EVENT_KINDS[event.kind]?.name === 'inject' && age === 1)) continue;
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
    arrows: arrows(m),
  };
}
