// Run speeds in steps per second, as positions of the speed slider: 1 2 5 10 ... 1,000,000, then as fast as it goes.

/** 0 stands for as fast as the worker goes, as in the protocol. */
export const SPEEDS: readonly number[] = [
  ...[0, 1, 2, 3, 4, 5].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power)),
  1_000_000,
  0,
];

/** Slider position of the speed nearest to `stepsPerSecond` on a logarithmic scale. */
export function speedPosition(stepsPerSecond: number): number {
  if (stepsPerSecond === 0) return SPEEDS.length - 1;
  const far = SPEEDS.map((s) => (s === 0 ? Infinity : Math.abs(Math.log(s / stepsPerSecond))));
  return far.indexOf(Math.min(...far));
}

/** Speed at a slider position, clamped. */
export function speedAt(position: number): number {
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, Math.round(position)))] ?? 0;
}

/** '20/s', '5 k/s', '1 M/s', 'max'. */
export function speedText(stepsPerSecond: number): string {
  return stepsPerSecond === 0 ? 'max' : `${shortCount(stepsPerSecond)}/s`;
}

/** A count in at most four characters: '870', '12 k', '3.4 M'. */
export function shortCount(n: number): string {
  const [value, unit] = n >= 1e6 ? [n / 1e6, ' M'] : n >= 1e3 ? [n / 1e3, ' k'] : [n, ''];
  const digits = value < 10 && unit !== '' && !Number.isInteger(value) ? 1 : 0;
  return `${value.toFixed(digits)}${unit}`;
}

/** A count with separators, the same in every locale. By hand: a fast run formats a thousand of them a second. */
export const longCount = (n: number): string =>
  String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
