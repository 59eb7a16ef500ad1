import { beforeEach, describe, expect, test } from 'vitest';
import { CYCLES_PER_TICK } from '../hardware/hardware.ts';
import { Play } from '../host/testing/play.ts';
import { vcpuOf } from '../kvm/context.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import { setCppr } from '../xics/icp.ts';
import { writeXive } from '../xics/ics.ts';
import { STATUS, sourceOf } from '../xics/records.ts';
import { DEVICE } from './devices.ts';
import { processAt } from './process.ts';
import type { VmmCtx } from './records.ts';
import { GUEST_IRQ } from './spapr-xics.ts';

let k: VmmCtx;
beforeEach(() => {
  k = makeGuest('main: b main', {}, { devices: { mmio: true } }).machine.k;
  new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
});

/** KVM_EXIT_MMIO of vcpu 0 as user space answers it: the bytes, the lowest address first. */
function access(phys_addr: bigint, len: number, stored: number[] = []): number[] {
  const { run } = vcpuOf(k, 0);
  run.mmio = { phys_addr, data: stored, len, is_write: stored.length > 0 ? 1 : 0 };
  new Play<VmmCtx>(k, 1, ROUTINES, 'address_space_rw', { vcpu: 0 }).finish();
  return run.mmio.data;
}
const ONES = (n: number): number[] => new Array<number>(n).fill(0xff);
const at = (tick: number) => k.hw.arena.setClock(1, tick * CYCLES_PER_TICK);

describe('the serial port', () => {
  test('puts what is sent on the console', () => {
    for (const ch of 'hi\n') access(DEVICE.UART, 1, [ch.charCodeAt(0)]);
    expect(processAt(k, 0).vmm.console).toBe('hi\n');
    expect(processAt(k, 0).vmm.uart.sent).toBe(3);
  });

  test('answers a wide access register by register', () => {
    access(DEVICE.UART + 4n, 4, [3, 0, 0, 0x5a]);
    expect(access(DEVICE.UART + 4n, 4)).toEqual([3, 0x60, 0xb0, 0x5a]);
  });
});

test('the serial port interrupts when its transmitter is empty, and no longer when that was told', () => {
  const { xics } = processAt(k, 0).vmm;
  setCppr(xics, 0, 0xff);
  const source = sourceOf(xics, GUEST_IRQ.UART);
  if (source) writeXive(xics, source, 0, 5);
  const pending = () => vcpuOf(k, 0).pending_exceptions !== 0;
  access(DEVICE.UART, 1, [0x21]);
  expect(pending()).toBe(false);
  access(DEVICE.UART + 1n, 1, [2]);
  expect(pending()).toBe(true);
  access(DEVICE.UART + 2n, 1); // IIR
  expect(source?.status).toBe(STATUS.SENT);
});

describe('the timer', () => {
  const word = (offset: bigint): number =>
    access(DEVICE.TIMER + offset, 4).reduce((sum, byte, i) => sum + byte * 2 ** (8 * i), 0);
  const store = (offset: bigint, value: number): void => {
    access(
      DEVICE.TIMER + offset,
      4,
      [0, 8, 16, 24].map((shift) => Math.floor(value / 2 ** shift) & 0xff),
    );
  };

  test('tells the time in two halves, both of one moment', () => {
    at(3 * 2 ** 32 + 0x01020304);
    expect(access(DEVICE.TIMER, 4)).toEqual([4, 3, 2, 1]);
    at(9 * 2 ** 32);
    expect(word(4n)).toBe(3);
  });

  test('its alarm is on until its time has come, or it is cleared', () => {
    at(1000);
    store(12n, 0);
    store(8n, 1100);
    expect([word(8n), word(12n), word(0x18n)]).toEqual([1100, 0, 1]);
    at(1099);
    expect(word(0x18n)).toBe(1);
    at(1100);
    expect(word(0x18n)).toBe(0);
    store(8n, 5000);
    expect(word(0x18n)).toBe(1);
    store(0x14n, 1);
    expect(word(0x18n)).toBe(0);
  });

  test('registers that it does not have read 0 and ignore stores', () => {
    store(0x10n, 1);
    expect(word(0x10n)).toBe(0);
  });
});

describe('where no device is', () => {
  test.each([
    ['between the devices', DEVICE.UART + 8n, 1],
    ['behind the registers of the port', DEVICE.UART + 7n, 2],
    ['before them', DEVICE.UART - 1n, 2],
    ['half a word of the timer', DEVICE.TIMER, 2],
    ['a word across two of its registers', DEVICE.TIMER + 2n, 4],
    ['behind the timer', DEVICE.TIMER + 0x20n, 4],
    ['at the end of memory', 2n ** 60n - 8n, 8],
  ])('%s a load gets ones, a store is dropped, and both are noted', (_, address, len) => {
    expect(access(address, len)).toEqual(ONES(len));
    access(address, len, new Array<number>(len).fill(0x41));
    expect(processAt(k, 0).vmm.unclaimed).toBe(2);
    expect(processAt(k, 0).vmm.console).toBe('');
  });

  test('a machine without devices answers nothing', () => {
    k = makeGuest('main: b main').machine.k;
    new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
    expect(access(DEVICE.UART, 1)).toEqual([0xff]);
    expect(processAt(k, 0).vmm.unclaimed).toBe(1);
  });
});
