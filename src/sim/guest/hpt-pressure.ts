// The guest of hpt-pressure: more pages than a pair of groups of the hashed page table holds. Every page of the list
// has the same primary group, so the first eight fill it, the next eight go to the secondary group, and the one behind
// them finds no room (H_PTEG_FULL) until H_BULK_REMOVE has made some.
import { KERNEL, PASSIVE } from './kernel.ts';

/** Pages that two groups hold, and those of the list: one more than there is room for. */
export const ROOM = 16;
export const PAGES = ROOM + 1;

/** Text of the program; checks read the words at `vars` by their labels. */
export const HPT_PRESSURE = `${KERNEL}
        .equ    PAGES, ${PAGES}
        .equ    PAGES_RA, 0x200000            # page i of the list is the i-th of guest real memory from here on
        .equ    STRIDE, (PTEG_MASK + 1) << 12 # pages that far apart in a segment have the same primary group
        .equ    BULK_REQUEST, 0x4000          # control word, upper bits: a request that matches AVPN
        .equ    BULK_AVPN, 0x0200
        .equ    BULK_SUCCESS, 0x80

main:   address r14, vars
        li      r20, 0                        # each page holds its number
1:      bl      page_real
        std     r20, 0(r4)
        addi    r20, r20, 1
        cmpdi   r20, PAGES
        blt     1b
        bl      kernel_pages
        bl      translate

        # As many as there is room for. map tries the primary group first, then the secondary one.
        li      r20, 0
2:      bl      enter_page
        cmpdi   r3, 0
        bne     3f
        addi    r20, r20, 1
        cmpdi   r20, PAGES
        blt     2b
3:      stw     r20, V_ROOM(r14)
        stw     r3, V_FULL(r14)
        mr      r4, r20
        address r3, text_entered
        bl      say
        lwz     r4, V_FULL(r14)
        address r3, text_full
        bl      say

        # Every one of them translates as it should.
        bl      look
        stw     r21, V_RIGHT(r14)
        mr      r4, r21
        address r3, text_right
        bl      say

        # Out with all, four by four.
        li      r20, 0
        li      r22, 0
4:      bl      bulk_remove
        addi    r20, r20, 4
        cmpdi   r20, PAGES - 1
        blt     4b
        stw     r22, V_REMOVED(r14)
        mr      r4, r22
        address r3, text_removed
        bl      say

        # None translates now; and the one that had no room has it.
        bl      look
        stw     r21, V_STALE(r14)
        li      r20, PAGES - 1
        bl      enter_page
        stw     r3, V_LAST(r14)
        bl      page_virtual
        ld      r5, 0(r3)
        cmpd    r5, r20
        bne     5f
        li      r5, 1
        stw     r5, V_LAST_RIGHT(r14)
5:      lwz     r4, V_LAST_RIGHT(r14)
        address r3, text_last
        bl      say
        b       power_off

# page_real, page_virtual: r20 = number of a page; r4 its real address, r3 its effective one.
page_real:
        lis     r4, PAGES_RA >> 16
        sldi    r5, r20, 12
        add     r4, r4, r5
        blr
page_virtual:
        lis     r3, 0x1001                    # a group without entries of the kernel
        lis     r5, STRIDE >> 16
        mulld   r5, r5, r20
        add     r3, r3, r5
        blr

# enter_page: enters page r20; r3 = the code of H_ENTER. The slot is kept in slots.
enter_page:
        mflr    r19
        bl      page_real
        ori     r4, r4, HPTE_R_M + 2
        bl      page_virtual
        bl      map
        cmpdi   r3, 0
        bne     1f
        sldi    r5, r20, 3
        address r6, slots
        stdx    r4, r6, r5
1:      mtlr    r19
        blr

# look: r21 := pages among the first PAGES - 1 that hold their own number; what is not mapped is passed over.
look:   mflr    r19
        mr      r23, r20
        li      r20, 0
        li      r21, 0
1:      bl      page_virtual
        li      r5, -1
        ld      r5, 0(r3)
        cmpd    r5, r20
        bne     2f
        addi    r21, r21, 1
2:      addi    r20, r20, 1
        cmpdi   r20, PAGES - 1
        blt     1b
        mr      r20, r23
        mtlr    r19
        blr

# bulk_remove: the four pages from r20 on by one H_BULK_REMOVE that also compares AVPNs; r22 += how many were removed.
bulk_remove:
        mflr    r19
        addi    r18, r13, PC_SAVE             # pairs are collected where no fault comes meanwhile
        li      r17, 4
1:      bl      page_virtual
        bl      page_of
        sldi    r5, r20, 3
        address r7, slots
        ldx     r5, r7, r5
        lis     r7, BULK_REQUEST + BULK_AVPN
        sldi    r7, r7, 32
        or      r5, r5, r7
        clrrdi  r6, r6, 7                     # AVPN and B
        std     r5, 0(r18)
        std     r6, 8(r18)
        addi    r18, r18, 16
        addi    r20, r20, 1
        addi    r17, r17, -1
        cmpdi   r17, 0
        bne     1b
        addi    r20, r20, -4
        addi    r18, r13, PC_SAVE
        ld      r4, 0(r18)
        ld      r5, 8(r18)
        ld      r6, 16(r18)
        ld      r7, 24(r18)
        ld      r8, 32(r18)
        ld      r9, 40(r18)
        ld      r10, 48(r18)
        ld      r11, 56(r18)
        li      r3, H_BULK_REMOVE
        sc      1
        .irp    answer, r4, r6, r8, r10       # success is 0x80 in the top byte, beside match mode, R and C
        srdi    \\answer, \\answer, 63
        add     r22, r22, \\answer
        .endr
        mtlr    r19
        blr

${PASSIVE}
# --- data
        .org    0x7000
        .equ    V_ROOM, 0
        .equ    V_FULL, 4
        .equ    V_RIGHT, 8
        .equ    V_REMOVED, 12
        .equ    V_STALE, 16
        .equ    V_LAST, 20
        .equ    V_LAST_RIGHT, 24
vars:
room:           .long 0
full:           .long 0
right:          .long 0
removed:        .long 0
stale:          .long 0
last:           .long -1
last_right:     .long 0
        .align  4
slots:          .space 8 * PAGES
        .align  4
regions:        .quad 0, 0, 0, 0              # no page comes by itself
text_entered:   .ascii "entered ??\\n     "
text_full:      .ascii "then ????????\\n  "
text_right:     .ascii "translate ??\\n   "
text_removed:   .ascii "removed ??\\n     "
text_last:      .ascii "one more ?\\n     "
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
