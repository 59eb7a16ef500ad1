// A runtime for guests with several vcpus, on top of runtime.ts: spin lock, barrier, inter-processor interrupts through
// the hypercalls of the interrupt controller (XICS, PAPR), idle by H_CEDE, a decrementer tick. Nothing in it depends on
// the CPU. Interrupts are off (MSR[EE]=0) except inside `idle`, so that what comes between a look and the sleep is not
// lost: H_CEDE returns at once when something is pending.
import { RUNTIME } from './runtime.ts';
import { SAY } from './say.ts';

/** Vcpus of the guests, if nothing else is said. */
export const THREADS = 4;
/** Words of a vcpu's own block (PERCPU + PERCPU_SIZE * n) that checks read. */
export const PERCPU_WORD = {
  TICKS: 0x60,
  IPIS: 0x64,
  CEDES: 0x68,
  SPURIOUS: 0x6c,
  WORK: 0x70,
  /** Looks at a lock that another held, and times that the slice was given to its holder (lock-holder.ts). */
  SPINS: 0x74,
  CONFERS: 0x78,
} as const;

const { TICKS, IPIS, CEDES, SPURIOUS, WORK } = PERCPU_WORD;

const SERVICES = `
        .equ    H_EOI, 0x64
        .equ    H_CPPR, 0x68
        .equ    H_IPI, 0x6c
        .equ    H_XIRR, 0x74
        .equ    XICS_IPI, 2                   # number of the source of IPIs
        .equ    IPI_PRIORITY, 4
        .equ    NO_IPI, 0xff
        .equ    PC_TICKS, ${TICKS}
        .equ    PC_IPIS, ${IPIS}
        .equ    PC_CEDES, ${CEDES}
        .equ    PC_SPURIOUS, ${SPURIOUS}
        .equ    PC_WORK, ${WORK}
        .equ    V_ONLINE, 0
        .equ    V_DONE, 4
        .equ    V_LOCK, 8
        .equ    V_BARRIER, 16                 # threads that wait there, and how often it has opened

        .macro  address reg, where
        lis     \\reg, \\where@h
        ori     \\reg, \\reg, \\where@l
        .endm
        .macro  count word, base=r13
        lwz     r3, \\word(\\base)
        addi    r3, r3, 1
        stw     r3, \\word(\\base)
        .endm

# r14 = vars and r15 = number of the vcpu, everywhere.
main:   bl      smt_init
        b       boot
secondary:
        bl      smt_init
        b       worker
smt_init:
        mflr    r20
        address r14, vars
        ld      r15, PC_ID(r13)
        lis     r31, 0x7fff                   # no tick, if the program wants none
        li      r3, H_CPPR                    # take interrupts of every priority
        li      r4, 0xff
        sc      1
        addi    r3, r14, V_ONLINE
        bl      add_one
        mtlr    r20
        blr

# start_all: all other vcpus, as far as number r3.
start_all:
        mflr    r20
        mr      r21, r3
        li      r22, 1
1:      mr      r3, r22
        bl      start_cpu
        addi    r22, r22, 1
        cmpd    r22, r21
        ble     1b
        mtlr    r20
        blr

# add_one: to the word at r3, atomically; r3 = its new value.
add_one:
        mr      r4, r3
1:      lwarx   r3, 0, r4
        addi    r3, r3, 1
        stwcx.  r3, 0, r4
        bne-    1b
        blr

# lock, unlock: the word at r3; 0 = free.
lock:   lwarx   r4, 0, r3
        cmpwi   r4, 0
        bne     1f
        addi    r4, r15, 1
        stwcx.  r4, 0, r3
        bne-    lock
        isync
        blr
1:      lwz     r4, 0(r3)
        cmpwi   r4, 0
        bne     1b
        b       lock
unlock: lwsync
        li      r4, 0
        stw     r4, 0(r3)
        blr

# barrier: nobody goes on before all THREADS are there.
barrier:
        lwz     r5, V_BARRIER+4(r14)
        addi    r4, r14, V_BARRIER
        sync
1:      lwarx   r3, 0, r4
        addi    r3, r3, 1
        stwcx.  r3, 0, r4
        bne-    1b
        cmpwi   r3, THREADS
        bne     2f
        li      r3, 0
        stw     r3, 0(r4)
        lwsync
        addi    r5, r5, 1
        stw     r5, 4(r4)
        blr
2:      lwz     r3, 4(r4)
        cmpw    r3, r5
        beq     2b
        isync
        blr

# idle: until an interrupt or a prod; its handler has run on return.
idle:   count   PC_CEDES
        li      r3, H_CEDE
        sc      1
        mfmsr   r3
        rldicl  r3, r3, 48, 1
        rotldi  r3, r3, 16
        mtmsrd  r3, 1
        blr

# ipi: r3 = vcpu that gets an IPI; what was stored before is there when it comes.
ipi:    sync
        mr      r4, r3
        li      r3, H_IPI
        li      r5, IPI_PRIORITY
        sc      1
        blr

# work: r3 instructions.
work:   mtctr   r3
1:      bdnz    1b
        blr

# sleep_forever: nothing more to do; what still comes is handled.
sleep_forever:
        bl      idle
        b       sleep_forever

# on_external: takes the interrupt from the controller; it is an IPI, or nothing any more.
on_external:
        mflr    r0
        std     r0, 16(r1)
        li      r3, H_XIRR
        sc      1
        std     r4, 24(r1)
        clrldi  r5, r4, 40
        cmpldi  r5, XICS_IPI
        bne     1f
        count   PC_IPIS
        li      r3, H_IPI
        mr      r4, r15
        li      r5, NO_IPI
        sc      1
        li      r3, H_EOI
        ld      r4, 24(r1)
        sc      1
        b       2f
1:      count   PC_SPURIOUS
2:      ld      r0, 16(r1)
        mtlr    r0
        blr

# on_decrementer: a tick. r31 = ticks to the next.
on_decrementer:
        mtdec   r31
        count   PC_TICKS
on_doorbell:
        blr

${SAY}`;

/** A program of a guest with several vcpus. */
interface SmtProgram {
  /** Code: `boot` (vcpu 0) and `worker` (the others), which have r14 = vars and r15 = their numbers. */
  readonly code: string;
  /** Data behind the common words, with labels for checks. */
  readonly data: string;
  /** Vcpus that meet at the barrier. */
  readonly threads?: number;
}

/** The whole text; the words `online`, `done`, `lock_word` and `barrier_word` are common to all programs. */
export function smtGuest({ code, data, threads = THREADS }: SmtProgram): string {
  return `${RUNTIME}
        .equ    THREADS, ${threads}
${SERVICES}
${code}
        .org    0x7000
vars:
online:         .long 0                       # vcpus that have started
done:           .long 0                       # vcpus that have finished
lock_word:      .long 0, 0
barrier_word:   .long 0, 0
${data}
        .align  4
text_unexpected:.ascii "unexpected\\n     "
        .org    PERCPU + 8 * PERCPU_SIZE
`;
}
