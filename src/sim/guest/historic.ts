// Guests for historic mistakes of the kernel: each does what shows one that others do not meet.
import { KERNEL, PASSIVE } from './kernel.ts';
import { smtGuest } from './smt.ts';

/** Guest real address of the page that TABLE_MISTAKES writes, by its number. */
export const WRITTEN_GFN = 0x200;

/**
 * One vcpu: enters and removes a page that is no memory, writes a page and enters it again, and reads one whose key AMR
 * forbids. Words at `vars`: VALID and ABSENT as H_REMOVE showed them, and the reads that were refused.
 */
export const TABLE_MISTAKES = `${KERNEL}
        .equ    SPR_AMR, 29
main:   address r14, vars
        bl      kernel_pages
        bl      translate
        lis     r3, 0x1010                    # a page that is no memory, entered and removed
        bl      page_of
        lis     r7, 0x4000
        ori     r7, r7, 0x2a
        bl      enter
        ld      r3, PC_SLOT(r13)
        bl      remove
        andi.   r4, r4, 0x21
        stw     r4, 0(r14)
        lis     r15, 0x1000                   # a page of memory, written, removed, and entered again
        std     r15, 0(r15)
        ld      r3, PC_SLOT(r13)
        bl      remove
        ld      r16, 0(r15)
        li      r16, 3                        # AMR: nothing may be loaded or stored with key 24
        sldi    r16, r16, 14
        mtspr   SPR_AMR, r16
        lis     r3, 0x1011
        bl      page_of
        li      r7, 3
        sldi    r7, r7, 60
        oris    r7, r7, 0x20
        ori     r7, r7, 0x1000 + HPTE_R_M + 2
        bl      enter
        lis     r15, 0x1011
        ld      r16, 0(r15)
        lwz     r3, PC_REFUSED(r13)
        stw     r3, 4(r14)
        b       power_off
${PASSIVE}
        .org    0x7000
vars:
shown:          .long 0
refused:        .long 0
        .align  4
regions:        .quad 0x10000000, 0x10000fff, 0x200000, HPTE_R_M + 2
                .quad 0, 0, 0, 0
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;

/** Times that WRITER's page is removed. */
export const REMOVALS = 12;

/** Two vcpus: one writes a page again and again, which it enters on demand; the other removes it. */
export const WRITER = `${KERNEL}
main:   address r14, vars
        bl      kernel_pages
        bl      translate
        li      r3, 1
        bl      start_cpu
        li      r17, ${REMOVALS}
        li      r19, 1
1:      xori    r19, r19, 1                   # in the first slot of its group, or the second
        lis     r3, 0x1000
        bl      page_of
        add     r3, r5, r19
        bl      remove
        cmpdi   r3, 0
        bne     1b
        andi.   r3, r17, 31
        addi    r3, r3, 1
        mtctr   r3
2:      bdnz    2b
        addi    r17, r17, -1
        cmpdi   r17, 0
        bne     1b
        b       power_off
secondary:
        bl      translate
        lis     r15, 0x1000
        li      r17, 0
3:      ld      r3, 0(r15)
        andi.   r3, r17, 15
        sldi    r3, r3, 4
        addi    r3, r3, 1
        mtctr   r3
4:      bdnz    4b
        std     r17, 0(r15)
        addi    r17, r17, 1
        b       3b
on_protection:
        li      r3, 0
        blr
on_external:
        blr
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
        .org    0x7000
vars:           .long 0, 0
        .align  4
regions:        .quad 0x10000000, 0x10000fff, 0x200000, HPTE_R_M + 2
                .quad 0, 0, 0, 0
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;

/** Rounds of VPA_USERS. */
export const VPA_ROUNDS = 6;

/**
 * Four vcpus, each with a virtual processor area: short calls of user space take the core out of the guest again and
 * again. At the end vcpu 0 registers its area no more, and calls once again.
 */
export const VPA_USERS = smtGuest({
  code: `
        .equ    H_REGISTER_VPA, 0xdc
        .equ    AREAS, 0x20000                # 1 KB for each vcpu
boot:   li      r3, THREADS - 1
        bl      start_all
worker: bl      register
        li      r17, ${VPA_ROUNDS}
1:      mulli   r3, r15, 53
        addi    r3, r3, 40
        bl      work
        bl      call_out
        addi    r17, r17, -1
        cmpdi   r17, 0
        bne     1b
        addi    r3, r14, V_DONE
        bl      add_one
        cmpdi   r15, 0
        bne     sleep_forever
2:      lwz     r3, V_DONE(r14)
        cmpwi   r3, THREADS
        bne     2b
        li      r4, 5                         # the area is registered no more
        bl      vpa
        bl      call_out
        bl      call_out
        b       power_off

# register: this vcpu's area, of 1 KB
register:
        mflr    r20
        sldi    r3, r15, 10
        addis   r6, r3, AREAS >> 16
        li      r3, 1024
        sth     r3, 4(r6)
        li      r4, 1
        bl      vpa
        mtlr    r20
        blr
# vpa: r4 = subfunction, r6 = area
vpa:    li      r3, H_REGISTER_VPA
        sldi    r4, r4, 45
        mr      r5, r15
        sc      1
        blr
# call_out: an hcall that is left to user space
call_out:
        mflr    r20
        address r3, text_dot
        li      r4, 1
        bl      print
        mtlr    r20
        blr
`,
  data: `
        .align  4
text_dot:       .ascii ".               "
`,
});

/** One vcpu that enables interrupts only between its pieces of work; `taken` counts the external ones. */
export const EDGES = smtGuest({
  threads: 1,
  code: `
boot:   li      r17, 60
1:      li      r3, 300
        bl      work
        bl      irq_on
        bl      irq_off
        addi    r17, r17, -1
        cmpdi   r17, 0
        bne     1b
        lwz     r3, PC_SPURIOUS(r13)
        stw     r3, 24(r14)
        b       power_off
worker: b       worker
`,
  data: `
taken:          .long 0
`,
});
