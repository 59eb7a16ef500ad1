import { beforeEach, describe, expect, test } from 'vitest';
import type { Locals } from '../host/routine.ts';
import { Play } from '../host/testing/play.ts';
import { vcpuOf, vmOf } from '../kvm/context.ts';
import { H_CLOSED, H_PARAMETER, H_RESOURCE, H_SUCCESS } from '../kvm/hcall.ts';
import { guestReal } from '../kvm/memslot.ts';
import { allocTable, TCE, tceAddress } from '../kvm/tce.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import { processAt } from './process.ts';
import type { VmmCtx } from './records.ts';
import { IOMMU_ROUTINES, resetTces } from './spapr-iommu.ts';
import { VIO_ROUTINES, VIO_UNIT, VIOSRP } from './vio-device.ts';

const UNIT = BigInt(VIO_UNIT);
const WINDOW = 0x400000;
const RW = TCE.READ | TCE.WRITE;
const QUEUE = 0x20000n;
const PAGE = 0x21000n;
const ran = new Set<string>();

// User space keeps a table of its own; its entries 0 and 1 map the queue and a page.
let k: VmmCtx;
beforeEach(() => {
  k = makeGuest('main: b main').machine.k;
  new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
  processAt(k, 0).vmm.vio.tcet = allocTable(k, VIO_UNIT, WINDOW);
  call('h_put_tce', UNIT, 0n, QUEUE | RW);
  call('h_put_tce', UNIT, 0x1000n, PAGE | RW);
});

/** An hcall of vcpu 0 in user space, as its handler answers it. */
function call(name: string, ...args: bigint[]): number {
  vcpuOf(k, 0).run.args = args;
  const play = new Play<VmmCtx>(k, 1, ROUTINES, name, { vcpu: 0, ret: 0 } as Locals);
  const code = play.finish();
  for (const step of play.trace) ran.add(step);
  return code;
}

const real = (gpa: bigint): number => guestReal(vmOf(k, 0), gpa, 8);
const word = (gpa: bigint): bigint => k.hw.arena.read64(real(gpa));
const put = (gpa: bigint, value: bigint) => k.hw.arena.write64(real(gpa), value);
function entry(ioba: bigint): bigint {
  const { tcet } = processAt(k, 0).vmm.vio;
  return tcet ? k.hw.arena.read64(tceAddress(tcet, ioba)) : -1n;
}

/** Sends a unit of `length` bytes at an I/O address. */
const send = (ioba: bigint, length = 8n): number =>
  call('h_send_crq', UNIT, (0x8001n << 48n) | length, ioba);
const register = (queue = 0n, length = 0x1000n): number => call('h_reg_crq', UNIT, queue, length);
/** Valid byte and status of an entry of the queue. */
const answer = (n: number): [valid: bigint, status: bigint] => {
  const high = word(QUEUE + BigInt(16 * n));
  return [high >> 56n, (high >> 32n) & 0xffn];
};

describe('TCE hcalls in user space', () => {
  test('store and read what the kernel would', () => {
    expect(call('h_put_tce', UNIT, 0x2000n, 0x5003n)).toBe(H_SUCCESS);
    expect(entry(0x2000n)).toBe(0x5003n);
    expect(call('h_get_tce', UNIT, 0x2000n)).toBe(H_SUCCESS);
    expect(vcpuOf(k, 0).gpr[4]).toBe(0x5003n);
    put(PAGE, 0x6003n);
    put(PAGE + 8n, 0x7003n);
    expect(call('h_put_tce_indirect', UNIT, 0x3000n, PAGE, 2n)).toBe(H_SUCCESS);
    expect([entry(0x3000n), entry(0x4000n)]).toEqual([0x6003n, 0x7003n]);
    expect(call('h_stuff_tce', UNIT, 0x2000n, 0n, 2n)).toBe(H_SUCCESS);
    expect([entry(0x2000n), entry(0x3000n), entry(0x4000n)]).toEqual([0n, 0n, 0x7003n]);
  });

  test.each([
    ['an unknown bus', UNIT + 1n, 0n, 0n, 1n],
    ['an address behind the window', UNIT, BigInt(WINDOW), 0n, 1n],
  ])('refuse %s', (_, liobn, ioba, third, npages) => {
    for (const { name } of IOMMU_ROUTINES)
      expect(call(name, liobn, ioba, third, npages)).toBe(H_PARAMETER);
  });

  test('refuse a list that is too long or not aligned, and more entries than there are', () => {
    expect(call('h_put_tce_indirect', UNIT, 0n, PAGE, 513n)).toBe(H_PARAMETER);
    expect(call('h_put_tce_indirect', UNIT, 0n, PAGE + 8n, 1n)).toBe(H_PARAMETER);
    expect(call('h_stuff_tce', UNIT, 0n, 0n, 2n ** 64n - 1n)).toBe(H_PARAMETER);
  });

  test('of no entry do nothing', () => {
    expect(call('h_put_tce_indirect', UNIT, 0n, PAGE, 0n)).toBe(H_SUCCESS);
    expect(call('h_stuff_tce', UNIT, 0n, 0n, 0n)).toBe(H_SUCCESS);
    expect(entry(0n)).toBe(QUEUE | RW);
  });

  test('a list outside guest memory reads as ones, and maps no memory', () => {
    expect(call('h_put_tce_indirect', UNIT, 0x1000n, 1n << 40n, 1n)).toBe(H_SUCCESS);
    register();
    send(0x1000n);
    expect(answer(0)).toEqual([0x80n, BigInt(VIOSRP.ADAPTER_FAIL)]);
  });
});

describe('H_REG_CRQ', () => {
  test.each([
    ['another unit', UNIT + 1n, 0n, 0x1000n],
    ['a queue that is not aligned', UNIT, 0x800n, 0x1000n],
    ['a queue below a page', UNIT, 0n, 0x800n],
    ['a queue of a page and a half', UNIT, 0n, 0x1800n],
    ['a queue above 256 MB', UNIT, 0n, 0x10001000n],
  ])('refuses %s', (_, unit, queue, length) => {
    expect(call('h_reg_crq', unit, queue, length)).toBe(H_PARAMETER);
  });

  test('takes one queue at a time; H_FREE_CRQ takes it away', () => {
    expect(register()).toBe(H_SUCCESS);
    expect(register()).toBe(H_RESOURCE);
    expect(call('h_free_crq', UNIT + 1n)).toBe(H_PARAMETER);
    expect(call('h_free_crq', UNIT)).toBe(H_SUCCESS);
    expect(send(0x1000n)).toBe(H_CLOSED);
    expect(register()).toBe(H_SUCCESS);
  });
});

describe('H_SEND_CRQ', () => {
  beforeEach(() => {
    register();
    put(PAGE, 0x1234n);
  });

  test('lets the device complement the bytes and answer', () => {
    expect(send(0x1000n)).toBe(H_SUCCESS);
    expect(word(PAGE)).toBe(2n ** 64n - 1n - 0x1234n);
    expect(answer(0)).toEqual([0x80n, 0n]);
    expect(word(QUEUE + 8n)).toBe(0x1000n);
  });

  test.each([
    ['cleared', 0n],
    ['read-only', PAGE | TCE.READ],
    ['write-only', PAGE | TCE.WRITE],
    ['outside memory', (1n << 40n) | RW],
  ])('a %s TCE refuses the device, which says so and leaves memory alone', (_, tce) => {
    call('h_put_tce', UNIT, 0x1000n, tce);
    expect(send(0x1000n)).toBe(H_SUCCESS);
    expect(word(PAGE)).toBe(0x1234n);
    expect(answer(0)).toEqual([0x80n, BigInt(VIOSRP.ADAPTER_FAIL)]);
    expect(processAt(k, 0).vmm.vio.refused).toBe(1);
  });

  test.each([0n, 257n])('a unit of %i bytes is too much or nothing', (length) => {
    send(0x1000n, length);
    expect(answer(0)).toEqual([0x80n, BigInt(VIOSRP.VIOLATES_MAX_XFER)]);
    expect(word(PAGE)).toBe(0x1234n);
  });

  test('a unit that crosses pages is stored as far as the device is allowed', () => {
    call('h_put_tce', UNIT, 0x2000n, (PAGE + 0x5000n) | TCE.READ);
    put(PAGE + 0xff8n, 1n);
    put(PAGE + 0x5000n, 2n);
    send(0x1ff8n, 16n);
    expect([word(PAGE + 0xff8n), word(PAGE + 0x5000n)]).toEqual([2n ** 64n - 2n, 2n]);
    expect(answer(0)[1]).toBe(BigInt(VIOSRP.ADAPTER_FAIL));
  });

  test('answers follow each other, and one that finds no free entry is lost', () => {
    for (let i = 0; i < 256; i++) send(0x1000n);
    expect(answer(255)).toEqual([0x80n, 0n]);
    const first = word(QUEUE);
    expect(send(0x1000n, 300n)).toBe(H_SUCCESS);
    expect(word(QUEUE)).toBe(first);
    put(QUEUE, 0n);
    send(0x1000n, 300n);
    expect(answer(0)[1]).toBe(BigInt(VIOSRP.VIOLATES_MAX_XFER));
  });

  test('an answer that the device may not write is lost', () => {
    call('h_put_tce', UNIT, 0n, QUEUE | TCE.READ);
    expect(send(0x1000n)).toBe(H_SUCCESS);
    expect(word(QUEUE)).toBe(0n);
    expect(processAt(k, 0).vmm.vio.refused).toBe(1);
  });

  test('no command, or to another unit, is refused', () => {
    expect(call('h_send_crq', UNIT, (0xc001n << 48n) | 8n, 0x1000n)).toBe(H_PARAMETER);
    expect(call('h_send_crq', UNIT + 1n, (0x8001n << 48n) | 8n, 0x1000n)).toBe(H_PARAMETER);
  });

  test('a guest that clears the TCE between two pages of a unit stops the device there', () => {
    call('h_put_tce', UNIT, 0x2000n, (PAGE + 0x5000n) | RW);
    vcpuOf(k, 0).run.args = [UNIT, (0x8001n << 48n) | 16n, 0x1ff8n];
    const play = new Play<VmmCtx>(k, 1, ROUTINES, 'h_send_crq', { vcpu: 0, ret: 0 });
    play.until('spapr_vio_dma/copy').step();
    const { tcet } = processAt(k, 0).vmm.vio;
    if (tcet) k.hw.arena.write64(tceAddress(tcet, 0x2000n), 0n);
    play.finish();
    expect(answer(0)[1]).toBe(BigInt(VIOSRP.ADAPTER_FAIL));
  });
});

test('a reset clears every entry', () => {
  call('h_put_tce', UNIT, BigInt(WINDOW - 0x1000), PAGE | RW);
  resetTces(k, 0);
  expect([entry(0n), entry(0x1000n), entry(BigInt(WINDOW - 0x1000))]).toEqual([0n, 0n, 0n]);
});

test('every step of these routines has run in this file', () => {
  const all = [...IOMMU_ROUTINES, ...VIO_ROUTINES].flatMap(({ name, steps }) =>
    steps.map(({ label }) => `${name}/${label}`),
  );
  expect(all.filter((step) => !ran.has(step))).toEqual([]);
});
