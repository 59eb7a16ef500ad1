import { cpuOf, current, taskOf, tell } from '../host/context.ts';
import { PPC_MSG } from '../host/records.ts';
import { call, goto, ret, routine, type StepOutcome } from '../host/routine.ts';
import { RESUME, type VcpuLocals, vcpuOf, vmAt } from '../kvm/context.ts';
import { writeGuest } from '../kvm/memslot.ts';
import { allocTable } from '../kvm/tce.ts';
import { NONE } from '../state/ids.ts';
import { firstVcpu, isHalted, mainThread, ownProcess, vcpuThread, vmmOf } from './process.ts';
import type { VmmCtx } from './records.ts';
import { requestStop, resetBoot } from './spapr.ts';
import { newIcp } from './spapr-xics.ts';
import { VIO_UNIT, VIO_WINDOW } from './vio-device.ts';

/** The next of the optional ioctls that this machine wants, from the given one on. */
function nextOf(k: VmmCtx, from: 'KVM_PPC_ALLOCATE_HTAB' | 'KVM_ALLOCATE_RMA'): StepOutcome {
  const { config } = ownProcess(k);
  if (from === 'KVM_PPC_ALLOCATE_HTAB' && config.hptOrder !== undefined) return goto(from);
  return goto(config.rma ? 'KVM_ALLOCATE_RMA' : 'KVM_SET_USER_MEMORY_REGION');
}

export const qemuMain = routine<VmmCtx, { ret: number; next: number; rma: number }>(
  'qemu_main',
  {
    source: 'QEMU accel/kvm/kvm-all.c, hw/ppc/spapr.c',
    mode: 'user',
    about: 'Builds the virtual machine by ioctls and starts its threads.',
  },
  [
    ['KVM_CREATE_VM', 'ioctl KVM_CREATE_VM', () => call('kvmppc_core_init_vm_hv'), 60],
    [
      'KVM_ENABLE_CAP',
      'ioctl KVM_ENABLE_CAP(KVM_CAP_PPC_SMT): the virtual SMT mode of the guest',
      (k) => call('kvmhv_set_smt_mode', { mode: ownProcess(k).config.virtualSmt }),
      40,
    ],
    [
      'check_cap',
      'refused? then the machine cannot be built as it was asked for',
      (k, l) => {
        if (l.ret === 0) return nextOf(k, 'KVM_PPC_ALLOCATE_HTAB');
        const { vmm, config } = ownProcess(k);
        vmm.stopped = `KVM_CAP_PPC_SMT: error ${l.ret} for virtual SMT mode ${config.virtualSmt}`;
        return goto('main_loop');
      },
      8,
    ],
    [
      'KVM_PPC_ALLOCATE_HTAB',
      'ioctl KVM_PPC_ALLOCATE_HTAB: a page table of the size that was asked for',
      (k) => call('kvmppc_alloc_reset_hpt', { order: ownProcess(k).config.hptOrder ?? 0 }),
      40,
    ],
    [
      'check_htab',
      'refused? then the machine cannot be built as it was asked for',
      (k, l) => {
        if (l.ret === 0) return nextOf(k, 'KVM_ALLOCATE_RMA');
        const { vmm, config } = ownProcess(k);
        vmm.stopped = `KVM_PPC_ALLOCATE_HTAB: error ${l.ret} for order ${config.hptOrder}`;
        return goto('main_loop');
      },
      8,
    ],
    [
      'KVM_ALLOCATE_RMA',
      'ioctl KVM_ALLOCATE_RMA: contiguous memory for guest address 0',
      () => call('kvm_alloc_rma'),
      40,
    ],
    [
      'mmap_rma',
      'none left? then there is no machine; else map it at the start of guest memory',
      (k, l) => {
        l.rma = l.ret;
        if (l.rma >= 0) return undefined;
        ownProcess(k).vmm.stopped = `KVM_ALLOCATE_RMA: error ${l.rma}`;
        return goto('main_loop');
      },
      8,
    ],
    [
      'KVM_SET_USER_MEMORY_REGION',
      'ioctl KVM_SET_USER_MEMORY_REGION: guest memory from address 0',
      (k, l) =>
        call('kvmppc_core_prepare_memory_region_hv', {
          slot: 0,
          guest_phys_addr: 0,
          memory_size: ownProcess(k).config.memory,
          rma: l.rma ?? NONE,
        }),
      60,
    ],
    [
      'load_image',
      'refused? then there is no machine; else load the guest program at its address',
      (k, l) => {
        const { vm, vmm, config } = ownProcess(k);
        if (l.ret !== 0) {
          vmm.stopped = `KVM_SET_USER_MEMORY_REGION: error ${l.ret}`;
          return goto('main_loop');
        }
        for (const { real, bytes } of config.program.segments)
          writeGuest(k, vmAt(k, vm), BigInt(real), bytes);
        return undefined;
      },
      200,
    ],
    [
      'KVM_CREATE_VCPU',
      'ioctl KVM_CREATE_VCPU for the next cpu; all but the first wait for RTAS start-cpu',
      (k) => {
        const { vm, vmm } = ownProcess(k);
        const vcpu_id = vmm.created;
        vmm.created += 1;
        vmm.halted.push(vcpu_id === 0 ? 0 : 1);
        vmm.ring_to.push(NONE);
        const task = vcpuThread(k, firstVcpu(k.configs, vm) + vcpu_id);
        return call('kvmppc_core_vcpu_create_hv', { vcpu_id, task });
      },
      60,
    ],
    [
      'next_vcpu',
      'its presentation controller; one for each cpu of the machine',
      (k) => {
        const { vmm, config } = ownProcess(k);
        vmm.xics.icps.push(newIcp());
        vmm.irq_lines.push(0);
        if (vmm.created < config.vcpus) return goto('KVM_CREATE_VCPU');
        return config.vio ? goto('KVM_CREATE_SPAPR_TCE') : undefined;
      },
      4,
    ],
    [
      'reset',
      'cpu 0 gets its start state: pc, MSR, r2, r3',
      (k) => {
        const { vm, vmm } = ownProcess(k);
        resetBoot(k, firstVcpu(k.configs, vm));
        vmm.running = 1;
      },
      20,
    ],
    [
      'qemu_thread_create',
      'start the thread of the next vcpu',
      (k, l) => {
        l.next = (l.next ?? -1) + 1;
        const first = firstVcpu(k.configs, ownProcess(k).vm);
        return call('try_to_wake_up', { task: vcpuThread(k, first + l.next) });
      },
      40,
    ],
    [
      'next_thread',
      'one for each vcpu',
      (k, l) => {
        const { vm, config } = ownProcess(k);
        if (l.next + 1 < config.vcpus) return goto('qemu_thread_create');
        return vm + 1 < k.configs.length ? goto('os_setup_post') : undefined;
      },
      4,
    ],
    [
      'main_loop',
      'os_host_main_loop_wait: nothing to do for the main thread; sleep in poll()',
      (k) => {
        current(k).state = 'TASK_INTERRUPTIBLE';
        return call('schedule');
      },
      20,
    ],
    [
      'main_loop_should_exit',
      'woken: a shutdown or an error was requested; stop the vcpus',
      () => call('vm_stop', { next: -1 }),
      20,
    ],
    ['stopped', 'the main loop goes on', () => goto('main_loop'), 4],
    [
      'os_setup_post',
      '-daemonize: this VM is up, so the process that was started returns, and the shell starts the next VM',
      (k) => call('try_to_wake_up', { task: mainThread(k, ownProcess(k).vm + 1) }),
      40,
    ],
    ['daemon', 'this one goes on in the background', () => goto('main_loop'), 4],
    [
      'KVM_CREATE_SPAPR_TCE',
      'a virtual I/O device: ioctl KVM_CREATE_SPAPR_TCE for its TCE table',
      () => call('kvm_vm_ioctl_create_spapr_tce', { liobn: VIO_UNIT, window_size: VIO_WINDOW }),
      40,
    ],
    [
      'mmap_tces',
      'map the table of the kernel; no such ioctl: spapr_tce_alloc_table keeps one here',
      (k, l) => {
        const { vio } = ownProcess(k).vmm;
        vio.fd = l.ret < 0 ? NONE : l.ret;
        vio.tcet =
          vmAt(k, ownProcess(k).vm).spapr_tce_tables[l.ret] ?? allocTable(k, VIO_UNIT, VIO_WINDOW);
        return goto('reset');
      },
      30,
    ],
  ],
);

export const kvmCpuExec = routine<VmmCtx, VcpuLocals & { r: number }>(
  'kvm_cpu_exec',
  {
    source: 'QEMU accel/kvm/kvm-all.c',
    mode: 'user',
    about: 'The thread of one vcpu: KVM_RUN in a loop, and what its exits ask for.',
  },
  [
    [
      'can_run',
      'started, and the VM not stopped?',
      (k, l) => (mayRun(k, l.vcpu) ? undefined : goto('wait_io_event')),
      8,
    ],
    [
      'KVM_RUN',
      'ioctl KVM_RUN: into the kernel',
      (_k, l) => call('kvmppc_vcpu_run_hv', { vcpu: l.vcpu }),
      60,
    ],
    [
      'exit_to_user',
      'system call exit: another task should run? then yield',
      (k, l) => {
        l.r = l.ret; // what the ioctl returned, whatever schedule() returns
        return cpuOf(k).need_resched ? call('schedule') : undefined;
      },
      8,
    ],
    [
      'exit_reason',
      'why did KVM_RUN return?',
      (k, l) => {
        if (l.r === RESUME.EINTR) return goto('eintr');
        const { exit_reason, nr } = vcpuOf(k, l.vcpu).run;
        tell(k, 'kvm_userspace_exit', l.vcpu, nr);
        if (l.r < 0) return goto('internal_error');
        if (exit_reason === 'KVM_EXIT_MMIO') return goto('mmio');
        return exit_reason === 'KVM_EXIT_PAPR_HCALL' ? undefined : goto('internal_error');
      },
      20,
    ],
    [
      'spapr_hypercall',
      'KVM_EXIT_PAPR_HCALL: handle the hcall here',
      (_k, l) => call('spapr_hypercall', { vcpu: l.vcpu }),
      20,
    ],
    ['again', 'run it again', () => goto('can_run'), 4],
    [
      'eintr',
      'EINTR: eat the signal',
      (k) => {
        current(k).signal = 0;
        return goto('can_run');
      },
      8,
    ],
    [
      'internal_error',
      'KVM_RUN failed, or KVM_EXIT_UNKNOWN: hardware reason not handled; ask the main thread to stop the VM',
      (k, l) => {
        const { nr } = vcpuOf(k, l.vcpu).run;
        if (l.r < 0) return requestStop(k, l.vcpu, `KVM_RUN: error ${l.r}`);
        return requestStop(k, l.vcpu, `KVM: unknown exit, hardware reason ${nr.toString(16)}`);
      },
      20,
    ],
    ['stopping', 'this vcpu runs no further', () => goto('can_run'), 4],
    [
      'wait_io_event',
      'qemu_wait_io_event: sleep until the cpu is started',
      (k) => {
        current(k).signal = 0;
        current(k).state = 'TASK_INTERRUPTIBLE';
      },
      12,
    ],
    [
      'recheck',
      'started meanwhile? then no sleep',
      (k, l) => {
        if (!mayRun(k, l.vcpu)) return undefined;
        current(k).state = 'TASK_RUNNING';
        return goto('can_run');
      },
      6,
    ],
    ['futex', 'sleep', () => call('schedule'), 8],
    ['woken', 'look again', () => goto('can_run'), 2],
    [
      'mmio',
      'KVM_EXIT_MMIO: address_space_rw',
      (_k, l) => call('address_space_rw', { vcpu: l.vcpu }),
      20,
    ],
    ['mmio_done', 'run it again', () => goto('can_run'), 4],
  ],
);

/** Started, and its VM not stopped. */
const mayRun = (k: VmmCtx, vcpu: number): boolean =>
  !isHalted(k, vcpu) && vmmOf(k, vcpu).stopped === '';

/** Vcpus of the VM of this process, and the thread of the n-th. */
const ownVcpus = (k: VmmCtx): readonly number[] => vmAt(k, ownProcess(k).vm).vcpus;
const taskAt = (k: VmmCtx, n: number): number => vcpuOf(k, ownVcpus(k)[n] ?? NONE).task;

export const vmStop = routine<VmmCtx, { next: number }>(
  'vm_stop',
  {
    source: 'QEMU softmmu/cpus.c (pause_all_vcpus)',
    mode: 'user',
    about: 'Gets every vcpu thread out of KVM_RUN by a signal.',
  },
  [
    [
      'next',
      'the next vcpu thread',
      (k, l) => {
        l.next += 1;
        return l.next >= ownVcpus(k).length ? ret() : undefined;
      },
      4,
    ],
    [
      'signal',
      'pthread_kill(SIG_IPI): a signal is pending for it',
      (k, l) => {
        taskOf(k, taskAt(k, l.next)).signal = 1;
      },
      12,
    ],
    [
      'wake',
      'signal_wake_up: a sleeping task looks',
      (k, l) => call('try_to_wake_up', { task: taskAt(k, l.next), only: 'TASK_INTERRUPTIBLE' }),
      8,
    ],
    [
      'kick_process',
      'kick_process: one that runs elsewhere is interrupted',
      (k, l) => {
        const task = taskAt(k, l.next);
        const cpu = k.host.cpus.findIndex((c) => c.curr === task);
        return cpu === NONE || cpu === k.tid
          ? goto('next')
          : call('smp_muxed_ipi_message_pass', { cpu, message: PPC_MSG.RESCHEDULE });
      },
      8,
    ],
    ['loop', 'and the next one', () => goto('next'), 2],
  ],
);
