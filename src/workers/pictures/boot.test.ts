import { expect, test } from 'vitest';
import { SECTIONS, type SectionName } from '../sections.ts';
import { Session } from '../session.ts';

/** Steps in which QEMU creates the VM and its first vcpus. */
const BOOT_STEPS = 100;

test('every section can be drawn at every step while the VM comes into being', async () => {
  const session = new Session({
    now: () => 0,
    breathe: () => Promise.resolve(),
    later: () => undefined,
  });
  await session.open('s=virt-doorbell&at=main@0');
  const want = Object.fromEntries(Object.keys(SECTIONS).map((name) => [name, -1])) as Record<
    SectionName,
    number
  >;
  for (let step = 1; step <= BOOT_STEPS; step++) {
    await session.step('instr', 1, 1);
    for (const focus of ['core0/t0', 'vm1/vcpu0']) {
      const frame = session.frame({
        want,
        focus,
        insn: 'next',
        hpt: {
          vm: 1,
          window: { level: 0, x: 0, y: 0, w: 8, h: 8 },
          slot: 0,
          find: null,
          thread: focus,
          walk: { of: 'next' },
        },
        eventsWanted: 8,
        bins: 8,
        back: [],
      });
      expect(Object.keys(frame.sections)).toHaveLength(Object.keys(SECTIONS).length);
    }
  }
});
