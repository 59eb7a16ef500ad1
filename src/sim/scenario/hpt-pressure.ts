// hpt-pressure: a full group of the hashed page table, its secondary group, H_PTEG_FULL and bulk removal (scenarios.md,
// further scenarios).
import { HPT_PRESSURE, PAGES, ROOM } from '../guest/hpt-pressure.ts';
import { HPTE_V_BOLTED, HPTE_V_SECONDARY, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { readHpte } from '../kvm/hpt.ts';
import type { Machine } from '../machine/machine.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { hptChecks, memoryScenario } from './memory-checks.ts';
import type { Check, Scenario } from './scenario.ts';

type Symbols = ReadonlyMap<string, bigint>;

const PTEG_FULL = -6;
const broken = (why: string) => ({ why, where: 'vm1/vcpu0' });
const word = (m: Machine<Monitor>, symbols: Symbols, name: string): number =>
  guestWord(m, symbols.get(name) ?? 0n) | 0;

/** A goal that one of the program's words gets a value. */
function reaches(name: string, symbol: string, value: number, what: string): Check<Monitor> {
  return {
    name,
    what,
    goal: true,
    needs: [symbol],
    test: (m, symbols) => {
      const is = word(m, symbols, symbol);
      return is === value ? HOLDS : broken(`${symbol} is ${is}, ${value} expected`);
    },
  };
}

const checks: readonly Check<Monitor>[] = [
  powersOff,
  reaches(
    'room-for-16',
    'room',
    ROOM,
    'eight pages go to the primary group, eight to the secondary',
  ),
  reaches('then-full', 'full', PTEG_FULL, 'the page behind them gets H_PTEG_FULL from both groups'),
  reaches('all-translate', 'right', ROOM, 'a load from each page finds what the page holds'),
  reaches('bulk-removed', 'removed', ROOM, 'four H_BULK_REMOVE take all of them out'),
  {
    name: 'none-stale',
    what: 'no removed page translates any longer',
    goal: false,
    needs: ['stale'],
    test: (m, symbols) => {
      const stale = word(m, symbols, 'stale');
      return stale === 0 ? HOLDS : broken(`${stale} removed pages could still be read`);
    },
  },
  reaches('room-again', 'last_right', 1, 'the page that had no room is entered and translates'),
  {
    name: 'table-at-end',
    what: 'in the end the table holds the last page alone, in its primary group, beside the bolted entries',
    goal: true,
    needs: ['slots'],
    test: (m, symbols) => {
      const [vm] = m.k.kvm.vms;
      if (!vm || m.endReason() === '') return broken('the guest is not at its end yet');
      const at = (symbols.get('slots') ?? 0n) + 4n;
      const last = guestWord(m, at + BigInt(8 * (PAGES - 1)));
      for (let i = 0; i < PAGES; i++) {
        const slot = guestWord(m, at + BigInt(8 * i));
        const { v } = readHpte(m.k, vm, slot);
        const valid = (v & HPTE_V_VALID) !== 0n && (v & HPTE_V_BOLTED) === 0n;
        if (valid !== (slot === last)) return broken(`slot ${slot} is ${valid ? '' : 'not '}valid`);
        if (valid && (v & HPTE_V_SECONDARY) !== 0n) return broken(`slot ${slot} is secondary`);
      }
      return HOLDS;
    },
  },
  ...hptChecks,
];

export const HPT_PRESSURE_SCENARIO: Scenario<Monitor> = memoryScenario({
  id: 'hpt-pressure',
  title: 'The hashed page table under pressure',
  summary:
    'Seventeen pages that hash to one group of eight. The secondary group takes eight more, the last gets H_PTEG_FULL; H_BULK_REMOVE makes room.',
  guest: HPT_PRESSURE,
  patches: ['real-mode-hcalls', 'experiment-tlbie'],
  // The first page has its entry.
  opens: (m, symbols) => guestWord(m, (symbols.get('slots') ?? 0n) + 4n) !== 0,
  checks,
  offShows: {
    'real-mode-hcalls': [],
    'experiment-tlbie': ['none-stale'],
  },
});
