// The guest of mmio-absent-hpte: a driver with translation on. It maps a serial port and a timer by pages that are no
// memory, prints through the one, waits for the other, and tries every kind of load and store on them.
import { KERNEL, PASSIVE } from './kernel.ts';

/** What the program prints through the serial port. */
export const UART_TEXT = 'printed by MMIO\n';
/** Comparisons of loaded values that the program makes. */
export const FORMS = 9;

/** Text of the program; checks read the words at `vars` by their labels. */
export const MMIO_DRIVER = `${KERNEL}
        .equ    LSR, 5
        .equ    LSR_THRE, 0x20
        .equ    SCR, 7
        .equ    TIME_LOW, 0
        .equ    ALARM_LOW, 8
        .equ    ALARM_HIGH, 12
        .equ    ALARM_STATUS, 24
        .equ    IO, 0x28 + 2                  # I and G: not cached, guarded; PP 2

main:   address r14, vars
        bl      kernel_pages
        bl      translate
        lis     r15, 0x2000                   # three pages of devices in segment 2
        ori     r15, r15, 0x1000              # the serial port
        addi    r16, r15, 0x1000              # the timer
        addi    r17, r15, 0x2000              # nobody

        # Is it there? What is written to the scratch register comes back.
        li      r3, 0
        li      r4, 0x5a
        stb     r4, SCR(r15)
        lbz     r3, SCR(r15)
        cmpwi   r3, 0x5a
        bne     no_device
        ld      r28, PC_SLOT(r13)
        li      r3, 1
        stw     r3, V_FOUND(r14)

        # Print: wait for an empty transmitter, send a byte.
        address r18, text_uart - 1
1:      lbzu    r4, 1(r18)
        cmpwi   r4, 0
        beq     3f
2:      lbz     r3, LSR(r15)
        andi.   r3, r3, LSR_THRE
        beq     2b
        stb     r4, 0(r15)
        b       1b

        # The timer is little-endian: byte reversal. An alarm in 64 ticks.
3:      li      r9, ALARM_HIGH
        li      r3, 0
        stwbrx  r3, r16, r9
        lwbrx   r19, 0, r16
        addi    r19, r19, 64
        li      r9, ALARM_LOW
        stwbrx  r19, r16, r9
        li      r9, ALARM_STATUS
4:      lwbrx   r3, r16, r9
        cmpwi   r3, 0
        bne     4b
        lwbrx   r3, 0, r16
        cmplw   r3, r19
        blt     wrong
        li      r3, 1
        stw     r3, V_ALARMS(r14)

        # MCR 0, LSR 0x60, MSR 0xb0, SCR 0x5a: in one access, as its kind of load sees them.
        li      r27, 0
        addi    r20, r15, 4
        lwz     r3, 0(r20)
        lis     r4, 0x60
        ori     r4, r4, 0xb05a
        bl      compare
        lha     r3, 2(r20)                    # sign extension
        lis     r4, -1
        ori     r4, r4, 0xb05a
        bl      compare
        li      r9, 2
        lhbrx   r3, r20, r9                   # byte reversal
        li      r4, 0x5ab0
        bl      compare
        lbzu    r3, 3(r20)                    # update
        li      r4, 0x5a
        bl      compare
        addi    r4, r15, SCR
        mr      r3, r20
        bl      compare
        mfmsr   r3
        ori     r3, r3, 0x2000
        mtmsrd  r3
        lfs     f14, -3(r20)                  # floating point, single format
        stfs    f14, V_SCRATCH(r14)
        lwz     r3, V_SCRATCH(r14)
        lis     r4, 0x60
        ori     r4, r4, 0xb05a
        bl      compare
        li      r9, 4
        lfiwzx  f15, r15, r9                  # and an integer
        stfd    f15, V_SCRATCH(r14)
        ld      r3, V_SCRATCH(r14)
        bl      compare
        # Where no device is: a store is dropped, a load gets ones.
        stw     r3, 0(r17)
        lwa     r3, 0(r17)
        li      r4, -1
        bl      compare
        lfd     f16, 0(r17)
        stfd    f16, V_SCRATCH(r14)
        ld      r3, V_SCRATCH(r14)
        bl      compare

        # The entry of a device goes without any invalidation.
        mr      r3, r28
        bl      remove
        cmpdi   r3, 0
        bne     wrong
        address r3, text_done
        bl      say
        b       power_off

# compare: r3 and r4 must be the same; counted.
compare:
        cmpd    r3, r4
        bne     wrong
        addi    r27, r27, 1
        stw     r27, V_FORMS(r14)
        blr

no_device:
        address r3, text_none
        bl      say
        b       power_off
wrong:  lwz     r3, V_WRONG(r14)
        addi    r3, r3, 1
        stw     r3, V_WRONG(r14)
        address r3, text_wrong
        bl      say
        b       power_off

${PASSIVE}
# --- data
        .org    0x7000
        .equ    V_FOUND, 0
        .equ    V_ALARMS, 4
        .equ    V_FORMS, 8
        .equ    V_WRONG, 12
        .equ    V_SCRATCH, 16
vars:
found:          .long 0
alarms:         .long 0
forms:          .long 0
wrong_values:   .long 0
scratch:        .quad 0
        .align  4
regions:        .quad 0x20001000, 0x20004000, 0x80001000, IO
                .quad 0, 0, 0, 0
text_none:      .ascii "no device\\n      "
text_done:      .ascii "driver done\\n    "
text_wrong:     .ascii "wrong\\n          "
text_unexpected:.ascii "unexpected\\n     "
text_uart:      .ascii ${JSON.stringify(UART_TEXT)}
                .byte 0
        .org    0x8400
`;
