import { beforeEach, describe, expect, test } from 'vitest';
import type { Locals } from '../host/routine.ts';
import { Play } from '../host/testing/play.ts';
import { vcpuOf } from '../kvm/context.ts';
import { H_PARAMETER, H_SUCCESS } from '../kvm/hcall.ts';
import { IRQPRIO } from '../kvm/records.ts';
import type { Input } from '../machine/inputs.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { type Loaded, type Monitor, SCENARIOS } from '../scenario/index.ts';
import { resultOf } from '../scenario/testing/guests.ts';
import { guestText, makeGuest } from '../scenario/testing/make.ts';
import { XICS_GUEST } from '../scenario/testing/xics-guest.ts';
import { STATUS, sourceOf } from '../xics/records.ts';
import { processAt } from './process.ts';
import type { VmmCtx } from './records.ts';
import { RTAS } from './rtas.ts';
import { GUEST_IRQ, setGuestIrq } from './spapr-xics.ts';

const LEVEL = 1 << IRQPRIO.EXTERNAL_LEVEL;
const ARGS = 0x100000;
const MASKED = 0xff;

describe('the hcalls and RTAS calls of a guest', () => {
  let k: VmmCtx;
  beforeEach(() => {
    k = makeGuest('main: b main').machine.k;
    new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
    for (const vcpu of [0, 1]) hcall(vcpu, 'h_cppr', MASKED);
  });

  const run = (name: string, locals: Locals): number =>
    new Play<VmmCtx>(k, 1, ROUTINES, name, locals).finish();
  function hcall(vcpu: number, name: string, ...args: number[]): number {
    vcpuOf(k, vcpu).run.args = args.map(BigInt);
    return run(name, { vcpu, ret: 0 });
  }
  /** An RTAS call; its words as the guest would write them. */
  function rtas(name: string, args: readonly number[], nret = 1): number {
    [0, args.length, nret, ...args].forEach((value, i) => {
      k.hw.arena.write32(ARGS + 4 * i, value);
    });
    return run(name, { vcpu: 0, args: ARGS, ret: 0 });
  }
  const setXive = (server: number, priority: number): number =>
    rtas('rtas_set_xive', [GUEST_IRQ.TEST, server, priority]);
  const pending = (vcpu: number): boolean => (vcpuOf(k, vcpu).pending_exceptions & LEVEL) !== 0;
  const r4 = (vcpu: number): number => Number(vcpuOf(k, vcpu).gpr[4]);
  function trigger(): void {
    setGuestIrq(processAt(k, 0).vmm, GUEST_IRQ.TEST, true);
    run('kvmppc_set_interrupt', { vm: 0, vcpu: 0 });
  }

  test('an IPI is pending for its target until that accepts it', () => {
    expect(hcall(0, 'h_ipi', 1, 4)).toBe(H_SUCCESS);
    expect([pending(0), pending(1)]).toEqual([false, true]);
    expect(hcall(1, 'h_xirr')).toBe(H_SUCCESS);
    expect([r4(1) >>> 0, pending(1)]).toEqual([0xff000002, false]);
    hcall(1, 'h_eoi', 0xff000002);
    expect(pending(1)).toBe(true); // MFRR was not cleared
  });

  test('H_IPOLL changes nothing, H_XIRR_X tells the time', () => {
    hcall(0, 'h_ipi', 1, 4);
    expect(hcall(0, 'h_ipoll', 1)).toBe(H_SUCCESS);
    expect([r4(0), vcpuOf(k, 0).gpr[5]]).toEqual([0xff000002, 4n]);
    k.hw.arena.setClock(1, 8000);
    hcall(1, 'h_xirr_x');
    expect([r4(1), vcpuOf(k, 1).gpr[5]]).toEqual([0xff000002, 1000n]);
  });

  test('a source goes where ibm,set-xive says, and ibm,get-xive says so', () => {
    expect(setXive(1, 5)).toBe(RTAS.SUCCESS);
    trigger();
    expect([pending(0), pending(1)]).toEqual([false, true]);
    expect(rtas('rtas_get_xive', [GUEST_IRQ.TEST], 3)).toBe(RTAS.SUCCESS);
    expect([k.hw.arena.read32(ARGS + 20), k.hw.arena.read32(ARGS + 24)]).toEqual([1, 5]);
  });

  test('a source that ibm,int-off masks waits for ibm,int-on', () => {
    setXive(1, 5);
    rtas('rtas_int_off', [GUEST_IRQ.TEST]);
    trigger();
    expect(pending(1)).toBe(false);
    expect(sourceOf(processAt(k, 0).vmm.xics, GUEST_IRQ.TEST)).toMatchObject({
      ...{ priority: MASKED, saved_priority: 5, status: STATUS.MASKED_PENDING },
    });
    rtas('rtas_int_on', [GUEST_IRQ.TEST]);
    expect(pending(1)).toBe(true);
  });

  test('what was told to a vcpu is taken back when CPPR rejects it', () => {
    setXive(0, 5);
    trigger();
    expect(pending(0)).toBe(true);
    hcall(0, 'h_cppr', 5);
    expect(pending(0)).toBe(false);
  });

  test.each([
    ['a server that does not exist', () => hcall(0, 'h_ipi', 4, 4), H_PARAMETER],
    ['a server number of 64 bits', () => hcall(0, 'h_ipoll', 2 ** 40), H_PARAMETER],
    ['a source that does not exist', () => rtas('rtas_int_on', [7]), RTAS.PARAM_ERROR],
    ['a route to no server', () => setXive(4, 5), RTAS.PARAM_ERROR],
    ['a priority above 0xff', () => setXive(0, 0x100), RTAS.PARAM_ERROR],
    ['missing arguments', () => rtas('rtas_set_xive', [GUEST_IRQ.TEST]), RTAS.PARAM_ERROR],
    ['missing results', () => rtas('rtas_get_xive', [GUEST_IRQ.TEST]), RTAS.PARAM_ERROR],
  ])('%s is refused and changes nothing', (_, call, code) => {
    const before = structuredClone(processAt(k, 0).vmm.xics);
    expect(call()).toBe(code);
    expect(processAt(k, 0).vmm.xics).toEqual(before);
  });
});

const trigger = (cycle: number): Input => {
  const none = { server: 0, priority: 0 };
  const action = { kind: 'irq', vm: 0, op: 'trigger', source: GUEST_IRQ.TEST, ...none } as const;
  return { step: -1, cycle, user: false, action };
};

describe.each(['virt-doorbell', 'book3s-hv-2cores'])('a guest on the machine of %s', (id) => {
  const base = SCENARIOS.find((scenario) => scenario.id === id);
  const start = (seed: number): Loaded<Monitor> => {
    const own = { guest: guestText(XICS_GUEST), script: [], stepLimit: 400_000 };
    const loaded = makeGuest('', { seed, scenario: id }, { ...base, ...own });
    loaded.machine.inputs = [trigger(100_000), trigger(150_000)];
    return loaded;
  };

  test.each([0, 1, 2, 3])('gets its IPIs and its device, schedule %i', (seed) => {
    const loaded = start(seed);
    const { machine } = loaded;
    machine.advance(Number.POSITIVE_INFINITY);
    expect(machine.endReason()).toBe('powered off');
    expect(processAt(machine.k, 0).vmm.console).toBe('');
    expect(resultOf(loaded, 0)).toBe(1n);
    expect(resultOf(loaded, 1)).toBeGreaterThan(0n);
    expect(resultOf(loaded, 2)).toBe(2n);
    expect(machine.m.violations).toEqual([]);
  });
});
