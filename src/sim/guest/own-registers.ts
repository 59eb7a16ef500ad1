// Four vcpus with values of their own in registers that entry and exit switch. Each computes, leaves by a hypercall now
// and then, sleeps now and then, takes its decrementer, and looks whether its registers are as it left them.
import { smtGuest } from './smt.ts';

/** Rounds of each vcpu. */
export const ROUNDS = 5;

/** Text of the program; PC_WORK counts the rounds of each vcpu, `wrong` the registers that came back changed. */
export const OWN_REGISTERS = smtGuest({
  code: `
        .equ    ROUNDS, ${ROUNDS}
        .equ    SPR_DSCR, 17
        .equ    SPR_AMR, 29
        .equ    SPR_PMC1, 787
        .equ    V_WRONG, 32

boot:   li      r3, THREADS - 1
        bl      start_all
worker: addi    r16, r15, 0x21                # the value of this vcpu
        mtspr   272, r16                      # SPRG0
        mtspr   274, r16
        mtspr   275, r16
        mtspr   SPR_PMC1, r16
        mtspr   SPR_DSCR, r16
        sldi    r17, r16, 56
        mtspr   SPR_AMR, r17
        mfmsr   r3
        ori     r3, r3, 0x2000                # FP
        mtmsrd  r3
        std     r16, PC_TEXT(r13)
        lfd     f14, PC_TEXT(r13)
1:      li      r3, 300
        bl      work
        mulli   r31, r15, 40
        addi    r31, r31, 200
        mtdec   r31
        bl      idle
        bl      check
        address r3, text_dot
        li      r4, 1
        bl      print
        bl      check
        count   PC_WORK
        cmpwi   r3, ROUNDS
        blt     1b
        lis     r31, 0x7fff
        mtdec   r31
        bl      barrier
        cmpdi   r15, 0
        bne     sleep_forever
        address r3, text_wrong
        lwz     r4, V_WRONG(r14)
        bl      say
        b       power_off

# check: each register that is not as this vcpu left it is counted.
        .macro  same reg, value
        cmpd    \\reg, \\value
        beq     9f
        addi    r3, r14, V_WRONG
        bl      add_one
9:
        .endm
check:  mflr    r20
        mfspr   r5, 272
        same    r5, r16
        mfspr   r5, 274
        same    r5, r16
        mfspr   r5, 275
        same    r5, r16
        mfspr   r5, SPR_PMC1
        same    r5, r16
        mfspr   r5, SPR_DSCR
        same    r5, r16
        mfspr   r5, SPR_AMR
        same    r5, r17
        stfd    f14, PC_TEXT(r13)
        ld      r5, PC_TEXT(r13)
        same    r5, r16
        mtlr    r20
        blr
`,
  data: `
        .align  5
wrong:          .long 0
        .align  4
text_dot:       .ascii ".               "
        .align  4
text_wrong:     .ascii "wrong: ?\\n       "
`,
});
