import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

const CSS = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const THEMES = ['light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

/** A token's sRGB value in a theme, 0..1, from its `light-dark(#light, #dark)`. */
function token(name: string, theme: Theme): Rgb {
  const found = new RegExp(`--${name}: light-dark\\(#([0-9a-f]{6}), #([0-9a-f]{6})\\)`).exec(CSS);
  const hex = found?.[theme === 'light' ? 1 : 2];
  if (!hex) throw new Error(`tokens.css has no --${name}`);
  const channel = (i: number) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16) / 255;
  return [channel(0), channel(1), channel(2)];
}

const toLinear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const linear = ([r, g, b]: Rgb): Rgb => [toLinear(r), toLinear(g), toLinear(b)];
const dot = (a: Rgb, b: Rgb) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const apply = (m: Matrix, v: Rgb): Rgb => [dot(m[0], v), dot(m[1], v), dot(m[2], v)];
const clamp = ([r, g, b]: Rgb): Rgb => [
  Math.min(1, Math.max(0, r)),
  Math.min(1, Math.max(0, g)),
  Math.min(1, Math.max(0, b)),
];

/** Contrast ratio of WCAG 2.2. */
function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [a, b].map((c) => dot([0.2126, 0.7152, 0.0722], linear(c)) + 0.05) as [
    number,
    number,
  ];
  return Math.max(x, y) / Math.min(x, y);
}

/** OKLab (Ottosson 2020) of a linear colour. */
function oklab(rgb: Rgb): Rgb {
  const [l, m, s] = apply(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map(Math.cbrt) as [number, number, number];
  return apply(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [l, m, s],
  );
}

/** Colour blindness at full severity, on linear RGB (Machado, Oliveira, Fernandes 2009). */
const VISION: Readonly<Record<string, Matrix>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** OKLab distance x100 of two sRGB colours as seen with the given vision. */
function distance(a: Rgb, b: Rgb, vision: Matrix): number {
  const [x, y] = [a, b].map((c) => oklab(clamp(apply(vision, linear(c))))) as [Rgb, Rgb];
  return 100 * Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

const HUES = [0, 1, 2, 3, 4, 5];
const BACKGROUNDS = ['bg', 'panel', 'panel-2'];

describe.each(THEMES)('%s palette', (theme) => {
  it.each(HUES)('partition hue %i stands out from every background by 3:1', (i) => {
    for (const bg of BACKGROUNDS) {
      expect(contrast(token(`vm${i}`, theme), token(bg, theme))).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(HUES)('text on partition hue %i reads at 4.5:1', (i) => {
    expect(contrast(token(`vm${i}`, theme), token(`vm${i}-ink`, theme))).toBeGreaterThanOrEqual(
      4.5,
    );
  });

  it.each(Object.keys(VISION))('partitions stay 12 apart in OKLab with %s vision', (name) => {
    const vision = VISION[name] as Matrix;
    for (const i of HUES) {
      for (const j of HUES.slice(i + 1)) {
        const far = distance(token(`vm${i}`, theme), token(`vm${j}`, theme), vision);
        expect(far, `vm${i} and vm${j}`).toBeGreaterThanOrEqual(12);
      }
    }
  });

  it('text reads at 4.5:1 and edges at 3:1 on every background', () => {
    for (const bg of BACKGROUNDS) {
      for (const text of ['text', 'text-dim', 'host-ink']) {
        expect(contrast(token(text, theme), token(bg, theme)), text).toBeGreaterThanOrEqual(4.5);
      }
      for (const edge of ['line-strong', 'real-edge', 'host', 'focus']) {
        expect(contrast(token(edge, theme), token(bg, theme)), edge).toBeGreaterThanOrEqual(3);
      }
    }
    expect(contrast(token('host-ink', theme), token('host-fill', theme))).toBeGreaterThan(4.5);
  });
});
