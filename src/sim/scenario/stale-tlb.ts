// stale-tlb: one vcpu takes a page away while another one uses it. What the TLB of the other core holds stays in use
// until a tlbie, whatever the table says (Power ISA v2.06 Book III-S, "Translation Lookaside Buffer").
import { PERCPU_FAULTS } from '../guest/kernel.ts';
import { MOVES, STALE_TLB } from '../guest/stale-tlb.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { hptChecks, memoryScenario } from './memory-checks.ts';
import type { Check, Scenario } from './scenario.ts';

const READER = 'vm1/vcpu1';
const broken = (why: string) => ({ why, where: READER });
/** Distance of the vcpus' own blocks. */
const PERCPU_SIZE = 0x100;

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'no-stale-access',
    what: 'once H_REMOVE has returned, no vcpu reads the page that was removed',
    goal: false,
    needs: ['stale'],
    test: (m, symbols) => {
      const stale = guestWord(m, symbols.get('stale') ?? 0n);
      return stale === 0
        ? HOLDS
        : broken(`vcpu 1 read ${stale} times from a frame that had been taken away before`);
    },
  },
  {
    name: 'sees-every-frame',
    what: 'the reader finds each new frame behind its H_ENTER',
    goal: true,
    needs: ['fresh'],
    test: (m, symbols) => {
      const fresh = guestWord(m, symbols.get('fresh') ?? 0n);
      return fresh === MOVES ? HOLDS : broken(`${fresh} of ${MOVES} new frames seen`);
    },
  },
  {
    name: 'missing-meanwhile',
    what: 'between H_REMOVE and H_ENTER the reader’s loads find no entry',
    goal: true,
    needs: ['PERCPU'],
    test: (m, symbols) => {
      const at = (symbols.get('PERCPU') ?? 0n) + BigInt(PERCPU_SIZE + PERCPU_FAULTS.skipped);
      const skipped = guestWord(m, at);
      return skipped >= MOVES ? HOLDS : broken(`${skipped} loads found no entry so far`);
    },
  },
  ...hptChecks,
];

export const STALE_TLB_SCENARIO: Scenario<Monitor> = memoryScenario({
  id: 'stale-tlb',
  title: 'A stale translation, and the tlbie that ends it',
  summary:
    'Two vcpus on two POWER7 cores. One moves a page from frame to frame, the other one reads it. Leave out the tlbie and it goes on reading the old one.',
  guest: STALE_TLB,
  cores: 2,
  online: [0, 4],
  vcpus: 2,
  patches: ['real-mode-hcalls', 'experiment-tlbie'],
  opens: (m, symbols) => guestWord(m, symbols.get('removed') ?? 0n) > 0,
  checks,
  offShows: {
    'real-mode-hcalls': [],
    'experiment-tlbie': ['no-stale-access', 'sees-every-frame', 'missing-meanwhile'],
  },
});
