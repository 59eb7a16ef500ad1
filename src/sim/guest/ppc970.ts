// The guest of ppc970, of which two share a processor: each keeps a value on a page that both have at the same address,
// and gets interrupts that it sends itself while MSR[EE]=0. It runs in real mode; only its looks at the page are
// translated (MSR[DR]), so that what it finds there cannot lead the program astray.
import { KERNEL } from './kernel.ts';

const MB = 2 ** 20;
/** Bytes of the real mode area: the smallest that the processor has. The guest's page lies behind it. */
export const RMA_SIZE_970 = 64 * MB;
/** Rounds: a look at the page, an interrupt. */
export const ROUNDS_970 = 8;
/** What stays in SLB entry 63 and in PMC7 and PMC8 all the time. */
const LAST_SLB = 63;

/** Text of the program; `letter` is what it prints, `value` (16 bits) what it keeps on its page and in its registers. */
export const ppc970Guest = (letter: string, value: number): string => `${KERNEL}
        .equ    H_EOI, 0x64
        .equ    H_CPPR, 0x68
        .equ    H_IPI, 0x6c
        .equ    H_XIRR, 0x74
        .equ    VALUE, ${value}
        .equ    ROUNDS, ${ROUNDS_970}
        .equ    SPR_PMC7, 793
        .equ    SPR_PMC8, 794
        .equ    MSR_DR, 0x10
        .equ    ESID_UNUSED, 0x5000
        .macro  count word
        lwz     r3, \\word(r14)
        addi    r3, r3, 1
        stw     r3, \\word(r14)
        .endm

main:   address r14, vars
        mtspr   272, r13                      # for the storage interrupts
        li      r3, H_CPPR                    # take interrupts of every priority
        li      r4, 0xff
        sc      1
        li      r17, VALUE
        mtspr   SPR_PMC7, r17
        addi    r3, r17, 1
        mtspr   SPR_PMC8, r3
        lis     r4, ESID_UNUSED
        oris    r4, r4, SLB_V
        ori     r4, r4, ${LAST_SLB}
        sldi    r5, r17, 12
        slbmte  r5, r4
        lis     r15, 0x1000                   # the page, with translation on
        bl      store
        li      r16, 0

round:  bl      load
        cmpd    r3, r17
        beq     1f
        stw     r3, V_FOUND(r14)
        count   V_FOREIGN
        bl      store
1:      mfspr   r3, SPR_PMC7
        cmpd    r3, r17
        bne     2f
        mfspr   r3, SPR_PMC8
        subf    r3, r17, r3
        cmpdi   r3, 1
        bne     2f
        li      r3, ${LAST_SLB}
        slbmfev r4, r3
        sldi    r5, r17, 12
        cmpd    r4, r5
        beq     3f
2:      count   V_WRONG

        # An interrupt to itself, with MSR[EE]=0; then some work, and a moment with MSR[EE]=1.
3:      lwz     r18, V_TAKEN(r14)
        li      r3, H_IPI
        li      r4, 0
        li      r5, 4
        sc      1
        li      r3, 600
        bl      work
        bl      irq_on
        li      r3, 30
        bl      work
        bl      irq_off
        lwz     r3, V_TAKEN(r14)
        cmpw    r3, r18
        bne     4f
        count   V_MISSED
        li      r3, H_IPI                     # take it back
        li      r4, 0
        li      r5, 0xff
        sc      1
4:      addi    r16, r16, 1
        cmpdi   r16, ROUNDS
        blt     round

        address r3, text_taken
        lwz     r4, V_TAKEN(r14)
        bl      say
        b       power_off

# work: r3 instructions.
work:   mtctr   r3
1:      bdnz    1b
        blr

# load, store: the doubleword of the page at r15, r3 or from r17; translation is on for it alone.
load:   mfmsr   r10
        ori     r11, r10, MSR_DR
        mtmsrd  r11
        isync
        ld      r3, 0(r15)
        mtmsrd  r10
        isync
        blr
store:  mfmsr   r10
        ori     r11, r10, MSR_DR
        mtmsrd  r11
        isync
        std     r17, 0(r15)
        mtmsrd  r10
        isync
        blr

# on_external: the interrupt is the one that it sent itself, or nothing any more.
on_external:
        li      r3, H_XIRR
        sc      1
        std     r4, 24(r1)
        clrldi  r5, r4, 40
        cmpldi  r5, 2
        bnelr
        count   V_TAKEN
        li      r3, H_IPI
        li      r4, 0
        li      r5, 0xff
        sc      1
        li      r3, H_EOI
        ld      r4, 24(r1)
        sc      1
        blr
on_protection:
        li      r3, 1
        blr
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
secondary:
        b       secondary

# --- data
        .org    0x7000
        .equ    V_TAKEN, 0
        .equ    V_MISSED, 4
        .equ    V_FOREIGN, 8
        .equ    V_FOUND, 12
        .equ    V_WRONG, 16
vars:
taken:          .long 0                       # interrupts that came while MSR[EE]=1
missed:         .long 0                       # times that MSR[EE]=1 came and went without one
foreign:        .long 0                       # looks at the page that found another value
found:          .long 0                       # the last such value
wrong:          .long 0                       # times that PMC7, PMC8 or SLB entry 63 had changed
        .align  4
regions:        .quad 0x10000000, 0x10001000, ${RMA_SIZE_970}, HPTE_R_M + 2
                .quad 0, 0, 0, 0
text_taken:     .ascii "${letter} taken ??\\n     "
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
