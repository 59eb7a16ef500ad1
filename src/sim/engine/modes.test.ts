// 32-bit mode (MSR[SF]=0) and older versions of the architecture, case by case.
import { describe, expect, test } from 'vitest';
import { sprSlot } from '../isa/spr.ts';
import { Stop } from './api.ts';
import { machine } from './testing/recording-machine.ts';

const [LR, CTR] = [sprSlot('LR'), sprSlot('CTR')];
const HIGH = 0xabcd_0000_0000_0000n;
const [LT, GT, EQ] = [8, 4, 2];
const cr0 = (cr: number) => cr >>> 28;

describe('in 32-bit mode', () => {
  const narrow = (source: string) => machine(source, { sixtyFour: false });

  test('an access uses the low word of its address, and RA gets all of it', () => {
    const { arena, engine, seen } = narrow('lwzu 4,8(3)\n stwu 4,8(3)');
    arena.setGpr(0, 3, HIGH | 0x2000n);
    arena.write32(0x2008, 77);
    engine.run(0, 2);
    expect([arena.gpr(0, 3), arena.gpr(0, 4), arena.read32(0x2010)]).toEqual([
      HIGH | 0x2010n,
      77n,
      77,
    ]);
    expect(seen.map(({ arg }) => arg)).toEqual([0n, 0x2008n, 0x2010n]);
  });

  test('an access that runs over the last address is split there', () => {
    const { arena, engine, seen, settings } = narrow('ld 4,0(3)');
    arena.setGpr(0, 3, 0xffff_fffcn);
    settings.unmapped = 0xfffffn;
    engine.run(0, 1);
    expect(seen.at(-1)).toMatchObject({ hook: 'fault load', arg: 0xffff_fffcn, size: 4 });
  });

  test('branches ignore the high word of their target, and LR gets zeros there', () => {
    const { arena, engine } = narrow('bcctrl 20,0\n nop\n nop\n nop\n blr');
    arena.setSpr(0, CTR, HIGH | 0x10n);
    engine.run(0, 1);
    expect([arena.nia(0), arena.spr(0, LR)]).toEqual([0x10n, 4n]);
    arena.setSpr(0, LR, HIGH | 0x8n);
    engine.run(0, 1);
    expect(arena.nia(0)).toBe(8n);
  });

  test('the next instruction after the last address is at 0', () => {
    const { arena, engine, settings } = narrow('b .-8');
    engine.run(0, 1);
    expect(arena.nia(0)).toBe(0xffff_fff8n);
    settings.unmapped = 0xfffffn;
    expect(engine.run(0, 1)).toBe(Stop.raised);
  });

  test('a branch tests the low word of CTR and decrements all of it', () => {
    const { arena, engine } = narrow('bdnz .+8');
    arena.setSpr(0, CTR, HIGH | 1n);
    engine.run(0, 1);
    expect([arena.nia(0), arena.spr(0, CTR)]).toEqual([4n, HIGH]);
  });

  test.each([
    { value: 0x8000_0000n, wide: GT, low: LT },
    { value: HIGH | 1n, wide: LT, low: GT },
    { value: HIGH, wide: LT, low: EQ },
  ])('CR0 of $value compares the low word with zero', ({ value, wide, low }) => {
    for (const sixtyFour of [true, false]) {
      const { arena, engine } = machine('or. 4,3,3', { sixtyFour });
      arena.setGpr(0, 3, value);
      engine.run(0, 1);
      expect(cr0(arena.cr(0))).toBe(sixtyFour ? wide : low);
    }
  });

  test('carry and overflow are those of the low word', () => {
    const { arena, engine } = narrow('addco 5,3,4');
    arena.setGpr(0, 3, 0x8000_0000n);
    arena.setGpr(0, 4, 0x8000_0000n);
    engine.run(0, 1);
    // SO OV CA OV32 CA32; in 64-bit mode OV and CA would be 0.
    expect([arena.gpr(0, 5), arena.xer(0)]).toEqual([1n << 32n, 0xe00c_0000n]);
  });
});

describe('a CPU of version 2.07', () => {
  const old = (source: string) => machine(source, { version: '2.07' });

  test('refuses instructions of 3.0', () => {
    const { engine, seen } = old('modsw 3,4,5');
    expect(engine.run(0, 1)).toBe(Stop.raised);
    expect(seen.at(-1)).toMatchObject({ hook: 'raise illegal', arg: 0x7c642e16n });
  });

  test('has no OV32 and CA32, not even for mtxer', () => {
    const { arena, engine } = old('mtxer 3\n addco 5,4,4');
    arena.setGpr(0, 3, 0xffff_ffffn);
    engine.run(0, 1);
    expect(arena.xer(0)).toBe(0xe003_ffffn);
    arena.setGpr(0, 4, 0x8000_0000n);
    engine.run(0, 1);
    expect(arena.xer(0)).toBe(0x8003_ffffn);
  });

  test('refuses what was taken out before it', () => {
    for (const [version, stop] of [
      ['2.07', Stop.raised],
      ['2.02', Stop.budget],
    ] as const) {
      const { arena, engine } = machine('nop', { version });
      arena.write32(0, 0x7c00_0400); // mcrxr cr0
      expect(engine.run(0, 1), version).toBe(stop);
    }
  });
});
