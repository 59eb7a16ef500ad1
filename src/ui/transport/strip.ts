// Paths of the scrubber: one path per series, whatever the number of bins.

/** A box in the drawing's units. */
export interface Strip {
  readonly width: number;
  readonly top: number;
  readonly height: number;
}

interface Bin {
  readonly from: number;
  readonly to: number;
}

const round = (n: number) => Math.round(n * 100) / 100;

/** Heights relative to the largest value, so that a quiet history still shows its shape. */
function scaled<B extends Bin>(bins: readonly B[], value: (bin: B) => number, height: number) {
  const most = Math.max(1, ...bins.map(value));
  return bins.map((bin) => (value(bin) / most) * height);
}

/** A closed area under one point per bin, over steps 0 to `end`. '' without bins. */
export function areaPath<B extends Bin>(
  bins: readonly B[],
  value: (bin: B) => number,
  end: number,
  strip: Strip,
): string {
  if (bins.length === 0) return '';
  const base = strip.top + strip.height;
  const x = (step: number) => round((step / end) * strip.width);
  const heights = scaled(bins, value, strip.height);
  const line = bins.map((bin, i) => {
    const y = round(base - (heights[i] ?? 0));
    return `L${x(bin.from)} ${y}H${x(bin.to)}`;
  });
  return `M${x(bins[0]?.from ?? 0)} ${base}${line.join('')}V${base}Z`;
}

/** One bar per bin with a value above zero, at least a tenth of the height so that none is invisible. */
export function barsPath<B extends Bin>(
  bins: readonly B[],
  value: (bin: B) => number,
  end: number,
  strip: Strip,
): string {
  const base = strip.top + strip.height;
  const heights = scaled(bins, value, strip.height);
  return bins
    .map((bin, i) => {
      if (value(bin) === 0) return '';
      const x = round((bin.from / end) * strip.width);
      const w = Math.max(0.6, round(((bin.to - bin.from) / end) * strip.width * 0.7));
      const h = round(Math.max(strip.height / 10, heights[i] ?? 0));
      return `M${x} ${base}v${-h}h${w}v${h}Z`;
    })
    .join('');
}
