import fc from 'fast-check';
import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Scrubber } from './Scrubber.tsx';
import { SPEEDS, shortCount, speedAt, speedPosition, speedText } from './speed.ts';
import { areaPath, barsPath } from './strip.ts';

const STRIP = { width: 100, top: 0, height: 10 };
const none = () => {};

describe('run speeds', () => {
  it('every slider position keeps its speed', () => {
    SPEEDS.forEach((speed, position) => {
      expect(speedPosition(speed)).toBe(position);
      expect(speedAt(position)).toBe(speed);
    });
  });

  it('a speed between two positions takes one of its neighbours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (speed) => {
        const near = speedAt(speedPosition(speed));
        expect(Math.max(near / speed, speed / near)).toBeLessThanOrEqual(Math.sqrt(2.5) + 1e-9);
      }),
      { seed: 2 },
    );
  });

  it('are written short', () => {
    expect([1, 20, 5000, 1_000_000, 0].map(speedText)).toEqual([
      '1/s',
      '20/s',
      '5 k/s',
      '1 M/s',
      'max',
    ]);
    expect(shortCount(3_400_000)).toBe('3.4 M');
  });
});

describe('scrubber paths', () => {
  const bins = [
    { from: 0, to: 5, n: 4 },
    { from: 5, to: 10, n: 0 },
  ];

  it('an area spans its bins and is as high as the largest value', () => {
    expect(areaPath(bins, (b) => b.n, 10, STRIP)).toBe('M0 10L0 0H50L50 10H100V10Z');
  });

  it('bars leave out empty bins', () => {
    expect(barsPath(bins, (b) => b.n, 10, STRIP)).toBe('M0 10v-10h35v10Z');
    expect(areaPath([], () => 0, 10, STRIP)).toBe('');
  });
});

describe('the scrubber', () => {
  const html = renderToString(
    <Scrubber
      step={412}
      end={5000}
      branch={0}
      branchName="main"
      bins={[]}
      branches={[
        { id: 1, name: 'early ring', parent: 0, fork: 100, end: 300, inputs: 1, current: 0 },
      ]}
      inputs={[{ step: 100, cycle: 900, text: 'doorbell from vcpu 0 to vcpu 2' }]}
      violations={[{ step: 200, id: 'dpdes', why: 'DPDES of thread 1 is lost' }]}
      onGoto={none}
      onStep={none}
    />,
  );

  it('says where it is in a sentence', () => {
    expect(html).toContain('aria-valuetext="step 412 of 5,000 on branch main"');
  });

  it('marks a violation, an input and a fork by different shapes with their words', () => {
    expect(html).toMatch(
      /title="DPDES of thread 1 is lost"[^>]*><svg class="mark-shape is-violation/,
    );
    expect(html).toMatch(
      /title="doorbell from vcpu 0 to vcpu 2"[^>]*><svg class="mark-shape is-input/,
    );
    expect(html).toMatch(
      /title="branch early ring forks here"[^>]*><svg class="mark-shape is-fork/,
    );
  });
});
