// Two vcpus that want the same slot of the hashed page table: whoever enters its page there (H_EXACT) reads through it,
// protects it, and removes it again. The slot is like a lock: between the two hcalls nobody else may have it.
import { KERNEL } from './kernel.ts';

/** Times that each vcpu gets the slot. */
export const TURNS = 20;

/** Text of the program; words at `vars`: of each vcpu the slots won, those lost, and what was not as it should be. */
export const HPTE_CONTENTION = `${KERNEL}
        .equ    TURNS, ${TURNS}
        .equ    FRAMES, 0x200000              # frame n of guest real memory holds the number n

main:   address r14, vars
        bl      kernel_pages
        bl      translate
        li      r3, 1
        bl      start_cpu
3:      lwz     r3, V_READY(r14)
        cmpwi   r3, 1
        bne     3b
        bl      contend
1:      lwz     r3, V_DONE(r14)
        cmpwi   r3, 1
        bne     1b
        b       power_off
secondary:
        address r14, vars
        bl      translate
        li      r3, 1
        stw     r3, V_READY(r14)
        bl      contend
        li      r3, 1
        stw     r3, V_DONE(r14)
2:      b       2b

contend:
        mflr    r19
        ld      r3, PC_ID(r13)
        mulli   r15, r3, V_SIZE              # r15 = our words
        add     r15, r15, r14
        lis     r22, 0x1001                   # r22 = the page of both; its group is free
        li      r23, TURNS
1:      sldi    r20, r23, 1                   # r20 = number of this turn's frame, r21 = the frame
        ld      r3, PC_ID(r13)
        add     r20, r20, r3
        sldi    r21, r20, 12
        addis   r21, r21, FRAMES >> 16
        std     r20, 0(r21)
        mr      r3, r22
        bl      page_of
        mr      r24, r5                       # r24 = the slot of both
        ori     r7, r21, HPTE_R_M + 2
        li      r4, 0x80
        sldi    r4, r4, 32                    # H_EXACT
        li      r3, H_ENTER
        sc      1
        cmpdi   r3, H_PTEG_FULL
        bne     2f
        lwz     r3, V_LOST(r15)
        addi    r3, r3, 1
        stw     r3, V_LOST(r15)
        b       1b
2:      cmpdi   r3, 0
        bne     wrong
        ld      r3, 0(r22)                    # this frame, not one of before
        cmpd    r3, r20
        bne     wrong
        mr      r3, r24
        li      r4, 3
        bl      protect
        cmpdi   r3, 0
        bne     wrong
        ld      r3, 0(r22)
        cmpd    r3, r20
        bne     wrong
        mr      r3, r24
        bl      remove
        cmpdi   r3, 0
        bne     wrong
        lwz     r3, V_WON(r15)
        addi    r3, r3, 1
        stw     r3, V_WON(r15)
        sldi    r3, r23, 3                    # a while in which the other one may have it
        mtctr   r3
4:      bdnz    4b
5:      addi    r23, r23, -1
        cmpdi   r23, 0
        bne     1b
        mtlr    r19
        blr
wrong:  lwz     r3, V_WRONG(r15)
        addi    r3, r3, 1
        stw     r3, V_WRONG(r15)
        b       5b

on_protection:
        li      r3, 1
        blr
on_external:
        blr
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr

        .org    0x7000
        .equ    V_WON, 0
        .equ    V_LOST, 4
        .equ    V_WRONG, 8
        .equ    V_SIZE, 12
        .equ    V_DONE, 24
        .equ    V_READY, 28
vars:           .long 0, 0, 0
                .long 0, 0, 0
                .long 0, 0
        .align  4
regions:        .quad 0, 0, 0, 0
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
