// A print routine with numbers, for programs that follow the runtime.

/** `say`: uses r3-r9; needs PC_TEXT and `print` of runtime.ts. */
export const SAY = `
# say: prints the 16 characters at r3 up to the new line, each '?' a hexadecimal digit of r4, the last one its lowest.
say:    addi    r9, r13, PC_TEXT
        ld      r7, 0(r3)
        std     r7, 0(r9)
        ld      r7, 8(r3)
        std     r7, 8(r9)
        li      r8, 16
        li      r5, 16
1:      addi    r8, r8, -1
        lbzx    r7, r9, r8
        cmpwi   r7, 10
        bne     2f
        addi    r5, r8, 1
2:      cmpwi   r7, 0x3f
        bne     4f
        clrldi  r6, r4, 60
        srdi    r4, r4, 4
        cmpwi   r6, 10
        addi    r6, r6, 0x30
        blt     3f
        addi    r6, r6, 0x27
3:      stbx    r6, r9, r8
4:      cmpwi   r8, 0
        bne     1b
        mr      r3, r9
        mr      r4, r5
        b       print
`;
