import { describe, expect, test } from 'vitest';
import { CPU_MODELS } from './cpu-model.ts';
import { flatThread, modelOf, step } from './testing/flat-thread.ts';

/** User manuals and the kernel's cputable: version, PVR, threads, SLB entries, PIR of core 2, last thread. */
const EXPECTED = [
  ['970', '2.02', 0x003c0300n, 1, 64, 2n],
  ['p7', '2.06', 0x003f0203n, 4, 32, 11n],
  ['p8', '2.07', 0x004d0200n, 8, 32, 23n],
  ['p9-dd22', '3.0', 0x004e0202n, 4, 32, 11n],
  ['p9-dd23', '3.0', 0x004e0203n, 4, 32, 11n],
] as const;

describe('CPU models', () => {
  test.each(EXPECTED)('%s is what its manual says', (id, version, pvr, threads, slb, pir) => {
    const model = modelOf(id);
    expect(model).toMatchObject({ id, version, pvr, threadsPerCore: threads, slbEntries: slb });
    expect(model.pir(2, threads - 1)).toBe(pir);
  });

  test('are these and p9, which is the newest POWER9', () => {
    expect([...CPU_MODELS.keys()].sort()).toEqual([...EXPECTED.map(([id]) => id), 'p9'].sort());
    expect(modelOf('p9')).toBe(modelOf('p9-dd23'));
  });

  test('show their PVR to the operating system', () => {
    for (const [id, , pvr] of EXPECTED) {
      const hw = flatThread('mfspr r3, 287', id);
      expect([id, step(hw), hw.arena.gpr(0, 3)]).toEqual([id, 'next', pvr]);
    }
  });
});
