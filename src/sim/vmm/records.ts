// The user-space half's records (QEMU's part): one process for each VM, with its console, devices and power state.
import type { KvmCtx } from '../kvm/context.ts';
import { count, data, flag, make, type RecordOf, record, reg, text } from '../state/schema.ts';
import type { Xics } from '../xics/records.ts';
import { newXics } from './spapr-xics.ts';
import { TIMER, type Timer } from './timer.ts';
import { UART16550, type Uart16550 } from './uart16550.ts';
import { VIO, type Vio } from './vio-device.ts';

/** The guest's program: bytes and their guest real addresses, and the state in which cpu 0 enters it. */
export interface VmProgram {
  readonly segments: readonly { readonly real: number; readonly bytes: Uint8Array }[];
  readonly entry: bigint;
  readonly littleEndian: boolean;
  readonly sixtyFour: boolean;
  /** r2 at entry, null: 0. */
  readonly toc: bigint | null;
}

/** What user space is told to build; fixed when the machine is made. */
export interface VmConfig {
  readonly name: string;
  readonly memory: number;
  readonly vcpus: number;
  readonly virtualSmt: number;
  /** log2 of the bytes of the page table; without it the kernel's choice stays. */
  readonly hptOrder?: number;
  /** Guest memory begins with a real mode area of the host's pool. */
  readonly rma?: boolean;
  readonly program: VmProgram;
  /** It has a virtual I/O device (vio-device.ts). */
  readonly vio: boolean;
  /** It has a serial port and a timer on its memory bus (devices.ts). */
  readonly mmio: boolean;
}

export const VMM = record('vmm', {
  console: text('H_PUT_TERM_CHAR', 'what the guest printed'),
  stopped: text('RTAS power-off, KVM_EXIT_UNKNOWN', "'' while it runs, else why the VM stopped"),
  halted: data<number[]>(
    'RTAS start-cpu',
    'per cpu of the VM: 1 = not started yet, its thread waits',
    () => [],
  ),
  start_entry: reg('RTAS start-cpu', 'where the cpu that was started last began, 0 = none yet'),
  created: count('KVM_CREATE_VCPU', 'vcpus created so far'),
  running: flag('qemu_main', 'all vcpu threads exist'),
  /** The device behind the guest's 0x500: who shall ring whom (an injected doorbell). */
  ring_to: data<number[]>(
    'injected input; the guest takes it by H_GET_TERM_CHAR',
    'per cpu of the VM: thread to ring, -1 none',
    () => [],
  ),
  uart: data<Uart16550>('the guest; the line', 'serial port', () => make(UART16550)),
  timer: data<Timer>('the guest', 'timer', () => make(TIMER)),
  unclaimed: count('KVM_EXIT_MMIO', 'accesses to addresses where no device is'),
  xics: data<Xics>('hcalls, RTAS, devices', 'interrupt controller of the guest', newXics),
  irq_lines: data<number[]>(
    'kvmppc_set_interrupt',
    'per cpu of the VM: 1 = KVM was told that its external interrupt line is up',
    () => [],
  ),
  vio: data<Vio>('the virtual I/O device', 'struct SpaprVioDevice', () => make(VIO)),
});
export type Vmm = RecordOf<typeof VMM>;

export interface VmmCtx extends KvmCtx {
  /** By VM: the n-th is the process of KVM's n-th VM, because they are started one after another. */
  readonly vmms: readonly Vmm[];
  readonly configs: readonly VmConfig[];
}
