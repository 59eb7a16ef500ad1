import { expect, test } from 'vitest';
import { TEST_DEVICE } from '../host/xics.ts';
import { mix32 } from '../state/hash.ts';
import type { IrqOp } from '../trace/irq.ts';
import { sourceOf } from '../xics/records.ts';
import { checkResults } from './report.ts';
import { makeLoaded } from './testing/make.ts';

const EVENTS = 30;

test.each([
  ['book3s-hv-2cores', 1],
  ['guest-smt', 1],
  ['two-guests', 2],
  ['stale-tlb', 2],
])(
  'a device of the host that moves about while guests run is served once for each event: %s, seed %i',
  (scenario, seed) => {
    const loaded = makeLoaded({ scenario, seed });
    const { machine } = loaded;
    let drawn = 0;
    const below = (n: number): number => mix32(seed, drawn++) % n;
    const { host } = machine;
    const device = () => sourceOf(machine.host.xics, TEST_DEVICE);
    const isQuiet = () =>
      device()?.status === 0 && machine.host.xics.icps.every(({ xisr }) => xisr !== TEST_DEVICE);
    const inject = (op: IrqOp, server: number) =>
      machine.inject({ kind: 'irq', vm: -1, op, source: TEST_DEVICE, server, priority: 5 });
    let given = 0;
    for (let i = 0; i < EVENTS; i++) {
      machine.advance(below(1500));
      const online = host.cpus.flatMap((cpu, t) => (cpu.online ? [t] : []));
      inject('route', online[below(online.length)] ?? 0);
      if (!isQuiet()) continue;
      expect(inject('trigger', 0)).toMatchObject({ ok: true });
      given += 1;
    }
    machine.advance(Number.POSITIVE_INFINITY);
    const handled = machine.host.cpus.reduce((sum, cpu) => sum + cpu.device_irqs, 0);
    expect(given).toBeGreaterThan(EVENTS / 2);
    expect(handled).toBe(given);
    for (const icp of machine.host.xics.icps) expect(icp).toMatchObject({ xisr: 0, mfrr: 0xff });
    expect(machine.m.violations).toEqual([]);
    expect(checkResults(loaded).filter(({ ok }) => !ok)).toEqual([]);
  },
);
