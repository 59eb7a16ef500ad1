import { KERNEL } from '../guest/kernel.ts';
// vcpu 0 enters and removes one entry again and again; vcpu 1 only leaves the guest and comes back.
export const SMT2 = `${KERNEL}
        .equ    H_IPOLL, 0x70
main:   mtspr   272, r13
        li      r3, 1
        bl      start_cpu
        li      r14, 60
1:      li      r3, H_ENTER
        li      r4, 0
        li      r5, 0
        li      r6, HPTE_V_VALID
        li      r7, HPTE_R_M + 2
        sc      1
        mr      r3, r4
        bl      remove
        addi    r14, r14, -1
        cmpdi   r14, 0
        bne     1b
        b       power_off
secondary:
        li      r3, H_IPOLL
        li      r4, 0
        sc      1
        b       secondary
on_external:
        blr
on_protection:
        li      r3, 1
        blr
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
        .org    0x7000
regions:        .quad 0, 0, 0, 0
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
