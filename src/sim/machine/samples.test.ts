import fc from 'fast-check';
import { expect, test } from 'vitest';
import { make } from '../state/schema.ts';
import { MACHINE } from './records.ts';
import { binSamples, Samples } from './samples.ts';

const at = (step: number) =>
  make(MACHINE, { step, guest_entries: 3 * step, ipis: Math.floor(step / 7) });

test('bins add up to the counters, whatever their number', () => {
  const law = fc.property(
    fc.integer({ min: 1, max: 400 }),
    fc.integer({ min: 1, max: 500 }),
    (n, bins) => {
      const samples = new Samples();
      for (let i = 1; i <= n; i++) samples.note(at(i * samples.spacing));
      const made = binSamples(samples.upTo(Number.POSITIVE_INFINITY), bins);
      expect(made.length).toBeLessThanOrEqual(bins);
      const last = made.at(-1)?.to ?? 0;
      expect(last).toBe(n * samples.spacing);
      expect(made.reduce((sum, bin) => sum + bin.entries, 0)).toBe(3 * last);
      expect(made.reduce((sum, bin) => sum + bin.ipis, 0)).toBe(Math.floor(last / 7));
      made.reduce((before, bin) => {
        expect(bin.from).toBe(before);
        return bin.to;
      }, 0);
    },
  );
  fc.assert(law, { seed: 6, numRuns: 100 });
});

test('a long run keeps a bounded number of samples, spread over all of it', () => {
  const samples = new Samples();
  for (let step = 0; step <= 1_000_000; step += 64) samples.note(at(step));
  const rows = samples.upTo(Number.POSITIVE_INFINITY);
  expect(rows.length).toBeLessThanOrEqual(2048);
  expect(samples.spacing).toBeGreaterThan(64);
  const gaps = rows.slice(1).map((row, i) => row.step - (rows[i]?.step ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * samples.spacing);
});

test('steps already known are not noted again', () => {
  const samples = new Samples();
  for (const step of [64, 128, 64, 100, 192]) samples.note(at(step));
  expect(samples.upTo(1000).map((row) => row.step)).toEqual([64, 128, 192]);
  samples.forget(128);
  expect(samples.upTo(1000).map((row) => row.step)).toEqual([64, 128]);
});
