// Small guests that reach what the scenarios' guest does not: refused hcalls, illegal instructions, crashes of the
// virtual machine, interrupts at odd moments. Each is the program text that follows the runtime (testing/make.ts).
import { vmOf } from '../../kvm/context.ts';
import { guestReal } from '../../kvm/memslot.ts';
import type { Loaded, Monitor } from '../index.ts';

/** Guest address of the results that a program leaves, one doubleword each. */
const RESULTS = 0x7100;

/** `result`: stores r3 as the next result; `count`: adds one to result r3. */
export const NOTES = `
        .equ    RESULTS, ${RESULTS}
result: lis     r9, next@h
        ori     r9, r9, next@l
        ld      r10, 0(r9)
        std     r3, 0(r10)
        addi    r10, r10, 8
        std     r10, 0(r9)
        blr
count:  lis     r9, RESULTS@h
        ori     r9, r9, RESULTS@l
        sldi    r10, r3, 3
        add     r9, r9, r10
        ld      r10, 0(r9)
        addi    r10, r10, 1
        std     r10, 0(r9)
        blr
        .align  3
next:   .quad   RESULTS
`;

/** Result number `n` of a small guest. */
export function resultOf({ machine }: Loaded<Monitor>, n: number): bigint {
  const real = guestReal(vmOf(machine.k, 0), BigInt(RESULTS + 8 * n), 8);
  return machine.hw.arena.read64(real);
}

/** No row of the instruction table matches a word of zeroes. */
export const ILLEGAL = 'main:   .long 0\n';

/** A branch to 64 MB, of which the guest has 32. */
export const FETCH_OUTSIDE = 'main: lis r3, 0x400\n mtctr r3\n bctr\n';
export const LOAD_OUTSIDE = 'main: lis r3, 0x400\n ld r3, 0(r3)\n';

/** HFSCR[MSGP] lets KVM see it, but DPDES can be written by a hypervisor only. */
export const WRITE_DPDES = 'main: li r3, 1\n mtspr SPR_DPDES, r3\n';

/** PSSCR[ESL] or [EC] set: the facility is the hypervisor's. */
export const STOP = 'main: stop\n bl power_off\n';

/** Every hcall that is refused; results: H_PROD, unknown, H_RTAS outside memory, 3 RTAS statuses, 17 characters. */
export const REFUSED_HCALLS = `
main:   li      r3, 9
        bl      prod
        bl      result
        li      r3, 0x199
        slwi    r3, r3, 2
        sc      1
        bl      result
        lis     r4, 0x400
        lis     r3, H_RTAS@h
        ori     r3, r3, H_RTAS@l
        sc      1
        bl      result
        li      r5, 0x2fff                    # no such token
        bl      rtas
        li      r5, RTAS_START_CPU
        li      r6, 77                        # no such cpu
        bl      rtas
        li      r5, RTAS_START_CPU
        li      r6, 0                         # already started
        bl      rtas
        li      r3, H_PUT_TERM_CHAR
        li      r4, 0
        li      r5, 17
        sc      1
        bl      result
        li      r3, H_GET_TERM_CHAR
        li      r4, 0
        sc      1
        mr      r3, r4
        bl      result
        bl      power_off
rtas:   mflr    r20
        addi    r4, r13, PC_RTAS
        stw     r5, 0(r4)
        li      r5, 3
        stw     r5, 4(r4)
        li      r5, 1
        stw     r5, 8(r4)
        stw     r6, 12(r4)
        lis     r3, H_RTAS@h
        ori     r3, r3, H_RTAS@l
        sc      1
        lwa     r3, PC_RTAS + 24(r13)         # the status is behind the three arguments
        bl      result
        mtlr    r20
        blr
${NOTES}`;

/** Doorbells that no thread gets; results: DPDES after each of type 4, thread 4, thread 127; then TIR. */
export const STRAY_DOORBELLS = `
main:   lis     r4, 0x2000                    # TYPE 4
        bl      send
        lis     r4, DBELL_SERVER
        ori     r4, r4, 4
        bl      send
        lis     r4, DBELL_SERVER
        ori     r4, r4, 127
        bl      send
        lis     r4, 0x2000
        msgclrp r4
        mfspr   r3, SPR_TIR
        bl      result
        bl      power_off
send:   mflr    r20
        msgsndp r4
        mfspr   r3, SPR_DPDES
        bl      result
        mtlr    r20
        blr
${NOTES}`;

/** Two doorbells to vcpu 3, which never runs, and what DPDES says. */
export const TWICE_TO_A_SLEEPER = `
main:   li      r3, 3
        bl      ring
        li      r3, 3
        bl      ring
        mfspr   r3, SPR_DPDES
        bl      result
        bl      power_off
${NOTES}`;

/** Cedes with DEC running out later, then with DEC that is already out; result: how often 0x900 came. */
export const DECREMENTER = `
main:   li      r3, 300
        mtdec   r3
        bl      cede                          # 0x900 comes here
        bl      irq_off
        li      r3, 0
        mtdec   r3
        bl      cede
        bl      power_off
on_decrementer:
        mflr    r20
        lis     r3, 0x7fff
        mtdec   r3
        li      r3, 0
        bl      count
        mtlr    r20
        blr
${NOTES}`;

/** Spins masked for a while, opens, and counts 0x500 as result 0 and what the device said as result 1. */
export const MASKED_EXTERNAL = `
main:   lis     r3, 1
        mtctr   r3
1:      bdnz    1b
        bl      irq_on
        lis     r3, 1
        mtctr   r3
2:      bdnz    2b
        bl      power_off
on_external:
        mflr    r20
        li      r3, 0
        bl      count
        li      r3, H_GET_TERM_CHAR
        li      r4, 0
        sc      1
        cmpdi   r4, 0
        beq     3f
        li      r3, 1
        bl      count
3:      mtlr    r20
        blr
${NOTES}`;

/** Never leaves the guest by itself for a long time. */
export const LONG_SPIN = `
main:   lis     r3, 1
        mtctr   r3
1:      bdnz    1b
        bl      power_off
`;

/** vcpu 0 rings vcpu 1 again and again while that one goes in and out of the guest, masked. */
export const KICKS = `
main:   li      r3, 1
        bl      start_cpu
        li      r15, 200
1:      li      r3, 1
        bl      ring
        addi    r15, r15, -1
        cmpdi   r15, 0
        bne     1b
        bl      power_off
secondary:
        li      r3, 1
        bl      prod
        b       secondary
`;

/** vcpus 1 and 2 ring vcpu 0, which has interrupts on, as fast as they can; result 0: how often 0xA00 came. */
export const CROSSFIRE = `
        .equ    ROUNDS, 60
main:   li      r3, 1
        bl      start_cpu
        li      r3, 2
        bl      start_cpu
        bl      irq_on
        lis     r14, done@h
        ori     r14, r14, done@l
1:      lwz     r3, 0(r14)
        cmpwi   r3, 2
        bne     1b
        bl      power_off
secondary:
        li      r15, ROUNDS
2:      li      r3, 0
        bl      ring
        addi    r15, r15, -1
        cmpdi   r15, 0
        bne     2b
        lis     r14, done@h
        ori     r14, r14, done@l
3:      lwarx   r4, 0, r14
        addi    r4, r4, 1
        stwcx.  r4, 0, r14
        bne-    3b
4:      bl      cede
        b       4b
on_doorbell:
        mflr    r20
        li      r3, 0
        bl      count
        mtlr    r20
        blr
        .align  3
done:   .long   0
        .align  3
${NOTES}`;
