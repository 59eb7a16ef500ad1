// Four vcpus and two devices behind the guest's interrupt controller. One sends messages, and vcpu 0 routes each to the
// next vcpu; the other holds a level, which its handler masks and vcpu 0 unmasks, as the kernel's threaded handlers do.
import { RUNTIME } from './runtime.ts';
import { THREADS } from './smt.ts';
import { XICS_SERVICES } from './xics-services.ts';

/** How often the guest waits for the level. */
export const LEVELS = 2;

/**
 * Text of the program. Words: `taken`, messages that each vcpu took; `levels`, how often the level came; `polled`, the
 * source that H_IPOLL showed while EE=0; `astray`, routes that ibm,get-xive did not give back.
 */
export const DEVICE_DRIVER = `${RUNTIME}
        .equ    THREADS, ${THREADS}
        .equ    LEVEL_PRIORITY, 6
        .equ    MESSAGE_PRIORITY, 5
        .equ    IPI_PRIORITY, 4
        .equ    ALL, 0xff
        .equ    V_LEVELS, 16
        .equ    V_POLLED, 20
        .equ    V_ASTRAY, 24
        .equ    V_MASKED, 28

main:   bl      here
        li      r3, 0                         # an IPI to itself, seen before it is let in
        li      r4, IPI_PRIORITY
        bl      ipi
        li      r3, 0
        bl      ipoll
        clrldi  r3, r3, 40
        stw     r3, V_POLLED(r14)
        li      r16, 1
1:      mr      r3, r16
        bl      start_cpu
        addi    r16, r16, 1
        cmpdi   r16, THREADS
        blt     1b
        li      r3, IRQ_UART
        li      r4, 0
        li      r5, LEVEL_PRIORITY
        bl      set_xive
        li      r17, -1
        li      r19, -1
        mftb    r18
        addis   r18, r18, 1                   # 65,536 ticks of patience: devices may stay masked
2:      bl      turns
        cmpd    r16, r17
        beq     3f
        mr      r17, r16                      # the next message goes to the next vcpu
        addi    r19, r19, 1
        rldicl  r19, r19, 0, 62
        li      r3, IRQ_TEST
        mr      r4, r19
        li      r5, MESSAGE_PRIORITY
        bl      set_xive
        li      r3, IRQ_TEST
        bl      get_xive
        cmpd    r3, r19
        beq     3f
        lwz     r3, V_ASTRAY(r14)
        addi    r3, r3, 1
        stw     r3, V_ASTRAY(r14)
3:      lwz     r3, V_MASKED(r14)
        cmpwi   r3, 0
        beq     4f
        li      r3, 0
        stw     r3, V_MASKED(r14)
        li      r3, IRQ_UART
        bl      int_on
4:      cmpdi   r21, 0
        beq     5f
        lwz     r3, V_LEVELS(r14)
        cmpwi   r3, ${LEVELS}
        bge     6f
5:      mftb    r3
        cmpd    r3, r18
        bge     6f
        li      r3, 2000
        mtdec   r3
        bl      cede
        bl      irq_off
        b       2b
6:      lis     r3, text_done@h
        ori     r3, r3, text_done@l
        li      r4, 15
        bl      print
        b       power_off

secondary:
        bl      here
7:      bl      cede
        b       7b

# here: r14 = vars; this cpu lets all in.
here:   mflr    r20
        lis     r14, vars@h
        ori     r14, r14, vars@l
        li      r3, ALL
        bl      cppr
        mtlr    r20
        blr
# turns: r16 = messages that all have taken; r21 = 0 while one of them has none.
turns:  li      r16, 0
        li      r21, 1
        li      r3, THREADS
        mtctr   r3
        addi    r4, r14, -4
9:      lwzu    r3, 4(r4)
        add     r16, r16, r3
        cmpwi   r3, 0
        bne     10f
        li      r21, 0
10:     bdnz    9b
        blr

# on_device: a message is counted, and vcpu 0 is told to send the next one elsewhere; a level is masked.
on_device:
        mflr    r0
        std     r0, 200(r1)
        cmpldi  r3, IRQ_TEST
        beq     8f
        bl      int_off
        lwz     r3, V_LEVELS(r14)
        addi    r3, r3, 1
        stw     r3, V_LEVELS(r14)
        li      r3, 1
        stw     r3, V_MASKED(r14)
        b       9f
8:      ld      r5, PC_ID(r13)
        sldi    r5, r5, 2
        lwzx    r3, r14, r5
        addi    r3, r3, 1
        stwx    r3, r14, r5
        cmpdi   r5, 0
        beq     9f
        li      r3, 0
        li      r4, IPI_PRIORITY
        bl      ipi
9:      ld      r0, 200(r1)
        mtlr    r0
        blr
on_ipi: blr
on_doorbell:
        blr
on_decrementer:
        lis     r3, 0x7fff
        ori     r3, r3, 0xffff
        mtdec   r3
        blr
${XICS_SERVICES}
# --- data
        .org    0x7000
vars:
taken:          .long 0, 0, 0, 0
levels:         .long 0
polled:         .long 0
astray:         .long 0
masked:         .long 0
        .align  4
text_done:      .ascii "devices served\\n "
        .align  4
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
