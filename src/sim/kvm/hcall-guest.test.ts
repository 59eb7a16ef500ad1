import { expect, test } from 'vitest';
import {
  avpnOf,
  HPTE_R_C,
  HPTE_R_M,
  HPTE_R_R,
  HPTE_V_VALID,
  hptHash,
  ptegIndex,
} from '../hardware/mmu/hpte.ts';
import { resultOf } from '../scenario/testing/guests.ts';
import { makeGuest } from '../scenario/testing/make.ts';

// A page of 4 KB at EA 0x10003000 (segment 1, VSID 0x123), mapped to guest address 0x5000.
const EA = 0x10003000n;
const SEGMENT = { b: 0, vsid: 0x123n } as const;
const GPA = 0x5000n;
const PTEG = ptegIndex(hptHash(SEGMENT, EA, 12), 0x7ffn, false);
const AVPN = avpnOf(SEGMENT, EA, 12);
const PTEL = GPA | HPTE_R_M | 2n;
const H_PARAMETER = BigInt.asUintN(64, -4n);

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** Enters the page, uses it with MSR[DR]=1, reads and removes the entry, and asks for a wrong one. */
const GUEST = `
        .equ    H_REMOVE, 0x04
        .equ    H_ENTER, 0x08
        .equ    H_READ, 0x0c
main:   lis     r20, table@h
        ori     r20, r20, table@l
        li      r4, 0
        ld      r5, 0(r20)
        ld      r6, 8(r20)
        ld      r7, 16(r20)
        li      r3, H_ENTER
        sc      1
        bl      result                        # 0
        mr      r3, r4
        bl      result                        # 1
        ld      r8, 24(r20)
        ld      r9, 32(r20)
        slbmte  r8, r9
        li      r21, 0x5000
        li      r8, 1234
        std     r8, 8(r21)
        ld      r22, 40(r20)
        mfmsr   r23
        ori     r8, r23, 0x10
        mtmsrd  r8
        ld      r24, 8(r22)
        addi    r8, r24, 1
        std     r8, 16(r22)
        mtmsrd  r23
        mr      r3, r24
        bl      result                        # 2
        ld      r3, 16(r21)
        bl      result                        # 3
        li      r4, 0
        ld      r5, 0(r20)
        li      r3, H_READ
        sc      1
        mr      r3, r4
        bl      result                        # 4
        mr      r3, r5
        bl      result                        # 5
        li      r4, 0
        ld      r5, 0(r20)
        li      r3, H_REMOVE
        sc      1
        bl      result                        # 6
        mr      r3, r5
        bl      result                        # 7
        li      r4, 0
        lis     r5, 1
        li      r3, H_REMOVE
        sc      1
        bl      result                        # 8
        bl      power_off
        .align  3
table:  .quad   ${PTEG * 8}, ${hex(AVPN)}, ${hex(PTEL)}
        .quad   ${hex(SEGMENT.vsid << 12n)}, 0x18000000, ${hex(EA)}
result: lis     r9, next@h
        ori     r9, r9, next@l
        ld      r10, 0(r9)
        std     r3, 0(r10)
        addi    r10, r10, 8
        std     r10, 0(r9)
        blr
        .align  3
next:   .quad   0x7100
`;

test('a guest enters a page, uses it with translation on, and gets it back with R and C', () => {
  const loaded = makeGuest(GUEST, {}, { vcpus: 1 });
  loaded.machine.advance(100_000);
  expect(loaded.machine.k.vmm.stopped).toBe('powered off');
  const entered = PTEL | HPTE_R_R | HPTE_R_C;
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => resultOf(loaded, n))).toEqual([
    ...[0n, BigInt(PTEG * 8), 1234n, 1235n, AVPN | HPTE_V_VALID, entered, 0n, entered],
    H_PARAMETER,
  ]);
  expect(loaded.machine.m.violations).toEqual([]);
});
