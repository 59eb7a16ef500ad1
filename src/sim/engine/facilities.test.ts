// Modules without the rows of a facility, and the change to those that have them. In a file of its own: where an
// operand lies is known to the whole process once a module has the row.
import { expect, test } from 'vitest';
import { Stop } from './api.ts';
import { machine } from './testing/recording-machine.ts';

const [FP, VEC, VSX] = [0x2000, 0x0200_0000, 0x0080_0000];

test.each([
  ['lfd 1,8(3)', 'raise fpUnavailable'],
  ['fmr 1,2', 'raise fpUnavailable'],
  ['vor 1,2,2', 'raise vectorUnavailable'],
  ['xxlor 1,2,2', 'raise vsxUnavailable'],
  ['lxv 1,0(3)', 'raise vsxUnavailable'],
  ['lxv 33,0(3)', 'raise vectorUnavailable'],
])('%s without its facility: %s', (source, hook) => {
  const { engine, seen } = machine(source);
  expect(engine.run(0, 1)).toBe(Stop.raised);
  expect(seen.at(-1)).toMatchObject({ hook });
});

test('what was decoded while all facilities were off runs when they are on', () => {
  const { arena, engine } = machine('fmr 1,2\n vor 3,4,4\n xxlor 5,6,6\n lfd 7,8(3)');
  arena.setGpr(0, 3, 0x1000n);
  arena.write64(0x1008, 77n);
  for (const vsr of [2, 36, 6]) arena.setVsr(0, vsr, 0, BigInt(vsr));
  expect(engine.run(0, 1)).toBe(Stop.raised);
  arena.setNia(0, 0n);
  expect(engine.run(0, 4, FP | VEC | VSX)).toBe(Stop.budget);
  expect([1, 35, 5, 7].map((vsr) => arena.vsr(0, vsr, 0))).toEqual([2n, 36n, 6n, 77n]);
});

test('a thread with all facilities off still raises after another one had them on', () => {
  const { arena, engine, seen } = machine('fmr 1,2', { threads: 2 });
  expect(engine.run(0, 1, FP)).toBe(Stop.budget);
  arena.setNia(1, 0n);
  expect(engine.run(1, 1)).toBe(Stop.raised);
  expect(seen.at(-1)).toMatchObject({ hook: 'raise fpUnavailable' });
});
