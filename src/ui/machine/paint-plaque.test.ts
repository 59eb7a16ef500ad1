import { describe, expect, it, vi } from 'vitest';
import { vcore } from '../../../e2e/fixtures/vcores.ts';
import { type Brush, INK_TOKENS, type Inks } from './paint.ts';
import { paintPlaque } from './paint-plaque.ts';

const BOX = { x: 34, y: 1, w: 150, h: 22 };

/** What is painted into a place: texts, and the ink and path of each shape. */
function painted(belongs: string, row: ReturnType<typeof vcore> | null) {
  const texts: string[] = [];
  const shapes: string[] = [];
  let dashed = false;
  const style: Record<string, unknown> = {};
  const calls: Record<string, (...args: never[]) => void> = {
    fillText: (text: string) => texts.push(text),
    fillRect: (x: number, y: number, w: number, h: number) =>
      shapes.push(`${style.fillStyle} ${[x, y, w, h]}`),
    fill: (path: { d: string }) => shapes.push(`${style.fillStyle} ${path.d}`),
    setLineDash: (dash: number[]) => {
      dashed ||= dash.length > 0;
    },
  };
  const to = new Proxy(style, {
    get: (_, name: string) => calls[name] ?? style[name] ?? (() => {}),
  }) as unknown as CanvasRenderingContext2D;
  const inks = Object.fromEntries(INK_TOKENS.map((token) => [token, token])) as Inks;
  const brush: Brush = { to, inks, mono: 'mono' };
  vi.stubGlobal('Path2D', PathText);
  paintPlaque(brush, { box: BOX, belongs, threads: 8 }, row);
  vi.unstubAllGlobals();
  return { texts, shapes, dashed };
}

class PathText {
  readonly d: string;
  constructor(d: string) {
    this.d = d;
  }
}

describe('a painted plaque', () => {
  it('says the VM, the vcore and as much of its state as fits', () => {
    const words = (state: string) => painted('', vcore(3, { vm: 2, state })).texts;
    expect(words('VCORE_RUNNING')).toEqual(['B', 'vc3 RUNNING']);
    expect(words('VCORE_SLEEPING')).toEqual(['B', 'vc3']);
  });

  it('has a lit pip for each thread that entered, began to leave, or naps', () => {
    const row = vcore(0, { entered: 0b1011, left: 0b10, napping: 0b100 });
    const lit = painted('', row).shapes.filter((shape) => shape.startsWith('text M'));
    expect(lit).toHaveLength(1);
    expect(lit[0]?.match(/M/g)).toHaveLength(3 + 1 + 1);
  });

  it('leaves the colour of the card where it was, and at home a dashed place with its name', () => {
    expect(painted('', null)).toEqual({
      texts: [],
      shapes: [`panel-2 ${[34, 1, 150, 22]}`],
      dashed: false,
    });
    expect(painted('vcore 3', null)).toEqual({ texts: ['vcore 3'], shapes: [], dashed: true });
  });
});
