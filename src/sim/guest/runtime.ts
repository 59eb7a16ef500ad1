// A small guest runtime: interrupt vectors, hypercalls, console, start of secondaries. 64-bit big-endian, real mode.
// r1 = stack, r13 = the vcpu's own block (PERCPU layout below); interrupts save on the current stack.

/**
 * Text of the runtime. A program that follows it provides `main` (vcpu 0), `secondary` (the others), and the handlers
 * `on_doorbell`, `on_external`, `on_decrementer`; handlers may use r3-r12, CR, LR, CTR.
 */
export const RUNTIME = `
# --- hypercalls and registers
        .equ    H_GET_TERM_CHAR, 0x54
        .equ    H_PUT_TERM_CHAR, 0x58
        .equ    H_CEDE, 0xe0
        .equ    H_PROD, 0xe8
        .equ    H_RTAS, 0xf000
        .equ    RTAS_START_CPU, 0x2005
        .equ    RTAS_POWER_OFF, 0x2006
        .equ    SPR_DPDES, 176
        .equ    SPR_TIR, 446
        .equ    MSR_EE, 0x8000
        .equ    DBELL_SERVER, 0x2800          # TYPE 5 in bits 32:36, upper half of the low word

# --- the vcpu's own block
        .equ    PERCPU, 0x8000
        .equ    PERCPU_SIZE, 0x100
        .equ    PC_ID, 0
        .equ    PC_DOORBELLS, 8
        .equ    PC_TIR_WRONG, 16
        .equ    PC_COMMAND, 24
        .equ    PC_TEXT, 32
        .equ    PC_RTAS, 64
        .equ    STACKS, 0x1000000             # in the second 16 MB page
        .equ    STACK_SIZE, 0x1000

# --- interrupt frame
        .equ    FRAME, 208

        .org    0x100
        b       unexpected
        .org    0x300
        b       unexpected
        .org    0x380
        b       unexpected
        .org    0x400
        b       unexpected
        .org    0x480
        b       unexpected
        .org    0x500
        stdu    r1, -FRAME(r1)
        std     r0, 32(r1)
        std     r12, 128(r1)
        li      r12, 0x500
        b       interrupt
        .org    0x600
        b       unexpected
        .org    0x700
        b       unexpected
        .org    0x900
        stdu    r1, -FRAME(r1)
        std     r0, 32(r1)
        std     r12, 128(r1)
        li      r12, 0x900
        b       interrupt
        .org    0xa00
        stdu    r1, -FRAME(r1)
        std     r0, 32(r1)
        std     r12, 128(r1)
        li      r12, 0xa00
        b       interrupt
        .org    0xc00
        b       unexpected

        .org    0x1000
# Saves what a handler may use, calls it, restores, returns from the interrupt. r12 = vector.
interrupt:
        std     r3, 56(r1)
        std     r4, 64(r1)
        std     r5, 72(r1)
        std     r6, 80(r1)
        std     r7, 88(r1)
        std     r8, 96(r1)
        std     r9, 104(r1)
        std     r10, 112(r1)
        std     r11, 120(r1)
        mflr    r0
        std     r0, 136(r1)
        mfctr   r0
        std     r0, 144(r1)
        mfcr    r0
        std     r0, 152(r1)
        mfxer   r0
        std     r0, 160(r1)
        mfsrr0  r0
        std     r0, 168(r1)
        mfsrr1  r0
        std     r0, 176(r1)
        cmpldi  r12, 0xa00
        beq     1f
        cmpldi  r12, 0x900
        beq     2f
        bl      on_external
        b       3f
1:      bl      on_doorbell
        b       3f
2:      bl      on_decrementer
3:      ld      r0, 176(r1)
        mtsrr1  r0
        ld      r0, 168(r1)
        mtsrr0  r0
        ld      r0, 160(r1)
        mtxer   r0
        ld      r0, 152(r1)
        mtcr    r0
        ld      r0, 144(r1)
        mtctr   r0
        ld      r0, 136(r1)
        mtlr    r0
        ld      r11, 120(r1)
        ld      r10, 112(r1)
        ld      r9, 104(r1)
        ld      r8, 96(r1)
        ld      r7, 88(r1)
        ld      r6, 80(r1)
        ld      r5, 72(r1)
        ld      r4, 64(r1)
        ld      r3, 56(r1)
        ld      r12, 128(r1)
        ld      r0, 32(r1)
        addi    r1, r1, FRAME
        rfid

# Any other interrupt: say so and stop the machine.
unexpected:
        lis     r3, text_unexpected@h
        ori     r3, r3, text_unexpected@l
        li      r4, 11
        bl      print
        b       power_off

# --- start
        .globl  start
start:  li      r3, 0                         # vcpu 0 enters here, the others at start_secondary
start_secondary:                              # r3 = thread number, the argument of start-cpu
        mulli   r4, r3, PERCPU_SIZE
        lis     r13, PERCPU@h
        ori     r13, r13, PERCPU@l
        add     r13, r13, r4
        std     r3, PC_ID(r13)
        addi    r5, r3, 1
        mulli   r5, r5, STACK_SIZE
        lis     r1, STACKS@h
        add     r1, r1, r5
        addi    r1, r1, -64
        lis     r4, 0x7fff                    # no decrementer for a long time
        ori     r4, r4, 0xffff
        mtdec   r4
        cmpdi   r3, 0
        beq     main
        b       secondary

# --- services. All keep r13 and r14-r31.
# print: r3 = address, r4 = length, at most 16.
print:  mr      r8, r3
        li      r3, H_PUT_TERM_CHAR
        mr      r5, r4
        li      r4, 0
        ld      r6, 0(r8)
        ld      r7, 8(r8)
        sc      1
        blr

# cede: until something comes for this vcpu; returns with interrupts enabled.
cede:   li      r3, H_CEDE
        sc      1
        blr

# prod: r3 = vcpu.
prod:   mr      r4, r3
        li      r3, H_PROD
        sc      1
        blr

# ring: r3 = thread of the virtual core that gets a doorbell.
ring:   lis     r4, DBELL_SERVER
        or      r4, r4, r3
        msgsndp r4
        blr

# start_cpu: r3 = vcpu; it enters start_secondary with r3 = its number.
start_cpu:
        addi    r4, r13, PC_RTAS
        lis     r5, RTAS_START_CPU@h
        ori     r5, r5, RTAS_START_CPU@l
        stw     r5, 0(r4)
        li      r5, 3
        stw     r5, 4(r4)
        li      r5, 1
        stw     r5, 8(r4)
        stw     r3, 12(r4)
        lis     r5, start_secondary@h
        ori     r5, r5, start_secondary@l
        stw     r5, 16(r4)
        stw     r3, 20(r4)
        lis     r3, H_RTAS@h
        ori     r3, r3, H_RTAS@l
        sc      1
        blr

power_off:
        addi    r4, r13, PC_RTAS
        li      r5, RTAS_POWER_OFF
        stw     r5, 0(r4)
        li      r5, 0
        stw     r5, 4(r4)
        li      r5, 1
        stw     r5, 8(r4)
        lis     r3, H_RTAS@h
        ori     r3, r3, H_RTAS@l
        sc      1
1:      bl      cede
        b       1b

irq_on: mfmsr   r3
        ori     r3, r3, MSR_EE
        mtmsrd  r3, 1
        blr
irq_off:
        mfmsr   r3
        rldicl  r3, r3, 48, 1
        rotldi  r3, r3, 16
        mtmsrd  r3, 1
        blr
`;

/** The runtime with handlers of the program's own at vectors that it does not expect. */
export function runtimeWith(handlers: Readonly<Record<string, string>>): string {
  return Object.entries(handlers).reduce((text, [vector, label]) => {
    const stub = (target: string) => `.org    ${vector}\n        b       ${target}\n`;
    if (!text.includes(stub('unexpected'))) throw new Error(`runtimeWith: no stub at ${vector}`);
    return text.replace(stub('unexpected'), stub(label));
  }, RUNTIME);
}
