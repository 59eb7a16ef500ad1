// The guest of book3s-hv: a small operating system of one vcpu. Its decrementer, system calls, segment and storage
// interrupts are its own; a user program runs in problem state with translation on; its registers are its own, too.
import { runtimeWith } from './runtime.ts';

const RUNTIME = runtimeWith({
  '0x300': 'data_storage',
  '0x380': 'data_segment',
  '0x480': 'inst_segment',
  '0x700': 'program',
  '0xc00': 'system_call',
});

/** Text of the program; checks read the words at `vars` by their labels. */
export const OWN_INTERRUPTS = `${RUNTIME}
        .equ    SPR_DSCR, 17
        .equ    SPR_AMR, 29
        .equ    SPR_CTRL, 152
        .equ    SPR_PMC1, 787
        .equ    SPR_MMCR0, 795
        .equ    MSR_USER, 0xf030              # EE PR FP ME IR DR
        .equ    SYS_WRITE, 0
        .equ    SYS_EXIT, 1
        .equ    PC_SRR0, 128                  # of the system call that is being served
        .equ    PC_SRR1, 136
        .equ    PC_LR, 144

main:   lis     r14, vars@h
        ori     r14, r14, vars@l
        lis     r3, text_hello@h
        ori     r3, r3, text_hello@l
        li      r4, 16
        bl      print

        # Registers that nobody else may see or change.
        bl      own_registers

        # The decrementer: 0x900 goes straight to this guest.
        li      r3, 100
        mtdec   r3
        bl      irq_on
1:      lwz     r3, V_DEC(r14)
        cmpwi   r3, 1
        blt     1b
        bl      irq_off

        # An illegal instruction: 0xE40 goes to the hypervisor, which gives us 0x700.
        .long   0

        # Idle until the decrementer: the host sleeps, and its timer stands in for DEC.
        li      r3, 3000
        mtdec   r3
        bl      cede
        bl      irq_off

        # The user program; it comes back by a system call.
        lwz     r15, V_DEC(r14)
        li      r3, 300
        mtdec   r3
        lis     r3, user@h
        ori     r3, r3, user@l
        mtsrr0  r3
        mfmsr   r3
        ori     r3, r3, MSR_USER
        mtsrr1  r3
        rfid

back:   lis     r14, vars@h                   # in supervisor state again
        ori     r14, r14, vars@l
        # Compute until the host has taken the cpu away once or twice: HDEC.
        lis     r3, 0
        ori     r3, r3, 30000
        mtctr   r3
2:      bdnz    2b

        bl      check_registers
        lis     r3, text_done@h
        ori     r3, r3, text_done@l
        li      r4, 5
        bl      print
        b       power_off

# --- registers of our own
own_registers:
        li      r3, 0x111
        mtsprg0 r3
        li      r3, 0x122
        mtspr   273, r3
        li      r3, 0x133
        mtspr   274, r3
        li      r3, 0x144
        mtspr   275, r3
        li      r3, 5
        mtspr   SPR_DSCR, r3
        lis     r3, 0x3000
        mtspr   SPR_AMR, r3
        li      r3, 0
        mtspr   SPR_CTRL, r3
        li      r3, 77
        mtspr   SPR_PMC1, r3
        li      r3, 0x155
        mtdar   r3
        mfmsr   r3
        ori     r3, r3, 0x2000
        mtmsrd  r3
        lis     r3, text_hello@h
        ori     r3, r3, text_hello@l
        lfd     f14, 0(r3)
        blr

# Counts in V_WRONG what is not as own_registers left it.
check_registers:
        mfmsr   r3
        ori     r3, r3, 0x2000                # FP
        mtmsrd  r3
        li      r10, 0
        mfspr   r4, 272
        cmpdi   r4, 0x111
        beq     1f
        addi    r10, r10, 1
1:      mfspr   r4, 274
        cmpdi   r4, 0x133
        beq     1f
        addi    r10, r10, 1
1:      mfspr   r4, 275
        cmpdi   r4, 0x144
        beq     1f
        addi    r10, r10, 1
1:      mfspr   r4, SPR_DSCR
        cmpdi   r4, 5
        beq     1f
        addi    r10, r10, 1
1:      mfspr   r4, SPR_AMR
        lis     r5, 0x3000
        cmpd    r4, r5
        beq     1f
        addi    r10, r10, 1
1:      mfspr   r4, SPR_PMC1
        cmpdi   r4, 77
        beq     1f
        addi    r10, r10, 1
1:      lis     r5, text_hello@h
        ori     r5, r5, text_hello@l
        ld      r5, 0(r5)
        stfd    f14, PC_TEXT(r13)
        ld      r4, PC_TEXT(r13)
        cmpd    r4, r5
        beq     1f
        addi    r10, r10, 1
1:      stw     r10, V_WRONG(r14)
        li      r10, 1
        stw     r10, V_CHECKED(r14)
        blr

# --- handlers
on_doorbell:
on_external:
        blr

on_decrementer:
        lis     r3, 0x7fff
        ori     r3, r3, 0xffff
        mtdec   r3
        lis     r4, vars@h
        ori     r4, r4, vars@l
        lwz     r3, V_DEC(r4)
        addi    r3, r3, 1
        stw     r3, V_DEC(r4)
        blr

# System call: r0 = number, r3 and r4 = arguments; keeps r13-r31 and LR.
system_call:
        mfsrr0  r11
        mfsrr1  r12
        std     r11, PC_SRR0(r13)
        std     r12, PC_SRR1(r13)
        mflr    r10
        std     r10, PC_LR(r13)
        lis     r9, vars@h
        ori     r9, r9, vars@l
        lwz     r10, V_CALLS(r9)
        addi    r10, r10, 1
        stw     r10, V_CALLS(r9)
        cmpwi   r0, SYS_EXIT
        beq     back
        cmpwi   r0, SYS_WRITE
        bne     1f
        bl      print                         # an sc 1 of our own: SRR0/1 are lost
1:      ld      r10, PC_LR(r13)
        mtlr    r10
        ld      r11, PC_SRR0(r13)
        ld      r12, PC_SRR1(r13)
        mtsrr0  r11
        mtsrr1  r12
        rfid

# No segment: the one of the missing address gets the VSID of our real memory, 16 MB pages, 1 TB.
inst_segment:
        mtspr   273, r3
        mfsrr0  r3
        b       1f
data_segment:
        mtspr   273, r3
        mfdar   r3
1:      std     r4, PC_TEXT(r13)
        std     r5, PC_TEXT + 8(r13)
        lis     r5, vars@h
        ori     r5, r5, vars@l
        lwz     r4, V_SEGMENTS(r5)
        addi    r4, r4, 1
        stw     r4, V_SEGMENTS(r5)
        srdi    r3, r3, 40                    # ESID of 1 TB
        mr      r4, r3
        sldi    r3, r3, 40
        oris    r3, r3, 0x0800                # V
        or      r3, r3, r4                    # entry = ESID
        lis     r4, 0x4001
        ori     r4, r4, 0xffff
        sldi    r4, r4, 32
        oris    r4, r4, 0xff00
        ori     r4, r4, 0x100
        slbmte  r4, r3
        ld      r5, PC_TEXT + 8(r13)
        ld      r4, PC_TEXT(r13)
        mfspr   r3, 273
        rfid

# Nothing is mapped there, or an instruction that does not exist: counted, and passed over.
data_storage:
        mtspr   273, r3
        li      r3, V_STORAGE
        b       1f
program:
        mtspr   273, r3
        li      r3, V_PROGRAM
1:      std     r4, PC_TEXT(r13)
        std     r5, PC_TEXT + 8(r13)
        lis     r5, vars@h
        ori     r5, r5, vars@l
        lwzx    r4, r5, r3
        addi    r4, r4, 1
        stwx    r4, r5, r3
        mfsrr0  r3
        addi    r3, r3, 4
        mtsrr0  r3
        ld      r5, PC_TEXT + 8(r13)
        ld      r4, PC_TEXT(r13)
        mfspr   r3, 273
        rfid

secondary:
        b       secondary

# --- the user program: problem state, translation on
        .org    0x6000
user:   lis     r14, vars@h
        ori     r14, r14, vars@l
        li      r0, SYS_WRITE
        lis     r3, text_user@h
        ori     r3, r3, text_user@l
        li      r4, 15
        sc
1:      lwz     r3, V_DEC(r14)                # the decrementer comes in problem state, too
        cmpw    r3, r15
        beq     1b
        li      r0, 2                         # sc 1 is no hypercall here: a system call of number 2
        sc      1
        li      r5, 1                         # the same memory in a second segment
        sldi    r5, r5, 40
        or      r5, r5, r14
        lwz     r3, V_DEC(r5)
        lis     r5, 0x1000                    # nothing is mapped at 256 MB
        lwz     r3, 0(r5)
        li      r0, SYS_EXIT
        sc

# --- data
        .org    0x7000
        .equ    V_DEC, 0
        .equ    V_CALLS, 4
        .equ    V_SEGMENTS, 8
        .equ    V_STORAGE, 12
        .equ    V_PROGRAM, 16
        .equ    V_WRONG, 20
        .equ    V_CHECKED, 24
vars:
decrementers:   .long 0
calls:          .long 0
segments:       .long 0
storage:        .long 0
programs:       .long 0
wrong:          .long 0
checked:        .long 0
        .align  4
text_hello:     .ascii "POWER7 guest up\\n"
        .align  4
text_user:      .ascii "user state, sc\\n "
        .align  4
text_done:      .ascii "done\\n           "
        .align  4
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
