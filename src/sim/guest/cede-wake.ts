// Two vcpus wake each other once, each asleep in H_CEDE or about to be: as little as possible, for searches through all
// interleavings. Nothing counts how often it was asleep, so that the states are finitely many.
import { RUNTIME } from './runtime.ts';

/** How one wakes the other, whose flag it sets; by its decrementer each wakes itself. */
const WAKES = {
  prod: `
wake:   mflr    r20
        bl      set_flag
        bl      prod
        mtlr    r20
        blr
on_decrementer:
on_external:
        blr
`,
  dec: `
wake:   blr
on_decrementer:
        mflr    r12
        lis     r4, 0x7fff
        ori     r4, r4, 0xffff
        mtdec   r4
        mr      r3, r15
        bl      set_flag
        mtlr    r12
on_external:
        blr
`,
  ipi: `
        .equ    H_EOI, 0x64
        .equ    H_CPPR, 0x68
        .equ    H_IPI, 0x6c
        .equ    H_XIRR, 0x74
# an IPI of priority 4
wake:   mflr    r20
        bl      set_flag
        mr      r4, r3
        li      r5, 4
        bl      send
        mtlr    r20
        blr
send:   li      r3, H_IPI
        sc      1
        blr
# takes the IPI: accepts it, clears its request, ends it
on_external:
        mflr    r12
        li      r3, H_XIRR
        sc      1
        clrldi  r5, r4, 40
        cmpldi  r5, 2
        bne     1f
        mr      r11, r4
        mr      r4, r15
        li      r5, 0xff
        bl      send
        li      r3, H_EOI
        mr      r4, r11
        sc      1
1:      mtlr    r12
on_decrementer:
        blr
`,
} as const;

/** What vcpu 0 does when it has woken the other, and the other when it is awake: `once`, that powers off at once. */
const THEN = {
  first: {
    once: '1:      bl      cede\n        b       1b',
    both: '        bl      await\n        b       power_off',
  },
  second: {
    once: '        b       power_off',
    both: '        li      r3, 0\n        bl      wake',
  },
} as const;

/** Text of the program; it powers off when both have been woken, or with `once` when vcpu 1 has. */
export const cedeWake = (
  how: keyof typeof WAKES,
  times: 'once' | 'both' = 'both',
): string => `${RUNTIME}
main:   bl      begin
        li      r3, 1
        bl      start_cpu
        li      r3, 1
        bl      wake
${THEN.first[times]}

secondary:
        bl      begin
        bl      await
${THEN.second[times]}
1:      bl      cede
        b       1b

# begin: r14 = flags, by vcpu; r15 = number of this one
begin:  lis     r14, flags@h
        ori     r14, r14, flags@l
        ld      r15, PC_ID(r13)
${how === 'ipi' ? '        li      r3, H_CPPR\n        li      r4, 0xff\n        sc      1\n' : ''}        blr

# set_flag: of vcpu r3, which stays in r3; it is there before what follows
set_flag:
        sldi    r4, r3, 2
        li      r5, 1
        stwx    r5, r14, r4
        sync
        blr

# await: asleep until the own flag is set
await:  mflr    r20
        sldi    r16, r15, 2
1:      lwzx    r3, r14, r16
        cmpwi   r3, 0
        bne     2f
        bl      cede
        bl      irq_off
        b       1b
2:      mtlr    r20
        blr
${WAKES[how]}
on_doorbell:
        blr

        .org    0x7000
flags:          .long 0, 0
        .align  4
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;
