// Three vcpus compute; in the middle vcpu 0 starts the fourth, which has to find its way to them.
import { smtGuest } from './smt.ts';

/** Pieces of work of each vcpu, and the one of vcpu 0 behind which it starts the last vcpu. */
export const PIECES = 24;
export const START_AT = 8;

/** Text of the program; `started` and `joined`: time base when vcpu 3 was started, and when it ran first. */
export const LATE_JOIN = smtGuest({
  code: `
        .equ    PIECES, ${PIECES}
        .equ    START_AT, ${START_AT}
        .equ    V_STARTED, 32
        .equ    V_JOINED, 36

boot:   li      r3, THREADS - 2
        bl      start_all
worker: cmpdi   r15, THREADS - 1
        bne     1f
        mftb    r3
        stw     r3, V_JOINED(r14)
1:      li      r3, 150
        bl      work
        count   PC_WORK
        cmpwi   r3, START_AT
        bne     2f
        cmpdi   r15, 0
        bne     2f
        mftb    r3
        stw     r3, V_STARTED(r14)
        li      r3, THREADS - 1
        bl      start_cpu
2:      lwz     r3, PC_WORK(r13)
        cmpwi   r3, PIECES
        blt     1b
        bl      barrier
        cmpdi   r15, 0
        bne     sleep_forever
        address r3, text_joined
        lwz     r4, V_ONLINE(r14)
        bl      say
        b       power_off
`,
  data: `
        .align  5
started:        .long 0
joined:         .long 0
        .align  4
text_joined:    .ascii "all ? are here\\n "
`,
});
