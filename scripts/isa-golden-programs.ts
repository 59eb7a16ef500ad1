// Sources for isa-golden.ts: directives, expressions, labels and parts of addresses as GNU as understands them.

import { KERNEL } from '../src/sim/engine/testing/mix-kernel.ts';
import { alone } from '../src/sim/guest/alone.ts';
import { COMPUTING } from '../src/sim/guest/computing.ts';
import { DECREMENTER_STORM } from '../src/sim/guest/decrementer-storm.ts';
import { DEVICE_DRIVER } from '../src/sim/guest/device-driver.ts';
import { DOORBELL_RING } from '../src/sim/guest/doorbell-ring.ts';
import { HOSTILE } from '../src/sim/guest/hostile.ts';
import { hptCalls } from '../src/sim/guest/hpt-calls.ts';
import { HPT_LARGE } from '../src/sim/guest/hpt-large.ts';
import { HPT_PRESSURE } from '../src/sim/guest/hpt-pressure.ts';
import { HPTE_CONTENTION } from '../src/sim/guest/hpte-contention.ts';
import { INTERRUPTED } from '../src/sim/guest/interrupted.ts';
import { IPI_RING } from '../src/sim/guest/ipi-ring.ts';
import { LATE_JOIN } from '../src/sim/guest/late-join.ts';
import { lockHolder } from '../src/sim/guest/lock-holder.ts';
import { MMIO_DRIVER } from '../src/sim/guest/mmio-driver.ts';
import { ONE_SPINS } from '../src/sim/guest/one-spins.ts';
import { OWN_REGISTERS } from '../src/sim/guest/own-registers.ts';
import { PAGE_BITS } from '../src/sim/guest/page-bits.ts';
import { PING_PONG } from '../src/sim/guest/ping-pong.ts';
import { ppc970Guest } from '../src/sim/guest/ppc970.ts';
import { RMA } from '../src/sim/guest/rma.ts';
import { RUNTIME } from '../src/sim/guest/runtime.ts';
import { SLEEPERS } from '../src/sim/guest/sleepers.ts';
import { STALE_TLB } from '../src/sim/guest/stale-tlb.ts';
import { WORK_QUEUE } from '../src/sim/guest/work-queue.ts';
import * as GUESTS from '../src/sim/scenario/testing/guests.ts';
import { PROGRAMS as BENCHES } from './bench/load/programs.ts';

interface Program {
  readonly name: string;
  readonly source: string;
}

/** A small guest as its tests complete it: the runtime before it, labels that it lacks behind it. */
function smallGuest(name: string, text: string): Program {
  const labels = ['main', 'secondary', 'on_doorbell', 'on_external', 'on_decrementer'];
  const missing = [...labels, 'text_unexpected'].filter((label) => !text.includes(`${label}:`));
  return { name, source: `${RUNTIME}\n${text}\n${missing.map((one) => `${one}: blr\n`).join('')}` };
}

/** Programs of the product: the guests of scenarios and tests, and what the benchmarks run. */
export const GUEST_PROGRAMS: readonly Program[] = [
  { name: 'doorbell-ring', source: DOORBELL_RING },
  { name: 'page-bits', source: PAGE_BITS },
  { name: 'hpt-pressure', source: HPT_PRESSURE },
  { name: 'hpt-large', source: HPT_LARGE },
  { name: 'stale-tlb', source: STALE_TLB },
  { name: 'mmio-driver', source: MMIO_DRIVER },
  { name: 'rma', source: RMA },
  { name: 'ppc970', source: ppc970Guest('A', 0x1111) },
  { name: 'hostile', source: HOSTILE },
  { name: 'hpte-contention', source: HPTE_CONTENTION },
  { name: 'work-queue', source: WORK_QUEUE },
  { name: 'ping-pong', source: PING_PONG },
  { name: 'decrementer-storm', source: DECREMENTER_STORM },
  { name: 'one-spins', source: ONE_SPINS },
  { name: 'late-join', source: LATE_JOIN },
  { name: 'ipi-ring', source: IPI_RING },
  { name: 'alone', source: alone('A') },
  { name: 'lock-holder', source: lockHolder(true) },
  { name: 'sleepers', source: SLEEPERS },
  { name: 'computing', source: COMPUTING },
  { name: 'own-registers', source: OWN_REGISTERS },
  { name: 'interrupted', source: INTERRUPTED },
  { name: 'device-driver', source: DEVICE_DRIVER },
  { name: 'hpt-calls', source: hptCalls(3) },
  ...Object.entries(GUESTS).flatMap(([name, text]) =>
    typeof text === 'string' ? [smallGuest(name, text)] : [],
  ),
  { name: 'mix-kernel', source: `${KERNEL.map(([, text]) => text).join('\n')}\n` },
  ...BENCHES.map(({ id, text }) => ({ name: `bench ${id}`, source: `${text}\n` })),
];

export const PROGRAMS: readonly Program[] = [
  {
    name: 'data directives of every size',
    source: `
 .byte 1, -128, 255, 'a', '\\n', ' '
 .byte 0
 .short 1, -1, 65535
 .hword 2
 .2byte 3
 .long 1, 0xffffffff, -1
 .int 7; .4byte 8
 .quad 0x123456789abcdef0, -1
 .llong 1
 .8byte 0xffffffffffffffff
`,
  },
  {
    name: 'strings with escapes',
    source: `
 .ascii "plain", "two"
 .asciz "tab\\tnewline\\nquote\\"backslash\\\\"
 .string "octal \\101\\0 hex \\x41"
 .string "semicolon; hash # slashes // and /* stars */"
`,
  },
  {
    name: 'space, fill, org and zero',
    source: `
 .byte 1
 .space 3
 .skip 2, 0x11
 .zero 2
 .fill 3, 2, 0x1234
 .fill 2
 .org 0x40
 .byte 2
here: .org here + 16, 0xff
 .long . - here
`,
  },
  {
    name: 'alignment is filled with no-ops in code, with zeros in odd places and in data',
    source: `
 nop
 .align 3
 .balign 16
 b .
 .p2align 5
 li 3,1
 .align 6
 li 3,2
 .balign 8,0xaa
 .byte 1
 .align 4
 nop
 .balign 16,,4
 .byte 1
 .balign 4,0x22
`,
  },
  {
    name: 'operators and their precedence',
    source: `
 .long 5*3+2&6|1, 1+2<<3, 2*3%4, -7/2, -7%4, ~5, !0, !3
 .long 010, 0b1011, 0xff, 'A, 'A' + 1
 .long (1+2)*3, 0xf0 ^ 0x3c, 0xf0 & 0x3c | 1, 100 >> 2, - (3)
 .quad 1 << 40, (1<<63)>>63, 0xffffffffffffffff >> 60
 .long 10 - 3 - 2, 100 / 5 / 2, 2 + 3 * 4 - 5
`,
  },
  {
    name: 'symbols, assignments and labels before and behind',
    source: `
 .equ SIZE, 24
 .set twice, SIZE * 2
 late_user = late + 1
 .long SIZE, twice, late_user
start: .long end - start, . - start, end - .
 x = 5
 .byte x
 x = 6
 .byte x
 .short 0
 .globl start
 .equ late, 99
 li 4, SIZE
 addi 4,4,-SIZE
end:
`,
  },
  {
    name: 'numeric labels',
    source: `
1: b 1b
 b 1f
 bdnz 1b
1: b 1b
 b 2f
 b 1f
1:
2: b 2b
 beq cr1,2b
 .long 1b - 2b
`,
  },
  {
    name: 'parts of addresses',
    source: `
 .org 0x10
sym: lis 3, sym+0x18000@ha
 addi 3, 3, sym+0x18000@l
 lis 3, sym@ha
 addi 3, 3, sym@l
 lis 4, sym@h
 ori 4, 4, sym@l
 lwz 5, sym@l(4)
 ld 5, sym@l(4)
 lis 6, (0x123456789abcdef0)@highest
 ori 6, 6, 0x123456789abcdef0@higher
 lis 7, 0x1234567889abcdef@highesta
 ori 7, 7, 0x12348765ffff9abc@highera
 lis 7, sym@high
 lis 7, sym@higha
 addi 8, 8, sym+4@l
 addis 9, 9, (sym - 0x10000)@ha
 li 10, 0x9abc@l
 oris 10, 10, 0x12345678@h
`,
  },
  {
    name: 'ways to write operands',
    source: `
 add r3, %r4, 5
 ADDR = 3
 mr ADDR, r4
 lwz r3, 4+4(r1)
 lwz 3, (8)(1)
 std %r3,-8(%r1)
 crand 4*cr1+eq, lt, 31
 crset cr2*4+gt
 cmpw r3,r4; cmpwi cr7,r3,-1 ; cmpldi 2,r3,65535
 mfcr r0 # a comment
 mtcrf 0x80, r3
 mtcrf 0x81, r3
 sync ; sync 1
 dcbt 0,r3
 isel r3,0,r4,4*cr3+so
`,
  },
  {
    name: 'comments and separators',
    source: `
# only a comment
 li 3,1 # after
/* a comment
   over lines */ li 3,2
 li 3,3 /* inside */
a: b: li 3,4 ; c: li 3,5
d:
 .ascii "a;b#c"
`,
  },
  {
    name: 'sections that the linker has nothing to do with',
    source: `
 .machine power9
 .file "x.s"
 .section .text,"ax",@progbits
 .type f, @function
 .globl f
f: blr
 .size f, . - f
 .ident "none"
`,
  },
  {
    name: 'macros with arguments by place and name, defaults, \\@ and \\()',
    source: `
 .macro load reg, value=5, shift
 lis \\reg, \\value@ha
 addi \\reg, \\reg, \\value@l
 .ifnb \\shift
 sldi \\reg, \\reg, \\shift
 .endif
 .endm
 load 3
 load 4, 0x12345678
 load value=99, reg=r5
 load r6, 1 + 2, 7
 load 7,,3
 .macro spin times:req, rest:vararg
 li 9, \\times
loop\\@: bdnz loop\\@
end_\\times\\()_\\@:
 .byte \\rest
 .balign 4
 .endm
 spin 1, 2, 3
 spin 2, 4
 b end_1_5
 .long end_2_6 - end_1_5
 .macro text t
 .asciz "\\t"
 .endm
 text "a, b; c"
 text plain
`,
  },
  {
    name: 'macros that call others and themselves',
    source: `
 .macro inner n
 .byte \\n
 .endm
 .macro outer a, b
 inner \\a
 inner (\\b)
 .endm
 outer 1, 2 + 3
 .macro down n
 .if \\n > 0
 .byte \\n
 down \\n - 1
 .endif
 .endm
 down 4
 .macro make name, value
 .macro \\name
 .byte \\value
 .endm
 .endm
 make seven, 7
 seven
 .macro upto n, to
 .byte \\n
 .if \\n == \\to
 .exitm
 .endif
 upto "(\\n + 1)", \\to
 .endm
 upto 0, 3
`,
  },
  {
    name: 'repetitions',
    source: `
 .rept 3
 nop
 .endr
 .irp r, 3, 4, r5
 mr \\r, \\r
 .endr
 .irpc d, 0123
 .byte \\d
 .endr
 .set n, 0
 .rept 4
 .rept 2
 .byte n
 .endr
 .set n, n + 1
 .endr
 .rept 0
 .byte 99
 .endr
 .irp x
 .byte 1\\x
 .endr
`,
  },
  {
    name: 'conditions',
    source: `
 .set N, 3
 .if N == 3 && N != 4
 .byte 1
 .else
 .byte 2
 .endif
 .if N < 3
 .byte 3
 .elseif N >= 3
 .byte 4
 .elseif 1
 .byte 5
 .else
 .byte 6
 .endif
 .ifdef N
 .byte 7
 .endif
 .ifndef M
 .byte 8
 .ifeq N - 3
 .byte 9
 .endif
 .ifgt -N
 .byte 10
 .else
 .byte 11
 .endif
 .endif
 .ifc abc, abc
 .byte 12
 .endif
 .ifnc abc, abd
 .byte 13
 .endif
 .ifeqs "x;y","x;y"
 .byte 14
 .endif
 .if 0
 no such instruction
 .if 1
 .byte 15
 .endif
 .endif
 .byte N > 2, N <> 3, N <= 3, 1 || 0, 1 && 0, 5 - 3 == 2, 1 | 2 == 3
here: .if . - here == 0
 .byte 16
 .endif
`,
  },
  {
    name: 'sections in one image',
    source: `
 .text
start: lis 3, table@ha
 addi 3, 3, table@l
 lwz 4, counter@l(0)
 b far
 .data
 .byte 1
 .balign 8
table: .quad start, far, counter
 .section .rodata
message: .asciz "hello"
 .bss
 .space 3
 .balign 16
counter: .space 4
 .section .text.far,"ax",@progbits
far: blr
 .previous
 .space 1
 .text
 .pushsection .data.more,"aw"
 .long message, 5
 .popsection
 nop
 .lcomm local, 12, 8
 .comm shared, 20
 .data
 .long shared, local
`,
  },
  {
    name: 'floating-point data',
    source: `
 .double 1, 1.5, -0.1, 1e300, 2.5e-310, .5, 3.
 .float 1, 1.5, -0.1, 1e10, 1e-40, 0f2.5
 .single 3.25
 .double 0d-7.25
`,
  },
  {
    name: 'names of registers',
    source: `
 add r3, r4, %r5
 fadd f1, f2, %f3
 vand v1, v2, %v31
 xxlor vs1, vs33, %vs63
 fmadd 1, 2, 3, 4
 rlwinm 3, 4, 5, 0xff00
 rlwimi. 3, 4, 5, 0xf000000f
 rlwnm 3, 4, 5, 1
 mtspr 272, r3
`,
  },
];
