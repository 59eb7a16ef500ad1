import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thread, vcpu } from '../../../e2e/fixtures/machine.ts';
import { wholeCatalogue } from '../../../e2e/fixtures/vcores.ts';
import { THREAD_MODES, VCPU_STATES } from '../../workers/sections.ts';
import { slotFace, tokenFace } from './face.ts';
import { layoutMachine } from './layout.ts';
import { type Brush, INK_TOKENS, type Inks, paintHome, paintSlot } from './paint.ts';

interface Mark {
  readonly what: string;
  readonly ink: string;
  readonly x: number;
  readonly y: number;
}

/** A canvas that remembers every point it is told, with the ink of that moment; text by its first point. */
function recorder(): { brush: Brush; marks: Mark[]; texts: string[] } {
  const marks: Mark[] = [];
  const texts: string[] = [];
  const style: Record<string, unknown> = {};
  const point = (what: string, x: number, y: number) => {
    const ink = what === 'stroke' ? style.strokeStyle : style.fillStyle;
    marks.push({ what, ink: String(ink), x, y });
  };
  const calls: Record<string, (...args: never[]) => void> = {
    fillRect: (x: number, y: number, w: number, h: number) => {
      point('fill', x, y);
      point('fill', x + w, y + h);
    },
    strokeRect: (x: number, y: number, w: number, h: number) => {
      point('stroke', x, y);
      point('stroke', x + w, y + h);
    },
    moveTo: (x: number, y: number) => point('line', x, y),
    lineTo: (x: number, y: number) => point('line', x, y),
    arc: (x: number, y: number) => point('arc', x, y),
    fillText: (text: string, x: number, y: number) => {
      texts.push(text);
      point('text', x, y);
    },
  };
  const to = new Proxy(style, {
    get: (_, name: string) => calls[name] ?? style[name] ?? (() => {}),
  }) as unknown as CanvasRenderingContext2D;
  const inks = Object.fromEntries(INK_TOKENS.map((token) => [token, token])) as Inks;
  return { brush: { to, inks, mono: 'mono' }, marks, texts };
}

const layoutOf = (width: number, height: number) =>
  layoutMachine(
    {
      cores: 12,
      threadsPerCore: 8,
      plaques: true,
      groups: [{ vm: 1, virtualCore: 0, vcpus: [0, 1, 2, 3], vcores: [0] }],
    },
    width,
    height,
  );

/** What is painted for thread 0 of a machine in a panel. */
function paintedSlot(set: Parameters<typeof thread>[1], width = 787, height = 900) {
  const box = layoutOf(width, height).cards[0]?.slots[0];
  if (!box) throw new Error('no slot');
  const record = recorder();
  const row = thread(0, set);
  const token = row.vcpu < 0 ? null : tokenFace(vcpu(row.vcpu, { runner: 1 }));
  paintSlot(record.brush, box, slotFace(row, wholeCatalogue(12, 8, 1), false), token);
  return { ...record, box };
}

const mode = (name: (typeof THREAD_MODES)[number]): number => THREAD_MODES.indexOf(name);

describe('a painted slot', () => {
  it('stays in its box, but for the notch at its left', () => {
    const any = fc.record({
      mode: fc.nat(THREAD_MODES.length - 1),
      vcpu: fc.integer({ min: -1, max: 3 }),
      next: fc.nat(1),
      dpdes: fc.nat(1),
      pending: fc.constantFrom('', '980 900·'),
      waiting: fc.constantFrom('', 'waiting for vcore.lock, which CPU 0/KVM holds'),
    });
    const panel = fc.constantFrom([504, 524], [787, 900], [352, 560], [1400, 1000]);
    fc.assert(
      fc.property(any, panel, (set, [width, height]) => {
        const { marks, box } = paintedSlot({ vm: set.vcpu < 0 ? -1 : 1, ...set }, width, height);
        for (const { x, y } of marks) {
          expect(x).toBeGreaterThanOrEqual(box.x - 8.01);
          expect(x).toBeLessThanOrEqual(box.x + box.w + 0.01);
          expect(y).toBeGreaterThanOrEqual(box.y - 0.01);
          expect(y).toBeLessThanOrEqual(box.y + box.h + 0.01);
        }
      }),
      { seed: 11, numRuns: 100 },
    );
  });

  it('is solid in the hue of the partition for a guest, and hatched with a red edge for real mode', () => {
    const dockInks = (name: (typeof THREAD_MODES)[number], what: string): string[] => {
      const { marks, box } = paintedSlot({ mode: mode(name), vm: 1, vcpu: 0 });
      return marks.filter((m) => m.what === what && m.x === box.dock.x).map((m) => m.ink);
    };
    expect(dockInks('guest', 'fill')).toContain('vm0');
    expect(dockInks('real', 'fill')).not.toContain('vm0');
    const real = paintedSlot({ mode: mode('real') });
    expect(real.marks.some((m) => m.what === 'stroke' && m.ink === 'real-edge')).toBe(true);
  });

  it('says what a waiting thread waits for, else the instruction or the routine', () => {
    const wait = { mode: mode('virt'), vm: 1, vcpu: 0, waiting: 'waiting for vcore.lock' };
    expect(paintedSlot(wait).texts).toContain('vcore.lock');
    expect(paintedSlot({ mode: mode('guest'), insn: 'sc 1' }).texts).toContain('sc 1');
    expect(paintedSlot({ mode: mode('host'), routine: 1, waiting: '' }).texts.join()).toContain(
      'kvmhv',
    );
  });

  it.each([1, 3])('of a thread that naps in the guest has its moon beside the token', (vcpus) => {
    for (const [width, height] of [
      [504, 524],
      [380, 300],
      [1400, 1000],
    ]) {
      const nap = { mode: mode('nap'), vm: 1, vcpu: vcpus };
      const { marks, texts, box } = paintedSlot(nap, width, height);
      expect(texts).toContain(`A${vcpus}`);
      const moon = marks.find(({ what }) => what === 'arc')?.x ?? 0;
      const plate = marks.filter(({ what, ink }) => what === 'fill' && ink === 'panel').slice(2);
      const [left, right] = [plate[0]?.x ?? 0, plate[1]?.x ?? 0];
      expect(moon < left ? moon + 5 <= left : right <= moon - 3.5).toBe(true);
      expect(moon).toBeLessThan(box.x + box.w - 3.5);
    }
  });

  it('has the name of the docked vcpu, and of the thread', () => {
    expect(paintedSlot({ vm: 1, vcpu: 3 }).texts).toEqual(expect.arrayContaining(['A3', 't0']));
  });
});

describe('a painted home', () => {
  it('has the token only while the vcpu is there', () => {
    const box = layoutOf(787, 900).groups[0]?.homes[0];
    if (!box) throw new Error('no home');
    const face = tokenFace(vcpu(0, { state: VCPU_STATES.indexOf('ceded') }));
    const [home, away] = [recorder(), recorder()];
    paintHome(home.brush, box, face, false);
    paintHome(away.brush, box, face, true);
    expect(home.texts).toEqual(['A0']);
    expect(away.texts).toEqual([]);
  });
});
