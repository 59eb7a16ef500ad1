// What a benchmark reports, and the table made of it.

/** One figure: a sample of measurements (or the one value that a size is) and the target it is held to. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly sample: readonly number[];
  /** 'most': the percentile `at` (0.95 unless given) must not exceed it; 'least': p50 must reach it. */
  readonly target?: {
    readonly kind: 'most' | 'least';
    readonly value: number;
    readonly at?: number;
  };
}

/** A benchmark: measures, and returns its figures. */
export type Benchmark = () => Promise<Figure[]>;

/** The smallest value that at least the share `p` (0..1) of the sample does not exceed. */
export function percentile(sample: readonly number[], p: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)];
  if (value === undefined) throw new Error('percentile: empty sample');
  return value;
}

/** The measured value that the target speaks of, divided by the target. */
export function ratio({ sample, target }: Figure): number | null {
  if (!target) return null;
  return percentile(sample, target.kind === 'most' ? (target.at ?? 0.95) : 0.5) / target.value;
}

/** A Markdown table, one row per figure. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const at = (p: number) => format(percentile(figure.sample, p));
    const single = figure.sample.length === 1;
    const spread = single ? ['', '', ''] : [at(0.95), at(0.99), at(1)];
    return [figure.name, figure.unit, at(0.5), ...spread, goal(figure), share(figure)];
  });
  const head = ['figure', 'unit', 'p50', 'p95', 'p99', 'max', 'target', 'ratio'];
  return [head, head.map(() => '---'), ...rows].map((r) => `| ${r.join(' | ')} |`).join('\n');
}

function goal({ target }: Figure): string {
  return target ? `${target.kind === 'most' ? '≤' : '≥'} ${format(target.value)}` : '';
}

function share(figure: Figure): string {
  const value = ratio(figure);
  return value === null ? '' : value.toFixed(2);
}

function format(value: number): string {
  return value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
