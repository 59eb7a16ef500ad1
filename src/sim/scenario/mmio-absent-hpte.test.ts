import { describe, expect, test } from 'vitest';
import { MMIO_DRIVER, UART_TEXT } from '../guest/mmio-driver.ts';
import { processAt } from '../vmm/process.ts';
import type { Loaded, Monitor } from './index.ts';
import { report } from './report.ts';
import { makeGuest, makeLoaded } from './testing/make.ts';

/** The machine at its end, the report, and the steps that ran. */
function ended(loaded: Loaded<Monitor>) {
  const steps = new Set<string>();
  loaded.machine.storyboard.onStep = (routine, label) => steps.add(`${routine}/${label}`);
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const result = report(loaded);
  const failed = result.checks.filter(({ ok }) => !ok).map(({ name }) => name);
  return { ...loaded, ...result, failed, steps };
}

describe('mmio-absent-hpte', () => {
  const { failed, violations, position, console, steps } = ended(
    makeLoaded({ scenario: 'mmio-absent-hpte' }),
  );

  test('all checks hold and no invariant is broken', () => {
    expect(failed).toEqual([]);
    expect(violations).toEqual([]);
    expect(position.ended).toBe('powered off');
    expect(console).toBe(`${UART_TEXT}driver done\n`);
  });

  test('an absent entry is removed without a tlbie', () => {
    expect([...steps].filter((step) => step.startsWith('kvmppc_h_remove/'))).not.toEqual([]);
    expect([...steps].filter((step) => step.startsWith('do_tlbies/'))).toEqual([]);
  });

  test('real mode reads the instruction: the kernel never has to', () => {
    expect(steps).toContain('kvmppc_hdsi/fetch');
    expect(steps).not.toContain('kvmppc_load_last_inst/segment');
  });
});

describe('mmio-absent-hpte off', () => {
  const off = ended(makeLoaded({ scenario: 'mmio-absent-hpte', off: ['mmio-absent-hpte'] }));

  test('exactly the checks that the scenario names fail', () => {
    expect(off.failed).toEqual(off.scenario.offShows['mmio-absent-hpte']);
    expect(off.violations).toEqual([]);
  });

  test('the driver cannot map its device, and says so', () => {
    expect(off.console).toBe('no device\n');
    expect(off.position.ended).toBe('powered off');
  });

  test('storage interrupts go straight to the guest', () => {
    expect(off.machine.m.exits_by_reason).not.toHaveProperty('E00');
    expect(off.machine.m.own_interrupts['300']).toBeGreaterThan(0);
  });
});

test('on POWER9 the kernel reads the instruction, and the same driver works', () => {
  const { console, steps, machine } = ended(
    makeGuest('', {}, { guest: MMIO_DRIVER, devices: { mmio: true } }),
  );
  expect(console).toBe(`${UART_TEXT}driver done\n`);
  expect(steps).toContain('kvmppc_load_last_inst/read');
  expect(processAt(machine.k, 0).vmm.unclaimed).toBe(3);
});
