// Paths of the scrubber: one path per series, whatever the number of bins.
import { max } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { area, curveStepAfter } from 'd3-shape';

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

/** Scales of a strip: steps 0 to `end` across it, values up to the largest upwards from its lower edge. */
function scales<B extends Bin>(
  bins: readonly B[],
  value: (bin: B) => number,
  end: number,
  strip: Strip,
) {
  const base = strip.top + strip.height;
  return {
    x: scaleLinear([0, end], [0, strip.width]),
    y: scaleLinear([0, Math.max(1, max(bins, value) ?? 0)], [base, strip.top]),
    base,
  };
}

/** A closed area with one level per bin, over steps 0 to `end`. '' without bins. */
export function areaPath<B extends Bin>(
  bins: readonly B[],
  value: (bin: B) => number,
  end: number,
  strip: Strip,
): string {
  const last = bins.at(-1);
  if (!last) return '';
  const { x, y, base } = scales(bins, value, end, strip);
  const levels = [
    ...bins.map((bin) => [bin.from, value(bin)] as const),
    [last.to, value(last)] as const,
  ];
  const path = area<readonly [number, number]>()
    .curve(curveStepAfter)
    .digits(2)
    .x(([step]) => x(step))
    .y0(base)
    .y1(([, level]) => y(level));
  return path(levels) ?? '';
}

/** One bar per bin with a value above zero, at least a tenth of the height so that none is invisible. */
export function barsPath<B extends Bin>(
  bins: readonly B[],
  value: (bin: B) => number,
  end: number,
  strip: Strip,
): string {
  const { x, y, base } = scales(bins, value, end, strip);
  return bins
    .map((bin) => {
      if (value(bin) === 0) return '';
      const w = Math.max(0.6, round((x(bin.to) - x(bin.from)) * 0.7));
      const h = round(Math.max(strip.height / 10, base - y(value(bin))));
      return `M${round(x(bin.from))} ${base}v${-h}h${w}v${h}Z`;
    })
    .join('');
}
