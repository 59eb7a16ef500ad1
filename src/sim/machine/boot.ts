// Makes the records and registers of a machine at step 0: the host is up, idle on every cpu, and the VMM's main thread
// is about to build the virtual machine.
import { HFSCR, LPCR } from '../hardware/bits.ts';
import type { CpuModel } from '../hardware/cpu-model.ts';
import type { Hardware } from '../hardware/hardware.ts';
import { MSR_KERNEL, MSR_USER } from '../host/context.ts';
import { CPU, type Cpu, type HostState, TASK, type Task } from '../host/records.ts';
import { TICK_TB } from '../host/sched.ts';
import { NONE } from '../state/ids.ts';
import { make } from '../state/schema.ts';
import { VMM, type VmConfig } from '../vmm/records.ts';
import type { Input } from './inputs.ts';
import { MACHINE, type Records } from './records.ts';

/** What a machine is made of; everything is fixed for its life. */
export interface MachineSpec {
  readonly model: CpuModel;
  readonly cores: number;
  /** Hardware threads that the host has online, by number. */
  readonly online: readonly number[];
  readonly realBytes: number;
  readonly config: VmConfig;
  /** 0: plain schedule by clocks; else costs and slices vary with it. */
  readonly seed: number;
  readonly stepLimit: number;
  /** Scripted inputs. */
  readonly inputs: readonly Input[];
}

/** Real address of the partition table; the first megabyte is the host kernel's. */
const PATB = 0x100000;
/** Host memory up to here is in use at boot. */
const FIRST_FREE = 0x200000;

/** Records at step 0; sets the host's registers in the arena. */
export function boot(spec: MachineSpec, hw: Hardware): Omit<Records, 'monitor'> {
  const tasks: Task[] = [];
  const add = (values: Partial<Task>): number => tasks.push(make(TASK, values)) - 1;
  const cpus = Array.from({ length: hw.threads }, (_, t) => bootCpu(spec, hw, t, add));
  for (let vcpu = 0; vcpu < spec.config.vcpus; vcpu++) {
    add({
      comm: `CPU ${vcpu}/KVM`,
      kind: 'vcpu',
      vcpu,
      state: 'TASK_INTERRUPTIBLE',
      cpu: spec.online[vcpu % spec.online.length] ?? 0,
      msr: MSR_USER,
      stack: [{ routine: 'kvm_cpu_exec', label: 'can_run', locals: { vcpu, ret: 0 } }],
    });
  }
  const first = spec.online[0] ?? 0;
  const main = add({
    comm: 'qemu-system-ppc',
    kind: 'qemu',
    cpu: first,
    on_rq: 1,
    msr: MSR_USER,
    stack: [{ routine: 'qemu_main', label: 'KVM_CREATE_VM', locals: {} }],
  });
  const cpu = cpus[first] as Cpu;
  cpu.curr = main;
  cpu.slice_end = TICK_TB;
  cpu.tick_next = TICK_TB;
  hw.setDec(first, TICK_TB);
  hw.setMsr(first, MSR_USER);
  const host: HostState = { cpus, tasks, next_free: FIRST_FREE, seed: spec.seed };
  return { machine: make(MACHINE), host, kvm: { vms: [], vcores: [], vcpus: [] }, vmm: make(VMM) };
}

function bootCpu(
  spec: MachineSpec,
  hw: Hardware,
  t: number,
  add: (values: Partial<Task>) => number,
): Cpu {
  const online = spec.online.includes(t) ? 1 : 0;
  const irqsOn = MSR_KERNEL | 0x8000n;
  hw.setMsr(t, irqsOn);
  hw.set(t, 'LPCR', LPCR.PECEDP | LPCR.PECEDH | LPCR.PECE0 | LPCR.PECE1 | LPCR.PECE2 | LPCR.AIL_3);
  hw.set(
    t,
    'HFSCR',
    HFSCR.TAR | HFSCR.EBB | HFSCR.PM | HFSCR.DSCR | HFSCR.VECVSX | HFSCR.FP | HFSCR.MSGP,
  );
  hw.set(t, 'PTCR', BigInt(PATB));
  if (!online) return make(CPU, { online });
  const idle_task = add({
    comm: `swapper/${t}`,
    kind: 'idle',
    cpu: t,
    on_rq: 1,
    msr: irqsOn,
    stack: [{ routine: 'do_idle', label: 'need_resched', locals: {} }],
  });
  const kworker = add({
    comm: `kworker/${t}`,
    kind: 'kworker',
    cpu: t,
    state: 'TASK_INTERRUPTIBLE',
    msr: irqsOn,
    stack: [{ routine: 'worker_thread', label: 'sleep', locals: {} }],
  });
  return make(CPU, { online, idle_task, kworker, curr: idle_task, kvm_vcpu: NONE });
}
