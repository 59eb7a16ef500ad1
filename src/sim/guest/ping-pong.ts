// Pairs of vcpus take turns: whose turn it is works a little and wakes the other by H_PROD; the other is in H_CEDE.
import { smtGuest, THREADS } from './smt.ts';

/** Turns of each vcpu. */
export const ROUNDS = 20;

/** Text of the program for an even number of vcpus; `turns` are the turns taken of each pair. */
export const pingPong = (threads = THREADS, rounds = ROUNDS): string =>
  smtGuest({
    threads,
    code: `
        .equ    ROUNDS, ${rounds}
        .equ    V_TURNS, 32

boot:   li      r3, THREADS - 1
        bl      start_all
worker: xori    r16, r15, 1                   # the other of the pair
        srdi    r17, r15, 1
        sldi    r17, r17, 2
        add     r17, r17, r14
        clrldi  r18, r15, 63
1:      lwz     r3, V_TURNS(r17)
        cmpwi   r3, 2 * ROUNDS
        bge     3f
        clrldi  r4, r3, 63
        cmpd    r4, r18
        beq     2f
        bl      idle
        b       1b
2:      li      r3, 60
        bl      work
        count   PC_WORK
        lwsync
        count   V_TURNS, r17
        sync
        mr      r3, r16
        bl      prod
        b       1b
3:      addi    r3, r14, V_DONE
        bl      add_one
        sync
        li      r3, 0
        bl      prod
        cmpdi   r15, 0
        bne     sleep_forever
4:      lwz     r3, V_DONE(r14)
        cmpwi   r3, THREADS
        beq     5f
        bl      idle
        b       4b
5:      address r3, text_turns
        lwz     r4, V_TURNS(r14)
        bl      say
        b       power_off
`,
    data: `
        .align  5
turns:          .long 0, 0, 0, 0
        .align  4
text_turns:     .ascii "turns ??\\n       "
`,
  });

/** The program with two pairs. */
export const PING_PONG = pingPong();
