// The guest of hpt-large: enters pages of eight segments into a hashed page table of 16 MB, as a kernel does that
// scrambles its VSIDs, and removes every second one. It stays in real mode: the map is the point.
import { RUNTIME } from './runtime.ts';

/** Pages that it enters; page n is in slot n of the table `slots`. */
export const PAGES = 512;
/** Pages of one segment. */
const SEGMENT_PAGES = 64;
/** Guest real address of `slots`: a doubleword for each page. */
export const SLOTS_AT = 0x100000;

/** Text of the program; checks read the words at `vars` by their labels. */
export const HPT_LARGE = `${RUNTIME}
        .equ    H_REMOVE, 0x04
        .equ    H_ENTER, 0x08
        .equ    PAGES, ${PAGES}
        .equ    SEGMENT_BITS, ${Math.log2(SEGMENT_PAGES)}
        .equ    SLOTS_AT, ${SLOTS_AT}
        .equ    PTEG_BITS, 17                 # of a table of 2^24 bytes
        .equ    SCRAMBLE, 0x1b873593          # VSID = number of the segment times this
        .equ    FRAMES, 0x800000              # page p of every segment is the same frame: chains of eight
        .equ    HPTE_V_VALID, 1
        .equ    HPTE_R, 0x12                  # M, PP 2

main:   lis     r14, vars@h
        ori     r14, r14, vars@l
        lis     r15, SLOTS_AT >> 16
        li      r20, 0                        # number of the page
1:      srdi    r8, r20, SEGMENT_BITS
        addi    r8, r8, 1
        lis     r9, SCRAMBLE@h
        ori     r9, r9, SCRAMBLE@l
        mulld   r8, r8, r9
        clrldi  r10, r20, 64 - SEGMENT_BITS
        xor     r5, r8, r10                   # the primary hash
        clrldi  r5, r5, 64 - PTEG_BITS
        sldi    r5, r5, 3
        sldi    r6, r8, 12
        ori     r6, r6, HPTE_V_VALID
        sldi    r7, r10, 12
        oris    r7, r7, FRAMES >> 16
        ori     r7, r7, HPTE_R
        li      r4, 0
        li      r3, H_ENTER
        sc      1
        cmpdi   r3, 0
        bne     2f
        sldi    r5, r20, 3
        stdx    r4, r15, r5
        addi    r20, r20, 1
        stw     r20, V_ENTERED(r14)
        cmpdi   r20, PAGES
        blt     1b
2:      lis     r3, text_entered@h
        ori     r3, r3, text_entered@l
        li      r4, 8
        bl      print

        li      r20, 0
        li      r21, 0
3:      sldi    r5, r20, 3
        ldx     r5, r15, r5
        li      r6, 0
        li      r4, 0
        li      r3, H_REMOVE
        sc      1
        cmpdi   r3, 0
        bne     4f
        addi    r21, r21, 1
        stw     r21, V_REMOVED(r14)
        addi    r20, r20, 2
        cmpdi   r20, PAGES
        blt     3b
4:      lis     r3, text_removed@h
        ori     r3, r3, text_removed@l
        li      r4, 8
        bl      print
        b       power_off

on_doorbell:
on_external:
        blr
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
secondary:
        b       secondary

# --- data
        .org    0x7000
        .equ    V_ENTERED, 0
        .equ    V_REMOVED, 4
vars:
entered:        .long 0
removed:        .long 0
        .align  4
text_entered:   .ascii "entered\\n        "
text_removed:   .ascii "removed\\n        "
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
