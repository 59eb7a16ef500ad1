// An IPI goes round all vcpus: who has it passes it on to the next; the others idle.
import { smtGuest, THREADS } from './smt.ts';

/** Laps of the ring. */
export const LAPS = 6;

/** Text of the program; `hops` counts the IPIs passed on, PC_IPIS those that each vcpu took. */
export const ipiRing = (threads = THREADS, laps = LAPS): string =>
  smtGuest({
    threads,
    code: `
        .equ    HOPS, ${laps} * THREADS
        .equ    V_HOPS, 32
        .equ    V_TURN, 36                    # whose turn it is

boot:   li      r3, THREADS - 1
        bl      start_all
worker: addi    r16, r15, 1                   # the next one
        cmpwi   r16, THREADS
        bne     1f
        li      r16, 0
1:      lwz     r4, V_TURN(r14)
        lwsync                                # the turn before the count: who has it sees the last hop
        lwz     r3, V_HOPS(r14)
        cmpwi   r3, HOPS
        bge     3f
        cmpd    r4, r15
        beq     2f
        bl      idle
        b       1b
2:      count   V_HOPS, r14
        lwsync
        stw     r16, V_TURN(r14)
        sync
        mr      r3, r16
        bl      ipi
        b       1b
3:      addi    r3, r14, V_DONE
        bl      add_one
        sync
        mr      r3, r16                       # the next one may still sleep
        bl      ipi
        li      r3, 0
        bl      ipi
        cmpdi   r15, 0
        bne     sleep_forever
4:      lwz     r3, V_DONE(r14)
        cmpwi   r3, THREADS
        beq     5f
        bl      idle
        b       4b
5:      address r3, text_hops
        lwz     r4, V_HOPS(r14)
        bl      say
        b       power_off
`,
    data: `
        .align  5
hops:           .long 0
turn:           .long 0
        .align  4
text_hops:      .ascii "hops ??\\n        "
`,
  });

/** The program with four vcpus. */
export const IPI_RING = ipiRing();
