// hpt-large: a hashed page table of the size that Linux gives a guest, 16 MB: a million entries (scenarios.md, further
// scenarios).
import { HPT_LARGE, PAGES, SLOTS_AT } from '../guest/hpt-large.ts';
import { HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { readHpte } from '../kvm/hpt.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { hptChecks, memoryScenario } from './memory-checks.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 2 ** 20;
const broken = (why: string) => ({ why, where: 'vm1/vcpu0' });

/** A goal that one of the program's counts reaches a number. */
const counts = (name: string, symbol: string, most: number, what: string): Check<Monitor> => ({
  name,
  what,
  goal: true,
  needs: [symbol],
  test: (m, symbols) => {
    const now = guestWord(m, symbols.get(symbol) ?? 0n);
    return now === most ? HOLDS : broken(`${now} of ${most} so far`);
  },
});

const checks: readonly Check<Monitor>[] = [
  powersOff,
  counts('all-entered', 'entered', PAGES, 'every page finds a slot in its group'),
  counts('half-removed', 'removed', PAGES / 2, 'every second page is taken out again'),
  {
    name: 'table-at-end',
    what: 'in the end every second entry is valid, in the slot that H_ENTER gave it',
    goal: true,
    needs: ['entered'],
    test: (m) => {
      const [vm] = m.k.kvm.vms;
      if (!vm || m.endReason() === '') return broken('the guest is not at its end yet');
      for (let page = 0; page < PAGES; page++) {
        const slot = guestWord(m, BigInt(SLOTS_AT + 8 * page + 4));
        const valid = (readHpte(m.k, vm, slot).v & HPTE_V_VALID) !== 0n;
        if (valid !== (page % 2 === 1))
          return broken(`slot ${slot} is ${valid ? '' : 'not '}valid`);
      }
      return HOLDS;
    },
  },
  ...hptChecks,
];

export const HPT_LARGE_SCENARIO: Scenario<Monitor> = memoryScenario({
  id: 'hpt-large',
  title: 'A page table of a million entries',
  summary:
    'User space asks for a table of 16 MB, as Linux gives every guest. The guest enters pages of eight segments with scrambled VSIDs and removes every second one; watch them on the map.',
  guest: HPT_LARGE,
  hptOrder: 24,
  realBytes: 80 * MB,
  patches: [],
  opens: (m, symbols) => guestWord(m, symbols.get('entered') ?? 0n) >= PAGES / 8,
  checks,
  offShows: {},
});
