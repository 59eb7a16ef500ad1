// The guest of guest-smt: vcpu 0 starts vcpu 1 and then works, in the guest without leaving it, until all four vcpus have
// come. In rounds that end at a barrier one vcpu after the other leaves for the console, so that the order of the
// runnable vcpus changes; in the last part all but one of them idle.
import { RUNTIME } from './runtime.ts';

/** Vcpus, and rounds in which each of them leaves once. */
export const JOINERS = 4;
export const ROUNDS = 4;

/** Text of the program; checks read the words at `vars`: vcpus that have come, rounds, and what each has worked. */
export const JOINERS_GUEST = `${RUNTIME}
        .equ    JOINERS, ${JOINERS}
        .equ    ROUNDS, ${ROUNDS}
        .equ    V_ONLINE, 0
        .equ    V_BARRIER, 4
        .equ    V_ROUND, 8
        .equ    V_IDLE, 12
        .equ    V_GO, 16
        .equ    V_WORK, 20

main:   bl      here
        li      r3, 1
        bl      start_cpu
        b       together
secondary:
        bl      here
together:
        lwz     r3, V_ONLINE(r14)
        cmpwi   r3, JOINERS
        beq     rounds
        bl      work
        b       together

rounds: li      r16, 0                        # r16 = this round
1:      bl      work
        cmpd    r16, r15
        bne     2f
        lis     r3, text_dot@h
        ori     r3, r3, text_dot@l
        li      r4, 1
        bl      print
2:      bl      barrier
        addi    r16, r16, 1
        cmpdi   r16, ROUNDS
        blt     1b
        cmpdi   r15, 0
        beq     3f
        addi    r3, r14, V_IDLE
        bl      add_one
        b       idle
3:      lwz     r3, V_IDLE(r14)               # vcpu 0 works while the others go to sleep, then wakes them
        cmpwi   r3, JOINERS - 1
        beq     4f
        bl      work
        b       3b
4:      bl      work
        li      r3, 1
        stw     r3, V_GO(r14)
        sync
        li      r17, JOINERS - 1
5:      mr      r3, r17
        bl      prod
        addi    r17, r17, -1
        cmpdi   r17, 0
        bne     5b
6:      lwz     r3, V_IDLE(r14)
        cmpwi   r3, 0
        beq     power_off
        bl      work
        b       6b
idle:   bl      cede                          # it may come back for nothing: look
        lwz     r3, V_GO(r14)
        cmpwi   r3, 0
        beq     idle
        addi    r3, r14, V_IDLE
        bl      take_one
7:      bl      cede
        b       7b

# here: r14 = vars, r15 = our number; one more has come.
here:   mflr    r20
        lis     r14, vars@h
        ori     r14, r14, vars@l
        ld      r15, PC_ID(r13)
        addi    r3, r14, V_ONLINE
        bl      add_one
        mtlr    r20
        blr

add_one:
        lwarx   r4, 0, r3
        addi    r4, r4, 1
        stwcx.  r4, 0, r3
        bne-    add_one
        blr
take_one:
        lwarx   r4, 0, r3
        addi    r4, r4, -1
        stwcx.  r4, 0, r3
        bne-    take_one
        blr

# work: about 300 instructions, counted per vcpu.
work:   li      r4, 150
        mtctr   r4
8:      bdnz    8b
        sldi    r4, r15, 2
        add     r4, r4, r14
        lwz     r3, V_WORK(r4)
        addi    r3, r3, 1
        stw     r3, V_WORK(r4)
        blr

# barrier: of all vcpus; the last one opens it by counting the round.
barrier:
        mflr    r20
        lwz     r5, V_ROUND(r14)
        addi    r3, r14, V_BARRIER
        bl      add_one
        cmpwi   r4, JOINERS
        bne     9f
        li      r4, 0
        stw     r4, V_BARRIER(r14)
        lwsync
        addi    r5, r5, 1
        stw     r5, V_ROUND(r14)
        mtlr    r20
        blr
9:      lwz     r4, V_ROUND(r14)
        cmpw    r4, r5
        beq     9b
        isync
        mtlr    r20
        blr

on_doorbell:
on_external:
on_decrementer:
        lis     r3, 0x7fff
        ori     r3, r3, 0xffff
        mtdec   r3
        blr

# --- data
        .org    0x7000
vars:
online:         .long 0
barrier_word:   .long 0
round:          .long 0
idle_word:      .long 0
go:             .long 0
worked:         .long 0, 0, 0, 0
        .align  4
text_dot:       .ascii ".               "
        .align  4
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
