// A small guest that uses the interrupt controller: hcalls and RTAS calls, and a handler for 0x500 that asks the
// controller what came. Source: PAPR 7.3.10, 14.5.4.8.
import { NOTES } from './guests.ts';

/** Services: `set_xive`, `int_off`, `int_on`, `ipi`, `cppr`, `xirr`, `eoi`; `on_external` calls `on_ipi` or `on_device`. */
const SERVICES = `
        .equ    H_EOI, 0x64
        .equ    H_CPPR, 0x68
        .equ    H_IPI, 0x6c
        .equ    H_IPOLL, 0x70
        .equ    H_XIRR, 0x74
        .equ    H_XIRR_X, 0x2fc
        .equ    RTAS_SET_XIVE, 0x200a
        .equ    RTAS_GET_XIVE, 0x200b
        .equ    RTAS_INT_OFF, 0x200c
        .equ    RTAS_INT_ON, 0x200d
        .equ    IRQ_UART, 0x1200
        .equ    IRQ_TEST, 0x1300
        .equ    XICS_IPI, 2

# ipi: MFRR of server r3 := r4; 0xff takes it back.
ipi:    mr      r5, r4
        mr      r4, r3
        li      r3, H_IPI
        sc      1
        blr
# cppr: CPPR of this cpu := r3.
cppr:   mr      r4, r3
        li      r3, H_CPPR
        sc      1
        blr
# xirr: accepts what is presented; returns XIRR in r3.
xirr:   li      r3, H_XIRR
        sc      1
        mr      r3, r4
        blr
# eoi: r3 = XIRR as it was accepted.
eoi:    mr      r4, r3
        li      r3, H_EOI
        sc      1
        blr

# set_xive: source r3 to server r4 with priority r5; returns the status.
set_xive:
        addi    r8, r13, PC_RTAS
        li      r6, RTAS_SET_XIVE
        stw     r6, 0(r8)
        li      r6, 3
        stw     r6, 4(r8)
        stw     r4, 16(r8)
        stw     r5, 20(r8)
        b       rtas_source
# int_off, int_on: source r3; returns the status.
int_off:
        li      r6, RTAS_INT_OFF
        b       1f
int_on: li      r6, RTAS_INT_ON
1:      addi    r8, r13, PC_RTAS
        stw     r6, 0(r8)
        li      r6, 1
        stw     r6, 4(r8)
rtas_source:
        li      r6, 1
        stw     r6, 8(r8)
        stw     r3, 12(r8)
        mr      r4, r8
        lis     r3, H_RTAS@h
        ori     r3, r3, H_RTAS@l
        sc      1
        lwz     r6, 4(r8)                     # the status is behind the arguments
        sldi    r6, r6, 2
        addi    r6, r6, 12
        lwax    r3, r8, r6
        blr

# The handler of 0x500: every interrupt that is presented, until none is.
on_external:
        mflr    r0
        std     r0, 184(r1)
1:      bl      xirr
        std     r3, 192(r1)
        clrldi. r3, r3, 40
        beq     4f
        cmpldi  r3, XICS_IPI
        bne     2f
        ld      r3, PC_ID(r13)
        li      r4, 0xff
        bl      ipi
        bl      on_ipi
        b       3f
2:      bl      on_device
3:      ld      r3, 192(r1)
        bl      eoi
        b       1b
4:      ld      r0, 184(r1)
        mtlr    r0
        blr
`;

/**
 * Results: 0, 1: IPIs of vcpu 0 and 1; 2: interrupts of the device. vcpu 0 sends an IPI to itself with EE=0, then one
 * to vcpu 1, then waits for two of the device.
 */
export const XICS_GUEST = `
main:   li      r3, 0xff
        bl      cppr
        li      r3, 0
        li      r4, 4
        bl      ipi
        bl      irq_on                        # here it comes
        li      r3, 1
        bl      start_cpu
1:      bl      irq_off
        bl      value_1
        cmpdi   r3, 0
        bne     2f
        li      r3, 1
        li      r4, 4
        bl      ipi
        li      r3, 200
        mtctr   r3
4:      bdnz    4b
        b       1b
2:      li      r3, IRQ_TEST
        li      r4, 0
        li      r5, 5
        bl      set_xive
        cmpdi   r3, 0
        bne     unexpected
3:      bl      irq_off
        lis     r9, RESULTS@h
        ori     r9, r9, RESULTS@l
        ld      r3, 16(r9)
        cmpdi   r3, 2
        beq     power_off
        bl      cede
        b       3b
secondary:
        li      r3, 0xff
        bl      cppr
5:      bl      cede
        b       5b
value_1:
        lis     r9, RESULTS@h
        ori     r9, r9, RESULTS@l
        ld      r3, 8(r9)
        blr
on_ipi: mflr    r11
        ld      r3, PC_ID(r13)
        bl      count
        mtlr    r11
        blr
on_device:
        mflr    r11
        li      r3, 2
        bl      count
        mtlr    r11
        blr
${SERVICES}
${NOTES}`;
