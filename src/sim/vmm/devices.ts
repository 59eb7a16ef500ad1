// The memory bus of the virtual machine as user space sees it: which device answers KVM_EXIT_MMIO.
// Source: QEMU softmmu/physmem.c (address_space_rw), hw/char/serial-mm.c, hw/rtc/goldfish_rtc.c.
import { now, tell } from '../host/context.ts';
import { call, type Routine, ret, routine } from '../host/routine.ts';
import { type VcpuLocals, vcpuOf } from '../kvm/context.ts';
import type { KvmRun } from '../kvm/records.ts';
import { processOf, vmmOf } from './process.ts';
import type { VmmCtx } from './records.ts';
import { GUEST_IRQ, setGuestIrq } from './spapr-xics.ts';
import { readTimer, TIMER_BYTES, writeTimer } from './timer.ts';
import { readUart, UART_BYTES, uartInterrupts, writeUart } from './uart16550.ts';

/** Guest real addresses of the devices, as the device tree announces them. */
export const DEVICE = { UART: 0x80001000n, TIMER: 0x80002000n } as const;
/** Console text that a VM keeps; older text is dropped. */
const CONSOLE_LIMIT = 65536;

type Mmio = KvmRun['mmio'];
const holds = (base: bigint, bytes: number, { phys_addr, len }: Mmio): boolean =>
  phys_addr >= base && phys_addr + BigInt(len) <= base + BigInt(bytes);

/** Text for the console of the vcpu's VM. */
export function printText(k: VmmCtx, vcpu: number, bytes: readonly number[]): void {
  for (const byte of bytes) tell(k, 'console', vcpu, byte);
  const vmm = vmmOf(k, vcpu);
  vmm.console = (vmm.console + String.fromCharCode(...bytes)).slice(-CONSOLE_LIMIT);
}

/** The registers of the serial port are bytes: a wider access is one to each of them, the lowest address first. */
function accessUart(k: VmmCtx, vcpu: number, mmio: Mmio): number[] {
  const first = Number(mmio.phys_addr - DEVICE.UART);
  const { uart } = vmmOf(k, vcpu);
  if (!mmio.is_write) return Array.from({ length: mmio.len }, (_, i) => readUart(uart, first + i));
  for (const [i, byte] of mmio.data.entries())
    writeUart(uart, first + i, byte, (sent) => printText(k, vcpu, [sent]));
  return mmio.data;
}

/** The registers of the timer are little-endian words; other accesses are not answered. */
function accessTimer(k: VmmCtx, vcpu: number, mmio: Mmio): number[] | null {
  const offset = Number(mmio.phys_addr - DEVICE.TIMER);
  if (mmio.len !== 4 || offset % 4 !== 0) return null;
  const { timer } = vmmOf(k, vcpu);
  const view = new DataView(new ArrayBuffer(4));
  const bytes = new Uint8Array(view.buffer);
  if (mmio.is_write) {
    bytes.set(mmio.data);
    writeTimer(timer, offset, view.getUint32(0, true));
    return mmio.data;
  }
  view.setUint32(0, readTimer(timer, offset, now(k)), true);
  return [...bytes];
}

/** What the device at the address answers; null: there is none. */
function access(k: VmmCtx, vcpu: number, mmio: Mmio): number[] | null {
  if (!processOf(k, vcpu).config.mmio) return null;
  if (holds(DEVICE.UART, UART_BYTES, mmio)) return accessUart(k, vcpu, mmio);
  return holds(DEVICE.TIMER, TIMER_BYTES, mmio) ? accessTimer(k, vcpu, mmio) : null;
}

const addressSpaceRw = routine<VmmCtx, VcpuLocals>(
  'address_space_rw',
  {
    source: 'QEMU softmmu/physmem.c',
    mode: 'user',
    about: 'KVM_EXIT_MMIO: the device at the address makes the access.',
  },
  [
    [
      'access',
      'the device there; where is none, a load gets ones, a store is dropped, and it is noted',
      (k, l) => {
        const { run } = vcpuOf(k, l.vcpu);
        const answer = access(k, l.vcpu, run.mmio);
        if (answer === null) {
          vmmOf(k, l.vcpu).unclaimed += 1;
          tell(k, 'mmio_unclaimed', l.vcpu, Number(run.mmio.phys_addr), run.mmio.is_write);
        }
        run.mmio.data = answer ?? new Array<number>(run.mmio.len).fill(0xff);
      },
      40,
    ],
    [
      'serial_update_irq',
      'the interrupt line of the serial port, as its registers now say',
      (k, l) => {
        const { vm, vmm } = processOf(k, l.vcpu);
        setGuestIrq(vmm, GUEST_IRQ.UART, uartInterrupts(vmm.uart));
        return call('kvmppc_set_interrupt', { vm });
      },
      6,
    ],
    ['done', 'return', () => ret(), 2],
  ],
);

/** The routines of this file. */
export const DEVICE_ROUTINES: readonly Routine<VmmCtx>[] = [addressSpaceRw];
