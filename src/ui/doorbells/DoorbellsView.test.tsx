import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { ringing, STAGES, target } from '../../../e2e/fixtures/doorbells.ts';
import { catalogue } from '../../../e2e/fixtures/machine.ts';
import type { Catalogue } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { vmOf } from '../entity.ts';
import { neighbour } from '../marks/roving.ts';
import { cellsOf, DoorbellsView, Twin } from './DoorbellsView.tsx';
import { domainsOf, vcpuAt } from './domains.ts';
import { cellSentence, countText, holdersOf, lastSend } from './facts.ts';

const draw = (
  doorbells: Section<'doorbells'>,
  from: Catalogue = catalogue(),
  focus = 'vm1/vcpu1',
): string =>
  renderToString(
    <DoorbellsView
      doorbells={doorbells}
      catalogue={from}
      focus={focus}
      hover=""
      onFocus={() => {}}
      onHover={() => {}}
      onSend={() => {}}
      onStep={() => {}}
      onInject={() => {}}
    />,
  );

const patchOff = (): Catalogue => {
  const on = catalogue();
  return { ...on, patches: on.patches.map((p) => ({ ...p, on: false })) };
};

it('says that a CPU without doorbells has none', () => {
  const p7 = catalogue();
  const topology = { ...p7.topology, cpu: 'POWER7 DD2.3', doorbells: false };
  const html = draw({ ...ringing(), vcpus: [], matrix: [] }, { ...p7, topology });
  expect(html).toContain('The <!-- -->POWER7 DD2.3<!-- --> has no doorbells');
  expect(html).not.toContain('button');
});

describe('the Doorbells view', () => {
  const html = draw(ringing());

  it('shows the three places of a doorbell and the truth per target', () => {
    expect(html).toContain('aria-label="doorbell_request of A1 is 1"');
    expect(html).toContain('aria-label="saved dpdes of A2 is 1"');
    expect(html).toContain('aria-label="DPDES of core0/t3 is 1"');
    expect(html).toContain('A1: a doorbell is pending in doorbell_request');
  });

  it('has no hardware bit for a vcpu that is not in the guest', () => {
    expect(html).toContain('aria-label="A1 is not in the guest"');
  });

  it('marks the newest send of the matrix alone', () => {
    expect(html.match(/is-newest/g)).toHaveLength(1);
    expect(html).toMatch(/is-newest"><button[^>]*data-path="3(&gt;|>)0"/);
  });

  it('offers to send from every vcpu to every vcpu with one tab stop', () => {
    expect(html.match(/Send msgsndp from/g)?.length).toBe(32); // tooltip and label of 16 cells
    expect(html.match(/data-path="\d(&gt;|>)\d" tabindex="0"/gi)).toHaveLength(1);
  });

  it('puts the token of a vcpu on the stage where it stands', () => {
    const stages = html.split('<li').slice(1);
    const active = stages.filter((li) => li.includes('aria-current="step"'));
    expect(active).toHaveLength(1);
    expect(active[0]).toContain('kvmppc_emulate_doorbell_instr');
    expect(active[0]).toContain('A0');
  });

  it('puts a vcpu that is on two stages on the later one only', () => {
    const rows = ringing();
    const twice = rows.path.map((p, i) => ({ ...p, active: i === 2 || i === 3 ? 0 : -1 }));
    const route = draw({ ...rows, path: twice }).split('<ol>')[1] ?? '';
    const stages = route.split('<li').slice(1);
    expect(stages.findIndex((li) => li.includes('aria-current="step"'))).toBe(3);
    expect(stages.filter((li) => li.includes('aria-current="step"'))).toHaveLength(1);
  });

  it('says what a read of DPDES cost', () => {
    expect(html).toContain('0xE');
    expect(html).toContain('4,210');
    expect(html).toContain('every bit');
    expect(html).toContain('not thread 2');
  });

  it('says that HFSCR[MSGP] stays set with the patch off, and marks lost ones', () => {
    const off = draw({ ...ringing(), vcpus: [target(0), target(1, { lost: 3 })] }, patchOff());
    expect(off).toContain('patch off: HFSCR[MSGP] = 1');
    expect(off).toContain('Route of a msgsndp, hardware only');
    expect(off.split('mark-violation')[1]).toContain('</svg>3<');
  });

  it('has a hint while there is no vcpu', () => {
    const empty = draw({ ...ringing(), vcpus: [], matrix: [] });
    expect(empty).toContain('No VM has a vcpu yet');
    expect(empty).not.toContain('<table');
  });

  it('has a hint while nobody has read DPDES', () => {
    expect(draw({ ...ringing(), reads: [] })).toContain('No guest has read DPDES yet.');
  });
});

describe('the Doorbells view of a large machine', () => {
  const vm = { id: 1, name: '', lpid: 1, virtualSmt: 8, vcpus: 8 };
  const one = catalogue(12, 8);
  const vms = Array.from({ length: 12 }, (_, n) => ({ ...vm, id: n + 1 }));
  const large = { ...one, topology: { ...one.topology, vms } };
  const vcpus = Array.from({ length: 96 }, (_, n) => target(n, { thr: n % 8 }));
  const threads = vcpus.map(({ vcpu, thread }) => ({
    thread,
    vcpu,
    dpdes: vcpu === 9 ? 1 : 0,
    dhdes: 0,
    tir: 0,
    hfscr: 0n,
  }));
  const whole = { ...ringing(), vcpus, threads };

  it('shows the virtual core of the vcpu in focus, and offers the others', () => {
    const html = draw(whole, large, 'vm2/vcpu9').replaceAll('<!-- -->', '');
    const chosen = /<option selected="">([^<]*)/.exec(html)?.[1];
    expect(chosen).toBe('B · virtual core 0');
    expect(html.match(/<option/g)).toHaveLength(12);
    expect(html.match(/bells-target"|bells-target is-focus"/g)).toHaveLength(8);
    expect(html.match(/data-path="\d+(&gt;|>)\d+"/g)).toHaveLength(64);
    expect(html).toContain('B9: guest');
    expect(html).not.toContain('A1: guest');
  });

  it('has the bits of all hardware threads by core, and a twin of everything', () => {
    const html = draw(whole, large);
    expect(html.match(/aria-label="core \d+"/g)).toHaveLength(12);
    expect(html.match(/class="bells-bit"/g)).toHaveLength(95);
    expect(html).toMatch(/class="bells-bit is-on"[^>]*aria-label="DPDES of core1\/t1 is 1"/);
    const twin = renderToString(<Twin doorbells={whole} catalogue={large} />);
    for (const name of ['A0', 'B9', 'L95']) expect(twin).toContain(`<td>${name}</td>`);
  });

  it('divides the vcpus of a VM by its threads in a virtual core', () => {
    const smt4 = {
      ...one,
      topology: {
        ...one.topology,
        vms: [
          { ...vm, virtualSmt: 4 },
          { ...vm, id: 2 },
        ],
      },
    };
    const domains = domainsOf(vcpus.slice(0, 16), smt4).map((d) => d.vcpus.map((v) => v.vcpu));
    expect(domains).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11, 12, 13, 14, 15],
    ]);
  });

  it('shows all vcpus together while they are few', () => {
    expect(domainsOf(vcpus.slice(0, 8), large)).toHaveLength(1);
    expect(draw(ringing())).not.toContain('<select');
  });

  it('finds the vcpu of a path and of the thread that runs it', () => {
    const at = (path: string) => vcpuAt(path, vcpus.slice(0, 10), large);
    expect(['vm2/vcpu9', 'core1/t1', 'core11/t0', 'fn/kvmppc_run_vcpu'].map(at)).toEqual([
      9, 9, -1, -1,
    ]);
  });
});

describe('the table twin of the Doorbells view', () => {
  it('has the facts of the picture', () => {
    const html = renderToString(<Twin doorbells={ringing()} catalogue={catalogue()} />);
    for (const stage of STAGES) for (const text of stage) expect(html).toContain(text);
    for (const fact of ['A3 to A0', '1203', 'preempted', '0xE', '4210', 'delivered', '12']) {
      expect(html).toContain(fact);
    }
  });
});

describe('the words of the Doorbells view', () => {
  it('say where a doorbell is held, and when nothing holds a pending one', () => {
    expect(holdersOf(target(0))).toBe('no doorbell pending');
    expect(holdersOf(target(0, { pending: 1, saved_dpdes: 1, doorbell_request: 1 }))).toBe(
      'a doorbell is pending in doorbell_request and the saved dpdes of its vcore',
    );
    expect(holdersOf(target(0, { pending: 1 }))).toBe(
      'a doorbell is pending, but no place holds it',
    );
  });

  it('say what a cell of the matrix has seen and does', () => {
    expect(cellSentence({ from: 0, to: 1, sent: 1, last_step: 7 }, 'A0', 'A1')).toBe(
      'A0 rang A1 once, last at step 7. Send msgsndp from A0 to A1.',
    );
    expect(cellSentence({ from: 0, to: 1, sent: 0, last_step: -1 }, 'A0', 'A1')).toContain('never');
  });

  it('give a count the five digits that a column has room for', () => {
    expect([0, 99_999, 123_456, 3_400_000].map(countText)).toEqual([
      '0',
      '99999',
      '123 k',
      '3.4 M',
    ]);
  });

  it('find no newest send before the first', () => {
    expect(lastSend([{ from: 0, to: 1, sent: 0, last_step: 0 }])).toBe(-1);
  });

  it('number vcpus through the VMs', () => {
    const vm = { id: 1, name: '', lpid: 1, virtualSmt: 4, vcpus: 4 };
    const one = catalogue();
    const two = { ...one, topology: { ...one.topology, vms: [vm, { ...vm, id: 2 }] } };
    expect([vmOf(3, two), vmOf(4, two)]).toEqual([1, 2]);
  });
});

describe('the arrow keys in the matrix', () => {
  it('go from cell to cell', () => {
    const cells = cellsOf([0, 1, 2, 3]);
    expect(neighbour(cells, '0>0', 'ArrowRight')).toBe('0>1');
    expect(neighbour(cells, '0>1', 'ArrowDown')).toBe('1>1');
    expect(neighbour(cells, '0>3', 'ArrowRight')).toBe('0>3');
  });
});
