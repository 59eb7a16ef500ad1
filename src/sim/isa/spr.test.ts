import { describe, expect, it } from 'vitest';
import {
  CPU_FAMILIES,
  hasSpr,
  numbersOf,
  SPRS,
  sprNumbers,
  sprSlot,
  sprSlotOfNumber,
} from './spr.ts';

describe('the table of special-purpose registers', () => {
  it('names every register once', () => {
    expect(new Set(SPRS.map(({ name }) => name)).size).toBe(SPRS.length);
    expect(() => sprSlot('NONE')).toThrow('sprSlot: no register named NONE');
  });

  it('gives a number to one register of a CPU', () => {
    for (const cpu of CPU_FAMILIES) {
      const numbers = SPRS.filter((row) => hasSpr(cpu, row)).flatMap((row) =>
        numbersOf(row).filter(({ cpus }) => cpus.includes(cpu)),
      );
      expect(new Set(numbers.map(({ num }) => num)).size).toBe(numbers.length);
      expect(sprNumbers(cpu).size).toBe(numbers.length);
    }
  });

  it('has numbers of ten bits, on CPUs that have the register', () => {
    for (const row of SPRS) {
      for (const { num, cpus } of numbersOf(row)) {
        expect(num).toBeLessThan(1024);
        expect(cpus.length).toBeGreaterThan(0);
        expect([row.name, cpus.filter((cpu) => !row.cpus.includes(cpu))]).toEqual([row.name, []]);
      }
    }
  });

  it('keeps fields inside their register and apart', () => {
    for (const { name, bits, fields } of SPRS) {
      let seen = 0n;
      for (const { lo, width } of fields) {
        const mask = ((1n << BigInt(width)) - 1n) << BigInt(lo);
        expect([name, lo + width <= bits, seen & mask]).toEqual([name, true, 0n]);
        seen |= mask;
      }
    }
  });

  it('finds a number on the newest CPU that has it', () => {
    expect(sprSlotOfNumber(29)).toBe(sprSlot('AMR'));
    expect(sprSlotOfNumber(25)).toBe(sprSlot('SDR1'));
    expect(sprSlotOfNumber(131)).toBe(sprSlot('TEXASR'));
    expect(sprSlotOfNumber(0)).toBeUndefined();
  });

  it('has numbers of one CPU alone', () => {
    const at = (cpu: (typeof CPU_FAMILIES)[number], num: number) =>
      sprNumbers(cpu).get(num)?.row.name;
    expect([at('970', 29), at('p7', 29), at('p9', 29)]).toEqual(['ACCR', 'AMR', 'AMR']);
    expect([at('p8', 464), at('p9', 464)]).toEqual([undefined, 'PTCR']);
  });
});
