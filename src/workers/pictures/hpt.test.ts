import { beforeEach, describe, expect, test } from 'vitest';
import { gridWidth } from '../../sim/machine/hpt-summary.ts';
import { SUMMARY } from '../../sim/trace/hpt.ts';
import type { HptLook } from '../protocol.ts';
import { THREAD_MODES } from '../sections.ts';
import { Session } from '../session.ts';
import { FakePace, sectionOf } from '../testing/session.ts';
import { changeText } from './hpt.ts';

const GUEST = THREAD_MODES.indexOf('guest');
const ORDER = 18;
/** The bolted entries of a guest of 32 MB: guest addresses 0 and 0x1000000, each in slot 7 of its PTEG. */
const [FIRST, SECOND] = [2047 * 8 + 7, 2046 * 8 + 7];
const WHOLE = { level: 0, x: 0, y: 0, w: 1000, h: 1000 };
const LOOK: HptLook = {
  vm: 1,
  window: WHOLE,
  slot: -1,
  find: null,
  thread: 'core0/t0',
  walk: null,
};

let session: Session;
const look = (part: Partial<HptLook> = {}) =>
  sectionOf(session, 'hpt', { hpt: { ...LOOK, ...part } });

beforeEach(async () => {
  session = new Session(new FakePace());
  await session.open('at=main@6000');
});

/** Steps until a vcpu of the VM runs guest code; its thread. */
async function threadInGuest(): Promise<string> {
  for (let i = 0; i < 400; i++) {
    const { threads } = sectionOf(session, 'machine');
    const found = threads.find((row) => row.lpid !== 0 && row.mode === GUEST);
    if (found) return `core0/t${found.thread}`;
    await session.step('instr', 1, 1);
  }
  throw new Error('no thread in the guest');
}

describe('the map', () => {
  test('has no table before KVM has made one', async () => {
    await session.goto(0);
    expect(look().vms).toEqual([]);
  });

  test('counts the entries by state and has a byte for each', () => {
    const { vms, cells } = look();
    expect(vms[0]).toMatchObject({
      vm: 1,
      order: ORDER,
      layout: 1,
      valid: 2,
      bolted: 2,
      absent: 0,
    });
    expect(vms[0]?.entries).toBe(2 ** (ORDER - 4));
    const [{ w, h, bits, fill } = { w: 0, h: 0, bits: new Uint8Array(), fill: new Uint8Array() }] =
      cells;
    expect([w, w * h]).toEqual([gridWidth(ORDER), 2 ** (ORDER - 4)]);
    const used = [...fill].flatMap((f, slot) => (f > 0 ? [slot] : []));
    expect(used).toEqual([SECOND, FIRST]);
    expect(bits[FIRST]).toBe(
      SUMMARY.VALID | SUMMARY.LARGE | SUMMARY.BOLTED | SUMMARY.R | SUMMARY.C,
    );
  });

  test('names what changed since the picture before, once, also when time goes back', async () => {
    look();
    expect(look().changed).toEqual([]);
    await session.inject({ kind: 'hpte', vm: 0, slot: FIRST, edit: 'clear-c' });
    const { changed, recent } = look();
    expect(changed.map(({ slot }) => slot)).toEqual([FIRST]);
    expect(recent[0]).toMatchObject({ slot: FIRST, what: 'C 1→0', step: 6000 });
    expect(look().changed).toEqual([]);
    await session.undo();
    expect(look().recent[0]).toMatchObject({ slot: FIRST, what: 'C 0→1' });
  });

  test('says of an entry whose summary stays the same that other fields have changed', () => {
    expect(changeText(3, 3)).toBe('other fields');
    expect(changeText(SUMMARY.VALID, SUMMARY.ABSENT)).toBe('V 1→0, ABSENT 0→1');
  });
});

describe('an entry', () => {
  test('is shown with its group, its fields in both views and its page', () => {
    const { slots, fields } = look({ slot: SECOND });
    expect(slots.map(({ slot }) => slot % 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const entry = slots[7];
    expect(entry).toMatchObject({ slot: SECOND, page: '16 MB', chain: '' });
    const value = (view: string, name: string) =>
      fields.find((field) => field.view === view && field.name === name)?.value;
    expect([value('real', 'V'), value('real', 'BOLTED'), value('real', 'B')]).toEqual([
      '1',
      '1',
      '1',
    ]);
    // The layout before ISA 3.0 has B in doubleword 0.
    expect(fields.find(({ view, name }) => view === 'guest' && name === 'B')).toMatchObject({
      dword: 0,
      lo: 62,
      value: '1',
    });
    expect(
      fields.filter(({ view }) => view === 'real').every(({ text }) => text !== undefined),
    ).toBe(true);
  });

  test('that does not exist is not shown', () => {
    for (const slot of [-1, 2 ** (ORDER - 4), 0.5, Number.NaN]) {
      expect(look({ slot }).slots).toEqual([]);
    }
  });

  test('is found by a real address inside its page and by its AVPN, and by nothing else', () => {
    const { slots } = look({ slot: SECOND });
    const real = BigInt(slots[7]?.real ?? 0);
    const by = (kind: 'ra' | 'gra' | 'avpn' | 'used', value: bigint): number[] =>
      look({ find: { by: kind, value } }).found.map(({ slot }) => slot);
    expect(by('ra', real + 0x123456n)).toEqual([SECOND]);
    expect(by('ra', real + 0x1000000n)).not.toContain(SECOND);
    expect(by('gra', 0x1000000n + 0x123456n)).toEqual([SECOND]);
    expect(by('gra', 0x5n)).toEqual([FIRST]);
    expect(by('gra', 0x8000000n)).toEqual([]);
    expect(by('avpn', slots[7]?.v ?? 0n)).toEqual([SECOND]);
    expect(by('avpn', 0n)).toEqual([]);
    expect(by('used', 0n)).toEqual([SECOND, FIRST]);
  });

  test('in focus shows both doublewords in the inspector', () => {
    const { fields } = sectionOf(session, 'inspect', { focus: 'vm1/hpt/pteg2047/7' });
    expect(fields.map(({ name }) => name)).toEqual([
      'doubleword 0',
      'doubleword 1',
      'guest doubleword 0',
      'guest doubleword 1',
    ]);
    expect(fields[0]?.bits).toContain('V=1');
    expect(sectionOf(session, 'inspect', { focus: 'vm1/hpt/pteg99999/0' }).fields).toEqual([]);
  });
});

describe('a walk', () => {
  test('of a typed address in guest real mode ends in the page of the VRMA, with its slots marked', async () => {
    const thread = await threadInGuest();
    const base = look({ slot: FIRST }).slots[7]?.real ?? 0;
    const { walk, steps } = look({ thread, walk: { of: 'ea', ea: 0x1234n, access: 'load' } });
    expect(walk[0]).toMatchObject({ ea: 0x1234n, access: 'load', ok: 1 });
    expect(walk[0]?.result).toContain(`0x${(base + 0x1234).toString(16)}`);
    expect(steps.find(({ title }) => title === 'Primary PTEG 2047')).toMatchObject({
      slot: 2047 * 8,
      slots: 8,
      good: 1,
    });
    expect(steps.filter(({ slot, good }) => slot === FIRST && good === 1)).not.toEqual([]);
  });

  test('of an address that no entry maps says which interrupt it is, and to whom', async () => {
    const thread = await threadInGuest();
    const { walk } = look({ thread, walk: { of: 'ea', ea: 0x8000000n, access: 'store' } });
    expect(walk[0]).toMatchObject({ ok: 0 });
    expect(walk[0]?.result).toBe('interrupt 0xE00 to the hypervisor: no HPTE');
  });

  test('of the last access is as it was then, and looking for it changes nothing', async () => {
    const thread = await threadInGuest();
    await session.step('instr', 1, 1);
    const before = session.hash();
    const { walk } = look({ thread, walk: { of: 'last' } });
    expect(walk).toHaveLength(1);
    expect(walk[0]?.note).toMatch(/^at step \d+/);
    expect(session.hash()).toBe(before);
  });

  test('of the host there is none', async () => {
    await session.goto(100);
    expect(look({ walk: { of: 'ea', ea: 0n, access: 'load' } }).walk).toEqual([]);
  });
});

describe('the TLB', () => {
  test('shows an entry as stale whose HPTE was invalidated without a tlbie, until it is written again', async () => {
    const thread = await threadInGuest();
    const fresh = look({ thread }).tlb;
    expect(fresh.length).toBeGreaterThan(0);
    expect(fresh.every(({ stale }) => stale === '')).toBe(true);
    const [{ slot, entry } = { slot: -1, entry: -1 }] = fresh;
    await session.inject({ kind: 'hpte', vm: 0, slot, edit: 'invalidate' });
    const row = look({ thread }).tlb.find((held) => held.entry === entry);
    expect(row).toMatchObject({ slot, stale: 'the HPTE is no longer valid' });
    await session.undo();
    expect(look({ thread }).tlb.every(({ stale }) => stale === '')).toBe(true);
  });
});

describe('TCE tables', () => {
  test('are shown as the guest fills them, with the page behind each entry', async () => {
    await session.open('s=real-mode-put-tce&at=main@0');
    const filled = (): boolean => look().tce.length > 0;
    for (let i = 0; i < 60 && !filled(); i++) await session.step('phase', 1, 1);
    const { tces, tce } = look();
    expect(tces[0]?.used).toBe(tce.length);
    const [{ ioba, gpa, may, real, liobn } = { ioba: -1, gpa: -1n, may: '', real: 0, liobn: 0 }] =
      tce;
    expect(ioba % 4096).toBe(0);
    expect(gpa % 4096n).toBe(0n);
    expect(may).toMatch(/read|write/);
    expect(real).toBeGreaterThan(0);
    expect(liobn).toBe(tces[0]?.liobn);
  });

  test('a VM without one has none', () => {
    expect(look()).toMatchObject({ tces: [], tce: [] });
  });
});

test('a POWER7 has the layout before ISA 3.0: both views have B in doubleword 0', async () => {
  await session.open('s=book3s-hv&at=main@0');
  for (let i = 0; i < 200 && (look().vms[0]?.valid ?? 0) === 0; i++) await session.step('op', 1, 1);
  expect(look().vms[0]?.layout).toBe(0);
  const [{ slot } = { slot: -1 }] = look({ find: { by: 'used', value: 0n } }).found;
  const b = look({ slot }).fields.filter(({ name }) => name === 'B');
  expect(b.map(({ view, dword, lo }) => [view, dword, lo])).toEqual([
    ['real', 0, 62],
    ['guest', 0, 62],
  ]);
});

test('in a real mode area a walk tells limit and offset: RMLS and RMOR', async () => {
  await session.open('s=vrma-rma'); // opens at the first fault
  const last = look({ walk: { of: 'last' } });
  expect(last.walk[0]).toMatchObject({ ea: 0x2000000n, access: 'load', ok: 0 });
  expect(last.walk[0]?.result).toBe('interrupt 0x300 to the operating system: protection');
  expect(last.steps[0]?.detail).toBe('0x2000000 is not below the limit 0x2000000');
  const inside = look({ walk: { of: 'ea', ea: 0x300000n, access: 'load' } });
  expect(inside.steps[0]?.detail).toBe('0x300000 is below the limit 0x2000000: OR RMOR 0x4000000');
  expect(inside.walk[0]?.result).toBe('real address 0x4300000');
});
