// The guest of real-mode-hcalls: enters pages into its hashed page table, uses them, protects, reads and removes some.
import { runtimeWith } from './runtime.ts';

/** Pages that the guest enters, and that it removes again. */
export const PAGES = 16;
export const REMOVED = 8;

const RUNTIME = runtimeWith({ '0x300': 'data_storage' });

/** Starts the siblings, which then compute; vcpu 0 goes on when all of them do. */
const START_SIBLINGS = `
        li      r15, 1
1:      mr      r3, r15
        bl      start_cpu
        addi    r15, r15, 1
        cmpdi   r15, SIBLINGS
        ble     1b
2:      lwz     r3, V_ONLINE(r14)
        cmpwi   r3, SIBLINGS
        bne     2b
`;

/** Text of the program with so many more vcpus; checks read the words at `vars` by their labels. */
export const hptCalls = (siblings: number): string => `${RUNTIME}
        .equ    SIBLINGS, ${siblings}
        .equ    H_REMOVE, 0x04
        .equ    H_ENTER, 0x08
        .equ    H_READ, 0x0c
        .equ    H_PROTECT, 0x18
        .equ    H_BULK_REMOVE, 0x124
        .equ    PAGES, ${PAGES}
        .equ    VSID, 0x100                   # of our segment of 256 MB, at 0x10000000
        .equ    PTEG_MASK, 0x7ff              # the table has 2^18 bytes

# r14 = vars, r15 = page, r16 = errors
main:   lis     r14, vars@h
        ori     r14, r14, vars@l
        li      r16, 0
        lis     r3, text_hello@h
        ori     r3, r3, text_hello@l
        li      r4, 15
        bl      print
${siblings > 0 ? START_SIBLINGS : ''}
        lis     r3, 0x10                      # SLB entry 1: VSID << 12, pages of 4 KB
        lis     r4, 0x1800
        ori     r4, r4, 1                     # ESID 1, V, entry 1
        slbmte  r3, r4

        # Enter: the page at guest address 16.5 MB + 4 KB * n, read and write.
        li      r15, 0
1:      bl      pte_index
        mr      r5, r3
        li      r4, 0
        lis     r6, 0x10                      # AVPN of our VSID
        ori     r6, r6, 1                     # V
        slwi    r7, r15, 12
        oris    r7, r7, 0x0108
        ori     r7, r7, 0x12                  # M, PP = 2
        li      r3, H_ENTER
        sc      1
        bl      count_error
        slwi    r5, r15, 3
        add     r5, r5, r14
        std     r4, V_INDEX(r5)               # the slot that it got
        addi    r15, r15, 1
        cmpdi   r15, PAGES
        blt     1b

        # Use them: with MSR[DR]=1 a store through the segment, then the same place in real mode.
        mfmsr   r8
        ori     r8, r8, 0x10
        mfmsr   r9
        li      r15, 0
2:      slwi    r3, r15, 12
        oris    r4, r3, 0x1000
        oris    r5, r3, 0x0108
        addi    r6, r15, 0x55
        mtmsrd  r8
        isync
        std     r6, 8(r4)
        mtmsrd  r9
        isync
        ld      r7, 8(r5)
        cmpd    r6, r7
        beq     3f
        addi    r16, r16, 1
3:      addi    r15, r15, 1
        cmpdi   r15, PAGES
        blt     2b

        # Read only: a store into page 0 is our own storage interrupt now.
        ld      r5, V_INDEX(r14)
        li      r4, 3
        li      r3, H_PROTECT
        sc      1
        bl      count_error
        lis     r4, 0x1000
        mtmsrd  r8
        isync
        std     r4, 16(r4)
        mtmsrd  r9
        isync

        # Read entry 1 back: R and C are set by our store.
        ld      r5, V_INDEX + 8(r14)
        li      r4, 0
        li      r3, H_READ
        sc      1
        bl      count_error
        andi.   r5, r5, 0x180
        cmpdi   r5, 0x180
        beq     4f
        addi    r16, r16, 1

        # Remove entries 2 to 5 one by one, 6 to 9 at once.
4:      li      r15, 2
5:      slwi    r5, r15, 3
        add     r5, r5, r14
        ld      r5, V_INDEX(r5)
        li      r4, 0
        li      r3, H_REMOVE
        sc      1
        bl      count_error
        addi    r15, r15, 1
        cmpdi   r15, 6
        blt     5b
        lis     r3, 0x4000                    # request, absolute
        sldi    r3, r3, 32
        ld      r4, V_INDEX + 48(r14)
        or      r4, r4, r3
        ld      r6, V_INDEX + 56(r14)
        or      r6, r6, r3
        ld      r8, V_INDEX + 64(r14)
        or      r8, r8, r3
        ld      r10, V_INDEX + 72(r14)
        or      r10, r10, r3
        li      r3, H_BULK_REMOVE
        sc      1
        bl      count_error

        stw     r16, V_ERRORS(r14)
        lis     r3, text_done@h
        ori     r3, r3, text_done@l
        li      r4, 5
        bl      print
        li      r3, 1
        stw     r3, V_FINISHED(r14)
        b       power_off

# r3 := first slot of the primary group of page r15: (VSID xor page) * 8.
pte_index:
        xori    r3, r15, VSID
        andi.   r3, r3, PTEG_MASK
        slwi    r3, r3, 3
        blr

count_error:
        cmpdi   r3, 0
        beqlr
        addi    r16, r16, 1
        blr

# Our storage interrupt: counted, the instruction passed over.
data_storage:
        mtsprg0 r3
        lwz     r3, V_STORAGE(r14)
        addi    r3, r3, 1
        stw     r3, V_STORAGE(r14)
        mfsrr0  r3
        addi    r3, r3, 4
        mtsrr0  r3
        mfsprg0 r3
        rfid

on_doorbell:
on_external:
on_decrementer:
        blr
secondary:
        lis     r4, online@h
        ori     r4, r4, online@l
1:      lwarx   r3, 0, r4
        addi    r3, r3, 1
        stwcx.  r3, 0, r4
        bne-    1b
2:      b       2b

# --- data
        .org    0x7000
        .equ    V_ERRORS, 0
        .equ    V_STORAGE, 4
        .equ    V_FINISHED, 8
        .equ    V_ONLINE, 12
        .equ    V_INDEX, 16
vars:
errors:         .long -1
storage:        .long 0
finished:       .long 0
online:         .long 0
indexes:        .space 8 * PAGES
        .align  4
text_hello:     .ascii "HPT hypercalls\\n "
        .align  4
text_done:      .ascii "done\\n           "
        .align  4
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;

/** The program with one vcpu. */
export const HPT_CALLS = hptCalls(0);
