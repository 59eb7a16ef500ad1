// The POWER9 run loop of one vcpu, Linux 6.1: kvmppc_vcpu_run_hv and kvmhv_run_single_vcpu.
// The order of the two stores (cpu, thread_cpu) before the look at pending work is what keeps a kick from being lost.
import { LPCR, MSR } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, current, irqDisable, irqEnable, now, tell } from '../host/context.ts';
import { PACA_IRQ } from '../host/records.ts';
import { call, goto, ret, routine, type StepOutcome } from '../host/routine.ts';
import { rearmDecrementer } from '../host/sched.ts';
import { NONE, type VcpuId } from '../state/ids.ts';
import { type KvmCtx, RESUME, type VcpuLocals, vcoreOf, vcpuOf, vmOf } from './context.ts';
import { completeMmio } from './emulate-mmio.ts';
import { deliverQueued, dequeueDecrementer } from './exceptions.ts';
import { EXTERNAL_PENDING, IRQPRIO } from './records.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';

type RunLocals = VcpuLocals & { r: number };

/** Calls the routine that runs the vcpu, or leaves with what the set-up of the MMU returned. */
export function runOrFail(k: KvmCtx, l: RunLocals, run: string): StepOutcome {
  if (vmOf(k, l.vcpu).mmu_ready) return call(run, { vcpu: l.vcpu });
  l.r = l.ret;
  return goto('leave');
}

export const vcpuRun = routine<KvmCtx, RunLocals>(
  'kvmppc_vcpu_run_hv',
  { source: BOOK3S_HV, mode: 'virtual', about: 'KVM_RUN: run the vcpu until user space must act.' },
  [
    [
      'mmu_ready',
      'user space has answered an access to a device? first run of the VM? then the VRMA must be mapped',
      (k, l) => {
        if (vcpuOf(k, l.vcpu).mmio_needed) return goto('complete_mmio');
        return vmOf(k, l.vcpu).mmu_ready ? goto('run') : undefined;
      },
    ],
    ['setup', 'map the VRMA', (_k, l) => call('kvmppc_hv_setup_htab_rma', { vcpu: l.vcpu }), 4],
    [
      'run',
      'run it once; an MMU that is not ready is an error of the set-up',
      (k, l) => runOrFail(k, l, 'kvmhv_run_single_vcpu'),
      8,
    ],
    [
      'after_run',
      'an hcall for the kernel? another reason to leave? else run again',
      (k, l) => {
        l.r = l.ret;
        if (l.r === RESUME.GUEST) return goto('cond_resched');
        if (vcpuOf(k, l.vcpu).run.exit_reason !== 'KVM_EXIT_PAPR_HCALL' || l.r !== RESUME.HOST) {
          return goto('leave');
        }
        return undefined;
      },
      6,
    ],
    [
      'hcall',
      'kvmppc_pseries_do_hcall',
      (_k, l) => call('kvmppc_pseries_do_hcall', { vcpu: l.vcpu }),
      4,
    ],
    [
      'after_hcall',
      'handled in the kernel: back into the guest; too hard: to user space',
      (_k, l) => {
        l.r = l.ret;
        return l.r === RESUME.GUEST ? undefined : goto('leave');
      },
      4,
    ],
    [
      'cond_resched',
      'another task should run? then yield between two runs',
      (k) => (cpuOf(k).need_resched ? call('schedule') : undefined),
      4,
    ],
    ['again', 'is_kvmppc_resume_guest: loop', () => goto('run'), 2],
    [
      'leave',
      'KVM_RUN returns: the vcpu is busy in the host',
      (k, l) => {
        vcpuOf(k, l.vcpu).state = 'KVMPPC_VCPU_BUSY_IN_HOST';
        return ret(l.r);
      },
      8,
    ],
    [
      'complete_mmio',
      'kvmppc_complete_mmio_load: the bytes that a device gave go into the register',
      (k, l) => {
        completeMmio(k, vcpuOf(k, l.vcpu));
        return goto('mmu_ready');
      },
      12,
    ],
  ],
);

export const runSingleVcpu = routine<KvmCtx, VcpuLocals & { r: number }>(
  'kvmhv_run_single_vcpu',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'One entry and exit of one vcpu; when it has ceded, sleep until it is woken.',
  },
  [
    [
      'init',
      'vcpu.trap := 0, ceded := 0, state := RUNNABLE',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.trap = 0;
        vcpu.ceded = 0;
        vcpu.state = 'KVMPPC_VCPU_RUNNABLE';
        vcpu.run.exit_reason = '';
        l.r = RESUME.GUEST;
      },
    ],
    [
      'irq_off',
      'local_irq_disable, hard_irq_disable: from here to the exit nothing interrupts the host',
      irqDisable,
      6,
    ],
    [
      'signal_pending',
      'a signal for the task: leave with -EINTR',
      (k, l) => {
        if (current(k).signal === 0) return undefined;
        l.r = RESUME.EINTR;
        return goto('back_out');
      },
      4,
    ],
    [
      'need_resched',
      'another task should run: back out',
      (k) => (cpuOf(k).need_resched ? goto('back_out') : undefined),
      4,
    ],
    [
      'cpu',
      'vcpu.cpu := this cpu: from now on a kick can reach it',
      (k, l) => {
        vcpuOf(k, l.vcpu).cpu = k.tid;
        tellCpu(k, l.vcpu);
      },
      6,
    ],
    [
      'thread_cpu',
      'vcpu.thread_cpu := this hardware thread, vcore.pcpu; smp_mb',
      (k, l) => {
        vcpuOf(k, l.vcpu).thread_cpu = k.tid;
        vcoreOf(k, l.vcpu).pcpu = k.tid;
        tellCpu(k, l.vcpu);
      },
      6,
    ],
    [
      'prepare_to_enter',
      'kvmppc_core_prepare_to_enter: deliver queued exceptions into SRR0/1, pc and msr',
      (k, l) => deliverQueued(vcpuOf(k, l.vcpu)),
      16,
    ],
    [
      'mer',
      'external pending but EE=0: LPCR[MER] := 1 for this entry',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const pending = (vcpu.pending_exceptions & EXTERNAL_PENDING) !== 0;
        const vcore = vcoreOf(k, l.vcpu);
        vcore.lpcr =
          pending && (vcpu.msr & MSR.EE) === 0n ? vcore.lpcr | LPCR.MER : vcore.lpcr & ~LPCR.MER;
      },
      6,
    ],
    ['enter', 'enter the guest', (_k, l) => call('kvmhv_p9_guest_entry', { vcpu: l.vcpu }), 4],
    [
      'cpu_none',
      'vcpu.cpu := -1: its registers are saved',
      (k, l) => {
        vcpuOf(k, l.vcpu).cpu = NONE;
        tellCpu(k, l.vcpu);
      },
      6,
    ],
    [
      'thread_cpu_none',
      'vcpu.thread_cpu := -1',
      (k, l) => {
        vcpuOf(k, l.vcpu).thread_cpu = NONE;
        tellCpu(k, l.vcpu);
      },
      6,
    ],
    [
      'set_irq_happened',
      'the exit consumed a host doorbell? remember it in paca.irq_happened',
      (k, l) => {
        if (vcpuOf(k, l.vcpu).trap === BOOK3S_INTERRUPT.H_DOORBELL)
          cpuOf(k).irq_happened |= PACA_IRQ.DBELL;
      },
      4,
    ],
    [
      'irq_on',
      'local_irq_enable: a remembered doorbell is replayed now',
      (k) => {
        const msr = k.hw.msr(k.tid) | MSR.EE;
        if ((cpuOf(k).irq_happened & PACA_IRQ.DBELL) === 0) {
          irqEnable(k);
          return undefined;
        }
        return call('doorbell_exception', { msr });
      },
      6,
    ],
    [
      'dequeue_dec',
      'drop a queued decrementer that is no longer due',
      (k, l) => dequeueDecrementer(vcpuOf(k, l.vcpu), now(k)),
      4,
    ],
    [
      'handle_exit',
      'trap left to handle? kvmppc_handle_exit_hv',
      (k, l) => {
        l.ret = RESUME.GUEST;
        return vcpuOf(k, l.vcpu).trap ? call('kvmppc_handle_exit_hv', { vcpu: l.vcpu }) : undefined;
      },
      4,
    ],
    [
      'ceded',
      'resume the guest, but it has ceded? then look whether something woke it',
      (k, l) => {
        l.r = l.ret;
        if (l.r === RESUME.GUEST && vcpuOf(k, l.vcpu).ceded)
          return call('kvmppc_vcpu_woken', { vcpu: l.vcpu });
        return ret(l.r);
      },
      4,
    ],
    ['block', 'nothing did: block the vcpu', (_k, l) => (l.ret ? goto('unblock') : undefined), 4],
    [
      'set_timer',
      'kvmppc_set_timer: an hrtimer for the guest decrementer; already due: queue the exception',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if (vcpu.dec_expires <= now(k)) vcpu.pending_exceptions |= 1 << IRQPRIO.DECREMENTER;
        else {
          const { hrtimers } = cpuOf(k);
          hrtimers.push({
            expires: vcpu.dec_expires,
            fn: 'kvmppc_decrementer_wakeup',
            arg: l.vcpu,
          });
          rearmDecrementer(k);
        }
      },
    ],
    [
      'prepare_to_rcuwait',
      'rcuwait.task := current: wakers can find the sleeper',
      (k, l) => {
        vcpuOf(k, l.vcpu).rcuwait = 1;
      },
      6,
    ],
    [
      'set_current_state',
      'TASK_INTERRUPTIBLE before the test, so that a wake-up in between is not lost',
      (k) => {
        current(k).state = 'TASK_INTERRUPTIBLE';
      },
      6,
    ],
    [
      'sleep_signal',
      'a signal: stop sleeping',
      (k, l) => {
        if (current(k).signal === 0) return undefined;
        l.r = RESUME.EINTR;
        return goto('finish_rcuwait');
      },
      4,
    ],
    [
      'woken',
      'has anything come for it?',
      (_k, l) => call('kvmppc_vcpu_woken', { vcpu: l.vcpu }),
      4,
    ],
    [
      'test_woken',
      'yes: stop sleeping',
      (_k, l) => (l.ret ? goto('finish_rcuwait') : undefined),
      4,
    ],
    ['schedule', 'sleep: the cpu goes to somebody else', () => call('schedule'), 4],
    ['sleep_again', 'look again', () => goto('set_current_state'), 2],
    [
      'finish_rcuwait',
      'TASK_RUNNING, rcuwait.task := NULL, cancel the timer',
      (k, l) => {
        current(k).state = 'TASK_RUNNING';
        vcpuOf(k, l.vcpu).rcuwait = 0;
        for (const cpu of k.host.cpus)
          cpu.hrtimers = cpu.hrtimers.filter((timer) => timer.arg !== l.vcpu);
      },
    ],
    [
      'unblock',
      'ceded := 0: on to the next entry',
      (k, l) => {
        vcpuOf(k, l.vcpu).ceded = 0;
        return ret(l.r);
      },
      4,
    ],
    [
      'back_out',
      'local_irq_enable and leave without an entry',
      (k, l) => {
        irqEnable(k);
        return ret(l.r);
      },
      6,
    ],
  ],
);

function tellCpu(k: KvmCtx, v: VcpuId): void {
  const { cpu, thread_cpu } = vcpuOf(k, v);
  tell(k, 'vcpu_cpu', v, cpu, thread_cpu);
}
