import fc from 'fast-check';
import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { GRAINS, type Status } from '../../workers/protocol.ts';
import { STEP_KEYS } from '../keys/keys.ts';
import type { UiState } from '../store.ts';
import { BranchList } from './BranchList.tsx';
import { steadyStatus } from './index.tsx';
import { Scrubber } from './Scrubber.tsx';
import { SPEEDS, shortCount, speedAt, speedPosition, speedText } from './speed.ts';
import { areaPath, barsPath } from './strip.ts';
import { TransportView } from './TransportView.tsx';

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

describe('the status that the transport shows', () => {
  const at = (step: number, set: Partial<Status>, history: object) =>
    ({
      status: { step, running: true, rate: 100_000, busy: '', ...set },
      sections: { history },
    }) as unknown as UiState;

  it('changes with the history while it runs fast, and else with every picture', () => {
    const shown = steadyStatus();
    const [first, second] = [{}, {}];
    const steps = [
      at(1, { rate: 50 }, first),
      at(2, { rate: 50 }, first),
      at(3, {}, first),
      at(4, {}, first),
      at(5, {}, second),
      at(6, { busy: 'going to step 9' }, second),
      at(7, {}, second),
      at(8, { running: false }, second),
    ].map((s) => shown(s)?.step);
    expect(steps).toEqual([1, 2, 2, 2, 5, 6, 6, 8]);
  });
});

describe('scrubber paths', () => {
  const bins = [
    { from: 0, to: 5, n: 4 },
    { from: 5, to: 10, n: 0 },
  ];

  it('an area spans its bins and is as high as the largest value', () => {
    const path = areaPath(bins, (b) => b.n, 10, STRIP);
    expect(path).toMatch(/^M0,0L50,0L50,10L100,10/);
    expect(path.endsWith('L0,10Z')).toBe(true);
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

const STATUS: Status = {
  branch: 0,
  branchName: 'main',
  step: 412,
  end: 5000,
  cycle: 12_772,
  tb: 1236,
  running: false,
  speed: 20,
  rate: 0,
  ended: '',
  busy: '',
  progress: 0,
  sentence: 'vcpu 2 cedes',
  violations: 0,
  link: 's=x',
  linkLacks: '',
  breakpoint: null,
  error: null,
};

const transport = (status: Partial<Status>, compact = false, about = '') =>
  renderToString(
    <TransportView
      status={{ ...STATUS, ...status }}
      history={{ bins: [], branches: [], inputs: [], violations: [] }}
      speed={20}
      about={about}
      compact={compact}
      onRun={none}
      onStep={none}
      onGoto={none}
      onSpeed={none}
      onAskGoto={none}
      onBranches={none}
      onUndo={none}
      onRedo={none}
    />,
  );

describe('the transport', () => {
  it('has a button forward and back for every grain, labelled with its key', () => {
    const html = transport({});
    for (const grain of GRAINS) {
      for (const [way, key] of [
        ['back', STEP_KEYS[grain].shown[0]],
        ['forward', STEP_KEYS[grain].shown[1]],
      ]) {
        expect(html).toMatch(
          new RegExp(
            `aria-label="${grain} ${way}: [^"]*" title="[^"]*\\(${key?.replace('.', '\\.')}\\)"`,
          ),
        );
      }
    }
  });

  it('shows what the last step did, and at run speed the rate instead', () => {
    expect(transport({})).toContain('vcpu 2 cedes');
    const running = transport({ running: true, rate: 3_400_000 });
    expect(running).toContain('3.4 M');
    expect(running).not.toContain('vcpu 2 cedes');
    expect(running).toContain('Pause');
  });

  it('says why nothing goes on', () => {
    expect(transport({ ended: 'quiescent' })).toContain('nothing is left that could ever happen');
    expect(transport({ ended: 'powered off' })).toContain('the guest has powered off');
  });

  it('says what the scenario shows as long as it is told to', () => {
    const html = transport({}, false, 'Four vcpus share a virtual core.');
    expect(html).toContain('Four vcpus share a virtual core.');
    expect(html).not.toContain('vcpu 2 cedes');
  });

  it('shows the progress of a long operation', () => {
    const html = transport({ busy: 'going to step 812,004', progress: 0.25 });
    expect(html).toMatch(/<progress max="1" value="0.25" aria-label="going to step 812,004"/);
  });

  it('offers no way back from the start', () => {
    expect(transport({ step: 0 }).match(/disabled=""/g)).toHaveLength(GRAINS.length);
  });

  it('keeps run, the main steps and the position in an embed', () => {
    const html = transport({}, true);
    expect(html).toMatch(/event forward.*@ .*412/s);
    expect(html).not.toContain('phase forward');
  });
});

describe('the branch list', () => {
  it('says where a branch forks and returns to any but the one shown', () => {
    const html = renderToString(
      <BranchList
        branches={[
          { id: 0, name: 'main', parent: -1, fork: 0, end: 5000, inputs: 0, current: 1 },
          { id: 1, name: 'early', parent: 0, fork: 1000, end: 1100, inputs: 1, current: 0 },
        ]}
        onSelect={none}
        onRename={none}
      />,
    );
    expect(html).toContain('main @ 1,000');
    expect(html.match(/return to /g)).toHaveLength(1);
    expect(html).toMatch(/aria-label="name of branch early" [^>]*value="early"/);
  });
});
