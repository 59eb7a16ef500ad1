# Entry of the programs: a stack, main, then for bare mode a branch to itself with main's result in r3, for Linux exit.
# With ABI v1 the loader has taken r2 from the entry's function descriptor.
  .ifdef V1
  .section .opd,"aw"
  .globl _start
_start: .quad begin, .TOC.@tocbase, 0
  .previous
  .else
  .globl _start
_start:
  .endif
begin:
  .ifdef V2
  lis 2, .TOC.@ha
  addi 2, 2, .TOC.@l
  .endif
  .ifdef FLOAT
  .ifndef LINUX
  mfmsr 3
  ori 3, 3, 0x2000
  mtmsr 3
  .endif
  .endif
  lis 1, stack@ha
  addi 1, 1, stack@l
  li 0, 0
  .ifdef NARROW
  stwu 0, -64(1)
  .else
  stdu 0, -256(1)
  .endif
  bl main
  .ifndef NARROW
  nop
  .endif
  .ifdef LINUX
  li 0, 1
  sc
  .endif
  b .
  .section .bss
  .balign 16
  .space 4096
stack:
  .space 16
