import { expect, test } from 'vitest';
import { PAGES, REMOVED } from '../guest/hpt-calls.ts';
import { HPTE_V_BOLTED, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { npte, readHpte } from '../kvm/hpt.ts';
import { report } from './report.ts';
import { makeLoaded } from './testing/make.ts';

function ended(off: readonly string[]) {
  const loaded = makeLoaded({ scenario: 'real-mode-hcalls', off });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  return { ...loaded, ...report(loaded), runs: loaded.machine.monitor.runs };
}

const on = ended([]);
const off = ended(['real-mode-hcalls']);

/** Slot and both doublewords of every entry of the guest's table that is in use. */
function table({ machine }: typeof on): string[] {
  const [vm] = machine.k.kvm.vms;
  if (!vm) throw new Error('no VM');
  const used: string[] = [];
  for (let index = 0; index < npte(vm); index++) {
    const { v, r } = readHpte(machine.k, vm, index);
    if (v !== 0n || r !== 0n) used.push(`${index}: ${v.toString(16)} ${r.toString(16)}`);
  }
  return used;
}

test('with the patch on every check holds', () => {
  expect(on.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(on.violations).toEqual([]);
  expect(on.position.ended).toBe('powered off');
});

test('with the patch off exactly the checks that the scenario names fail', () => {
  const failed = off.checks.filter(({ ok }) => !ok).map(({ name }) => name);
  expect(failed).toEqual(off.scenario.offShows['real-mode-hcalls']);
  expect(off.violations).toEqual([]);
  expect(off.position.ended).toBe('powered off');
});

test('both end with the same table: what was entered and not removed, and the VRMA', () => {
  expect(table(off)).toEqual(table(on));
  const [vm] = on.machine.k.kvm.vms;
  if (!vm) throw new Error('no VM');
  const inUse = Array.from({ length: npte(vm) }, (_, i) => readHpte(on.machine.k, vm, i).v);
  const valid = inUse.filter((v) => (v & HPTE_V_VALID) !== 0n);
  const bolted = valid.filter((v) => (v & HPTE_V_BOLTED) !== 0n);
  expect(bolted).toHaveLength(2); // 32 MB in pages of 16 MB
  expect(valid).toHaveLength(PAGES - REMOVED + 2);
});

test('off, each hcall costs the two partition switches that on are not there', () => {
  const calls = on.runs?.hpt_hcalls ?? 0;
  expect(calls).toBe(PAGES + 1 + 1 + 4 + 1);
  expect(on.runs?.hpt_switched).toBe(0);
  expect(off.runs).toMatchObject({ hpt_hcalls: calls, hpt_switched: calls });
  // Three exits have other reasons; off, the run is so much longer that the host's tick comes, too, and is once so near
  // that the guest is not entered.
  const ticks = off.machine.m.exits_by_reason['980'] ?? 0;
  expect(on.counters.partitionSwitches).toBe(2 * 3);
  expect(off.counters.partitionSwitches).toBe(2 * (3 + calls + ticks + 1));
});

test('the handlers run in real mode, off in the kernel with translation on', () => {
  const mode = ({ machine }: typeof on) => machine.program.get('kvmppc_h_enter')?.base.mode;
  expect([mode(on), mode(off)]).toEqual(['real', 'virtual']);
});
