import { expect, test } from 'vitest';
import { MSR } from '../../sim/hardware/bits.ts';
import { TEST_DEVICE, xicsWakeCpu } from '../../sim/host/xics.ts';
import { IRQPRIO } from '../../sim/kvm/records.ts';
import type { IrqAction } from '../../sim/machine/irq-input.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { makeLoaded } from '../../sim/scenario/testing/make.ts';
import { icpPath, sourcePath } from '../../sim/trace/paths.ts';
import { GUEST_IRQ } from '../../sim/vmm/spapr-xics.ts';
import { focusOf } from './focus.ts';
import { inspectFields } from './inspect.ts';
import { interruptTables } from './interrupts.ts';
import { machineTables } from './machine.ts';

/** A machine whose vcpu 0 runs guest code. */
function running(scenario: string): Machine {
  const machine = makeLoaded({ scenario }).machine as unknown as Machine;
  const inGuest = () => {
    const on = machine.k.kvm.vcpus[0]?.thread_cpu ?? -1;
    return on >= 0 && machine.hw.inGuest(on);
  };
  while (!inGuest()) if (machine.advance(1) === 0) throw new Error('no guest runs');
  return machine;
}
const inject = (machine: Machine, values: Partial<IrqAction>) => {
  const none = { source: 0, server: 0, priority: 0 };
  const result = machine.inject({ kind: 'irq', vm: 0, op: 'trigger', ...none, ...values });
  if (!result.ok) throw new Error(result.error.message);
};
const icp = (machine: Machine, vm: number, server = 0) =>
  interruptTables(machine).icps.find((row) => row.vm === vm && row.server === server);
const source = (machine: Machine, number: number) =>
  interruptTables(machine).sources.find((row) => row.number === number);

test('a POWER9 host shows the controller of its guest alone, a POWER7 host its own too', () => {
  const vms = (scenario: string) =>
    interruptTables(running(scenario)).controllers.map(({ vm }) => vm);
  expect(vms('virt-doorbell')).toEqual([1]);
  expect(vms('book3s-hv')).toEqual([0, 1]);
});

test('before anything is built there is nothing of a guest', () => {
  const machine = makeLoaded().machine as unknown as Machine;
  expect(interruptTables(machine)).toEqual({ controllers: [], sources: [], icps: [] });
});

test('a device of the host is followed from its source to the guest that it takes out', () => {
  const machine = running('book3s-hv');
  expect(source(machine, TEST_DEVICE)).toMatchObject({ presented: -1, words: 'quiet' });
  inject(machine, { vm: -1, source: TEST_DEVICE });
  expect(source(machine, TEST_DEVICE)).toMatchObject({ presented: 0 });
  expect(icp(machine, 0)).toMatchObject({ target: 'core0/t0', line: 1, xisr: TEST_DEVICE });
  expect(icp(machine, 0)?.words).toMatch(/takes the guest out/);
});

test('a rejected, a masked and a mediated interrupt of a guest say what they wait for', () => {
  const machine = running('virt-doorbell');
  const { TEST: number } = GUEST_IRQ;
  inject(machine, { source: number });
  expect(source(machine, number)?.words).toBe('masked, and waits for that');
  inject(machine, { op: 'route', source: number, priority: 5 });
  expect(source(machine, number)?.words).toBe('waits: rejected by server 0');
  inject(machine, { op: 'cppr', priority: 0xff });
  expect(icp(machine, 1)).toMatchObject({ target: 'vm1/vcpu0', line: 1, queued: 'level', mer: 0 });
  expect(icp(machine, 1)?.words).toMatch(/kick takes it out/);
  machine.hw.set(machine.k.kvm.vcpus[0]?.thread_cpu ?? 0, 'LPCR', 0x800n);
  expect(icp(machine, 1)?.words).toMatch(/^mediated/);
});

test('a guest masks what is meant for its thread on a PowerPC 970, which has no LPCR[MER], and not on POWER7', () => {
  const p7 = running('book3s-hv');
  expect(icp(p7, 0)).toMatchObject({ ee: -1 });
  xicsWakeCpu(p7.k, 1); // offline, it naps
  expect(icp(p7, 0, 1)).toMatchObject({ ee: -1, line: 1 });
  expect(icp(p7, 0, 1)?.words).toBe('its thread halts: the line wakes it (LPCR[PECE0])');
  const machine = running('ppc970');
  const masked = (ee: bigint) => machine.hw.set(0, 'MSR', (machine.hw.msr(0) & ~MSR.EE) | ee);
  masked(0n);
  inject(machine, { vm: -1, source: TEST_DEVICE });
  expect(icp(machine, 0)).toMatchObject({ ee: 0, words: 'masked: MSR[EE]=0 of the guest' });
  inject(machine, { op: 'route', source: GUEST_IRQ.TEST, priority: 5 });
  inject(machine, { op: 'cppr', priority: 0xff });
  inject(machine, { source: GUEST_IRQ.TEST });
  expect(icp(machine, 1)).toMatchObject({ queued: 'level', mer: -1 });
  expect(icp(machine, 1)?.words).toMatch(/^queued: an IPI takes it out as soon as EE=1/);
  masked(MSR.EE);
  expect(icp(machine, 0)?.words).toBe('0x500 takes the guest out');
});

test('a queued decrementer is no external interrupt', () => {
  const machine = running('book3s-hv');
  const [vcpu] = machine.k.kvm.vcpus;
  if (vcpu) vcpu.pending_exceptions = 1 << IRQPRIO.DECREMENTER;
  expect(icp(machine, 1)).toMatchObject({ queued: '', words: '' });
});

test('a source and its presentation controller can be looked at, and lead to the thread or vcpu they interrupt', () => {
  const machine = running('book3s-hv');
  const shown = (path: string, name: string) =>
    inspectFields(machine, path).find((field) => field.name === name);
  inject(machine, { vm: -1, source: TEST_DEVICE });
  const path = sourcePath(0, TEST_DEVICE);
  expect(shown(path, 'number')?.value).toBe('0x1000');
  expect(shown(path, 'status')?.bits).toContain('REJECTED=0');
  expect(shown(path, 'xirr')).toMatchObject({ path: 'icp/0/xirr', value: '0xff001000' });
  expect(shown(icpPath(0, 1), 'cppr')?.value).toBe('5');
  expect(focusOf(machine, icpPath(0, 1))).toMatchObject({ kind: 'irq', thread: 1 });
  expect(focusOf(machine, sourcePath(1, GUEST_IRQ.TEST))).toMatchObject({ kind: 'irq', vcpu: 0 });
  expect(inspectFields(machine, sourcePath(0, 0x7777))).toEqual([]);
});

test('an arrow from outside shows where a device interrupts', () => {
  const machine = running('book3s-hv');
  const arrow = { from: 'outside', to: 'core0/t0', label: 'irq 0x1000' };
  expect(machineTables(machine).arrows).not.toContainEqual(expect.objectContaining(arrow));
  inject(machine, { vm: -1, source: TEST_DEVICE });
  expect(machineTables(machine).arrows).toContainEqual(expect.objectContaining(arrow));
});
