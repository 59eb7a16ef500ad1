// Threads of POWER8 that wake from a nap, as changes of the text of POWER7. Source: arch/powerpc/kvm/
// book3s_hv_rmhandlers.S, Linux 4.4 with the loss-free way back to the offline loop.
//
// A secondary has work as long as PACA kvm_vcore is set: whoever starts it stores that last, it clears it last. Between
// two runs it waits awake while KVM wants it (hwthread_req), then goes back into the offline loop of the host.
import { SRR1_WAKE } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf } from '../host/context.ts';
import { setDecWakes } from '../host/nap.ts';
import { BASE, call, goto, ret, routine, tail, unwind, variant } from '../host/routine.ts';
import { icpNativeGetXirr, icpNativeSetQirr, icpNativeSetXirr } from '../host/xics.ts';
import { NONE } from '../state/ids.ts';
import { IPI_PRIORITY, NO_PRIORITY, XICS_IPI, XISR_MASK } from '../xics/records.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { CEDE_REENTRY, GUEST_EXIT, KVM_END_CEDE, ONE_EXIT } from './p7-entry.ts';
import { endCede, noGuest, secondaryNap, startGuest } from './p7-nap.ts';
import { mfspr } from './p7-state.ts';
import { hostIpi } from './p8-state.ts';

const RMHANDLERS_S = 'arch/powerpc/kvm/book3s_hv_rmhandlers.S';
/** SRR1 bits 42:45, why the thread woke. */
const WAKE_REASON = 0x3c0000n;
/** Answers of kvmppc_read_intr and kvmppc_check_wake_reason. */
const NOTHING = 0;
const HOST_MUST_ACT = 1;
const GUEST_WAKE_UP = -1;

const reasonOf = (k: KvmCtx): bigint => mfspr(k, 'SRR1') & WAKE_REASON;

/** The interrupt that woke the thread and that the host must handle. */
export const trapOfWake = (k: KvmCtx): number =>
  reasonOf(k) === SRR1_WAKE.EXTERNAL ? BOOK3S_INTERRUPT.EXTERNAL : BOOK3S_INTERRUPT.H_DOORBELL;

export const readIntr = routine<KvmCtx, { xirr: number }>(
  'kvmppc_read_intr',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'An external interrupt in real mode: is it for the host, or only to get our attention?',
  },
  [
    [
      'host_ipi',
      'PACA host_ipi? then the host wants the thread: 1',
      (k) => (hostIpi(k) ? ret(HOST_MUST_ACT) : undefined),
      4,
    ],
    [
      'xirr',
      'read XIRR: the interrupt is accepted; none there: 0',
      (k, l) => {
        l.xirr = icpNativeGetXirr(k);
        return (l.xirr & XISR_MASK) === 0 ? ret(NOTHING) : undefined;
      },
      8,
    ],
    [
      'saved_xirr', // B11
      'not the IPI? a device of the host: PACA saved_xirr := XIRR, 1',
      (k, l) => {
        if ((l.xirr & XISR_MASK) === XICS_IPI) return undefined;
        cpuOf(k).saved_xirr = l.xirr;
        return ret(HOST_MUST_ACT);
      },
      4,
    ],
    [
      'mfrr',
      'MFRR := 0xff: the IPI is taken back',
      (k) => icpNativeSetQirr(k, k.tid, NO_PRIORITY),
      6,
    ],
    ['eoi', 'write XIRR back: end of interrupt; sync', (k, l) => icpNativeSetXirr(k, l.xirr), 8],
    [
      'host_ipi_again',
      'PACA host_ipi set meanwhile? no: it was for us, -1',
      (k) => (hostIpi(k) ? undefined : ret(GUEST_WAKE_UP)),
      4,
    ],
    [
      'resend',
      'it was the host’s: MFRR := IPI_PRIORITY again, 1',
      (k) => {
        icpNativeSetQirr(k, k.tid, IPI_PRIORITY);
        return ret(HOST_MUST_ACT);
      },
      6,
    ],
  ],
);

export const checkWakeReason = routine<KvmCtx, { ret: number }>(
  'kvmppc_check_wake_reason',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'Why did the thread wake: for the guest, for the host, or for nothing?',
  },
  [
    [
      'reason',
      'SRR1[42:45]: 8 external, 3 hypervisor doorbell; 6 decrementer, 5 doorbell of the guest: 0; else 1',
      (k) => {
        switch (reasonOf(k)) {
          case SRR1_WAKE.EXTERNAL:
            return goto('external');
          case SRR1_WAKE.HDBELL:
            return undefined;
          case SRR1_WAKE.DEC:
          case SRR1_WAKE.PDBELL:
            return ret(NOTHING);
          default:
            return ret(HOST_MUST_ACT);
        }
      },
      6,
    ],
    ['msgclr', 'msgclr: the doorbell is taken', (k) => k.hw.arena.setDhdes(k.tid, 0), 4],
    [
      'host_ipi',
      'PACA host_ipi? the host must act: 1, else it was a kick: -1',
      (k) => ret(hostIpi(k) ? HOST_MUST_ACT : GUEST_WAKE_UP),
      4,
    ],
    ['external', 'kvmppc_read_intr', () => call('kvmppc_read_intr'), 4],
    ['after_read_intr', 'as it says', (_k, l) => ret(l.ret), 2],
  ],
);

export const startGuestP8 = variant<KvmCtx, { vcpu: number; ret: number }>(startGuest, {
  wake_reason: [
    [
      'napping',
      'PACA: napping? it had ceded: to kvm_end_cede, with host_r1 as its stack',
      (k) => (cpuOf(k).napping ? unwind(cpuOf(k).host_depth, KVM_END_CEDE) : undefined),
      4,
    ],
    [
      'check_wake_reason',
      'kvmppc_check_wake_reason, which takes the IPI',
      () => call('kvmppc_check_wake_reason'),
      4,
    ],
    [
      'not_for_guest',
      'its answer is not -1? kvm_no_guest',
      (k, l) =>
        l.ret === GUEST_WAKE_UP ? undefined : tail('kvm_no_guest', {}, cpuOf(k).saved_depth + 1),
      2,
    ],
  ],
  thread_0: null,
  xirr: null,
  saved_xirr: null,
  mfrr: null,
  eoi: null,
  kvm_vcpu: [
    [
      'kvm_vcore', // B10
      'PACA kvm_vcore, now that the IPI is acknowledged: none: kvm_no_guest',
      (k) =>
        cpuOf(k).kvm_vcore === NONE
          ? tail('kvm_no_guest', {}, cpuOf(k).saved_depth + 1)
          : undefined,
      6,
    ],
    [
      'kvm_vcpu',
      'lwsync; vcpu := PACA kvm_vcpu',
      (k, l) => {
        l.vcpu = cpuOf(k).kvm_vcpu;
      },
      4,
    ],
  ],
  napping: null,
});

export const endCedeP8 = variant<KvmCtx, VcpuLocals & { awake: number; wake: number }>(endCede, {
  nvgprs: [
    BASE,
    [
      'dec', // B23
      'DEC := dec_expires - TB: the guest’s again',
      (k, l) => k.hw.setDecExpires(k.tid, vcpuOf(k, l.vcpu).dec_expires),
      6,
    ],
    ['check_wake_reason', 'kvmppc_check_wake_reason', () => call('kvmppc_check_wake_reason'), 4],
    [
      'woken',
      'keep its answer',
      (_k, l) => {
        l.wake = l.ret;
      },
      2,
    ],
  ],
  entry_exit_count: [
    [
      'host_must_act',
      'the host must act? trap := what woke the thread, out of the guest',
      (k, l) => {
        if (l.awake || l.wake <= 0) return undefined;
        vcpuOf(k, l.vcpu).trap = trapOfWake(k);
        return ret(GUEST_EXIT);
      },
      4,
    ],
    [
      'entry_exit_map',
      'has an exit begun? then out of the guest, with trap 0; else kvmppc_cede_reentry',
      (k, l) => ret(vcoreOf(k, l.vcpu).entry_exit_count >= ONE_EXIT ? GUEST_EXIT : CEDE_REENTRY),
      6,
    ],
  ],
});

export const secondaryNapP8 = variant<KvmCtx, { xirr: number }>(
  secondaryNap,
  {
    xirr: null,
    mfrr: null,
    eoi: null,
    nap_count: [
      'kvm_vcore',
      'lwsync; PACA: kvm_vcore := NULL: the runner may look at the vcpu',
      (k) => {
        cpuOf(k).kvm_vcore = NONE;
      },
      6,
    ],
  },
  { about: 'A secondary thread has finished: it tells the runner, and waits for more.' },
);

export const noGuestP8 = variant<KvmCtx, Record<string, never>>(
  noGuest,
  {
    hwthread_state: [
      [
        'hwthread_req',
        'PACA: hwthread_req? KVM still wants the thread',
        (k) => (cpuOf(k).hwthread_req ? goto('in_kvm') : undefined),
        4,
      ],
      [
        'in_kernel',
        'PACA: hwthread_state := KVM_HWTHREAD_IN_KERNEL; sync',
        (k) => {
          cpuOf(k).hwthread_state = 'KVM_HWTHREAD_IN_KERNEL';
        },
        8,
      ],
      [
        'recheck',
        'PACA: hwthread_req again, for it may have been set meanwhile',
        (k) => (cpuOf(k).hwthread_req ? undefined : goto('lpcr')),
        4,
      ],
      [
        'in_kvm',
        'PACA: hwthread_state := KVM_HWTHREAD_IN_KVM',
        (k) => {
          cpuOf(k).hwthread_state = 'KVM_HWTHREAD_IN_KVM';
        },
        4,
      ],
      [
        'kvm_vcore',
        'PACA kvm_vcore: a vcore to run? none yet: look again',
        (k) => (cpuOf(k).kvm_vcore === NONE ? goto('hwthread_req') : undefined),
        8,
      ],
      [
        'kvm_secondary_got_guest',
        'lwsync; vcpu := PACA kvm_vcpu; into the guest with it: kvmppc_hv_entry',
        (k) => tail('kvmppc_hv_entry', { vcpu: cpuOf(k).kvm_vcpu }, cpuOf(k).saved_depth + 1),
        4,
      ],
    ],
    lpcr: [
      'lpcr',
      'LPCR[PECE1] := 0: the decrementer does not wake it',
      (k) => setDecWakes(k, false),
      8,
    ],
    nap: [
      'power7_wakeup_loss',
      'back to the caller of power7_nap, with its registers out of memory',
      () => tail('power7_wakeup_loss'),
      4,
    ],
  },
  { about: 'KVM has no vcpu for this thread: it waits for one while it may come, then goes home.' },
);
