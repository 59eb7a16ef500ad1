// The guest of virt-doorbell: four vcpus in one virtual core. A doorbell goes round them, vcpu 0 reads DPDES while the
// others are in every state, a masked vcpu keeps, coalesces and clears its doorbell.
import { RUNTIME } from './runtime.ts';

/** Laps of the ring. */
export const LAPS = 3;

/** Text of the program; symbols `ring_count`, `ring_target`, `reads` and the PERCPU blocks are read by checks. */
export const DOORBELL_RING = `${RUNTIME}
        .equ    THREADS, 4
        .equ    LAPS, ${LAPS}
        .equ    CMD_NONE, 0
        .equ    CMD_MASK, 1                   # spin with EE=0 until told otherwise
        .equ    CMD_CLEAR, 2                  # msgclrp, then go on
        .equ    CMD_OPEN, 3                   # enable interrupts, then go on
        .equ    CMD_ACK, 16

# --- vcpu 0
main:   lis     r14, vars@h
        ori     r14, r14, vars@l
        lis     r3, text_hello@h
        ori     r3, r3, text_hello@l
        li      r4, 15
        bl      print

        # A doorbell for a vcpu that has never run; it must still be there when it starts.
        li      r3, 3
        bl      ring
        bl      read_dpdes

        li      r15, 1
1:      mr      r3, r15
        bl      start_cpu
        addi    r15, r15, 1
        cmpdi   r15, THREADS
        blt     1b
2:      lwz     r3, V_ONLINE(r14)             # wait for the check-ins; each one prods us
        cmpwi   r3, THREADS - 1
        beq     3f
        bl      cede
        b       2b

        # The ring: whoever has the token passes it on from its doorbell handler.
3:      li      r3, 1
        stw     r3, V_NEXT(r14)
        li      r3, THREADS * LAPS
        stw     r3, V_TARGET(r14)
        bl      ring_first
4:      lwz     r3, V_COUNT(r14)
        cmpwi   r3, THREADS * LAPS
        bge     5f
        bl      read_dpdes
        lwz     r3, V_COUNT(r14)
        cmpwi   r3, THREADS * LAPS
        bge     5f
        bl      cede                          # a doorbell, or the prod of the last one, ends it
        b       4b

        # A masked vcpu: the doorbell stays pending, the second one coalesces, then it is taken.
5:      bl      irq_off
        li      r3, CMD_MASK
        bl      tell_2
        li      r3, 2
        bl      ring
        bl      read_dpdes
        li      r3, 2
        bl      ring
        bl      read_dpdes
        li      r3, CMD_OPEN
        bl      tell_2
        # Once more, and now it clears the doorbell itself.
        li      r3, CMD_MASK
        bl      tell_2
        li      r3, 2
        bl      ring
        bl      read_dpdes
        li      r3, CMD_CLEAR
        bl      tell_2
        bl      read_dpdes
        li      r3, CMD_OPEN
        bl      tell_2
        # To itself, masked: pending until interrupts are on.
        li      r3, 0
        bl      ring
        bl      read_dpdes
        bl      irq_on

        lis     r3, text_done@h
        ori     r3, r3, text_done@l
        li      r4, 5
        bl      print
        bl      power_off

ring_first:
        mflr    r16
        li      r3, 1
        bl      ring
        bl      irq_on
        mtlr    r16
        blr

# read_dpdes: reads DPDES of the virtual core and prints it as 'DPDES n'.
read_dpdes:
        mflr    r16
        mfspr   r3, SPR_DPDES
        lwz     r4, V_READS(r14)
        addi    r4, r4, 1
        stw     r4, V_READS(r14)
        lis     r4, text_digits@h
        ori     r4, r4, text_digits@l
        lbzx    r3, r4, r3
        lis     r5, text_dpdes@h
        ori     r5, r5, text_dpdes@l
        stb     r3, 6(r5)
        mr      r3, r5
        li      r4, 8
        bl      print
        mtlr    r16
        blr

# tell_2: gives vcpu 2 a command (r3) and waits until it has acknowledged it.
tell_2: mflr    r16
        lis     r17, PERCPU@h
        ori     r17, r17, PERCPU@l
        addi    r17, r17, 2 * PERCPU_SIZE
        addi    r18, r3, CMD_ACK
        stw     r3, PC_COMMAND(r17)
        sync
        li      r3, 2
        bl      prod
1:      lwz     r3, PC_COMMAND(r17)
        cmpw    r3, r18
        bne     1b
        mtlr    r16
        blr

# --- the other vcpus
secondary:
        lis     r14, vars@h
        ori     r14, r14, vars@l
        addi    r5, r14, V_ONLINE
1:      lwarx   r4, 0, r5
        addi    r4, r4, 1
        stwcx.  r4, 0, r5
        bne-    1b
        bl      irq_on
        li      r3, 0
        bl      prod
idle:   ld      r3, PC_ID(r13)                # vcpu 2 works between its sleeps, the others only sleep
        cmpdi   r3, 2
        bne     2f
        li      r3, 60
        mtctr   r3
1:      bdnz    1b
        lwz     r3, PC_COMMAND(r13)
        cmpwi   r3, CMD_NONE
        beq     2f
        cmpwi   r3, CMD_ACK
        blt     command
2:      bl      cede
        b       idle

# Commands of vcpu 0, with interrupts off so that the doorbell stays pending.
command:
        bl      irq_off
3:      lwz     r4, PC_COMMAND(r13)
        cmpwi   r4, CMD_ACK
        bge     3b                            # acknowledged: spin until the next command
        cmpwi   r4, CMD_CLEAR
        bne     4f
        lis     r5, DBELL_SERVER
        msgclrp r5
4:      cmpwi   r4, CMD_OPEN
        bne     5f
        bl      irq_on
5:      addi    r5, r4, CMD_ACK
        sync
        stw     r5, PC_COMMAND(r13)
        cmpwi   r4, CMD_OPEN
        beq     idle
        b       3b

# --- interrupt handlers
# Doorbell: TIR must be our number; count; print; pass the token on if it is for us.
on_doorbell:
        mflr    r11
        ld      r3, PC_DOORBELLS(r13)
        addi    r3, r3, 1
        std     r3, PC_DOORBELLS(r13)
        ld      r4, PC_ID(r13)
        mfspr   r5, SPR_TIR
        cmpd    r5, r4
        beq     1f
        ld      r6, PC_TIR_WRONG(r13)
        addi    r6, r6, 1
        std     r6, PC_TIR_WRONG(r13)
1:      addi    r9, r13, PC_TEXT              # 'v1 tir 1 #03'
        lis     r6, text_line@h
        ori     r6, r6, text_line@l
        ld      r7, 0(r6)
        std     r7, 0(r9)
        ld      r7, 8(r6)
        std     r7, 8(r9)
        addi    r6, r4, 0x30
        stb     r6, 1(r9)
        addi    r6, r5, 0x30
        stb     r6, 7(r9)
        li      r7, 10
        divdu   r6, r3, r7
        mulld   r7, r6, r7
        subf    r7, r7, r3
        addi    r6, r6, 0x30
        stb     r6, 10(r9)
        addi    r7, r7, 0x30
        stb     r7, 11(r9)
        mr      r3, r9
        li      r4, 13
        bl      print
        lis     r9, vars@h
        ori     r9, r9, vars@l
        ld      r4, PC_ID(r13)
        lwz     r3, V_NEXT(r9)
        cmpw    r3, r4
        bne     3f
        lwz     r5, V_TARGET(r9)
        lwz     r3, V_COUNT(r9)
        cmpw    r3, r5
        bge     3f
        addi    r3, r3, 1
        stw     r3, V_COUNT(r9)
        addi    r4, r4, 1
        andi.   r4, r4, THREADS - 1
        stw     r4, V_NEXT(r9)
        sync
        cmpw    r3, r5
        bge     2f
        mr      r3, r4
        bl      ring
        b       3f
2:      li      r3, 0                         # the last one: vcpu 0 may be asleep
        bl      prod
3:      mtlr    r11
        blr

# External: the user asked for a doorbell; ask the device whom to ring.
on_external:
        mflr    r11
        li      r3, H_GET_TERM_CHAR
        li      r4, 0
        sc      1
        cmpdi   r4, 0
        beq     1f
        rldicl  r3, r5, 8, 56
        addi    r3, r3, -0x30
        bl      ring
1:      mtlr    r11
        blr

on_decrementer:
        lis     r3, 0x7fff
        ori     r3, r3, 0xffff
        mtdec   r3
        blr

# --- data
        .org    0x7000
        .equ    V_ONLINE, 0
        .equ    V_NEXT, 4
        .equ    V_TARGET, 8
        .equ    V_COUNT, 12
        .equ    V_READS, 16
vars:
online:         .long 0
ring_next:      .long -1
ring_target:    .long 0
ring_count:     .long 0
reads:          .long 0
        .align  4
text_hello:     .ascii "vcore: 4 vcpus\\n "
        .align  4
text_dpdes:     .ascii "DPDES ?\\n        "
        .align  4
text_line:      .ascii "v? tir ? #??\\n   "
        .align  4
text_done:      .ascii "done\\n           "
        .align  4
text_unexpected:.ascii "unexpected\\n     "
        .align  4
text_digits:    .ascii "0123456789abcdef"
        .org    0x8400
`;
