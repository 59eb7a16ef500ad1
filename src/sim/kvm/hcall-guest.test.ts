import { expect, test } from 'vitest';
import { HPTE_R_C, HPTE_R_R, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { resultOf } from '../scenario/testing/guests.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import { processAt } from '../vmm/process.ts';
import { AVPN, PAGE_GUEST, PTEG, PTEL } from './testing/page-guest.ts';

const H_PARAMETER = BigInt.asUintN(64, -4n);

test.each([
  ['p9-dd23', {}],
  ['p7', { online: [0], virtualSmt: 1 }],
])(
  'a guest on %s enters a page, uses it with translation on, and gets it back with R and C',
  (cpu, host) => {
    const loaded = makeGuest(PAGE_GUEST, {}, { cpu, vcpus: 1, ...host });
    loaded.machine.advance(100_000);
    expect(processAt(loaded.machine.k, 0).vmm.stopped).toBe('powered off');
    const entered = PTEL | HPTE_R_R | HPTE_R_C;
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => resultOf(loaded, n))).toEqual([
      ...[0n, BigInt(PTEG * 8), 1234n, 1235n, AVPN | HPTE_V_VALID, entered, 0n, entered],
      H_PARAMETER,
    ]);
    expect(loaded.machine.m.violations).toEqual([]);
  },
);
