// All vcpus idle and are woken again and again by their decrementers, each at its own pace; then they work a little.
import { smtGuest } from './smt.ts';

/** Ticks that each vcpu takes at least. */
export const TICKS = 12;

/** Text of the program; PC_TICKS of each vcpu counts its ticks. */
export const DECREMENTER_STORM = smtGuest({
  code: `
        .equ    TICKS, ${TICKS}

boot:   li      r3, THREADS - 1
        bl      start_all
worker: mulli   r31, r15, 24                  # time-base ticks from one to the next
        addi    r31, r31, 60
        mtdec   r31
1:      bl      idle
        mulli   r3, r15, 300                  # long enough for those with less to sleep and wake meanwhile
        addi    r3, r3, 100
        bl      work
        lwz     r3, PC_TICKS(r13)
        cmpwi   r3, TICKS
        blt     1b
        addi    r3, r14, V_DONE
        bl      add_one
        cmpdi   r15, 0
        beq     2f
        lis     r31, 0x7fff
        mtdec   r31
        b       sleep_forever
2:      lwz     r3, V_DONE(r14)
        cmpwi   r3, THREADS
        beq     3f
        bl      idle
        b       2b
3:      address r3, text_storm
        lwz     r4, V_DONE(r14)
        bl      say
        b       power_off
`,
  data: `
        .align  4
text_storm:     .ascii "storm over: ?\\n  "
`,
});
