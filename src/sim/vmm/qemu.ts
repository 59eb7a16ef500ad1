// The user-space half: builds the VM by ioctls, runs one thread per vcpu around KVM_RUN, and answers what KVM leaves
// to it: the console, RTAS start-cpu and power-off. Source: QEMU accel/kvm/kvm-all.c, hw/ppc/{spapr_hcall.c,
// spapr_rtas.c, spapr_vty.c}.
import { MSR } from '../hardware/bits.ts';
import { cpuOf, current, taskOf, tell } from '../host/context.ts';
import { PPC_MSG } from '../host/records.ts';
import { call, goto, ret, routine } from '../host/routine.ts';
import { guestReal, RESUME, type VcpuLocals, vcpuOf, vmOf } from '../kvm/context.ts';
import { finishHcall } from '../kvm/exit.ts';
import { IRQPRIO } from '../kvm/records.ts';
import { NONE } from '../state/ids.ts';
import type { VmmCtx } from './records.ts';

const HCALL = { H_GET_TERM_CHAR: 0x54, H_PUT_TERM_CHAR: 0x58, H_RTAS: 0xf000 } as const;
const H_SUCCESS = 0n;
const H_FUNCTION = BigInt.asUintN(64, -2n);
const H_PARAMETER = BigInt.asUintN(64, -4n);
/** RTAS tokens that the device tree announces, and RTAS return codes. */
export const RTAS = { START_CPU: 0x2005, POWER_OFF: 0x2006, SUCCESS: 0, PARAM_ERROR: -3 } as const;
/** Console text that a VM keeps; older text is dropped. */
const CONSOLE_LIMIT = 65536;

export const qemuMain = routine<VmmCtx, { ret: number; next: number }>(
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
      (k) => call('kvmhv_set_smt_mode', { mode: k.config.virtualSmt }),
      40,
    ],
    [
      'check_cap',
      'refused? then the machine cannot be built as it was asked for',
      (k, l) => {
        if (l.ret === 0) return undefined;
        k.vmm.stopped = `KVM_CAP_PPC_SMT: error ${l.ret} for virtual SMT mode ${k.config.virtualSmt}`;
        return goto('main_loop');
      },
      8,
    ],
    [
      'KVM_SET_USER_MEMORY_REGION',
      'ioctl KVM_SET_USER_MEMORY_REGION: guest memory from address 0',
      (k) => call('kvmppc_core_prepare_memory_region_hv', { size: k.config.memory }),
      60,
    ],
    [
      'load_image',
      'load the guest program at its address',
      (k) => {
        const vm = k.kvm.vms.at(-1);
        if (vm) k.hw.arena.writeBytes(vm.slot_base, k.config.image);
      },
      200,
    ],
    [
      'KVM_CREATE_VCPU',
      'ioctl KVM_CREATE_VCPU for the next cpu; all but the first wait for RTAS start-cpu',
      (k) => {
        const index = k.vmm.created;
        k.vmm.created += 1;
        k.vmm.halted.push(index === 0 ? 0 : 1);
        k.vmm.ring_to.push(NONE);
        const task = k.host.tasks.findIndex((t) => t.kind === 'vcpu' && t.vcpu === index);
        return call('kvmppc_core_vcpu_create_hv', { vcpu_id: index, task });
      },
      60,
    ],
    [
      'next_vcpu',
      'one for each cpu of the machine',
      (k) => (k.vmm.created < k.config.vcpus ? goto('KVM_CREATE_VCPU') : undefined),
      4,
    ],
    [
      'reset',
      'cpu 0 gets its start state: pc, MSR, r3',
      (k) => {
        startState(k, 0, k.config.entry, 0n);
        k.vmm.running = 1;
      },
      20,
    ],
    [
      'qemu_thread_create',
      'start the thread of the next vcpu',
      (k, l) => {
        l.next = (l.next ?? -1) + 1;
        const task = k.host.tasks.findIndex((t) => t.kind === 'vcpu' && t.vcpu === l.next);
        return call('try_to_wake_up', { task });
      },
      40,
    ],
    [
      'next_thread',
      'one for each vcpu',
      (k, l) => (l.next + 1 < k.config.vcpus ? goto('qemu_thread_create') : undefined),
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
  ],
);

/** Start state of a cpu as PAPR defines it for start-cpu: 64-bit big-endian real mode, r3 = argument. */
function startState(k: VmmCtx, vcpu: number, entry: bigint, argument: bigint): void {
  const v = vcpuOf(k, vcpu);
  v.pc = entry;
  v.msr = MSR.SF | MSR.ME;
  v.gpr[3] = argument;
}

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
      (k, l) => (k.vmm.halted[l.vcpu] || k.vmm.stopped ? goto('wait_io_event') : undefined),
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
      'KVM_EXIT_UNKNOWN: hardware reason not handled; ask the main thread to stop the VM',
      (k, l) => {
        const { nr } = vcpuOf(k, l.vcpu).run;
        return requestStop(k, `KVM: unknown exit, hardware reason ${nr.toString(16)}`);
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
        if (k.vmm.halted[l.vcpu] || k.vmm.stopped) return undefined;
        current(k).state = 'TASK_RUNNING';
        return goto('can_run');
      },
      6,
    ],
    ['futex', 'sleep', () => call('schedule'), 8],
    ['woken', 'look again', () => goto('can_run'), 2],
  ],
);

export const spaprHypercall = routine<
  VmmCtx,
  VcpuLocals & { token: number; args: number; target: number }
>(
  'spapr_hypercall',
  {
    source: 'QEMU hw/ppc/spapr_hcall.c, spapr_vty.c, spapr_rtas.c',
    mode: 'user',
    about: 'Hcalls that KVM left to user space: the console and RTAS.',
  },
  [
    [
      'dispatch',
      'by the hcall number',
      (k, l) => {
        const { nr } = vcpuOf(k, l.vcpu).run;
        if (nr === HCALL.H_PUT_TERM_CHAR) return goto('h_put_term_char');
        if (nr === HCALL.H_GET_TERM_CHAR) return goto('h_get_term_char');
        if (nr === HCALL.H_RTAS) return goto('h_rtas');
        finishHcall(k, l.vcpu, H_FUNCTION);
        return ret();
      },
      8,
    ],
    [
      'h_put_term_char',
      'H_PUT_TERM_CHAR: r5 bytes from r6 and r7 go to the console',
      (k, l) => {
        finishHcall(k, l.vcpu, putTermChar(k, l.vcpu));
        return ret();
      },
      40,
    ],
    [
      'h_get_term_char',
      'H_GET_TERM_CHAR: the doorbell request of the user, as one byte in r5, if there is one',
      (k, l) => {
        const to = k.vmm.ring_to[l.vcpu] ?? NONE;
        k.vmm.ring_to[l.vcpu] = NONE;
        // KVM_INTERRUPT_UNSET: the line goes down; LPCR[MER] alone would repeat 0x500 for ever.
        vcpuOf(k, l.vcpu).pending_exceptions &= ~(1 << IRQPRIO.EXTERNAL);
        const { gpr } = vcpuOf(k, l.vcpu);
        gpr[4] = to === NONE ? 0n : 1n;
        gpr[5] = to === NONE ? 0n : BigInt(0x30 + to) << 56n;
        finishHcall(k, l.vcpu, H_SUCCESS);
        return ret();
      },
      30,
    ],
    [
      'h_rtas',
      'H_RTAS: read token and arguments from guest memory at r4',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        l.args = guestReal(vmOf(k, l.vcpu), vcpu.run.args[0] ?? 0n, 64);
        if (l.args === NONE) {
          finishHcall(k, l.vcpu, H_PARAMETER);
          return ret();
        }
        l.token = k.hw.arena.read32(l.args);
        if (l.token === RTAS.START_CPU) return goto('rtas_start_cpu');
        if (l.token === RTAS.POWER_OFF) return goto('rtas_power_off');
        return rtasReturn(k, l, RTAS.PARAM_ERROR);
      },
      20,
    ],
    [
      'rtas_start_cpu',
      'start-cpu: give the cpu its entry point and argument',
      (k, l) => {
        l.target = k.hw.arena.read32(l.args + 12);
        if (k.vmm.halted[l.target] !== 1) return rtasReturn(k, l, RTAS.PARAM_ERROR);
        const [entry, argument] = [k.hw.arena.read32(l.args + 16), k.hw.arena.read32(l.args + 20)];
        startState(k, l.target, BigInt(entry), BigInt(argument));
        k.vmm.halted[l.target] = 0;
        tell(k, 'vcpu_start', l.target, l.vcpu);
        return undefined;
      },
      30,
    ],
    [
      'qemu_cpu_kick',
      'wake its thread',
      (k, l) => call('try_to_wake_up', { task: vcpuOf(k, l.target).task }),
      8,
    ],
    ['started', 'RTAS status 0', (k, l) => rtasReturn(k, l, RTAS.SUCCESS), 8],
    [
      'rtas_power_off',
      'power-off: qemu_system_shutdown_request wakes the main thread',
      (k, l) => {
        tell(k, 'power_off', l.vcpu);
        return requestStop(k, 'powered off');
      },
      20,
    ],
    ['off', 'RTAS status 0', (k, l) => rtasReturn(k, l, RTAS.SUCCESS), 8],
  ],
);

/** Notes why the VM stops and wakes the main thread, which stops the vcpus. */
function requestStop(k: VmmCtx, why: string): ReturnType<typeof call> {
  k.vmm.stopped = why;
  return call('try_to_wake_up', { task: k.host.tasks.findIndex((task) => task.kind === 'qemu') });
}

/** Appends 1 to 16 characters; they come in r6 and r7, most significant byte first. */
function putTermChar(k: VmmCtx, vcpu: number): bigint {
  const [, length = 0n, high = 0n, low = 0n] = vcpuOf(k, vcpu).run.args;
  if (length > 16n) return H_PARAMETER;
  let out = '';
  for (let i = 0; i < Number(length); i++) {
    const word = i < 8 ? high : low;
    const ch = Number((word >> BigInt(56 - 8 * (i % 8))) & 0xffn);
    out += String.fromCharCode(ch);
    tell(k, 'console', vcpu, ch);
  }
  k.vmm.console = (k.vmm.console + out).slice(-CONSOLE_LIMIT);
  return H_SUCCESS;
}

/** Stores the RTAS status behind the arguments and finishes the hcall. */
function rtasReturn(
  k: VmmCtx,
  l: VcpuLocals & { args: number },
  status: number,
): ReturnType<typeof ret> {
  const nargs = k.hw.arena.read32(l.args + 4);
  if (nargs <= 12) k.hw.arena.write32(l.args + 12 + 4 * nargs, status >>> 0);
  finishHcall(k, l.vcpu, H_SUCCESS);
  return ret();
}

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
        return l.next >= k.config.vcpus ? ret() : undefined;
      },
      4,
    ],
    [
      'signal',
      'pthread_kill(SIG_IPI): a signal is pending for it',
      (k, l) => {
        taskOf(k, vcpuOf(k, l.next).task).signal = 1;
      },
      12,
    ],
    [
      'wake',
      'signal_wake_up: a sleeping task looks',
      (k, l) => call('try_to_wake_up', { task: vcpuOf(k, l.next).task }),
      8,
    ],
    [
      'kick_process',
      'kick_process: one that runs elsewhere is interrupted',
      (k, l) => {
        const task = vcpuOf(k, l.next).task;
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
