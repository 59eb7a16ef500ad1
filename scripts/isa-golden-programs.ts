// Sources for isa-golden.ts: directives, expressions, labels and parts of addresses as GNU as understands them.

interface Program {
  readonly name: string;
  readonly source: string;
}

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
];
