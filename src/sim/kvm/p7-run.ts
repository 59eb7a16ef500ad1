// The run loop of POWER7, Linux 3.6: a virtual core runs as a whole, executed by the task of one of its vcpus.
// Reduced to one vcpu per vcore: nobody else can be its runner, none has to be gathered.
// Source: arch/powerpc/kvm/book3s_hv.c.
import { MSR } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, current, irqEnable, now, tell } from '../host/context.ts';
import { call, goto, ret, routine, variant } from '../host/routine.ts';
import { rearmDecrementer } from '../host/sched.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, RESUME, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { EBUSY } from './errno.ts';
import { deliverQueued, dequeueDecrementer, injectInterrupt } from './exceptions.ts';
import { handleExit } from './exit.ts';
import { IRQPRIO } from './records.ts';
import { runOrFail, vcpuRun } from './run-loop.ts';
import { fastVcpuKick } from './wake.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';

export const vcpuRunP7 = variant<KvmCtx, VcpuLocals & { r: number }>(vcpuRun, {
  run: ['run', 'run it: kvmppc_run_vcpu', (k, l) => runOrFail(k, l, 'kvmppc_run_vcpu'), 8],
});

export const runVcpu = routine<KvmCtx, VcpuLocals & { r: number }>(
  'kvmppc_run_vcpu',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Makes the vcpu runnable and executes its vcore until this vcpu has to leave.',
  },
  [
    [
      'runnable',
      'under vcore.lock: ceded := 0, state := RUNNABLE, one more runnable vcpu',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.ceded = 0;
        vcpu.trap = 0;
        vcpu.state = 'KVMPPC_VCPU_RUNNABLE';
        vcpu.run.exit_reason = '';
        vcoreOf(k, l.vcpu).n_runnable += 1;
      },
      16,
    ],
    [
      'signal_pending',
      'a signal for the task: leave with -EINTR',
      (k, l) => {
        if (current(k).signal === 0) return undefined;
        l.r = RESUME.EINTR;
        return goto('remove_runnable');
      },
      4,
    ],
    [
      'prepare_to_enter',
      'kvmppc_core_prepare_to_enter: deliver queued exceptions; one that is delivered ends a cede',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if (vcpu.pending_exceptions !== 0 && (vcpu.msr & MSR.EE) !== 0n) vcpu.ceded = 0;
        deliverQueued(vcpu);
      },
      16,
    ],
    [
      'runner',
      'this task executes the vcore; every vcpu of it ceded? then it is blocked',
      (k, l) => {
        vcoreOf(k, l.vcpu).runner = l.vcpu;
        return vcpuOf(k, l.vcpu).ceded
          ? call('kvmppc_vcore_blocked', { vcpu: l.vcpu })
          : goto('run_core');
      },
      6,
    ],
    ['woken', 'look again', () => goto('signal_pending'), 2],
    ['run_core', 'kvmppc_run_core', (_k, l) => call('kvmppc_run_core', { vcpu: l.vcpu }), 4],
    [
      'again',
      'RESUME_GUEST: go on with the vcore',
      (k, l) => {
        l.r = l.ret;
        vcoreOf(k, l.vcpu).runner = NONE;
        return l.r === RESUME.GUEST ? goto('signal_pending') : undefined;
      },
      4,
    ],
    [
      'remove_runnable',
      'kvmppc_remove_runnable: state := BUSY_IN_HOST',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        vcore.n_runnable -= 1;
        vcore.runner = NONE;
        vcpuOf(k, l.vcpu).state = 'KVMPPC_VCPU_BUSY_IN_HOST';
        return ret(l.r);
      },
      8,
    ],
  ],
);

export const runCore = routine<KvmCtx, VcpuLocals & { r: number }>(
  'kvmppc_run_core',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'One run of the vcore: into the guest, out of it, and what each vcpu left for.',
  },
  [
    [
      'init',
      'entry_exit_count, in_guest := 0; vcore_state := VCORE_RUNNING',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        vcore.entry_exit_count = 0;
        vcore.in_guest = 0;
        vcore.vcore_state = 'VCORE_RUNNING';
      },
      10,
    ],
    [
      'on_primary_thread',
      'on thread 0 of the core, all others offline? else -EBUSY: they would be in the wrong partition',
      (k, l) => {
        const core = k.hw.coreOf(k.tid);
        const alone = core.every((t) => t === k.tid || cpuOf(k, t).online === 0);
        if (alone && core[0] === k.tid) return undefined;
        l.r = EBUSY;
        return goto('inactive');
      },
      8,
    ],
    [
      'start_thread',
      'kvmppc_start_thread: cancel its DEC timer; vcpu.cpu := this cpu, so that a kick can reach it',
      (k, l) => {
        cancelTimer(k, l.vcpu);
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.cpu = k.tid;
        vcpu.thread_cpu = k.tid;
        vcoreOf(k, l.vcpu).pcpu = k.tid;
        tell(k, 'vcpu_cpu', l.vcpu, k.tid, k.tid);
      },
      16,
    ],
    [
      '__kvmppc_vcore_entry',
      'preempt_disable, drop the lock, __kvmppc_vcore_entry',
      (_k, l) => call('__kvmppc_vcore_entry', { vcpu: l.vcpu }),
      6,
    ],
    [
      'exiting',
      'vcpu.cpu := -1: no more kicks; vcore_state := VCORE_EXITING',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.cpu = NONE;
        vcpu.thread_cpu = NONE;
        vcoreOf(k, l.vcpu).vcore_state = 'VCORE_EXITING';
        tell(k, 'vcpu_cpu', l.vcpu, NONE, NONE);
      },
      10,
    ],
    ['local_irq_enable', 'local_irq_enable: a host timer that is due comes now', irqEnable, 4],
    [
      'kvm_resched',
      'preempt_enable, kvm_resched: another task should run? then yield',
      (k) => (cpuOf(k).need_resched ? call('schedule') : undefined),
      4,
    ],
    [
      'dequeue_dec',
      'drop a queued decrementer that is no longer due',
      (k, l) => dequeueDecrementer(vcpuOf(k, l.vcpu), now(k)),
      4,
    ],
    [
      'handle_exit',
      'trap left to handle? kvmppc_handle_exit; trap 0: nothing to report',
      (k, l) => {
        l.ret = RESUME.GUEST;
        return vcpuOf(k, l.vcpu).trap ? call('kvmppc_handle_exit_hv', { vcpu: l.vcpu }) : undefined;
      },
      4,
    ],
    [
      'ceded',
      'it has ceded? then a timer stands in for its decrementer, or it is due already',
      (k, l) => {
        l.r = l.ret;
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.trap = 0;
        if (vcpu.ceded === 0) return;
        if (vcpu.dec_expires <= now(k)) vcpu.pending_exceptions |= 1 << IRQPRIO.DECREMENTER;
        else {
          const timer = { expires: vcpu.dec_expires, fn: 'kvmppc_decrementer_wakeup', arg: l.vcpu };
          cpuOf(k).hrtimers.push(timer);
          rearmDecrementer(k);
        }
      },
      10,
    ],
    [
      'inactive',
      'vcore_state := VCORE_INACTIVE',
      (k, l) => {
        vcoreOf(k, l.vcpu).vcore_state = 'VCORE_INACTIVE';
        return ret(l.r);
      },
      6,
    ],
  ],
);

function cancelTimer(k: KvmCtx, vcpu: number): void {
  for (const cpu of k.host.cpus) cpu.hrtimers = cpu.hrtimers.filter(({ arg }) => arg !== vcpu);
}

export const vcoreBlocked = routine<KvmCtx, VcpuLocals>(
  'kvmppc_vcore_blocked',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Every vcpu of the vcore is idle: its runner sleeps until something comes for one.',
  },
  [
    [
      'prepare_to_wait',
      'prepare_to_wait on vcore.wq: wakers can find the sleeper; TASK_INTERRUPTIBLE before the test',
      (k, l) => {
        vcpuOf(k, l.vcpu).rcuwait = 1;
        current(k).state = 'TASK_INTERRUPTIBLE';
        vcoreOf(k, l.vcpu).vcore_state = 'VCORE_SLEEPING';
      },
      8,
    ],
    [
      'do_sleep',
      'an exception, a prod or a signal has come? then no sleep',
      (k, l) => {
        const { pending_exceptions, prodded } = vcpuOf(k, l.vcpu);
        if (pending_exceptions || prodded || current(k).signal) return goto('finish_wait');
        return call('schedule');
      },
      6,
    ],
    [
      'finish_wait',
      'finish_wait, TASK_RUNNING; a prod ends the cede; vcore_state := VCORE_INACTIVE',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        current(k).state = 'TASK_RUNNING';
        vcpu.rcuwait = 0;
        if (vcpu.prodded) vcpu.ceded = 0;
        vcpu.prodded = 0;
        vcoreOf(k, l.vcpu).vcore_state = 'VCORE_INACTIVE';
        return ret();
      },
      8,
    ],
  ],
);

export const kickP7 = variant<KvmCtx, VcpuLocals & { cpu: number }>(fastVcpuKick, {
  thread_cpu: null,
  kvmppc_ipi_thread: null,
  cpu: [
    'cpu',
    'vcpu.cpu is another cpu? then it must leave the guest',
    (k, l) => {
      l.cpu = vcpuOf(k, l.vcpu).cpu;
      return l.cpu < 0 || l.cpu === k.tid ? ret() : undefined;
    },
    6,
  ],
});

export const handleExitP7 = variant<KvmCtx, VcpuLocals>(handleExit, {
  dispatch: [
    'dispatch',
    'by vcpu.trap',
    (k, l) => {
      const vcpu = vcpuOf(k, l.vcpu);
      switch (vcpu.trap) {
        case BOOK3S_INTERRUPT.HV_DECREMENTER:
        case BOOK3S_INTERRUPT.EXTERNAL:
          return goto('resume');
        case BOOK3S_INTERRUPT.SYSCALL:
          return goto((vcpu.msr & MSR.PR) !== 0n ? 'syscall' : 'papr_hcall');
        case BOOK3S_INTERRUPT.H_EMUL_ASSIST:
          return goto('illegal');
        case BOOK3S_INTERRUPT.H_DATA_STORAGE:
        case BOOK3S_INTERRUPT.H_INST_STORAGE:
          return goto('page_fault');
        default:
          return goto('unknown');
      }
    },
    8,
  ],
  resume: [
    'resume',
    '0x980, 0x500: only the host was concerned; resume the guest',
    () => ret(RESUME.GUEST),
    4,
  ],
  fac_unavail: [
    'syscall',
    'sc 1 from problem state is none: the guest gets 0xC00, as for a system call of its own',
    (k, l) => {
      injectInterrupt(vcpuOf(k, l.vcpu), BOOK3S_INTERRUPT.SYSCALL);
      return ret(RESUME.GUEST);
    },
    8,
  ],
  fac_msgp: null,
  emulated: null,
  storage: null,
  hpte_hv_fault: null,
  decide: null,
  reflect: null,
});
