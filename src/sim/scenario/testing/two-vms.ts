// A guest that shares its addresses with a copy of itself in another VM: both keep a value of their own at the same place.

/** Both vcpus store `value` again and again and look whether it is there; the first says so under `letter`. */
export const TWO_OF_THEM = (letter: string, value: number): string => `
        .equ    VALUE, ${value}
main:   li      r3, 1
        bl      start_cpu
        bl      keep
        lis     r14, mine@h
        ori     r14, r14, mine@l
1:      lwz     r3, 4(r14)                    # the second vcpu has finished
        cmpwi   r3, 1
        bne     1b
        lwz     r3, 8(r14)
        cmpwi   r3, 0
        bne     unexpected
        lis     r3, text@h
        ori     r3, r3, text@l
        li      r4, 10
        bl      print
        b       power_off
secondary:
        bl      keep
        li      r3, 1
        stw     r3, 4(r14)
2:      bl      cede
        b       2b
keep:   mflr    r20
        lis     r14, mine@h
        ori     r14, r14, mine@l
        li      r15, 12
3:      li      r3, VALUE
        stw     r3, 0(r14)
        li      r4, 120
        mtctr   r4
4:      bdnz    4b
        lwz     r4, 0(r14)
        cmpw    r3, r4
        beq     5f
        stw     r4, 8(r14)
5:      li      r3, 40
        mtdec   r3
        bl      cede
        bl      irq_off
        addi    r15, r15, -1
        cmpdi   r15, 0
        bne     3b
        mtlr    r20
        blr
on_decrementer:
        lis     r3, 0x7fff
        ori     r3, r3, 0xffff
        mtdec   r3
        blr
        .align  4
text:   .ascii  "${letter} kept it\\n      "
        .align  3
mine:   .long   0, 0, 0, 0
`;
