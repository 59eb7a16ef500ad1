import { beforeEach, describe, expect, test } from 'vitest';
import { MSR } from '../hardware/bits.ts';
import { ROUTINES_P7 } from '../machine/text-p7.ts';
import { makeLoaded } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { setIrq } from '../xics/ics.ts';
import { icpOf, sourceOf } from '../xics/records.ts';
import { cpuOf, MSR_KERNEL } from './context.ts';
import { PPC_MSG } from './records.ts';
import { Play } from './testing/play.ts';
import {
  driveLines,
  icpNativeGetXirr,
  icpNativeSetXirr,
  TEST_DEVICE,
  xicsWakeCpu,
} from './xics.ts';

let k: VmmCtx;
/** Threads 0 and 4 are online, the first of their cores. */
beforeEach(() => {
  k = makeLoaded({ scenario: 'book3s-hv-2cores' }).machine.k;
  k.tid = 0;
});

const play = (tid: number, name: string, locals = {}) =>
  new Play(k, tid, ROUTINES_P7, name, locals);
const doIrq = (tid: number) => play(tid, 'do_IRQ', { msr: MSR_KERNEL | MSR.EE });
const line = (tid: number): boolean => k.hw.arena.inputs(tid) !== 0;
const device = () => {
  const source = sourceOf(k.host.xics, TEST_DEVICE);
  if (!source) throw new Error('there is no test device');
  return source;
};
const trigger = (): void => {
  setIrq(k.host.xics, device(), true);
  driveLines(k);
};

describe('an IPI', () => {
  const send = () => play(0, 'smp_muxed_ipi_message_pass', { cpu: 4, message: PPC_MSG.RESCHEDULE });

  test('raises the line of its target, which takes the message and drops it', () => {
    send().finish();
    expect([line(0), line(4)]).toEqual([false, true]);
    doIrq(4).finish();
    expect([line(4), cpuOf(k, 4).ipi_messages]).toEqual([false, 0]);
    expect(icpOf(k.host.xics, 4)).toMatchObject({ cppr: 0xff, mfrr: 0xff, xisr: 0 });
  });

  test('that comes after the target has cleared MFRR is not lost', () => {
    send().finish();
    const first = doIrq(4).until('do_IRQ/smp_ipi_demux');
    send().finish();
    first.finish();
    expect(line(4)).toBe(true);
    doIrq(4).finish();
    expect(line(4)).toBe(false);
  });

  test('reaches a thread that is offline, a device does not', () => {
    device().server = 5;
    trigger();
    expect(line(5)).toBe(false);
    xicsWakeCpu(k, 5);
    expect(line(5)).toBe(true);
  });

  test('is accepted and ended by real mode code with two accesses', () => {
    xicsWakeCpu(k, 1);
    k.tid = 1;
    const xirr = icpNativeGetXirr(k);
    expect([xirr & 0xffffff, line(1)]).toEqual([2, false]);
    icpNativeSetXirr(k, xirr);
    expect(line(1)).toBe(true); // MFRR still asks
  });
});

describe('a device', () => {
  test('interrupts its server once for each event, and is counted there', () => {
    trigger();
    expect([line(0), line(4)]).toEqual([true, false]);
    doIrq(0).finish();
    expect([line(0), cpuOf(k, 0).device_irqs]).toEqual([false, 1]);
  });

  test('waits while the server handles another interrupt, and comes when that ends', () => {
    xicsWakeCpu(k, 0);
    const ipi = doIrq(0).until('do_IRQ/icp_native_eoi');
    trigger();
    expect(line(0)).toBe(false);
    ipi.step();
    expect(line(0)).toBe(true);
  });

  test('moves with what waits of it when its thread goes offline', () => {
    trigger();
    play(0, 'xics_migrate_irqs_away').finish();
    expect([device().server, line(0), line(4)]).toEqual([4, false, true]);
    xicsWakeCpu(k, 0);
    expect(line(0)).toBe(true);
  });

  test('stays where it is when no other thread is online', () => {
    cpuOf(k, 4).online = 0;
    play(0, 'xics_migrate_irqs_away').finish();
    expect(device().server).toBe(0);
  });
});

test('an interrupt that KVM has accepted already is served without a second look', () => {
  trigger();
  cpuOf(k, 0).saved_xirr = icpNativeGetXirr(k);
  doIrq(0).finish();
  expect(cpuOf(k, 0)).toMatchObject({ saved_xirr: 0, device_irqs: 1 });
  expect(icpOf(k.host.xics, 0)).toMatchObject({ cppr: 0xff, xisr: 0 });
});

test('an interrupt that has gone when it is looked for does nothing', () => {
  const irq = doIrq(0);
  irq.finish();
  expect(irq.trace).toEqual(['do_IRQ/icp_native_get_irq', 'do_IRQ/exit_to_user', 'do_IRQ/rfi']);
});

test('a POWER9 host has none', () => {
  expect(makeLoaded().machine.host.xics).toEqual({ icps: [], sources: [] });
});
