// The guest of real-mode-put-tce: a driver of the virtual I/O device. It maps pages for DMA by H_PUT_TCE and its relatives,
// lets the device work on them, takes them away again, and sees that the device is refused then.
import { RUNTIME } from './runtime.ts';

/** Pages that the driver maps and unmaps one after the other, as for the packets of a network. */
export const MAPPED_PAGES = 32;

/** Text of the program; checks read the words at `vars` by their labels. */
export const TCE_DMA = `${RUNTIME}
        .equ    H_GET_TCE, 0x1c
        .equ    H_PUT_TCE, 0x20
        .equ    H_REG_CRQ, 0xfc
        .equ    H_SEND_CRQ, 0x108
        .equ    H_STUFF_TCE, 0x138
        .equ    H_PUT_TCE_INDIRECT, 0x13c
        .equ    RTAS_QUIESCE, 0x2007
        .equ    UNIT, 0x7100                  # upper half of the unit address, which is the LIOBN, too
        .equ    QUEUE, 0x20000                # pages of the driver, by guest real address
        .equ    BUFFER, 0x21000
        .equ    FIRST, 0x24000
        .equ    SECOND, 0x22000
        .equ    LIST, 0x23000
        .equ    IO_QUEUE, 0                   # and their I/O addresses
        .equ    IO_BUFFER, 0x1000
        .equ    IO_PAIR, 0x2000               # FIRST and SECOND, side by side
        .equ    IO_PACKETS, 0x10000
        .equ    TCE_READ, 1
        .equ    TCE_RW, 3
        .equ    UNIT_BYTES, 64
        .equ    ACROSS, 0xfe0                 # a unit from here reaches into the next page

        .macro  address register, symbol
        lis     \\register, (\\symbol) >> 16
        ori     \\register, \\register, (\\symbol) & 0xffff
        .endm

main:   address r14, vars
        address r3, text_up
        li      r4, 15
        bl      print

        # The queue for the answers, and one page for the device to work on.
        li      r5, IO_QUEUE
        address r6, QUEUE + TCE_RW
        bl      put_tce
        li      r5, IO_BUFFER
        address r6, BUFFER + TCE_RW
        bl      put_tce
        lis     r4, UNIT
        li      r5, IO_QUEUE
        li      r6, 0x1000
        li      r3, H_REG_CRQ
        sc      1
        bl      success
        address r16, QUEUE
        address r15, BUFFER
        li      r17, IO_BUFFER
        bl      unit
        bl      must_work

        # Two pages that are not neighbours, by a list; a unit that crosses from one into the other.
        address r15, LIST
        address r3, FIRST + TCE_RW
        std     r3, 0(r15)
        address r3, SECOND + TCE_RW
        std     r3, 8(r15)
        lis     r4, UNIT
        li      r5, IO_PAIR
        mr      r6, r15
        li      r7, 2
        li      r3, H_PUT_TCE_INDIRECT
        sc      1
        bl      success
        address r15, FIRST + ACROSS
        address r3, SECOND
        bl      fill
        li      r17, IO_PAIR + ACROSS
        bl      unit
        cmpdi   r3, 0
        bne     wrong
        address r15, SECOND                   # the second half went to the page behind
        bl      inverted_half
        lwz     r3, V_WORKED(r14)
        addi    r3, r3, 1
        stw     r3, V_WORKED(r14)

        # Taken away: the device is refused, the bytes stay.
        address r15, BUFFER
        li      r17, IO_BUFFER
        li      r5, IO_BUFFER
        li      r6, 0
        bl      put_tce
        bl      unit
        bl      must_fail
        # Read only: it fetches the bytes and may not store them.
        li      r5, IO_BUFFER
        address r6, BUFFER + TCE_READ
        bl      put_tce
        bl      unit
        bl      must_fail
        # Both pages of the list, at once.
        lis     r4, UNIT
        li      r5, IO_PAIR
        li      r6, 0
        li      r7, 2
        li      r3, H_STUFF_TCE
        sc      1
        bl      success
        address r15, FIRST
        li      r17, IO_PAIR
        bl      unit
        bl      must_fail
        address r3, text_refused
        li      r4, 16
        bl      print

        # Map and unmap packets: the hcall that a driver makes most.
        li      r18, ${MAPPED_PAGES}
        address r19, IO_PACKETS
1:      mr      r5, r19
        address r6, FIRST + TCE_RW
        bl      put_tce
        mr      r5, r19
        li      r6, 0
        bl      put_tce
        addi    r19, r19, 0x1000
        addi    r18, r18, -1
        cmpdi   r18, 0
        bne     1b
        address r3, text_packets
        li      r4, 15
        bl      print

        # User space resets the table; H_GET_TCE says so.
        li      r5, IO_QUEUE
        bl      get_tce
        address r5, QUEUE + TCE_RW
        cmpd    r4, r5
        bne     wrong
        addi    r4, r13, PC_RTAS
        li      r5, RTAS_QUIESCE
        stw     r5, 0(r4)
        li      r5, 0
        stw     r5, 4(r4)
        li      r5, 1
        stw     r5, 8(r4)
        lis     r3, H_RTAS@h
        ori     r3, r3, H_RTAS@l
        sc      1
        li      r5, IO_QUEUE
        bl      get_tce
        cmpdi   r4, 0
        bne     wrong
        li      r3, 1
        stw     r3, V_RESET(r14)
        address r3, text_reset
        li      r4, 15
        bl      print
        b       power_off

# put_tce: r5 = I/O address, r6 = entry.
put_tce:
        lis     r4, UNIT
        li      r3, H_PUT_TCE
        sc      1
success:
        cmpdi   r3, 0
        beqlr
wrong:  lwz     r3, V_WRONG(r14)
        addi    r3, r3, 1
        stw     r3, V_WRONG(r14)
        address r3, text_wrong
        li      r4, 6
        bl      print
        b       power_off

# get_tce: r5 = I/O address; r4 := its entry.
get_tce:
        lis     r4, UNIT
        li      r3, H_GET_TCE
        sc      1
        b       success

# unit: the device works on the bytes at I/O address r17, which we have at r15, and were filled; r3 := its status.
# r16 = the next entry of the queue.
unit:   mflr    r20
        mr      r3, r15
        bl      fill
        li      r5, 0
        ori     r5, r5, 0x8001                # valid, format 1
        sldi    r5, r5, 48
        ori     r5, r5, UNIT_BYTES
        lis     r4, UNIT
        mr      r6, r17
        li      r3, H_SEND_CRQ
        sc      1
        bl      success
2:      lbz     r3, 0(r16)
        cmpwi   r3, 0x80
        bne     2b
        li      r3, 0
        stb     r3, 0(r16)
        lbz     r3, 3(r16)
        addi    r16, r16, 16
        mtlr    r20
        blr

# must_work, must_fail: the status in r3 and the bytes at r15 are as expected; counted.
must_work:
        mflr    r20
        cmpdi   r3, 0
        bne     wrong
        bl      inverted
        lwz     r3, V_WORKED(r14)
        addi    r3, r3, 1
        stw     r3, V_WORKED(r14)
        mtlr    r20
        blr
must_fail:
        cmpdi   r3, 0x10
        bne     wrong
        ld      r4, 0(r15)
        li      r5, 0x1111
        cmpd    r4, r5
        bne     wrong
        lwz     r3, V_REFUSED(r14)
        addi    r3, r3, 1
        stw     r3, V_REFUSED(r14)
        blr

# fill: UNIT_BYTES at r3; inverted: those at r15 are all inverted; inverted_half: the first half of them.
fill:   li      r4, UNIT_BYTES / 8
        mtctr   r4
        li      r4, 0x1111
3:      std     r4, 0(r3)
        addi    r3, r3, 8
        bdnz    3b
        blr
inverted_half:
        li      r4, UNIT_BYTES / 16
        b       4f
inverted:
        li      r4, UNIT_BYTES / 8
4:      mtctr   r4
        li      r4, ~0x1111
        mr      r3, r15
5:      ld      r5, 0(r3)
        cmpd    r4, r5
        bne     wrong
        addi    r3, r3, 8
        bdnz    5b
        blr

on_doorbell:
on_external:
        blr
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
secondary:
        b       secondary

# --- data
        .org    0x7000
        .equ    V_WORKED, 0
        .equ    V_REFUSED, 4
        .equ    V_RESET, 8
        .equ    V_WRONG, 12
vars:
worked:         .long 0
refused:        .long 0
reset:          .long 0
wrong_results:  .long 0
        .align  4
text_up:        .ascii "DMA by TCEs up\\n "
text_refused:   .ascii "3 units refused\\n"
text_packets:   .ascii "packets mapped\\n "
text_reset:     .ascii "table is reset\\n "
text_wrong:     .ascii "wrong\\n          "
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
