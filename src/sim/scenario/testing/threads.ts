// Machines whose vcpus share the threads of a POWER7 core, and what their vcore does step by step.

import type { Edit } from '../../kvm/patches.ts';
import type { Vcore } from '../../kvm/records.ts';
import type { Loaded, Monitor } from '../index.ts';
import { makeGuest } from './make.ts';

/** One POWER7 core, of which the host uses thread 0. */
const ONE_CORE = { cpu: 'p7', cores: 1, online: [0], virtualSmt: 4, stepLimit: 400_000 };

/** Labels for small guests: flags in guest memory, and decrementers that are far away. */
const SERVICES = `
        .equ    FLAGS, 0x7100
# set, wait: r3 = number of a flag
set:    lis     r9, FLAGS@h
        ori     r9, r9, FLAGS@l
        add     r9, r9, r3
        li      r10, 1
        stb     r10, 0(r9)
        blr
wait:   lis     r9, FLAGS@h
        ori     r9, r9, FLAGS@l
        add     r9, r9, r3
1:      lbz     r10, 0(r9)
        cmpdi   r10, 0
        beq     1b
        blr
# spin: r3 = turns
spin:   mtctr   r3
1:      bdnz    1b
        blr
# start: r3 = number of vcpus; starts all but this one
start_all:
        mflr    r20
        addi    r21, r3, -1
1:      mr      r3, r21
        bl      start_cpu
        addi    r21, r21, -1
        cmpdi   r21, 0
        bgt     1b
        mtlr    r20
        blr
# nothing: r3 = address of the text; an hcall that the kernel leaves to user space
report: lis     r3, text_report@h
        ori     r3, r3, text_report@l
        li      r4, 1
        b       print
        .align  4
text_report: .ascii "x               "
idle:   bl      cede
        b       idle
`;

/** A machine with a guest of the test's own; its program may use the labels above. */
export function threadsGuest(
  text: string,
  vcpus: number,
  changes: object = {},
  off: readonly string[] = [],
  mutation: readonly Edit[] = [],
  seed = 0,
): Loaded<Monitor> {
  const all = { ...ONE_CORE, vcpus, ...changes };
  return makeGuest(`${text}${SERVICES}`, { off, seed }, all, mutation);
}

/** The only vcore, once there is one. */
export const vcoreOfGuest = ({ machine }: Loaded<Monitor>): Vcore | undefined =>
  machine.k.kvm.vcores[0];

/** Runs step by step until `until` holds for the vcore; each value of `watch` that differs from the one before. */
export function changes<T>(
  loaded: Loaded<Monitor>,
  watch: (vcore: Vcore) => T,
  until: (vcore: Vcore) => boolean,
): T[] {
  const seen: T[] = [];
  for (;;) {
    const vcore = vcoreOfGuest(loaded);
    if (vcore) {
      const now = watch(vcore);
      if (seen.length === 0 || JSON.stringify(seen.at(-1)) !== JSON.stringify(now)) seen.push(now);
      if (until(vcore)) return seen;
    }
    if (loaded.machine.advance(1) === 0) throw new Error(`changes: ${loaded.machine.endReason()}`);
  }
}

/** Runs until hardware thread `t` has done a step. */
export function untilStep({ machine }: Loaded<Monitor>, t: number, place: string): void {
  let at = '';
  machine.storyboard.onStep = (routine, label) => {
    if (machine.k.tid === t) at = `${routine}/${label}`;
  };
  while (at !== place) {
    if (machine.advance(1) === 0) throw new Error(`untilStep: ${machine.endReason()}`);
  }
  machine.storyboard.onStep = null;
}

/** A guest of four vcpus: each cedes with a decrementer of its own, prods its neighbour, and calls for user space now and then. */
export const MIX = `
main:   li      r3, 4
        bl      start_all
secondary:
        ld      r16, PC_ID(r13)
        li      r17, 8
1:      mulli   r3, r16, 37
        addi    r3, r3, 20
        bl      spin
        mulli   r3, r16, 100
        addi    r3, r3, 50
        mtdec   r3
        bl      cede
        bl      irq_off
        addi    r3, r16, 1
        andi.   r3, r3, 3
        bl      prod
        andi.   r4, r17, 7
        bne     2f
        bl      report
2:      addi    r17, r17, -1
        cmpdi   r17, 0
        bgt     1b
        mr      r3, r16
        bl      set
        cmpdi   r16, 0
        bne     idle
        li      r3, 1
        bl      wait
        li      r3, 2
        bl      wait
        li      r3, 3
        bl      wait
        bl      power_off
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
`;
