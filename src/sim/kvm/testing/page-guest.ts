// A guest that enters a page of 4 KB, uses it with MSR[DR]=1, reads and removes its entry, and asks for one outside the
// table. It follows the runtime, and leaves what the hcalls returned as results.
import { avpnOf, HPTE_R_M, hptHash, ptegIndex } from '../../hardware/mmu/hpte.ts';

// EA 0x10003000 (segment 1, VSID 0x123) is mapped to guest address 0x5000.
const EA = 0x10003000n;
const SEGMENT = { b: 0, vsid: 0x123n } as const;
const GPA = 0x5000n;
export const PTEG = ptegIndex(hptHash(SEGMENT, EA, 12), 0x7ffn, false);
export const AVPN = avpnOf(SEGMENT, EA, 12);
export const PTEL = GPA | HPTE_R_M | 2n;

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

export const PAGE_GUEST = `
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
