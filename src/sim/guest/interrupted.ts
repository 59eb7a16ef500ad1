// Four vcpus that get external interrupts, each in another situation: vcpu 0 computes with MSR[EE]=0 and opens now and
// then, vcpu 1 sleeps in H_CEDE, vcpu 2 is in the host for a hypercall now and then, vcpu 3 computes with EE=1.
import { RUNTIME } from './runtime.ts';
import { THREADS } from './smt.ts';

/** Interrupts that each vcpu waits for. */
export const EXTERNALS = 2;

/** Text of the program; `externals` are the words in which each vcpu counts its interrupts. */
export const INTERRUPTED = `${RUNTIME}
        .equ    THREADS, ${THREADS}
        .equ    EXTERNALS, ${EXTERNALS}
        .equ    V_DONE, 0
        .equ    H_SET_SPRG0, 0x24

main:   li      r16, 1
1:      mr      r3, r16
        bl      start_cpu
        addi    r16, r16, 1
        cmpdi   r16, THREADS
        blt     1b
        bl      here
2:      li      r3, 500
        bl      work
        bl      irq_on                        # the only moment in which it takes an interrupt
        bl      irq_off
        bl      enough
        blt     2b
        bl      finished
3:      li      r3, 100
        bl      work
        bl      irq_on
        bl      irq_off
        lwz     r3, V_DONE(r14)
        cmpwi   r3, THREADS
        bne     3b
        lis     r3, text_done@h
        ori     r3, r3, text_done@l
        li      r4, 12
        bl      print
        b       power_off

secondary:
        bl      here
        cmpdi   r15, 1
        beq     sleeper
        cmpdi   r15, 2
        beq     caller

        bl      irq_on                        # vcpu 3
4:      bl      enough
        blt     4b
        bl      finished
5:      b       5b

sleeper:
        bl      cede
        bl      irq_off
        bl      enough
        blt     sleeper
        bl      finished
6:      bl      cede
        b       6b

caller: li      r3, 3500
        bl      work
        li      r3, H_SET_SPRG0               # goes to user space, which has no such hcall
        sc      1
        bl      irq_on
        bl      irq_off
        bl      enough
        blt     caller
        bl      finished
        bl      irq_on
7:      b       7b

# here: r14 = vars, r15 = our number, r17 = address of our counter.
here:   lis     r14, vars@h
        ori     r14, r14, vars@l
        ld      r15, PC_ID(r13)
        sldi    r17, r15, 2
        add     r17, r17, r14
        addi    r17, r17, 4
        blr
enough: lwz     r3, 0(r17)
        cmpwi   r3, EXTERNALS
        blr
finished:
        addi    r4, r14, V_DONE
8:      lwarx   r3, 0, r4
        addi    r3, r3, 1
        stwcx.  r3, 0, r4
        bne-    8b
        blr
work:   mtctr   r3
9:      bdnz    9b
        blr

# An external interrupt: an edge, which is over when it has been taken.
on_external:
        lis     r4, externals@h
        ori     r4, r4, externals@l
        ld      r5, PC_ID(r13)
        sldi    r5, r5, 2
        lwzx    r3, r4, r5
        addi    r3, r3, 1
        stwx    r3, r4, r5
        blr
on_doorbell:
        blr
on_decrementer:
        lis     r3, 0x7fff
        ori     r3, r3, 0xffff
        mtdec   r3
        blr

# --- data
        .org    0x7000
vars:
done:           .long 0
externals:      .long 0, 0, 0, 0
        .align  4
text_done:      .ascii "all came in\\n    "
        .align  4
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
