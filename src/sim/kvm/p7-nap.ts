// What KVM does with a hardware thread that wakes from a nap: run a vcpu on it, go on with one that had ceded, or nap
// again. Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S, Linux 3.6 with the fixes of 3.12.
//
// Secondary threads belong to the offline loop of the host; hwthread_req keeps those of a running core here. Their runner
// (kvmppc_run_core) says by PACA fields and an IPI what to do, and learns from nap_count that it is done.
import { SRR1_WAKE } from '../hardware/bits.ts';
import { cpuOf, tell } from '../host/context.ts';
import { setDecWakes } from '../host/nap.ts';
import { goto, NAP, ret, routine, spin, tail, unwind } from '../host/routine.ts';
import { HOST_SLB } from '../host/slb.ts';
import { emergencyStack } from '../host/stacks.ts';
import { icpNativeGetXirr, icpNativeSetQirr, icpNativeSetXirr } from '../host/xics.ts';
import { NONE } from '../state/ids.ts';
import { NO_PRIORITY, XICS_IPI, XISR_MASK } from '../xics/records.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { CEDE_REENTRY, GUEST_EXIT, KVM_END_CEDE, ONE_EXIT } from './p7-entry.ts';
import { loadFp, loadGprs, loadSlb, mtspr } from './p7-state.ts';
import type { Vcore } from './records.ts';

const RMHANDLERS_S = 'arch/powerpc/kvm/book3s_hv_rmhandlers.S';
/** SRR1 bits 42:44, why the thread woke. */
const WAKE_REASON = 0x380000n;

/** The vcore for which this thread works. */
function pacaVcore(k: KvmCtx): Vcore {
  const found = k.kvm.vcores[cpuOf(k).kvm_vcore];
  if (!found) throw new Error(`pacaVcore: thread ${k.tid} has no vcore`);
  return found;
}

/** The thread is the first of its core. */
const isThread0 = (k: KvmCtx): boolean => k.tid % k.hw.model.threadsPerCore === 0;

export const startGuest = routine<KvmCtx, { srr1: bigint; xirr: number; vcpu: number }>(
  'kvm_start_guest',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'A thread woke that KVM has asked for: why, and for which vcpu?',
  },
  [
    [
      'hwthread_state',
      'run latch on; r1 := emergency stack; PACA: hwthread_state := KVM_HWTHREAD_IN_KVM',
      (k) => {
        mtspr(k, 'CTRL', 1n);
        k.hw.arena.setGpr(k.tid, 1, emergencyStack(k.tid));
        cpuOf(k).hwthread_state = 'KVM_HWTHREAD_IN_KVM';
      },
      8,
    ],
    [
      'nap_state_lost', // B1
      'PACA: nap_state_lost := 1: r14-r31 with which the host napped are about to go',
      (k) => {
        cpuOf(k).nap_state_lost = 1;
      },
      4,
    ],
    [
      'wake_reason',
      'SRR1 names an external interrupt? else there is none to accept',
      (_k, l) => ((l.srr1 & WAKE_REASON) === SRR1_WAKE.EXTERNAL ? undefined : goto('kvm_vcpu')),
      4,
    ],
    [
      'thread_0',
      'thread 0 leaves it to the host, whose interrupt it may be',
      (k) => (isThread0(k) ? goto('kvm_vcpu') : undefined),
      4,
    ],
    [
      'xirr',
      'read XIRR: the interrupt is accepted; none there: spurious',
      (k, l) => {
        l.xirr = icpNativeGetXirr(k);
        return (l.xirr & XISR_MASK) === 0 ? goto('kvm_vcpu') : undefined;
      },
      8,
    ],
    [
      'saved_xirr', // B11
      'not the IPI? a device of the host: PACA saved_xirr := XIRR, for the host to serve',
      (k, l) => {
        if ((l.xirr & XISR_MASK) === XICS_IPI) return undefined;
        cpuOf(k).saved_xirr = l.xirr;
        return goto('kvm_vcpu');
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
      'kvm_vcpu', // B10
      'vcpu := PACA kvm_vcpu, now that the IPI is acknowledged; none: kvm_no_guest',
      (k, l) => {
        l.vcpu = cpuOf(k).kvm_vcpu;
        if (l.vcpu !== NONE) return undefined;
        return tail('kvm_no_guest', {}, cpuOf(k).saved_depth + 1);
      },
      6,
    ],
    [
      'napping',
      'PACA: napping? it had ceded: to kvm_end_cede, with host_r1 as its stack',
      (k) => (cpuOf(k).napping ? unwind(cpuOf(k).host_depth, KVM_END_CEDE) : undefined),
      4,
    ],
    [
      'kvmppc_hv_entry',
      'into the guest with it: kvmppc_hv_entry',
      (k, l) => tail('kvmppc_hv_entry', { vcpu: l.vcpu }, cpuOf(k).saved_depth + 1),
      4,
    ],
  ],
);

export const endCede = routine<KvmCtx, VcpuLocals & { awake: number }>(
  'kvm_end_cede',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'The end of a nap in H_CEDE: back into the guest, or out of it with the others.',
  },
  [
    [
      'host_r1',
      'r1 := PACA host_r1; a thread that did not get to nap has its registers still',
      (k, l) => {
        k.hw.arena.setGpr(k.tid, 1, cpuOf(k).hstate.r1 ?? 0n);
        return l.awake ? goto('napping_threads') : undefined;
      },
      4,
    ],
    ['fp', 'FP, VMX and VSX registers := guest', (k, l) => loadFp(k, vcpuOf(k, l.vcpu)), 40],
    ['nvgprs', 'r14-r31 := guest', (k, l) => loadGprs(k, vcpuOf(k, l.vcpu), 14, 31), 18],
    [
      'napping_threads',
      'atomically: its own bit in vcore.napping_threads goes',
      (k, l) => {
        vcoreOf(k, l.vcpu).napping_threads &= ~(1 << vcpuOf(k, l.vcpu).ptid);
        cpuOf(k).napping = 0;
        tell(k, 'cede_wake', l.vcpu);
      },
      10,
    ],
    [
      'entry_exit_count',
      'has an exit begun? then out of the guest, with trap 0; else kvmppc_cede_reentry',
      (k, l) => ret(vcoreOf(k, l.vcpu).entry_exit_count >= ONE_EXIT ? GUEST_EXIT : CEDE_REENTRY),
      6,
    ],
  ],
);

export const secondaryTooLate = routine<KvmCtx, Record<string, never>>(
  'secondary_too_late',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'A thread came when an exit had begun: it was not counted, and naps without having run.',
  },
  [
    [
      'in_guest',
      'wait until the core is back in the partition of the host',
      (k) =>
        pacaVcore(k).in_guest
          ? spin('too late: waiting for the core to leave the guest')
          : undefined,
      6,
    ],
    ['slb_host', 'slbmte of the bolted entries of the host', (k) => loadSlb(k, HOST_SLB), 12],
    ['secondary_nap', 'to secondary_nap', () => tail('secondary_nap'), 2],
  ],
);

export const secondaryNap = routine<KvmCtx, { xirr: number }>(
  'secondary_nap',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'A secondary thread has finished: it tells the runner, and naps.',
  },
  [
    [
      'kvm_vcpu', // B10
      'PACA: kvm_vcpu := NULL, so that it does not come back in early; lwsync',
      (k) => {
        cpuOf(k).kvm_vcpu = NONE;
      },
      6,
    ],
    [
      'xirr',
      'read XIRR: accept what is pending; nothing is: on',
      (k, l) => {
        l.xirr = icpNativeGetXirr(k);
        return (l.xirr & XISR_MASK) === 0 ? goto('nap_count') : undefined;
      },
      8,
    ],
    [
      'mfrr',
      'MFRR := 0xff: no IPI is requested any more',
      (k) => icpNativeSetQirr(k, k.tid, NO_PRIORITY),
      6,
    ],
    ['eoi', 'write XIRR back: end of interrupt', (k, l) => icpNativeSetXirr(k, l.xirr), 8],
    [
      'nap_count',
      'lwsync; atomically vcore.nap_count + 1: the runner may look at the vcpu',
      (k) => {
        const vcore = pacaVcore(k);
        vcore.nap_count += 1;
        tell(k, 'nap_count', NONE, cpuOf(k).kvm_vcore, vcore.nap_count);
      },
      10,
    ],
    ['kvm_no_guest', 'to kvm_no_guest', () => tail('kvm_no_guest'), 2],
  ],
);

export const noGuest = routine<KvmCtx, Record<string, never>>(
  'kvm_no_guest',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'KVM has no vcpu for this thread: it naps until the next IPI.',
  },
  [
    [
      'hwthread_state',
      'PACA: hwthread_state := KVM_HWTHREAD_IN_NAP',
      (k) => {
        cpuOf(k).hwthread_state = 'KVM_HWTHREAD_IN_NAP';
      },
      4,
    ],
    [
      'lpcr',
      'LPCR[PECE0] := 1, LPCR[PECE1] := 0: an interrupt wakes it, the decrementer does not',
      (k) => setDecWakes(k, false),
      8,
    ],
    [
      'nap',
      'ptesync; nap',
      (k) => {
        tell(k, 'idle_enter');
        return NAP;
      },
      20,
    ],
  ],
);
