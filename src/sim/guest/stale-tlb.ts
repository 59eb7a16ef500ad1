// The guest of stale-tlb: two vcpus on two cores. One gives a page another frame again and again (H_REMOVE, H_ENTER), the
// other one reads it all the time and compares what it reads with what was announced before.
import { KERNEL } from './kernel.ts';

/** Times that the page moves to another frame. */
export const MOVES = 6;

/** Text of the program; checks read the words at `vars` by their labels. */
export const STALE_TLB = `${KERNEL}
        .equ    MOVES, ${MOVES}
        .equ    FRAMES, 0x200000              # frame n of the page, which holds the number n
        .equ    LOADS, 12                     # of the reader, for which the writer waits

# --- vcpu 0: the writer
main:   address r14, vars
        li      r20, 0
1:      bl      frame
        std     r20, 0(r4)
        addi    r20, r20, 1
        cmpdi   r20, MOVES
        ble     1b
        bl      kernel_pages
        bl      translate
        li      r20, 0
        bl      enter_frame
        li      r3, 1
        bl      start_cpu
        bl      wait

2:      addi    r20, r20, 1
        lwz     r3, V_SLOT(r14)
        bl      remove                        # from here on the page does not translate
        stw     r20, V_REMOVED(r14)
        sync
        bl      wait
        bl      enter_frame                   # and from here on to the new frame
        bl      wait
        cmpdi   r20, MOVES
        blt     2b

        li      r3, 1
        stw     r3, V_STOP(r14)
3:      lwz     r3, V_STOPPED(r14)
        cmpwi   r3, 1
        bne     3b
        lwz     r4, V_FRESH(r14)
        address r3, text_fresh
        bl      say
        lwz     r4, V_STALE(r14)
        address r3, text_stale
        bl      say
        b       power_off

# frame: r20 = number of a frame; r4 = its real address.
frame:  sldi    r4, r20, 12
        addis   r4, r4, FRAMES >> 16
        blr

# enter_frame: the page gets frame r20.
enter_frame:
        mflr    r19
        bl      frame
        ori     r4, r4, HPTE_R_M + 2
        lis     r3, 0x1000
        bl      map
        stw     r4, V_SLOT(r14)
        mtlr    r19
        blr

# wait: until the reader has tried some more times.
wait:   lwz     r3, V_LOADS(r14)
        addi    r3, r3, LOADS
1:      lwz     r4, V_LOADS(r14)
        cmpw    r4, r3
        blt     1b
        blr

# --- vcpu 1: the reader
secondary:
        address r14, vars
        bl      translate
        lis     r15, 0x1000
        li      r16, 0                        # the newest frame seen
1:      lwz     r17, V_REMOVED(r14)           # every frame before this one has been taken away
        sync
        li      r18, -1
        ld      r18, 0(r15)                   # passed over when the page is missing
        cmpdi   r18, -1
        beq     3f
        cmpd    r18, r17
        bge     2f
        lwz     r3, V_STALE(r14)              # a frame that was gone before the load began
        addi    r3, r3, 1
        stw     r3, V_STALE(r14)
2:      cmpd    r18, r16
        ble     3f
        mr      r16, r18
        lwz     r3, V_FRESH(r14)
        addi    r3, r3, 1
        stw     r3, V_FRESH(r14)
3:      lwz     r3, V_LOADS(r14)
        addi    r3, r3, 1
        stw     r3, V_LOADS(r14)
        lwz     r3, V_STOP(r14)
        cmpwi   r3, 0
        beq     1b
        li      r3, 1
        stw     r3, V_STOPPED(r14)
4:      b       4b

on_protection:
        li      r3, 1
        blr
on_external:
        blr
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr

# --- data
        .org    0x7000
        .equ    V_SLOT, 0
        .equ    V_REMOVED, 4
        .equ    V_LOADS, 8
        .equ    V_STALE, 12
        .equ    V_FRESH, 16
        .equ    V_STOP, 20
        .equ    V_STOPPED, 24
vars:
slot:           .long 0
removed:        .long 0
loads:          .long 0
stale:          .long 0
fresh:          .long 0
stop:           .long 0
stopped:        .long 0
        .align  4
regions:        .quad 0, 0, 0, 0              # no page comes by itself
text_fresh:     .ascii "new frames ??\\n  "
text_stale:     .ascii "stale ????\\n     "
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
