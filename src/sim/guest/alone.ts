// One vcpu that only computes, for two such guests on one core: it looks at the time base between its pieces of work and
// notes the gaps in which it did not run.
import { smtGuest } from './smt.ts';

/** Pieces of work. */
export const PIECES = 400;
/** A gap is at least this many time-base ticks; a piece of work takes about 25. */
export const GAP = 400;

/** Text of the program; `gaps` counts the gaps, `longest` is the longest in time-base ticks. */
export const alone = (letter: string): string =>
  smtGuest({
    threads: 1,
    code: `
        .equ    PIECES, ${PIECES}
        .equ    GAP, ${GAP}
        .equ    V_GAPS, 32
        .equ    V_LONGEST, 36

boot:   mftb    r16
1:      li      r3, 190
        bl      work
        mftb    r17
        sub     r18, r17, r16
        mr      r16, r17
        lwz     r3, V_LONGEST(r14)
        cmpd    r18, r3
        ble     2f
        stw     r18, V_LONGEST(r14)
2:      cmpdi   r18, GAP
        blt     3f
        count   V_GAPS, r14
3:      count   PC_WORK
        cmpwi   r3, PIECES
        blt     1b
        address r3, text_gaps
        lwz     r4, V_GAPS(r14)
        bl      say
        b       power_off
worker: b       worker
`,
    data: `
        .align  5
gaps:           .long 0
longest:        .long 0
        .align  4
text_gaps:      .ascii "${letter} waited ??\\n    "
`,
  });
