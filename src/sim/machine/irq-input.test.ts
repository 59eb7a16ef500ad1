import { beforeEach, describe, expect, test } from 'vitest';
import { TEST_DEVICE } from '../host/xics.ts';
import { makeLoaded } from '../scenario/testing/make.ts';
import { GUEST_IRQ } from '../vmm/spapr-xics.ts';
import { accept, setMfrr } from '../xics/icp.ts';
import { IPI_PRIORITY, icpOf, sourceOf, XICS_IPI } from '../xics/records.ts';
import type { IrqAction } from './irq-input.ts';
import type { Machine } from './machine.ts';

let machine: Machine;
/** A guest has begun to run on thread 0, the only one of its core that is online. */
beforeEach(() => {
  machine = makeLoaded({ scenario: 'book3s-hv' }).machine;
  runUntil(() => machine.hw.inGuest(0));
});

function runUntil(condition: () => boolean): void {
  while (!condition()) if (machine.advance(1) === 0) throw new Error('it never came to that');
}
const action = (values: Partial<IrqAction>): IrqAction => ({
  ...{ kind: 'irq', vm: -1, op: 'trigger', source: TEST_DEVICE, server: 0, priority: 0 },
  ...values,
});
const inject = (values: Partial<IrqAction>) => machine.inject(action(values));
const host = () => machine.host.cpus[0];
const device = () => sourceOf(machine.host.xics, TEST_DEVICE);

test('a device of the host takes the guest out by 0x500, and the host serves it', () => {
  const before = machine.m.exits_by_reason['500'] ?? 0;
  expect(inject({})).toMatchObject({ ok: true });
  runUntil(() => host()?.device_irqs === 1);
  expect(machine.m.exits_by_reason['500']).toBe(before + 1);
  runUntil(() => machine.hw.inGuest(0));
});

test('a masked device interrupts nobody until it is unmasked', () => {
  inject({ op: 'mask' });
  inject({});
  expect(icpOf(machine.host.xics, 0).xisr).toBe(0);
  inject({ op: 'unmask' });
  expect(icpOf(machine.host.xics, 0).xisr).toBe(TEST_DEVICE);
});

test('route, CPPR and EOI change what is presented, and where', () => {
  inject({ op: 'route', server: 1, priority: 3 });
  expect(device()).toMatchObject({ server: 1, priority: 3, saved_priority: 3 });
  inject({ op: 'cppr', server: 1, priority: 3 });
  inject({});
  expect(machine.hw.arena.inputs(1)).toBe(0);
  inject({ op: 'eoi', source: TEST_DEVICE, server: 1, priority: 4 });
  expect(icpOf(machine.host.xics, 1)).toMatchObject({ cppr: 4, xisr: TEST_DEVICE });
  expect(machine.hw.arena.inputs(1)).not.toBe(0);
});

test('the end of an IPI lets it come again, for its MFRR still asks', () => {
  setMfrr(machine.host.xics, 1, IPI_PRIORITY);
  expect(accept(machine.host.xics, 1)).toBe(0x05000002);
  expect(icpOf(machine.host.xics, 1).cppr).toBe(IPI_PRIORITY);
  const ended = inject({ op: 'eoi', source: XICS_IPI, server: 1, priority: 5 });
  const value = 'end of the IPI of the host at server 1, CPPR := 0x5; server 1 presents the IPI';
  expect(ended).toEqual({ ok: true, value });
  expect(icpOf(machine.host.xics, 1)).toMatchObject({ cppr: 5, xisr: XICS_IPI });
});

test('a device of the guest becomes pending for its vcpu, whose thread is rung', () => {
  inject({ vm: 0, op: 'cppr', priority: 0xff });
  inject({ vm: 0, op: 'route', source: GUEST_IRQ.UART, priority: 5 });
  const exits = machine.m.guest_exits;
  inject({ vm: 0, source: GUEST_IRQ.UART });
  const { pending_exceptions } = machine.k.kvm.vcpus[0] ?? { pending_exceptions: 0 };
  expect(pending_exceptions).not.toBe(0);
  runUntil(() => machine.m.guest_exits > exits);
  inject({ vm: 0, op: 'cppr', priority: 0 });
  expect(machine.k.kvm.vcpus[0]?.pending_exceptions).toBe(0);
});

describe('what cannot be done is refused with a code, and changes nothing', () => {
  test.each<[code: string, values: Partial<IrqAction>]>([
    ['NO_VM', { vm: 1 }],
    ['NO_SOURCE', { source: 2 }],
    ['NO_SERVER', { op: 'route', server: 4 }],
    ['NO_SERVER', { op: 'cppr', server: -1 }],
    ['BAD_PRIORITY', { op: 'route', priority: 0x100 }],
    ['BAD_PRIORITY', { op: 'cppr', priority: -1 }],
    ['NOTHING_TO_DO', { op: 'unmask' }],
    ['NOTHING_TO_DO', { op: 'unmask', vm: 0, source: GUEST_IRQ.TEST }],
    ['NOTHING_TO_DO', { op: 'release' }],
    ['NOTHING_TO_DO', { op: 'release', vm: 0, source: GUEST_IRQ.UART }],
    ['NOTHING_TO_DO', { op: 'mask', vm: 0, source: GUEST_IRQ.TEST }],
  ])('%s: %o', (code, values) => {
    const before = machine.hash();
    expect(inject(values)).toMatchObject({ ok: false, error: { code } });
    expect(machine.hash()).toBe(before);
  });

  test('NO_XICS where the host has none, NO_SERVER before the guest has cpus', () => {
    machine = makeLoaded().machine;
    expect(inject({})).toMatchObject({ ok: false, error: { code: 'NO_XICS' } });
    const guest = inject({ vm: 0, source: GUEST_IRQ.TEST });
    expect(guest).toMatchObject({ ok: false, error: { code: 'NO_SERVER' } });
  });
});
