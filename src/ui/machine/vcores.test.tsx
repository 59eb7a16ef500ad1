import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { vcore, wholeCatalogue, wholeMachine } from '../../../e2e/fixtures/vcores.ts';
import type { Section } from '../../workers/sections.ts';
import { FONT, textWidth } from '../marks/text.ts';
import { coreLpid } from './CardHead.tsx';
import { flightsOf } from './Flights.tsx';
import { layoutMachine } from './layout.ts';
import { MachineTable } from './MachineTable.tsx';
import { MachineView } from './MachineView.tsx';
import { Plaque, plaquePlace } from './Plaque.tsx';
import { sleepers, vcoreSentence } from './vcore-words.ts';

const draw = (
  cores: number,
  tpc: number,
  vms: number,
  machine?: Section<'machine'>,
  fast = false,
): string =>
  renderToString(
    <MachineView
      machine={machine ?? wholeMachine(cores, tpc, vms)}
      catalogue={wholeCatalogue(cores, tpc, vms)}
      focus=""
      hover=""
      width={504}
      height={552}
      unit={1}
      fast={fast}
      counters={[]}
      onFocus={() => {}}
      onHover={() => {}}
      onInject={() => {}}
    />,
  );

/** The markup of one item up to the next. */
const item = (html: string, path: string): string =>
  (html.split(`data-path="${path}"`)[1] ?? '').split('role="treeitem"')[0] ?? '';

const rowOf = (machine: Section<'machine'>, n: number) => {
  const row = machine.vcores[n];
  if (!row) throw new Error(`no vcore ${n}`);
  return row;
};

describe('the plaque of a vcore', () => {
  const layout = layoutMachine(
    {
      cores: 2,
      threadsPerCore: 4,
      plaques: true,
      groups: [{ vm: 1, virtualCore: 0, vcpus: [0, 1, 2, 3], vcores: [0] }],
    },
    504,
    524,
  );

  it('is up on the core that it has, else at its virtual core', () => {
    expect(plaquePlace(vcore(0, { core: 1 }), layout)).toBe(layout.cards[1]?.plaque);
    expect(plaquePlace(vcore(0), layout)).toBe(layout.groups[0]?.plaques[0]);
    expect(plaquePlace(vcore(0, { vm: 2 }), layout)).toBeNull();
  });

  it('has a pip for each thread that entered, began to leave, or naps', () => {
    const plaque = item(draw(1, 4, 2), 'vm1/vcore0');
    const path = (kind: string) =>
      new RegExp(`class="${kind}" d="([^"]*)"`).exec(plaque)?.[1] ?? '';
    expect(path('mach-pip is-on').match(/M/g)).toHaveLength(4 + 1 + 1);
    expect(path('mach-pip').match(/M/g)).toHaveLength(3 * 4 - 6);
  });

  it.each([100, 120, 150, 190, 240, 300])('keeps words and pips apart at width %i', (w) => {
    const row = vcore(12, { state: 'VCORE_RUNNING', in_guest: 1, n_runnable: 4 });
    const html = renderToString(
      <Plaque
        row={row}
        box={{ x: 0, y: 0, w, h: 40 }}
        waits="cpu_run A1 A2 A3"
        threads={4}
        focused={false}
        hovered={false}
        tabStop={false}
      />,
    );
    const pips = Math.min(...[...html.matchAll(/M(\d+) \d+[hv]/g)].map(([, x]) => Number(x)));
    const words = [...html.matchAll(/class="mach-(label|dim)[^"]*" x="([\d.]+)"[^>]*>([^<]+)</g)];
    expect(words.length).toBeGreaterThan(0);
    for (const [, kind, x, text = ''] of words) {
      const size = kind === 'label' ? FONT.normal : FONT.small;
      expect(Number(x) + textWidth(text, 'mono', size), text).toBeLessThan(pips);
    }
    expect(html).not.toContain('RUNN…');
  });

  it('says its state and whose tasks sleep where', () => {
    const machine = wholeMachine(1, 4, 2);
    expect(sleepers(rowOf(machine, 1), machine.vcpus)).toBe('vcore.wq B4 · cpu_run B5 B6 B7');
    expect(item(draw(1, 4, 2), 'vm2/vcore1')).toContain('vcore.wq B4 · cpu_run');
    expect(vcoreSentence(rowOf(machine, 0), '')).toBe(
      'vcore 0 of VM A: VCORE_RUNNING; on core 0; entered 4; began to leave 1; in_guest 1; ' +
        'napping_threads 1; runner A0; n_runnable 4; n_busy 0; n_woken 3; nap_count 0.',
    );
  });

  it('names the threads where the kernel has a map of them', () => {
    const machine = wholeMachine(12, 8, 2);
    expect(vcoreSentence(rowOf(machine, 0), '')).toContain('began to leave threads 7;');
  });

  it('leaves an empty place at home', () => {
    const html = draw(1, 4, 2);
    expect(html.match(/class="mach-ghost"/g)?.length).toBe(4 + 2);
  });

  it('does not exist where each vcpu runs by itself', () => {
    expect(draw(1, 4, 2, { ...wholeMachine(1, 4, 2), vcores: [] })).not.toContain('mach-plaque');
  });
});

describe('the runner of a vcore', () => {
  it('has a second edge around its token', () => {
    const tokens = draw(1, 4, 2).split('data-token="');
    const edged = tokens.filter((token) => token.includes('mach-runner'));
    expect(edged.map((token) => token.split('"')[0])).toEqual(['vm1/vcpu0', 'vm2/vcpu4']);
  });
});

describe('the partition of a core', () => {
  it('is that of all its threads, and none while they differ', () => {
    expect(coreLpid([2, 2, 2, 2], (lpid) => lpid)).toEqual({ lpid: 2, vm: 2 });
    expect(coreLpid([2, 2, 0, 2], (lpid) => lpid)).toEqual({ lpid: -1, vm: 0 });
  });
});

describe('a machine of 12 cores of 8 threads', () => {
  const html = draw(12, 8, 4);

  it('has an item for every thread, vcpu and vcore, with its sentence', () => {
    expect(html.match(/role="treeitem"/g)).toHaveLength(96 + 32 + 4);
    // POWER8 has no stop instruction.
    expect(html).toContain('core 0 thread 1 naps; vcpu A1 is docked');
    expect(html).not.toContain('in stop');
    expect(html).toMatch(/aria-label="vcpu D24 has ceded[^"]*its task sleeps on vcore.wq/);
  });

  it('has the same items in a fast run, in which plaques are painted, too', () => {
    const fast = draw(12, 8, 4, undefined, true);
    const items = (of: string) => [...of.matchAll(/ data-path="([^"]*)"/g)].map(([, path]) => path);
    expect(items(fast)).toEqual(items(html));
    expect(items(fast)).toContain('vm1/vcore0');
    const label = /aria-label="vcore 0 of VM A: [^"]*"/;
    expect(label.exec(fast)?.[0]).toBe(label.exec(html)?.[0]);
    expect(html).toContain('mach-plaque');
    expect(fast).not.toContain('mach-plaque');
  });

  it('has few elements: the slots are painted', () => {
    expect(html).toContain('<canvas');
    expect(html.match(/<[a-z]/g)?.length).toBeLessThan(700);
  });

  it('lets a docked vcpu be chosen in its slot', () => {
    expect(item(html, 'core1/t2')).toContain('data-token="vm2/vcpu10"');
  });

  it('lets the tokens fly that have changed their place, and no others', () => {
    const { vcpus } = wholeMachine(12, 8, 1);
    const at = (x: number, y: number) => ({ x, y, size: 1, at: 'dock' as const });
    const places = vcpus.map((_, i) => at(10 * i, 0));
    const moved = places.map((place, i) => (i === 3 ? at(500, 90) : place));
    expect(flightsOf({ vcpus, places }, { vcpus, places })).toEqual([]);
    expect(flightsOf({ vcpus, places }, { vcpus, places: moved })).toMatchObject([
      { row: { vcpu: 3 }, from: { x: 30 }, to: { x: 500, y: 90 } },
    ]);
    expect(flightsOf({ vcpus: [], places: [] }, { vcpus, places })).toEqual([]);
  });

  it('has a table twin with the vcores', () => {
    const table = renderToString(
      <MachineTable machine={wholeMachine(12, 8, 4)} catalogue={wholeCatalogue(12, 8, 4)} />,
    );
    for (const fact of ['vm1/vcore0', 'VCORE_SLEEPING', 'core2', 'cpu_run D25 D26'])
      expect(table).toContain(fact);
  });
});
