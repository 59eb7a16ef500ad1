// A guest that means harm: it asks for real memory beyond its own, for slots beyond its table, for page sizes that do not
// exist, with every flag set, and then reads what it got.
import { KERNEL, PASSIVE } from './kernel.ts';

/** Answers that the program counts, in the order of the words at `answers`. */
export const ANSWERS = ['success', 'parameter', 'not_found', 'full', 'other'] as const;

/** Text of the program; tests read the words at `vars` by their labels. */
export const HOSTILE = `${KERNEL}
        .equ    CALLS, 7
        .equ    FLAGS, 5
        .equ    INDEXES, 6
        .equ    HIGHS, 6
        .equ    LOWS, 14
        .equ    ATTACK, 0x20000000            # where it tries to read what it entered

main:   address r14, vars
        bl      kernel_pages
        bl      translate
        li      r20, 0                        # hcall, flags, index, doublewords 0 and 1: all with all
1:      li      r21, 0
2:      li      r22, 0
3:      li      r23, 0
4:      li      r24, 0
5:      bl      attack
        addi    r24, r24, 1
        cmpdi   r24, LOWS
        blt     5b
        addi    r23, r23, 1
        cmpdi   r23, HIGHS
        blt     4b
        addi    r22, r22, 1
        cmpdi   r22, INDEXES
        blt     3b
        addi    r21, r21, 1
        cmpdi   r21, FLAGS
        blt     2b
        addi    r20, r20, 1
        cmpdi   r20, CALLS
        blt     1b

        # Pages beyond its memory, entered as a driver would, and read.
        li      r20, 0
6:      address r25, lows
        sldi    r5, r20, 3
        ldx     r4, r25, r5
        lis     r3, ATTACK >> 16
        sldi    r5, r20, 12
        add     r3, r3, r5
        mr      r26, r3
        bl      map
        bl      count_answer
        li      r5, 0
        ld      r5, 0(r26)
        cmpdi   r5, -1                        # a device that is not there reads all ones
        beq     7f
        lwz     r6, V_READ(r14)
        or      r6, r6, r5                    # anything else that is not 0 shows
        srdi    r5, r5, 32
        or      r6, r6, r5
        stw     r6, V_READ(r14)
7:      addi    r20, r20, 1
        cmpdi   r20, LOWS
        blt     6b
        address r3, text_done
        li      r4, 0
        bl      say
        b       power_off

# attack: one hcall with the chosen values.
attack: mflr    r19
        address r25, calls
        sldi    r5, r20, 3
        ldx     r3, r25, r5
        address r25, flags
        sldi    r5, r21, 3
        ldx     r4, r25, r5
        address r25, highs
        sldi    r5, r23, 3
        ldx     r6, r25, r5
        address r25, lows
        sldi    r5, r24, 3
        ldx     r7, r25, r5
        address r25, indexes
        sldi    r5, r22, 3
        ldx     r5, r25, r5
        li      r8, -1
        li      r9, -1
        li      r10, -1
        li      r11, -1
        sc      1
        bl      count_answer
        mtlr    r19
        blr

# count_answer: one more of the answer r3.
count_answer:
        li      r5, V_SUCCESS
        cmpdi   r3, 0
        beq     1f
        li      r5, V_PARAMETER
        cmpdi   r3, -4
        beq     1f
        li      r5, V_NOT_FOUND
        cmpdi   r3, -7
        beq     1f
        li      r5, V_FULL
        cmpdi   r3, H_PTEG_FULL
        beq     1f
        li      r5, V_OTHER
1:      lwzx    r6, r14, r5
        addi    r6, r6, 1
        stwx    r6, r14, r5
        blr

${PASSIVE}
# --- data
        .org    0x7000
        .equ    V_SUCCESS, 0
        .equ    V_PARAMETER, 4
        .equ    V_NOT_FOUND, 8
        .equ    V_FULL, 12
        .equ    V_OTHER, 16
        .equ    V_READ, 20
vars:
answers:        .long 0, 0, 0, 0, 0
read:           .long 0
        .align  4
regions:        .quad 0, 0, 0, 0
calls:          .quad H_ENTER, H_PROTECT, H_CLEAR_REF, H_CLEAR_MOD, H_READ, H_REMOVE, H_BULK_REMOVE
flags:          .quad 0, 0x8000000000, 0x80000000, 0x2040000000, -1
indexes:        .quad 0x1230, 0x1237, 0x4000, 0xffffffff, 1 << 63, -1
highs:          .quad 0, 1, 5, 0x1234567890003f85, 0xc000000000000fff, -1
lows:           .quad 0, 0x2000000, 0x2fff000, 0x3000000, 0x1000000000, 0x0ffffffffffff000, -1
                .quad 0x100000192, 0x140000192, 0x7fff0192, 0x1001000, 0x1f38000, 0x3000, 0x8000000000000193
text_done:      .ascii "held\\n           "
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
