// Four vcpus that only compute: none leaves the guest by itself. Each looks at the time base between its pieces of work
// and notes for how long it did not run.
import { smtGuest } from './smt.ts';

/** Pieces of work of each vcpu, and the time-base ticks from which on a gap counts; a piece takes about 25. */
export const PIECES = 100;
export const GAP = 150;

/** Text of the program; `gaps`: by vcpu, how often it did not run. */
export const COMPUTING = smtGuest({
  code: `
        .equ    PIECES, ${PIECES}
        .equ    GAP, ${GAP}
        .equ    V_GAPS, 32

boot:   li      r3, THREADS - 1
        bl      start_all
worker: sldi    r19, r15, 2
        add     r19, r19, r14
1:      lwz     r3, V_ONLINE(r14)             # until all are here
        cmpwi   r3, THREADS
        bne     1b
        mftb    r16
2:      li      r3, 190
        bl      work
        mftb    r17
        sub     r18, r17, r16
        mr      r16, r17
        cmpdi   r18, GAP
        blt     3f
        count   V_GAPS, r19
3:      count   PC_WORK
        cmpwi   r3, PIECES
        blt     2b
        bl      barrier
        cmpdi   r15, 0
        bne     sleep_forever
        address r3, text_gaps
        lwz     r4, V_GAPS(r14)
        bl      say
        b       power_off
`,
  data: `
        .align  5
gaps:           .long 0, 0, 0, 0
        .align  4
text_gaps:      .ascii "gaps: ??\\n       "
`,
});
