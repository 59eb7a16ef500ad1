// One vcpu never stops; the other three sleep in H_CEDE and wake by their decrementers now and then.
import { smtGuest } from './smt.ts';

/** Times that each sleeper wakes. */
export const WAKES = 6;

/** Text of the program; `spins` counts the looks of vcpu 0, PC_TICKS the wake-ups of the others. */
export const ONE_SPINS = smtGuest({
  code: `
        .equ    WAKES, ${WAKES}
        .equ    V_SPINS, 32

boot:   li      r3, THREADS - 1
        bl      start_all
1:      count   V_SPINS, r14
        lwz     r3, V_DONE(r14)
        cmpwi   r3, THREADS - 1
        bne     1b
        address r3, text_spins
        lwz     r4, V_DONE(r14)
        bl      say
        b       power_off

worker: mulli   r31, r15, 130
        addi    r31, r31, 300
        mtdec   r31
2:      bl      idle
        lwz     r3, PC_TICKS(r13)
        cmpwi   r3, WAKES
        blt     2b
        lis     r31, 0x7fff
        mtdec   r31
        addi    r3, r14, V_DONE
        bl      add_one
        b       sleep_forever
`,
  data: `
        .align  5
spins:          .long 0
        .align  4
text_spins:     .ascii "slept well: ?\\n  "
`,
});
