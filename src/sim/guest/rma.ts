// The guest of vrma-rma: what real mode reaches in a real mode area (RMOR, RMLS), and what lies behind its limit. With
// translation on the page table leads there.
import { KERNEL, PASSIVE } from './kernel.ts';

const MB = 2 ** 20;
/** Bytes of the real mode area; the guest has one page of 16 MB more. */
export const RMA_SIZE = 32 * MB;
/** Where the program stores in real mode: early, and in the last doubleword below the limit. */
export const INSIDE = [0x300000, RMA_SIZE - 8] as const;
/** What it stores in both, and behind the limit. */
export const STORED = 0x1234_5678_9abc_def0n;

/** Its storage interrupts, in order: address, and DSISR or the causes in SRR1. */
export const LIMIT_FAULTS: readonly (readonly [address: bigint, cause: bigint])[] = [
  [BigInt(RMA_SIZE), 0x0800_0000n], // load, in real mode
  [BigInt(RMA_SIZE) + 8n, 0x0a00_0000n], // store
  [BigInt(RMA_SIZE), 0x0800_0000n], // fetch
  [0x1000_0000n, 0x4200_0000n], // store with translation on: no entry yet
];

/** Text of the program; checks read the words at `vars` by their labels. */
export const RMA = `${KERNEL}
        .equ    LIMIT, ${RMA_SIZE}

main:   address r14, vars
        mtspr   272, r13                      # for the storage interrupts
        address r16, 0x12345678
        sldi    r16, r16, 32
        oris    r16, r16, 0x9abc
        ori     r16, r16, 0xdef0

        # Below the limit: RMOR is added.
        lis     r15, ${INSIDE[0] >> 16}
        std     r16, 0(r15)
        lis     r17, LIMIT >> 16
        std     r16, -8(r17)
        ld      r3, 0(r15)
        cmpd    r3, r16
        bne     wrong
        ld      r3, -8(r17)
        cmpd    r3, r16
        bne     wrong
        li      r4, 1
        stw     r4, V_INSIDE(r14)
        address r3, text_inside
        bl      say

        # At the limit and behind it: memory of this guest, but not for its real mode.
        li      r3, -1
        ld      r3, 0(r17)                    # passed over
        cmpdi   r3, -1
        bne     wrong
        std     r16, 8(r17)
        mtctr   r17
        bctrl
        lwz     r4, PC_REFUSED(r13)
        stw     r4, V_REFUSED(r14)
        address r3, text_limit
        bl      say

        # The same memory by the page table.
        bl      kernel_pages
        bl      translate
        lis     r15, 0x1000
        std     r16, 0(r15)
        ld      r3, 0(r15)
        cmpd    r3, r16
        bne     wrong
        li      r4, 1
        stw     r4, V_TRANSLATED(r14)
        address r3, text_translated
        bl      say
        b       power_off

wrong:  address r3, text_wrong
        bl      say
        b       power_off

${PASSIVE}
# --- data
        .org    0x7000
        .equ    V_INSIDE, 0
        .equ    V_REFUSED, 4
        .equ    V_TRANSLATED, 8
vars:
inside:         .long 0
refused:        .long 0
translated:     .long 0
        .align  4
regions:        .quad 0x10000000, 0x10001000, LIMIT, HPTE_R_M + 2
                .quad 0, 0, 0, 0
text_inside:    .ascii "inside ?\\n      "
text_limit:     .ascii "refused ?\\n      "
text_translated:.ascii "translated ?\\n   "
text_wrong:     .ascii "wrong\\n          "
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
