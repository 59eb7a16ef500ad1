// Hardware threads of a POWER7 core for a run of a vcore: they nap, offline for the host, until an IPI wakes them.
// Source: arch/powerpc/kvm/book3s_hv.c, Linux 3.6. hwthread_req and hwthread_state are two sides of one handshake:
// the grabber stores req and then looks at state, a waking thread stores state and then looks at req.
import { cpuOf, tell } from '../host/context.ts';
import { call, ret, routine, spin } from '../host/routine.ts';
import { xicsWakeCpu } from '../host/xics.ts';
import type { HwThreadId } from '../state/ids.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { EBUSY } from './errno.ts';
import { cancelTimer } from './p7-vcore.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';
/** Polls of a thread that is in the kernel, 1 us each, before kvmppc_grab_hwthread gives up. */
const GRAB_TIMEOUT = 1000;
/** Polls of nap_count before kvmppc_wait_for_nap gives up. */
const NAP_TIMEOUT = 1_000_000;

export const startThread = routine<KvmCtx, VcpuLocals & { cpu: HwThreadId }>(
  'kvmppc_start_thread',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Gives a vcpu the hardware thread vcore.pcpu + ptid, and wakes that thread by an IPI.',
  },
  [
    [
      'dec_timer',
      'hrtimer_try_to_cancel: the real decrementer takes over',
      (k, l) => {
        cancelTimer(k, l.vcpu);
        l.cpu = vcoreOf(k, l.vcpu).pcpu + vcpuOf(k, l.vcpu).ptid;
      },
      8,
    ],
    [
      'kvm_vcpu',
      'PACA of the thread: kvm_vcpu := this vcpu',
      (k, l) => {
        cpuOf(k, l.cpu).kvm_vcpu = l.vcpu;
      },
      4,
    ],
    [
      'kvm_vcore',
      'PACA: kvm_vcore := its vcore, napping := 0',
      (k, l) => {
        cpuOf(k, l.cpu).kvm_vcore = vcpuOf(k, l.vcpu).vcore;
        cpuOf(k, l.cpu).napping = 0;
      },
      4,
    ],
    [
      'cpu',
      'vcpu.cpu := vcore.pcpu, so that a kick reaches the core; smp_wmb',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.cpu = vcoreOf(k, l.vcpu).pcpu;
        vcpu.thread_cpu = l.cpu;
        tell(k, 'vcpu_cpu', l.vcpu, vcpu.cpu, vcpu.thread_cpu);
        return vcpu.ptid === 0 ? ret() : undefined;
      },
      6,
    ],
    [
      'grab_hwthread',
      'ptid is not 0: kvmppc_grab_hwthread',
      (_k, l) => call('kvmppc_grab_hwthread', { cpu: l.cpu }),
      4,
    ],
    [
      'xics_wake_cpu',
      'xics_wake_cpu: MFRR of the thread := IPI_PRIORITY; it wakes and enters by itself',
      (k, l) => xicsWakeCpu(k, l.cpu),
      10,
    ],
    [
      'n_woken',
      'one more thread to wait for',
      (k, l) => {
        vcoreOf(k, l.vcpu).n_woken += 1;
        return ret();
      },
      4,
    ],
  ],
);

export const grabHwthread = routine<KvmCtx, { cpu: HwThreadId; timeout: number }>(
  'kvmppc_grab_hwthread',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'From now on the hardware thread goes to KVM when it wakes, not into the kernel.',
  },
  [
    [
      'hwthread_req',
      'PACA of the thread: hwthread_req := 1; smp_mb', // B8
      (k, l) => {
        cpuOf(k, l.cpu).hwthread_req = 1;
        l.timeout = GRAB_TIMEOUT;
      },
      6,
    ],
    [
      'hwthread_state',
      'is it in the kernel just now, because of a stray interrupt? wait until it naps again',
      (k, l) => {
        if (cpuOf(k, l.cpu).hwthread_state !== 'KVM_HWTHREAD_IN_KERNEL') return ret();
        l.timeout -= 1;
        return l.timeout > 0 ? spin(`waiting for thread ${l.cpu} to nap`) : ret(EBUSY);
      },
      20,
    ],
  ],
);

export const waitForNap = routine<KvmCtx, VcpuLocals & { spins: number }>(
  'kvmppc_wait_for_nap',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Waits until every thread that was woken has saved its vcpu and naps again.',
  },
  [
    [
      'nap_count',
      'nap_count < n_woken? look again; 1,000,000 looks and no more',
      (k, l) => {
        const { nap_count, n_woken } = vcoreOf(k, l.vcpu);
        l.spins = (l.spins ?? 0) + 1;
        if (nap_count >= n_woken || l.spins > NAP_TIMEOUT) return ret();
        return spin(`waiting for ${n_woken - nap_count} threads to nap`);
      },
      6,
    ],
  ],
);

/** kvmppc_release_hwthread: from now on the thread goes into the kernel when it wakes, and has no vcpu. */
export function releaseHwthread(k: KvmCtx, thread: HwThreadId): void {
  const cpu = cpuOf(k, thread);
  cpu.hwthread_req = 0;
  cpu.kvm_vcpu = -1;
}
