import { describe, expect, test } from 'vitest';
import { patternOf } from '../isa/pattern.ts';
import type { Row } from '../isa/row.ts';
import { ROWS } from '../isa/table.ts';
import { MSR, PROGRAM } from './bits.ts';
import { CPU_MODELS } from './cpu-model.ts';
import { causeOf, flatThread, modelOf, step } from './testing/flat-thread.ts';

/** User manuals and the kernel's cputable: version, PVR, threads, SLB entries, PIR of core 2, last thread. */
const EXPECTED = [
  ['970', '2.02', 0x003c0300n, 1, 64, 2n],
  ['p7', '2.06', 0x003f0203n, 4, 32, 11n],
  ['p7-smt2', '2.06', 0x003f0203n, 2, 32, 9n],
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

/** Power ISA v2.02 and the PowerPC 970 user manual: what a hypervisor finds there later. */
const LACKING_970 = [
  ...['DSCR 17', 'UAMOR 157', 'SPURR 308', 'PURR 309', 'RMOR 312', 'LPCR 318', 'LPIDR 319'],
  ...['HDSISR 306', 'HDAR 307', 'HEIR 339', 'AMOR 349', 'HMER 336', 'PCR 338'],
] as const;

describe('the PowerPC 970', () => {
  test.each(LACKING_970)('has no %s: reading it does nothing', (register) => {
    const [, num = ''] = register.split(' ');
    const hw = flatThread(`mfspr r3, ${num}`, '970', 'h');
    hw.arena.setGpr(0, 3, 0x77n);
    expect([step(hw), hw.arena.gpr(0, 3)]).toEqual(['next', 0x77n]);
    const later = flatThread(`mfspr r3, ${num}`, 'p7', 'h');
    later.arena.setGpr(0, 3, 0x77n);
    expect([step(later), later.arena.gpr(0, 3) === 0x77n]).toEqual(['next', false]);
  });

  test('has no VSX and no AMR, but eight counters and 64 SLB entries', () => {
    const hw = flatThread('mfspr r3, 794', '970', 'h');
    expect(hw.model.msr & MSR.VSX).toBe(0n);
    hw.set(0, 'PMC8', 5n);
    expect([step(hw), hw.arena.gpr(0, 3), hw.model.slbEntries]).toEqual(['next', 5n, 64]);
    expect(step(flatThread('mfspr r3, 13', '970', 'u'))).toBe('700');
    expect(step(flatThread('mfspr r3, 13', 'p7', 'u'))).toBe('next');
  });
});

/** Versions in order, written out apart from isa/row.ts. */
const VERSIONS = ['P1', '2.01', '2.02', '2.03', '2.05', '2.06', '2.07', '3.0'];

describe.each(['970', 'p7', 'p8', 'p9'])('%s', (cpu) => {
  test('refuses every instruction that is newer than it, or was taken out before it', () => {
    const hw = flatThread('nop', cpu, 'h');
    const at = VERSIONS.indexOf(hw.model.version);
    const has = ({ since, until = '3.0' }: Row) =>
      VERSIONS.indexOf(since) <= at && VERSIONS.indexOf(until) >= at;
    const lacking = ROWS.filter((row) => !has(row));
    expect(lacking.length).toBeGreaterThan(3);
    for (const row of lacking) {
      const word = patternOf(row).match >>> 0;
      // An older row may ignore the bits that make it a new instruction (mffs, mffsce).
      const older = ROWS.some((other) => {
        const { mask, match } = patternOf(other);
        return has(other) && ((word ^ match) & mask) === 0;
      });
      if (older) continue;
      hw.arena.write32(0x1000, word);
      hw.arena.setNia(0, 0x1000n);
      const where = step(hw);
      const seen = cpu === '970' ? causeOf(hw) : hw.get(0, 'HEIR');
      const wanted = cpu === '970' ? ['700', PROGRAM.ILLEGAL] : ['e40', BigInt(word)];
      expect([row.name, where, seen]).toEqual([row.name, ...wanted]);
    }
  });
});
