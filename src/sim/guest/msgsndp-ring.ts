// The guest of guest-smt-p8: a doorbell goes round all vcpus of a virtual core by msgsndp; who does not have it idles by
// H_CEDE. At the end vcpu 0 rings itself with interrupts off and leaves for the console: the doorbell must wait for it.
import { RUNTIME } from './runtime.ts';

/** Vcpus, and laps of the ring. */
export const RINGERS = 8;
export const LAPS = 4;

/** Text of the program; checks read the words at `vars` and PC_DOORBELLS of each vcpu. */
export const MSGSNDP_RING = `${RUNTIME}
        .equ    THREADS, ${RINGERS}
        .equ    HOPS, ${LAPS} * THREADS
        .equ    V_HOPS, 0
        .equ    V_TURN, 4                     # whose turn it is
        .equ    V_DONE, 8
        .equ    V_WRONG, 12                   # looks at TIR that showed another thread
        .equ    V_KEPT, 16                    # DPDES behind the exit, and when the doorbell was taken
        .equ    V_TAKEN, 20

main:   li      r16, 1
1:      mr      r3, r16
        bl      start_cpu
        addi    r16, r16, 1
        cmpwi   r16, THREADS
        blt     1b
secondary:
        lis     r14, vars@h
        ori     r14, r14, vars@l
        ld      r15, PC_ID(r13)
        addi    r16, r15, 1                   # the next one
        clrldi  r16, r16, 61
turn:   lwz     r4, V_TURN(r14)
        lwsync                                # the turn before the count: who has it sees the last hop
        lwz     r3, V_HOPS(r14)
        cmpwi   r3, HOPS
        bge     ended
        cmpd    r4, r15
        beq     2f
        bl      doze
        b       turn
2:      li      r3, 40
        mtctr   r3
3:      bdnz    3b
        lwz     r3, V_HOPS(r14)
        addi    r3, r3, 1
        stw     r3, V_HOPS(r14)
        lwsync
        stw     r16, V_TURN(r14)
        sync
        mr      r3, r16
        bl      ring
        li      r3, 150                       # the next one wakes before this one sleeps: no thread leaves the guest
        mtctr   r3
8:      bdnz    8b
        b       turn

ended:  addi    r3, r14, V_DONE
4:      lwarx   r4, 0, r3
        addi    r4, r4, 1
        stwcx.  r4, 0, r3
        bne-    4b
        sync
        mr      r3, r16                       # the next one may still sleep
        bl      ring
        li      r3, 0
        bl      ring
        cmpdi   r15, 0
        beq     6f
5:      bl      doze
        b       5b
6:      lwz     r3, V_DONE(r14)
        cmpwi   r3, THREADS
        beq     7f
        bl      doze
        b       6b
7:      bl      irq_on                        # take what is left from the ring
        bl      irq_off
        li      r3, 0
        bl      ring                          # to itself; it has to wait
        lis     r3, text_out@h
        ori     r3, r3, text_out@l
        li      r4, 4
        bl      print                         # the whole core leaves the guest
        mfspr   r3, SPR_DPDES
        stw     r3, V_KEPT(r14)
        bl      irq_on
        mfspr   r3, SPR_DPDES
        stw     r3, V_TAKEN(r14)
        b       power_off

# doze: until a doorbell; its handler has run on return.
doze:   mflr    r20
        bl      cede
        bl      irq_off
        mtlr    r20
        blr

on_doorbell:
        ld      r3, PC_DOORBELLS(r13)
        addi    r3, r3, 1
        std     r3, PC_DOORBELLS(r13)
        mfspr   r3, SPR_TIR
        ld      r4, PC_ID(r13)
        cmpd    r3, r4
        beqlr
        lis     r5, vars@h
        ori     r5, r5, vars@l
        lwz     r3, V_WRONG(r5)
        addi    r3, r3, 1
        stw     r3, V_WRONG(r5)
        blr

# External: the user asked for a doorbell; ask the device whom to ring.
on_external:
        mflr    r11
        li      r3, H_GET_TERM_CHAR
        li      r4, 0
        sc      1
        cmpdi   r4, 0
        beq     9f
        rldicl  r3, r5, 8, 56
        addi    r3, r3, -0x30
        bl      ring
9:      mtlr    r11
        blr

on_decrementer:
        lis     r3, 0x7fff
        ori     r3, r3, 0xffff
        mtdec   r3
        blr

# --- data
        .org    0x7000
vars:
hops:           .long 0
turn_word:      .long 0
done:           .long 0
wrong:          .long 0
kept:           .long 0
taken:          .long 0
        .align  4
text_out:       .ascii "out\\n            "
        .align  4
text_unexpected:.ascii "unexpected\\n     "
        .org    PERCPU + THREADS * PERCPU_SIZE
`;
