import { test } from 'vitest';
import { smtGuest } from '../guest/smt.ts';
import { coreObserver } from './core-monitor.ts';
import { smtObserver } from './smt-monitor.ts';
import { makeGuest } from './testing/make.ts';

const MB = 1 << 20;
// two vcores of 2; only vcpus 0 and 3 (thread 1 of vcore 1) are started
const GUEST = smtGuest({
  threads: 2,
  code: `
boot:   li r3, 3
        bl start_cpu
        b together
worker:
together:
        li r16, 30
1:      li r3, 100
        bl work
        li r31, 900
        mtdec r31
        bl idle
        addi r16, r16, -1
        cmpwi r16, 0
        bne 1b
        cmpdi r15, 0
        beq 2f
        address r3, text_x
        li r4, 1
        bl say
        addi r3, r14, V_DONE
        bl add_one
        b sleep_forever
2:      lwz r3, V_DONE(r14)
        cmpwi r3, 1
        beq power_off
        bl idle
        b 2b
`,
  data: `
        .align 4
text_x: .ascii "three\\n          "
`,
});
test('x', () => {
  for (const seed of [0, 1, 2, 3])
    for (const where of [
      { cores: 2, online: [0, 8] },
      { cores: 1, online: [0] },
    ]) {
      const { machine } = makeGuest(
        '',
        { seed },
        {
          cpu: 'p8',
          virtualSmt: 2,
          vcpus: 4,
          observer: smtObserver,
          realBytes: 96 * MB,
          stepLimit: 200_000,
          ...where,
          guest: GUEST,
        },
      );
      const ran = new Set<string>();
      machine.storyboard.onStep = (r) => ran.add(r);
      machine.advance(Number.POSITIVE_INFINITY);
      console.log(
        machine.k.vmms[0]?.console,
        machine.endReason(),
        machine.step,
        JSON.stringify(machine.m.exits_by_reason),
        machine.m.partition_switches,
        [...ran].filter((r) => /novcpu|no_guest/.test(r)),
        JSON.stringify(machine.m.violations),
      );
    }
});
