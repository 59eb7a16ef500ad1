// page-bits: the R and C bits of a page, protection and demand paging on POWER7 (scenarios.md, further scenarios).

import { FAULT_LOG, PERCPU_FAULTS } from '../guest/kernel.ts';
import { BITS, CAUSES, FAULTS, PAGE_BITS } from '../guest/page-bits.ts';
import { HPTE_R_C, HPTE_R_R, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { guestRpte, readHpte } from '../kvm/hpt.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { hptChecks, memoryScenario } from './memory-checks.ts';
import type { Check, Scenario } from './scenario.ts';

const broken = (why: string) => ({ why, where: 'vm1/vcpu0' });
const RC = HPTE_R_R | HPTE_R_C;

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'bits-follow-accesses',
    what: 'a load sets R, a store R and C; H_CLEAR_REF and H_CLEAR_MOD take them away until the next access',
    goal: true,
    needs: ['seen', 'count'],
    test: (m, symbols) => {
      const [seen = 0n, count = 0n] = ['seen', 'count'].map((name) => symbols.get(name) ?? 0n);
      const noted = guestWord(m, count);
      for (let i = 0; i < Math.min(noted, BITS.length); i++) {
        const bits = guestWord(m, seen + BigInt(4 * i));
        if (bits !== BITS[i])
          return broken(`note ${i + 1} was 0x${bits.toString(16)}, not 0x${BITS[i]?.toString(16)}`);
      }
      return noted === BITS.length ? HOLDS : broken(`${noted} of ${BITS.length} notes so far`);
    },
  },
  {
    name: 'last-bits-in-table',
    what: 'at the end the entry in the table has R and C, the guest’s own word for it not',
    goal: true,
    needs: ['slot'],
    test: (m, symbols) => {
      const [vm] = m.k.kvm.vms;
      if (!vm || m.endReason() === '') return broken('the guest is not at its end yet');
      const slot = guestWord(m, symbols.get('slot') ?? 0n);
      const { v, r } = readHpte(m.k, vm, slot);
      const own = guestRpte(m.k, vm, slot);
      return (v & HPTE_V_VALID) !== 0n && (r & RC) === RC && (own & RC) === 0n
        ? HOLDS
        : broken(`slot ${slot} holds 0x${v.toString(16)} 0x${r.toString(16)}`);
    },
  },
  {
    name: 'faults-counted',
    what: `${FAULTS.entered} pages come by their faults, ${FAULTS.refused} accesses are refused, ${FAULTS.skipped} passed over`,
    goal: true,
    needs: ['PERCPU', 'wrong_values'],
    test: (m, symbols) => {
      if (guestWord(m, symbols.get('wrong_values') ?? 0n) !== 0)
        return broken('the guest read something else than it had written');
      const word = (at: number) => guestWord(m, (symbols.get('PERCPU') ?? 0n) + BigInt(at));
      for (const name of ['entered', 'refused', 'skipped'] as const) {
        const n = word(PERCPU_FAULTS[name]);
        if (n !== FAULTS[name]) return broken(`${name} is ${n} so far, ${FAULTS[name]} expected`);
      }
      return HOLDS;
    },
  },
  {
    name: 'causes-exact',
    what: 'each storage interrupt tells the guest the address and why: no entry, protection, no-execute; a store or not',
    goal: true,
    needs: ['FAULT_LOG'],
    test: (m) => {
      const word = (at: number) => BigInt(guestWord(m, BigInt(FAULT_LOG + at)));
      const double = (at: number) => (word(at) << 32n) | word(at + 4);
      for (const [i, [address, cause]] of CAUSES.entries()) {
        const noted = [double(16 * i), double(16 * i + 8)] as const;
        if (noted[0] === address && noted[1] === cause) continue;
        const [at, why] = noted.map((each) => `0x${each.toString(16)}`);
        return broken(`storage interrupt ${i + 1} was at ${at} with the cause ${why}`);
      }
      return HOLDS;
    },
  },
  ...hptChecks,
];

export const PAGE_BITS_SCENARIO: Scenario<Monitor> = memoryScenario({
  id: 'page-bits',
  title: 'A page’s reference and change bits',
  summary:
    'A guest kernel with translation on enters its pages when they are touched. The hardware notes loads in R and stores in C; hcalls clear, protect and remove.',
  guest: PAGE_BITS,
  patches: ['real-mode-hcalls', 'experiment-tlbie'],
  opens: (m, symbols) => guestWord(m, symbols.get('count') ?? 0n) > 0,
  checks,
  offShows: {
    'real-mode-hcalls': [],
    'experiment-tlbie': [
      'bits-follow-accesses',
      'last-bits-in-table',
      'faults-counted',
      'causes-exact',
    ],
  },
});
