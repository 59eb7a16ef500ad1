// The guest of page-bits: what the hardware notes in R and C of a page, what H_CLEAR_REF and H_CLEAR_MOD take away, and
// how a protected page, a page that may not run and the pages of others are refused.
import { KERNEL } from './kernel.ts';

/** R and C of the page, as 0xRC, that the program must see one after the other: `seen` has them as words. */
export const BITS = [0x10, 0x11, 0x01, 0x00, 0x10, 0x11, 0x11] as const;

/** Faults that it must have: pages entered on demand, accesses refused, accesses passed over. */
export const FAULTS = { entered: 7, refused: 4, skipped: 4 } as const;

/** The storage interrupts that it must have, in order: address, and DSISR or the causes in SRR1. */
export const CAUSES: readonly (readonly [address: bigint, cause: bigint])[] = [
  [0x1000_0000n, 0x4000_0000n], // load, no entry
  [0x1000_0010n, 0x0a00_0000n], // store, PP=3
  [0x100_0001_0080n, 0x4200_0000n], // store, no entry, in the segment of 1 TB
  [0x1000_5000n, 0x4000_0000n], // fetch, no entry
  [0x1000_5000n, 0x1000_0000n], // fetch, N=1
  [0x1001_6000n, 0x4000_0000n], // fetch in problem state, no entry
  [0x7000n, 0x0800_0000n], // load in problem state, PP=0 and Kp=1
  [0x1002_0000n, 0x4200_0000n], // store, no entry
  [0x1003_0000n, 0x4000_0000n], // load, no entry
  [0x1003_0000n, 0x0a00_0000n], // store in problem state, PP=1 and Kp=1
  [0x10f0_0000n, 0x4000_0000n], // load where nothing belongs
  [0x1000_0018n, 0x4200_0000n], // store behind H_REMOVE
];

/** Text of the program; checks read the words at `vars` by their labels. */
export const PAGE_BITS = `${KERNEL}
        .equ    DATA_RA, 0x200000
        .equ    BIG_RA, 0x300000

main:   address r14, vars
        lis     r15, 0x1000                   # the page under test: 4 KB, at the start of segment 1
        lis     r3, DATA_RA >> 16
        li      r4, 0x55
        std     r4, 0(r3)                     # a word of the page, by its real address
        bl      kernel_pages
        bl      translate
        address r3, text_on
        bl      say

        # A load: 0x380 for the segment, 0x300 for the page, then R.
        ld      r16, 0(r15)
        cmpdi   r16, 0x55
        bne     wrong
        ld      r17, PC_SLOT(r13)
        stw     r17, V_SLOT(r14)
        address r3, text_load
        bl      note
        # A store: C, too.
        std     r16, 0(r15)
        address r3, text_store
        bl      note

        # Taken away one by one, and set again.
        mr      r3, r17
        bl      clear_ref
        address r3, text_ref
        bl      note
        mr      r3, r17
        bl      clear_mod
        address r3, text_mod
        bl      note
        ld      r16, 8(r15)
        address r3, text_load
        bl      note
        std     r16, 8(r15)
        address r3, text_store
        bl      note

        # Read only (PP 3): the store is refused; on_protection grants it, and it is done.
        mr      r3, r17
        li      r4, 3
        bl      protect
        li      r3, 1
        stw     r3, V_GRANT(r14)
        li      r16, 0x66
        std     r16, 16(r15)
        ld      r3, 16(r15)
        cmpdi   r3, 0x66
        bne     wrong
        address r3, text_grant
        bl      note

        # A segment of 1 TB with pages of 64 KB: the second page of it.
        li      r3, 1
        sldi    r3, r3, 40
        oris    r3, r3, 1
        std     r16, 0x80(r3)
        lis     r4, (BIG_RA >> 16) + 1
        ld      r4, 0x80(r4)                  # the same doubleword by its real address
        cmpd    r4, r16
        bne     wrong
        address r3, text_big
        bl      say

        # A page to run: 0x400 brings it; then it may not run (N), and the call comes back at once.
        lis     r18, leaf_page@h
        ori     r18, r18, leaf_page@l
        mtctr   r18
        bctrl
        cmpdi   r3, 7
        bne     wrong
        ld      r3, PC_SLOT(r13)
        li      r4, HPTE_R_N + 3
        bl      protect
        li      r3, 0
        mtctr   r18
        bctrl
        cmpdi   r3, 0
        bne     wrong
        address r3, text_run
        bl      say

        # A task in problem state: its own pages, and others.
        address r3, task_page
        bl      run_task
        address r3, text_task
        bl      say

        # Nothing belongs here: passed over.
        lis     r3, 0x10f0
        ld      r4, 0(r3)

        # Out of the table, and in again by the next access.
        mr      r3, r17
        bl      remove
        cmpdi   r3, 0
        bne     wrong
        std     r16, 24(r15)
        ld      r17, PC_SLOT(r13)
        stw     r17, V_SLOT(r14)
        lwz     r4, PC_ENTERED(r13)
        address r3, text_entered
        bl      say
        lwz     r4, PC_REFUSED(r13)
        address r3, text_refused
        bl      say
        b       power_off

wrong:  lwz     r3, V_WRONG(r14)
        addi    r3, r3, 1
        stw     r3, V_WRONG(r14)
        address r3, text_wrong
        bl      say
        b       power_off

# note: r3 = text; prints R and C of slot r17 with it, and keeps them in seen.
note:   mflr    r19
        mr      r20, r3
        mr      r3, r17
        bl      read_entry
        rlwinm  r4, r5, 28, 27, 27            # R as 0x10
        rlwinm  r5, r5, 25, 31, 31            # C as 0x01
        or      r4, r4, r5
        lwz     r6, V_COUNT(r14)
        addi    r7, r6, 1
        stw     r7, V_COUNT(r14)
        sldi    r6, r6, 2
        addi    r6, r6, V_SEEN
        stwx    r4, r14, r6
        mr      r3, r20
        bl      say
        mtlr    r19
        blr

# on_protection: the access is allowed from now on if V_GRANT says so.
on_protection:
        address r9, vars
        lwz     r5, V_GRANT(r9)
        li      r3, 1
        cmpwi   r5, 0
        beqlr
        li      r3, 0
        stw     r3, V_GRANT(r9)
        mflr    r10
        lwz     r3, V_SLOT(r9)
        li      r4, 2
        bl      protect
        mtlr    r10
        blr

on_external:
        blr
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
secondary:
        b       secondary

# --- pages of others: the code at 0x5000 and 0x6000 is mapped in segment 1
        .equ    leaf_page, 0x10005000
        .equ    task_page, 0x10016000
        .org    0x5000
leaf:   li      r3, 7
        blr
        .org    0x6000
task:   lis     r9, 0
        ori     r9, r9, 0x7000
        ld      r4, 0(r9)                     # the kernel's: PP 0, refused by Kp
        lis     r9, 0x1002
        std     r9, 0(r9)                     # its own: PP 2
        lis     r9, 0x1003
        ld      r4, 0(r9)                     # PP 1: it may load
        std     r9, 0(r9)                     # and not store
        li      r0, SYS_EXIT
        sc

# --- data
        .org    0x7000
        .equ    V_SLOT, 0
        .equ    V_COUNT, 4
        .equ    V_GRANT, 8
        .equ    V_WRONG, 12
        .equ    V_SEEN, 16
vars:
slot:           .long 0
count:          .long 0
grant:          .long 0
wrong_values:   .long 0
seen:           .space ${4 * BITS.length}
        .align  4
regions:        .quad 0x10000000, 0x10001000, DATA_RA, HPTE_R_M + 2
                .quad 0x10005000, 0x10006000, leaf, HPTE_R_M + 3
                .quad 0x10016000, 0x10017000, task, HPTE_R_M + 3
                .quad 0x10020000, 0x10021000, DATA_RA + 0x1000, HPTE_R_M + 2
                .quad 0x10030000, 0x10031000, DATA_RA + 0x2000, HPTE_R_M + 1
                .quad 1 << 40, (1 << 40) + 0x40000, BIG_RA, HPTE_R_M + HPTE_R_64K + 2
                .quad 0, 0, 0, 0
text_on:        .ascii "translation on\\n "
text_load:      .ascii "load  R=? C=?\\n  "
text_store:     .ascii "store R=? C=?\\n  "
text_ref:       .ascii "clrR  R=? C=?\\n  "
text_mod:       .ascii "clrC  R=? C=?\\n  "
text_grant:     .ascii "grant R=? C=?\\n  "
text_big:       .ascii "1 TB segment\\n   "
text_run:       .ascii "no-execute\\n     "
text_task:      .ascii "task done\\n      "
text_entered:   .ascii "entered ??\\n     "
text_refused:   .ascii "refused ??\\n     "
text_wrong:     .ascii "wrong\\n          "
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
