// What guests do with their interrupt controller: hcalls and RTAS calls, and a handler for 0x500 that asks the
// controller what came. Source: PAPR 7.3.10, 14.5.4.8.

/**
 * Text for programs behind the runtime: `set_xive`, `get_xive`, `int_off`, `int_on`, `ipi`, `ipoll`, `cppr`, `xirr`, `eoi`;
 * `on_external` calls the program's `on_ipi`, or `on_device` with r3 = source. RTAS calls need EE=0: all use one buffer.
 */
export const XICS_SERVICES = `
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

# ipoll: XIRR of server r3, which stays as it is.
ipoll:  mr      r4, r3
        li      r3, H_IPOLL
        sc      1
        mr      r3, r4
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
# get_xive: source r3; returns its server.
get_xive:
        addi    r8, r13, PC_RTAS
        li      r6, RTAS_GET_XIVE
        stw     r6, 0(r8)
        li      r6, 1
        stw     r6, 4(r8)
        li      r6, 3
        stw     r6, 8(r8)
        stw     r3, 12(r8)
        mr      r4, r8
        lis     r3, H_RTAS@h
        ori     r3, r3, H_RTAS@l
        sc      1
        lwz     r3, 20(r8)
        blr
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

# The handler of 0x500: takes what is presented, if it has not gone. The next one is another 0x500.
on_external:
        mflr    r0
        std     r0, 184(r1)
        bl      xirr
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
4:      ld      r0, 184(r1)
        mtlr    r0
        blr
`;
