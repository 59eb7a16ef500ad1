// The guest of book3s-hv-2cores: two vcpus, each a virtual core of its own. They wake each other by H_PROD in turn and
// store into each other's pages; one of them also sleeps by its decrementer.
import { RUNTIME } from './runtime.ts';

/** Turns of each vcpu. */
export const TURNS = 6;

/** Text of the program; checks read the words at `vars` by their labels. */
export const TWO_VCORES = `${RUNTIME}
        .equ    TURNS, ${TURNS}

main:   bl      vars_and_id
        lis     r3, text_hello@h
        ori     r3, r3, text_hello@l
        li      r4, 11
        bl      print
        li      r3, 1
        bl      start_cpu
        b       turns

secondary:
        bl      vars_and_id

# The vcpu whose number is the low bit of 'turn' takes its turn: counts, then prods the other.
turns:  lwz     r3, V_TURN(r14)
        cmpwi   r3, 2 * TURNS
        bge     ended
        andi.   r4, r3, 1
        cmpd    r4, r15
        beq     1f
        lis     r3, 0                         # not ours: idle until a prod, or 2000 ticks
        ori     r3, r3, 2000
        mtdec   r3
        bl      cede
        bl      irq_off
        b       turns
1:      li      r4, 700                       # some work, in which the other goes to sleep
        mtctr   r4
2:      bdnz    2b
        addi    r3, r3, 1
        stw     r3, V_TURN(r14)
        sync
        xori    r3, r15, 1
        bl      prod
        b       turns

ended:  cmpdi   r15, 0
        bne     3f
        lis     r3, text_done@h
        ori     r3, r3, text_done@l
        li      r4, 5
        bl      print
        b       power_off
3:      lis     r3, 0x7fff
        ori     r3, r3, 0xffff
        mtdec   r3
        bl      cede
        b       3b

vars_and_id:
        lis     r14, vars@h
        ori     r14, r14, vars@l
        ld      r15, PC_ID(r13)
        blr

on_doorbell:
on_external:
        blr
on_decrementer:
        lis     r3, 0x7fff
        ori     r3, r3, 0xffff
        mtdec   r3
        blr

# --- data
        .org    0x7000
        .equ    V_TURN, 0
vars:
turn:           .long 0
        .align  4
text_hello:     .ascii "two vcores\\n     "
        .align  4
text_done:      .ascii "done\\n           "
        .align  4
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
