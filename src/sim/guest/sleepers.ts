// Four vcpus that idle most of the time: each works a little when its decrementer wakes it, so that now and then all of
// them sleep, and the host has its core back.
import { smtGuest } from './smt.ts';

/** Pieces of work of each vcpu. */
export const PIECES = 8;

/** Text of the program; PC_WORK of each vcpu counts its pieces of work. */
export const SLEEPERS = smtGuest({
  code: `
        .equ    PIECES, ${PIECES}
        .equ    NAP, 1200                     # time-base ticks

boot:   li      r3, THREADS - 1
        bl      start_all
worker: li      r16, 0x5a5a                   # values of its own in the registers that a nap may lose
        mulli   r30, r15, 0x111
1:      li      r3, 200
        bl      work
        count   PC_WORK
        cmpwi   r3, PIECES
        bge     3f
        li      r31, NAP
        lwz     r17, PC_TICKS(r13)
        mtdec   r31
2:      bl      idle                          # it may come back for nothing: look
        lwz     r3, PC_TICKS(r13)
        cmpw    r3, r17
        beq     2b
        b       1b
3:      addi    r3, r14, V_DONE
        bl      add_one
        cmpdi   r15, 0
        bne     5f
4:      lwz     r3, V_DONE(r14)
        cmpwi   r3, THREADS
        beq     6f
        bl      idle
        b       4b
5:      lis     r31, 0x7fff
        mtdec   r31
        b       sleep_forever
6:      address r3, text_slept
        lwz     r4, V_DONE(r14)
        bl      say
        b       power_off
`,
  data: `
        .align  4
text_slept:     .ascii "slept: ?\\n       "
`,
});
