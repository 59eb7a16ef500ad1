import { expect, test } from 'vitest';
import { threadsGuest } from '/work/main/src/sim/kvm/testing/threads.ts';
import { processAt } from '/work/main/src/sim/vmm/process.ts';
const WORK = `
main:   li      r3, 4
        bl      start_all
        li      r16, 0
work:   
        li      r17, 40
1:      ld      r4, PC_ID(r13)
        mulli   r3, r4, 37
        addi    r3, r3, 20
        bl      spin
        ld      r4, PC_ID(r13)
        mulli   r3, r4, 100
        addi    r3, r3, 50
        mtdec   r3
        bl      cede
        bl      irq_off
        ld      r4, PC_ID(r13)
        addi    r3, r4, 1
        andi.   r3, r3, 3
        bl      prod
        andi.   r4, r17, 7
        bne     2f
        bl      report
2:      addi    r17, r17, -1
        cmpdi   r17, 0
        bgt     1b
        ld      r3, PC_ID(r13)
        bl      set
        ld      r3, PC_ID(r13)
        cmpdi   r3, 0
        bne     idle
        li      r3, 1
        bl      wait
        li      r3, 2
        bl      wait
        li      r3, 3
        bl      wait
        bl      power_off
secondary: b    work
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
`;
test('stress', () => {
  for (const off of [[], ['cede-real-mode'], ['nap-state-lost']])
  for (const cores of [1, 2])
  for (let seed = 0; seed < 6; seed++) {
    const loaded = threadsGuest(WORK, 4, { cores, online: cores === 1 ? [0] : [0, 4] }, off, [], seed);
    const { machine } = loaded;
    let err = '';
    try { machine.advance(1_000_000); } catch (e) { err = String((e as Error).stack).slice(0, 600); }
    console.log(off, cores, seed, machine.step, machine.endReason(), processAt(machine.k, 0).vmm.console, machine.m.partition_switches, JSON.stringify(machine.m.exits_by_reason), machine.m.violations.map((v) => `${v.id} ${v.why} @${v.step}`), machine.host.cpus.map((c) => c.oops).join(), err);
    if (machine.endReason() !== 'powered off') { console.log(JSON.stringify(machine.k.kvm.vcores[0]), machine.k.kvm.vcpus.map((v) => `${v.state} ceded${v.ceded} prod${v.prodded} pend${v.pending_exceptions} dec${v.dec_expires} `), machine.host.cpus.map((c) => `${c.stopped} ${c.waiting} ${c.hwthread_state} req${c.hwthread_req} nap${c.napping}`)); }
  }
}, 300_000);
