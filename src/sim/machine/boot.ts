// Makes the records and registers of a machine at step 0: the host is up, idle on every cpu, and the VMM's main thread
// is about to build the virtual machine.
import { HFSCR, HID4_LPES1, LPCR, MMCR0, MSR } from '../hardware/bits.ts';
import type { CpuModel } from '../hardware/cpu-model.ts';
import type { Hardware } from '../hardware/hardware.ts';
import { MSR_KERNEL, MSR_USER } from '../host/context.ts';
import {
  type BootParameters,
  freshMemory,
  type HostMemory,
  HUGE_PAGE,
  reserveHugePages,
} from '../host/memory.ts';
import { CPU, type Cpu, type HostState, TASK, type Task } from '../host/records.ts';
import type { Frame } from '../host/routine.ts';
import { TICK_TB } from '../host/sched.ts';
import { HOST_SLB, HOST_SLB_970 } from '../host/slb.ts';
import { kernelStack } from '../host/stacks.ts';
import { bootXics } from '../host/xics.ts';
import { NONE } from '../state/ids.ts';
import { make } from '../state/schema.ts';
import { firstVcpu } from '../vmm/process.ts';
import { VMM, type VmConfig } from '../vmm/records.ts';
import type { Choices } from './choices.ts';
import type { Input } from './inputs.ts';
import { MACHINE, type Records } from './records.ts';

/** What a machine is made of; everything is fixed for its life. */
export interface MachineSpec {
  readonly model: CpuModel;
  readonly cores: number;
  /** Hardware threads that the host has online, by number. */
  readonly online: readonly number[];
  readonly realBytes: number;
  /** Memory that the host sets aside at boot; without it: huge pages for the guest's memory. */
  readonly boot?: BootParameters;
  /** The VMs, in the order in which they are started. */
  readonly configs: readonly VmConfig[];
  /** 0: plain schedule by clocks; else costs and slices vary with it. */
  readonly seed: number;
  readonly stepLimit: number;
  /** Part of the schedule that is not left to the clocks. */
  readonly choices?: Choices;
  /** Scripted inputs. */
  readonly inputs: readonly Input[];
}

/** Real address of the partition table; the first megabyte is the host kernel's. */
const PATB = 0x100000;
/** The host's own HPT on POWER7, of the smallest size; PACAs. MODEL: host code is translated by neither. */
const HOST_HPT = 0x140000;
const PACA = 0x180000;
const KERNEL_TOC = 0xc000000000f28000n;
const PACA_BYTES = 0x1000;
/** MSR of kernel code that may be interrupted. */
const IRQS_ON = MSR_KERNEL | MSR.EE;
/** Host memory up to here is in use at boot. */
const FIRST_FREE = 0x200000;

/** Records at step 0; sets the host's registers in the arena. */
export function boot(spec: MachineSpec, hw: Hardware): Omit<Records, 'monitor'> {
  const tasks: Task[] = [];
  const add = (values: Partial<Task>): number => tasks.push(make(TASK, values)) - 1;
  const cpus = Array.from({ length: hw.threads }, (_, t) => bootCpu(spec, hw, t, add));
  const first = spec.online[0] ?? 0;
  const [main = NONE] = spec.configs.map((_, vm) => bootProcess(spec, vm, add));
  const cpu = cpus[first] as Cpu;
  cpu.curr = main;
  cpu.slice_end = TICK_TB;
  cpu.tick_next = TICK_TB;
  hw.setDec(first, TICK_TB);
  hw.setMsr(first, spec.boot ? IRQS_ON : MSR_USER);
  const memory = freshMemory(FIRST_FREE, spec.realBytes);
  if (spec.boot) bootWith(spec.boot, memory, tasks[main] as Task);
  else reserveHugePages(memory, hugePages(spec));
  const xics = spec.model.family === 'p9' ? { icps: [], sources: [] } : bootXics(cpus, first);
  const host: HostState = { cpus, tasks, memory, xics, seed: spec.seed };
  const vmms = spec.configs.map(() => make(VMM));
  return { machine: make(MACHINE), host, kvm: { vms: [], vcores: [], vcpus: [] }, vmms };
}

/** The threads of the process that will run a VM; returns the main one. Only the first process is started already. */
function bootProcess(
  spec: MachineSpec,
  vm: number,
  add: (values: Partial<Task>) => number,
): number {
  const home = (n: number): number => spec.online[n % spec.online.length] ?? 0;
  const base = firstVcpu(spec.configs, vm);
  for (let n = 0; n < (spec.configs[vm]?.vcpus ?? 0); n++) {
    const vcpu = base + n;
    add({
      comm: `CPU ${n}/KVM`,
      kind: 'vcpu',
      vcpu,
      vm,
      state: 'TASK_INTERRUPTIBLE',
      cpu: home(vcpu),
      msr: MSR_USER,
      stack: [{ routine: 'kvm_cpu_exec', label: 'can_run', locals: { vcpu, ret: 0 } }],
    });
  }
  return add({
    comm: 'qemu-system-ppc',
    kind: 'qemu',
    vm,
    cpu: home(vm),
    ...(vm === 0 ? { on_rq: 1 } : { state: 'TASK_INTERRUPTIBLE' }),
    msr: MSR_USER,
    stack: [{ routine: 'qemu_main', label: 'KVM_CREATE_VM', locals: {} }],
  });
}

/** 16 MB pages for the memory of all guests. */
const hugePages = ({ configs }: MachineSpec): number =>
  configs.reduce((sum, { memory }) => sum + Math.ceil(memory / HUGE_PAGE), 0);

/** The host still has its boot before it: the process that becomes QEMU is the first one. */
function bootWith(options: BootParameters, memory: HostMemory, first: Task): void {
  memory.kvm_rma_size = options.kvm_rma_size;
  memory.kvm_rma_count = options.kvm_rma_count;
  const { hugepages } = options;
  first.stack.push({ routine: 'kernel_init', label: 'parse_args', locals: { hugepages } });
}

/** What __setup_cpu_power9 and the kernel's start leave in the registers of a thread. */
function bootP9(hw: Hardware, t: number): void {
  hw.set(t, 'LPCR', LPCR.PECEDP | LPCR.PECEDH | LPCR.PECE0 | LPCR.PECE1 | LPCR.PECE2 | LPCR.AIL_3);
  hw.set(
    t,
    'HFSCR',
    HFSCR.TAR | HFSCR.EBB | HFSCR.PM | HFSCR.DSCR | HFSCR.VECVSX | HFSCR.FP | HFSCR.MSGP,
  );
  hw.set(t, 'PTCR', BigInt(PATB));
}

/** The same of __setup_cpu_power7: partition 0, external interrupts to the hypervisor, HDEC off. */
function bootP7(hw: Hardware, t: number): void {
  const wakes = LPCR.PECE0 | LPCR.PECE1 | LPCR.PECE2;
  hw.set(t, 'LPCR', LPCR.VPM0 | LPCR.VRMA_L | LPCR.DPFD | wakes | LPCR.LPES1);
  bootHashed(hw, t, HOST_SLB);
}

/** The same of __setup_cpu_power8: all facilities are on, hypervisor doorbells wake from a nap. */
function bootP8(hw: Hardware, t: number): void {
  const wakes = LPCR.PECE0 | LPCR.PECE1 | LPCR.PECE2 | LPCR.PECEDH;
  hw.set(t, 'LPCR', LPCR.VPM0 | LPCR.VRMA_L | LPCR.DPFD | wakes);
  hw.set(
    t,
    'HFSCR',
    Object.values(HFSCR).reduce((bits, bit) => bits | bit, 0n),
  );
  bootHashed(hw, t, HOST_SLB);
}

/** The same of __setup_cpu_ppc970: HID4 says it; HID0[HDICE] is off. */
function boot970(hw: Hardware, t: number): void {
  hw.set(t, 'HID4', HID4_LPES1);
  bootHashed(hw, t, HOST_SLB_970);
}

/** What both have: a page table of the host's own, the PACA, the host's segments. */
function bootHashed(hw: Hardware, t: number, slb: readonly (readonly [bigint, bigint])[]): void {
  hw.set(t, 'SDR1', BigInt(HOST_HPT));
  hw.set(t, 'HSPRG0', BigInt(PACA + t * PACA_BYTES));
  hw.set(t, 'SPRG3', BigInt(t));
  hw.set(t, 'CTRL', 1n);
  if (hw.model.family !== 'p8') hw.set(t, 'DABRX', 7n);
  hw.set(t, 'MMCR0', MMCR0.FC);
  hw.arena.setGpr(t, 1, kernelStack(t));
  hw.arena.setGpr(t, 2, KERNEL_TOC);
  hw.arena.setGpr(t, 13, BigInt(PACA + t * PACA_BYTES));
  slb.forEach(([vsid, esid], entry) => {
    hw.arena.setSlb(t, entry, 'vsid', vsid);
    hw.arena.setSlb(t, entry, 'esid', esid & ~0xfffn);
  });
}

function bootCpu(
  spec: MachineSpec,
  hw: Hardware,
  t: number,
  add: (values: Partial<Task>) => number,
): Cpu {
  const online = spec.online.includes(t) ? 1 : 0;
  hw.setMsr(t, IRQS_ON);
  const start = { '970': boot970, p7: bootP7, p8: bootP8, p9: bootP9 }[spec.model.family];
  start(hw, t);
  // On POWER7 and POWER8 the host has started every thread; those that it does not want go offline.
  if (!online && !['p7', 'p8'].includes(spec.model.family)) {
    hw.nap(t);
    return make(CPU, { online });
  }
  const idle: Frame = online
    ? { routine: 'do_idle', label: 'need_resched', locals: {} }
    : { routine: 'pnv_smp_cpu_kill_self', label: 'local_irq_disable', locals: {} };
  const idle_task = add({
    comm: `swapper/${t}`,
    kind: 'idle',
    cpu: t,
    on_rq: 1,
    msr: IRQS_ON,
    stack: [idle],
  });
  const kworker = add({
    comm: `kworker/${t}`,
    kind: 'kworker',
    cpu: t,
    state: 'TASK_INTERRUPTIBLE',
    msr: IRQS_ON,
    stack: [{ routine: 'worker_thread', label: 'sleep', locals: {} }],
  });
  return make(CPU, { online, idle_task, kworker, curr: idle_task, kvm_vcpu: NONE });
}
