// The doorbells section: where each doorbell is held, who sent to whom, and the path of a trapped instruction.
import { HFSCR, MSR } from '../../sim/hardware/bits.ts';
import { CYCLES_PER_TICK } from '../../sim/hardware/hardware.ts';
import { threadInVirtualCore, vcpuOf } from '../../sim/kvm/context.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import type { DoorbellMonitor } from '../../sim/scenario/doorbell-monitor.ts';
import { KIND } from '../../sim/trace/events.ts';
import { type RowIn, type Section, VCPU_STATES } from '../sections.ts';
import { savedDpdes, vcpuState } from './machine.ts';

type M = Machine<DoorbellMonitor>;
type Path = RowIn<'doorbells', 'path'>;

function vcpuRow(m: M, v: number): RowIn<'doorbells', 'vcpus'> {
  const vcpu = vcpuOf(m.k, v);
  const { state } = vcpuState(m as Machine, v);
  const inGuest = state === 'guest';
  const holder = dpdesThread(m, v);
  const thr = threadInVirtualCore(m.k, v);
  const whole = m.spec.model.doorbellScope === 'core';
  const msgp = whole || (vcpu.hfscr & HFSCR.MSGP) !== 0n;
  const msr = inGuest ? m.hw.msr(vcpu.thread_cpu) : vcpu.msr;
  const of = (list: number[]): number => list[v] ?? 0;
  return {
    vcpu: v,
    thr,
    state: VCPU_STATES.indexOf(state),
    thread: inGuest ? vcpu.thread_cpu : -1,
    doorbell_request: vcpu.doorbell_request,
    saved_dpdes: savedDpdes(m as Machine, v),
    hw_dpdes: holder >= 0 ? Number(m.hw.get(holder, 'DPDES')) : -1,
    pending: of(m.monitor.owed),
    tir: msgp && !whole ? 0 : thr,
    hfscr_msgp: msgp ? 1 : 0,
    ee: (msr & MSR.EE) !== 0n ? 1 : 0,
    sent: of(m.monitor.sent),
    delivered: of(m.monitor.delivered),
    coalesced: of(m.monitor.coalesced),
    cleared: of(m.monitor.cleared),
    lost: of(m.monitor.lost),
  };
}

/** Thread whose DPDES holds the doorbell of a vcpu now, -1 = it is saved; on POWER8 that of the whole core is loaded. */
function dpdesThread(m: M, v: number): number {
  const { cpu, thread_cpu, vcore } = vcpuOf(m.k, v);
  const whole = m.spec.model.doorbellScope === 'core';
  if (whole) return m.k.kvm.vcores[vcore]?.in_guest ? thread_cpu : -1;
  return m.monitor.loaded[v] === 1 ? cpu : -1;
}

/** Stages of the trap-and-emulate path, by the routine that stands for each. */
const EMULATED: readonly {
  stage: string;
  detail: string;
  routine: string;
  labels?: readonly string[];
}[] = [
  {
    stage: '0xF80',
    detail: 'hypervisor facility unavailable, HFSCR cause 10 (MSGP): the guest leaves',
    routine: 'kvmppc_p9_enter_guest',
    labels: ['kvmppc_p9_exit_interrupt', 'nullify_gprs'],
  },
  {
    stage: 'kvmppc_emulate_doorbell_instr',
    detail: 'read and decode the instruction',
    routine: 'kvmppc_emulate_doorbell_instr',
  },
  {
    stage: 'doorbell_request',
    detail: 'the request of the target is set',
    routine: 'kvmppc_emulate_doorbell_instr',
    labels: ['kick', 'sent'],
  },
  {
    stage: 'kick',
    detail: 'kvmppc_fast_vcpu_kick_hv: wake the sleeper or ring its thread',
    routine: 'kvmppc_fast_vcpu_kick_hv',
  },
  {
    stage: 'entry',
    detail: 'the target enters: request consumed, DPDES := 1',
    routine: 'kvmhv_vcpu_entry_p9',
    labels: ['doorbell_request', 'dpdes', 'hfscr'],
  },
];

/** vcpu and thread that stand on a stage, -1 none. */
function standing(
  m: M,
  routine: string,
  labels?: readonly string[],
): { active: number; thread: number } {
  for (const [thread, cpu] of m.host.cpus.entries()) {
    const task = m.host.tasks[cpu.curr];
    const inGuest = m.hw.inGuest(thread);
    const frame = task?.stack.find(
      (f) => f.routine === routine && (!labels || labels.includes(f.label)),
    );
    if (task && frame && !inGuest && task.vcpu >= 0) return { active: task.vcpu, thread };
  }
  return { active: -1, thread: -1 };
}

/** The stages in order, with who stands on each; the last is known by the event of the last step. */
function path(m: M): Path[] {
  const emulates = m.program.get('kvmppc_handle_exit_hv')?.steps.has('fac_msgp') ?? false;
  const delivered = m.events
    .last(8)
    .findLast((e) => e.step === m.step - 1 && e.kind === KIND.dpdes_deliver);
  const taken = { active: delivered?.vcpu ?? -1, thread: delivered?.thread ?? -1 };
  const last: Path = {
    stage: '0xA00',
    detail: 'the guest takes the doorbell; hardware clears DPDES',
    ...taken,
  };
  const none = { active: -1, thread: -1 };
  if (!emulates) {
    return [
      { stage: 'msgsndp', detail: 'the instruction runs on the hardware thread', ...none },
      m.spec.model.doorbellScope === 'core'
        ? { stage: 'DPDES', detail: 'of the core: the bit of the thread that is named', ...none }
        : {
            stage: 'TIRTAG = 0',
            detail: 'only thread 0 exists for it: DPDES of this thread; any other tag does nothing',
            ...none,
          },
      last,
    ];
  }
  return [
    { stage: 'msgsndp', detail: 'the guest executes msgsndp; HFSCR[MSGP]=0', ...none },
    ...EMULATED.map(({ stage, detail, routine, labels }) => ({
      stage,
      detail,
      ...standing(m, routine, labels),
    })),
    last,
  ];
}

/** Nothing, on a CPU that has none. */
const NO_DOORBELLS = { vcpus: [], matrix: [], threads: [], path: [], reads: [] };

export function doorbellTables(m: M): Section<'doorbells'> {
  if (m.spec.model.doorbellScope === 'none') return NO_DOORBELLS;
  const { kvm } = m.k;
  const mon = m.monitor;
  return {
    vcpus: kvm.vcpus.map((_, v) => vcpuRow(m, v)),
    matrix: kvm.vcpus.flatMap((_, from) =>
      kvm.vcpus.map((__, to) => ({
        from,
        to,
        sent: mon.matrix[from]?.[to] ?? 0,
        last_step: mon.last[from]?.[to] ?? -1,
      })),
    ),
    threads: m.host.cpus.map((cpu, t) => ({
      thread: t,
      dpdes: Number(m.hw.get(t, 'DPDES')),
      dhdes: m.hw.arena.dhdes(t),
      vcpu: cpu.kvm_vcpu,
      tir: Number(m.hw.get(t, 'TIR')),
      hfscr: m.hw.get(t, 'HFSCR'),
    })),
    path: path(m),
    reads: mon.reads.toReversed().map((r) => ({
      step: r.step,
      vcpu: r.vcpu,
      value: r.value,
      ipis: r.ipis,
      cycles: r.ticks * CYCLES_PER_TICK,
      wrong: r.wrong,
    })),
  };
}
