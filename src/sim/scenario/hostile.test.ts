import { expect, test } from 'vitest';
import { ANSWERS, HOSTILE } from '../guest/hostile.ts';
import { HPTE_R_RPN, HPTE_V_ABSENT, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { HUGE_PAGE } from '../host/memory.ts';
import { step } from '../host/routine.ts';
import { type KvmCtx, vmOf } from '../kvm/context.ts';
import { hptePageSize, npte, readHpte, storeV } from '../kvm/hpt.ts';
import type { Edit } from '../kvm/patches.ts';
import type { Machine } from '../machine/machine.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord } from './checks.ts';
import { LIBRARY } from './index.ts';
import { hptChecks, memoryScenario } from './memory-checks.ts';
import { report } from './report.ts';
import { load, type Scenario } from './scenario.ts';

const SCENARIO: Scenario<Monitor> = memoryScenario({
  id: 'hostile',
  title: 'hostile',
  summary: 'hostile',
  guest: HOSTILE,
  realBytes: 80 * 2 ** 20,
  stepLimit: 4_000_000,
  opens: () => true,
  checks: hptChecks,
});
/** Real memory that is not the guest's, at addresses that it asks for, is filled with this. */
const SECRET = 0x5ec4e75ec4e7n;
const PLACES = [0x2000000, 0x2fff000] as const;

/** A valid entry of the whole table that maps something else than the guest's own pages, or ''. */
function foreignEntry({ k }: Machine<Monitor>): string {
  const [vm] = k.kvm.vms;
  if (!vm || vm.hpt_order === 0) return '';
  const isOwn = (real: number): boolean =>
    vm.memslots.some(({ pages }) => pages.some((page) => real >= page && real < page + HUGE_PAGE));
  for (let slot = 0; slot < npte(vm); slot++) {
    const hpte = readHpte(k, vm, slot);
    if ((hpte.v & HPTE_V_VALID) === 0n) continue;
    const size = hptePageSize(k, hpte);
    const real = Number(hpte.r & HPTE_R_RPN) & ~(size - 1);
    if (size > 0 && isOwn(real) && isOwn(real + size - 1)) continue;
    return `slot ${slot} maps ${size} bytes at 0x${real.toString(16)}`;
  }
  return '';
}

/** The attack by the first `calls` hcalls of its list, and what it has mapped meanwhile that is not the guest's. */
function attack(calls: number, mutation: readonly Edit[] = []) {
  const guest = HOSTILE.replace('CALLS, 7', `CALLS, ${calls}`);
  const loaded = load(
    { ...LIBRARY, scenarios: [{ ...SCENARIO, guest }] },
    { scenario: 'hostile', cpu: '', off: [], seed: 0 },
    mutation,
  );
  if (!loaded.ok) throw new Error(loaded.error.message);
  const { machine, symbols } = loaded.value;
  const { arena } = machine.hw;
  for (const at of PLACES) for (let i = 0; i < 4096; i += 8) arena.write64(at + i, SECRET);
  let mapped = '';
  while (machine.advance(20_000) > 0) mapped ||= foreignEntry(machine);
  const word = (name: string, at = 0) => guestWord(machine, (symbols.get(name) ?? 0n) + BigInt(at));
  return { ...report(loaded.value), arena, mapped, word };
}

test('a hostile guest gets refusals, and neither reads nor maps nor changes memory that is not its own', () => {
  const { console: text, checks, violations, position, arena, mapped, word } = attack(7);
  expect({ text, ended: position.ended }).toEqual({ text: 'held\n', ended: 'powered off' });
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect([mapped, violations]).toEqual(['', []]);
  expect(word('read')).toBe(0);
  const answers = Object.fromEntries(ANSWERS.map((name, i) => [name, word('answers', 4 * i)]));
  expect(answers.other).toBe(0);
  expect(answers.parameter).toBeGreaterThan(10_000);
  expect(answers.success).toBeGreaterThan(100);
  for (const at of PLACES) expect(arena.read64(at)).toBe(SECRET);
});

/** A page that is no memory comes into force all the same, at the address that the guest named. */
const TRUSTING: Edit = {
  routine: 'kvmppc_h_enter',
  replace: 'store_v',
  by: step<KvmCtx, { vcpu: number; index: number; pteh: bigint }>(
    [
      'store_v',
      'doubleword 0, valid',
      (k, l) => {
        const v = (l.pteh & ~HPTE_V_ABSENT) | HPTE_V_VALID;
        storeV(k, vmOf(k, l.vcpu), l.index, v);
      },
      12,
    ],
    'real',
  ),
};

test('with a hypervisor that trusts it, it reads foreign memory, and the check says so', () => {
  const { mapped, word } = attack(1, [TRUSTING]);
  expect(mapped).toMatch(/^slot \d+ maps/);
  expect(word('read')).not.toBe(0);
});
