// Thread 0 of a POWER8 core when its vcpu does not take part in the run: it switches the partition for the others, naps
// in it, and switches back when all have left. Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S (kvmppc_primary_no_guest,
// kvm_novcpu_wakeup, kvm_novcpu_exit), Linux 4.4. `vcpu` is one of the vcore, for its VM; it has another thread.
import { LPCR, MSR } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, irqDisable, stackDepth, tell } from '../host/context.ts';
import { call, goto, NAP, type Routine, ret, routine, stepsOf } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf } from './context.ts';
import { HDEC_SOON, NO_NAP, ONE_EXIT } from './p7-entry.ts';
import { lowestBit } from './p7-exit.ts';
import { popcount } from './p7-hcall.ts';
import { mfspr, mtspr } from './p7-state.ts';
import { hvEntryP8 } from './p8-entry.ts';
import { hdecSoonP8 } from './p8-exit.ts';
import { trapOfWake } from './p8-nap.ts';
import { entryBit, exitBit, ipiThread } from './p8-state.ts';

const RMHANDLERS_S = 'arch/powerpc/kvm/book3s_hv_rmhandlers.S';

type NoVcpuLocals = VcpuLocals & { wake: number; trap: number };
type OutLocals = VcpuLocals & { trap: number; threads: number };

const into = routine<KvmCtx, NoVcpuLocals>(
  'kvmppc_primary_no_guest',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'Thread 0 has no vcpu in this run: it serves the others, and naps while they are in the guest.',
  },
  [
    [
      'hard_irq_disable',
      'PACA: host_msr := MSR; MSR[EE] := 0 until the way back',
      (k) => {
        cpuOf(k).hstate = { ...cpuOf(k).hstate, MSR: k.hw.msr(k.tid) };
        irqDisable(k);
      },
      6,
      'virtual',
    ],
    [
      'hdec',
      'HDEC := DEC, so that the next host tick ends the guest run; PACA: dec_expires := DEC + TB',
      (k) => {
        k.hw.setHdec(k.tid, k.hw.dec(k.tid));
        const dec_expires = BigInt(k.hw.arena.decExpires(k.tid));
        cpuOf(k).hstate = { ...cpuOf(k).hstate, dec_expires, r1: k.hw.arena.gpr(k.tid, 1) };
      },
      8,
      'virtual',
    ],
    [
      'real_mode',
      'rfid with IR=DR=0 and RI=0; PACA: host_r1',
      (k) => {
        k.hw.setMsr(k.tid, k.hw.msr(k.tid) & ~(MSR.IR | MSR.DR | MSR.RI));
        cpuOf(k).host_depth = stackDepth(k);
      },
      8,
    ],
    [
      'entry_exit_map',
      'atomically its entry bit: the others wait for it',
      (k, l) => {
        vcoreOf(k, l.vcpu).entry_exit_count |= entryBit(0);
      },
      10,
    ],
  ],
);

const nap = routine<KvmCtx, NoVcpuLocals>(
  'kvmppc_primary_no_guest',
  { source: RMHANDLERS_S, mode: 'real', about: into.about },
  [
    [
      'hdec_check',
      'fewer than 10 ticks left in HDEC? then out again at once',
      (k, l) => {
        Object.assign(l, { wake: 0, trap: 0 });
        return k.hw.hdec(k.tid) < HDEC_SOON ? goto('kvm_novcpu_exit') : undefined;
      },
      4,
    ],
    ['nap', 'nap until something comes', (_k, l) => call('kvm_novcpu_nap', { vcpu: l.vcpu }), 4],
    [
      'kvm_novcpu_wakeup',
      'r1 := PACA host_r1; awake: kvmppc_check_wake_reason',
      (k, l) => {
        k.hw.arena.setGpr(k.tid, 1, cpuOf(k).hstate.r1 ?? 0n);
        return l.ret === NO_NAP ? goto('napping_threads') : call('kvmppc_check_wake_reason');
      },
      4,
    ],
    [
      'woken',
      'does the host want the thread?',
      (k, l) => {
        l.wake = l.ret;
        if (l.wake > 0) l.trap = trapOfWake(k);
      },
      2,
    ],
    [
      'napping_threads',
      'atomically: its own bit in vcore.napping_threads goes',
      (k, l) => {
        vcoreOf(k, l.vcpu).napping_threads &= ~entryBit(0);
        cpuOf(k).napping = 0;
      },
      10,
    ],
    [
      'exit_begun',
      'the host must act, or an exit has begun? out',
      (k, l) =>
        l.wake > 0 || vcoreOf(k, l.vcpu).entry_exit_count >= ONE_EXIT
          ? goto('kvm_novcpu_exit')
          : goto('hdec_check'),
      6,
    ],
    [
      'kvm_novcpu_exit',
      'kvm_novcpu_exit',
      (_k, l) => call('kvm_novcpu_exit', { vcpu: l.vcpu, trap: l.trap }),
      4,
    ],
    [
      'host_msr',
      'rfid to virtual mode; an interrupt ended the run: to its host vector',
      (k, l) => {
        const msr = cpuOf(k).hstate.MSR ?? 0n;
        k.hw.setMsr(k.tid, msr & ~MSR.EE);
        if (l.trap === 0) return undefined;
        const external = l.trap === BOOK3S_INTERRUPT.EXTERNAL;
        return call(external ? 'do_IRQ' : 'doorbell_exception', { msr });
      },
      10,
    ],
    ['done', 'return to kvmppc_run_core', () => ret(), 2],
  ],
);

const primaryNoGuest: Routine<KvmCtx> = {
  ...into,
  steps: [
    ...into.steps,
    ...stepsOf(hvEntryP8, 'lpid_reserved', 'in_guest'),
    ...stepsOf(hvEntryP8, 'lpcr'),
    ...nap.steps,
  ],
};

const noVcpuNap = routine<KvmCtx, VcpuLocals>(
  'kvm_novcpu_nap',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'The nap of a thread without a vcpu, in the partition of the guest.',
  },
  [
    [
      'napping_threads',
      'atomically its bit in vcore.napping_threads; PACA: napping := NAPPING_NOVCPU',
      (k, l) => {
        vcoreOf(k, l.vcpu).napping_threads |= entryBit(0);
        cpuOf(k).napping = 1;
      },
      10,
    ],
    [
      'entry_exit_map',
      'has an exit begun meanwhile? then no nap',
      (k, l) => (vcoreOf(k, l.vcpu).entry_exit_count >= ONE_EXIT ? ret(NO_NAP) : undefined),
      6,
    ],
    [
      'dec',
      'DEC := HDEC, which does not wake a thread; PACA: hwthread_req := 1',
      (k) => {
        k.hw.setDecExpires(k.tid, k.hw.arena.hdecExpires(k.tid));
        cpuOf(k).hwthread_req = 1;
      },
      8,
    ],
    [
      'lpcr',
      'LPCR[PECE0], [PECE1], [PECEDH] := 1',
      (k) => {
        const wakes = LPCR.PECE0 | LPCR.PECE1 | LPCR.PECEDH;
        mtspr(k, 'LPCR', (mfspr(k, 'LPCR') & ~LPCR.PECEDP) | wakes);
      },
      8,
    ],
    ['nap', 'ptesync; nap', () => NAP, 20],
  ],
);

const leave = routine<KvmCtx, OutLocals>(
  'kvm_novcpu_exit',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'Thread 0 without a vcpu calls the others out, and switches back when all have left.',
  },
  [
    [
      'kvmhv_commence_exit',
      'atomically its exit bit in vcore.entry_exit_map; the first? then the others are to be rung',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        const old = vcore.entry_exit_count;
        vcore.entry_exit_count |= exitBit(0);
        l.threads = old < ONE_EXIT ? old & ~entryBit(0) : 0;
        if (old < ONE_EXIT) tell(k, 'core_exit', l.vcpu, l.trap, popcount(l.threads));
      },
      10,
    ],
    [
      'kvmhv_rm_send_ipi',
      'msgsnd to each of them, one by one',
      (k, l) => {
        if (l.threads === 0) return undefined;
        const ptid = lowestBit(l.threads);
        l.threads &= ~entryBit(ptid);
        ipiThread(k, k.tid + ptid);
        return goto('kvmhv_rm_send_ipi');
      },
      8,
    ],
  ],
);

const noVcpuExit: Routine<KvmCtx> = {
  ...leave,
  steps: [
    ...leave.steps,
    ...stepsOf(hdecSoonP8, 'gather', 'hdec'),
    ...stepsOf(hdecSoonP8, 'lpcr'),
    ...stepsOf(hdecSoonP8, 'dec', 'hwthread_req'),
  ],
};

/** The routines of this file. */
export const NOVCPU_ROUTINES: readonly Routine<KvmCtx>[] = [primaryNoGuest, noVcpuNap, noVcpuExit];
