// A small guest that uses the interrupt controller.
import { XICS_SERVICES } from '../../guest/xics-services.ts';
import { NOTES } from './guests.ts';

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
${XICS_SERVICES}
${NOTES}`;
