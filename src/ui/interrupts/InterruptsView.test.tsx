import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { interrupted, server, source } from '../../../e2e/fixtures/interrupts.ts';
import { catalogue } from '../../../e2e/fixtures/machine.ts';
import type { Section } from '../../workers/sections.ts';
import { edgeOf, gatesOf, serverLabel, sourceLabel } from './facts.ts';
import { InterruptsView } from './InterruptsView.tsx';
import { layoutOf } from './layout.ts';
import { Twin } from './Twin.tsx';

const draw = (interrupts: Section<'interrupts'>, focus = 'core0/t0'): string =>
  renderToString(
    <InterruptsView
      interrupts={interrupts}
      catalogue={catalogue()}
      focus={focus}
      onFocus={() => {}}
      onInject={() => {}}
      onMenu={() => {}}
    />,
  );

describe('the Interrupts view', () => {
  const html = draw(interrupted());

  it('draws the first controller alone and offers the others', () => {
    expect(html).toContain('Routes of the interrupts of the host');
    expect(html).toMatch(/<option value="1">VM 1 \(guest\)/);
    expect(html).not.toContain('vm1/vcpu1');
  });

  it('has one box with a tab stop, and says of each what it does', () => {
    expect(html.match(/tabindex="0"/gi)).toHaveLength(1);
    expect(html).toContain('server 0: presents the IPI, CPPR FF, IPI of priority 04 requested');
    expect(html).toContain('interrupt 0x1000: MSI, prio 05, to server 0; waits: rejected');
  });

  it('draws a waiting interrupt and a presented one differently', () => {
    expect(html.match(/irq-edge is-waits/g)).toHaveLength(1);
    expect(html.match(/irq-edge is-presented/g)).toHaveLength(1);
  });

  it('says in words what is on its way, and when nothing is', () => {
    expect(html).toContain('masked: MSR[EE]=0');
    const none = { ...interrupted(), sources: [source(0x1000)], icps: [server(0)] };
    expect(draw(none)).toContain('No interrupt is on its way.');
  });

  it('says that there is no controller when there is none', () => {
    expect(draw({ controllers: [], sources: [], icps: [] })).toContain('No interrupt controller');
  });

  it('offers what the chosen source can do', () => {
    expect(html).toContain('Trigger');
    const guest = interrupted();
    const own = draw({ ...guest, controllers: guest.controllers.slice(1) });
    expect(own).toContain('Raise line');
    expect(own).toContain('Unmask');
    expect(own).toMatch(/interrupt to end.*the IPI/s);
  });
});

describe('the words of boxes', () => {
  it('name the way of a source', () => {
    expect(edgeOf(source(1, { presented: 3 }))).toBe('presented');
    expect(edgeOf(source(1, { priority: 0xff, status: 8 }))).toBe('masked');
    expect(sourceLabel(source(0x1200, { lsi: 1, priority: 0xff, words: 'masked' }))).toBe(
      'interrupt 0x1200: LSI, masked, to server 0; masked',
    );
    expect(serverLabel(server(2, { xisr: 0x1000, cppr: 5 }))).toBe(
      'server 2: presents interrupt 0x1000, CPPR 05',
    );
  });
});

describe('the layout', () => {
  const many = Array.from({ length: 96 }, (_, n) => server(n));

  it('gives quiet servers one line where there are many, but not the chosen one', () => {
    const { servers } = layoutOf(many, [source(0x1000, { server: 7 })], 40);
    expect(servers.filter(({ low }) => !low).map(({ row }) => row.server)).toEqual([7, 40]);
  });

  it('puts no box on another', () => {
    const sources = [1, 2, 3].map((n) => source(n, { server: 95 }));
    const layout = layoutOf(many, sources, 0);
    for (const boxes of [layout.servers, layout.sources]) {
      boxes.slice(1).forEach((box, i) => {
        const above = boxes[i];
        expect(box.y).toBeGreaterThanOrEqual((above?.y ?? 0) + (above?.h ?? 0));
      });
    }
    expect(layout.height).toBeGreaterThan(layout.sources.at(-1)?.y ?? 0);
  });
});

describe('the gates at a target', () => {
  const texts = (set: Parameters<typeof server>[1]) =>
    gatesOf(server(0, set)).map(({ text, open }) => `${text}${open ? '' : ' shut'}`);

  it('of a thread are its line and MSR[EE], which does not matter to a guest and to a nap', () => {
    expect(texts({ line: 1, ee: 0 })).toEqual(['line up', 'EE 0 shut']);
    expect(texts({ line: 0, ee: -1 })).toEqual(['line down shut', 'EE –']);
  });

  it('of a vcpu are the queue of KVM, LPCR[MER] while it runs, and MSR[EE]', () => {
    const vcpu = { vcpu: 0, queued: 'level', ee: 0 };
    expect(texts({ ...vcpu, mer: 1 })).toEqual(['level', 'MER 1', 'EE 0 shut']);
    expect(texts(vcpu)).toEqual(['level', 'EE 0 shut']);
    expect(texts({ vcpu: 0, queued: 'edge, level', mer: 0 })).toEqual([
      'both',
      'MER 0 shut',
      'EE 1',
    ]);
  });

  it('are drawn, and an edge that passed no controller marks its target, too', () => {
    const icps = [server(0, { vcpu: 0, vm: 1, target: 'vm1/vcpu0', queued: 'edge', mer: 0 })];
    const controllers = [{ vm: 1, title: 'VM 1' }];
    const html = draw({ controllers, sources: [], icps });
    expect(html).toMatch(/irq-target is-presented.*>edge<.*>MER 0<.*>EE 1</s);
  });
});

it('begins with the controller that the focus is about, else with a busy one', () => {
  const quiet = {
    ...interrupted(),
    sources: [],
    icps: [server(0), server(1, { vm: 1, queued: 'edge' })],
  };
  expect(draw(quiet)).toContain('Routes of the interrupts of VM 1');
  const none = { ...quiet, icps: [server(0), server(0, { vm: 1, target: 'vm1/vcpu0' })] };
  expect(draw(none)).toContain('Routes of the interrupts of the host');
  expect(draw(none, 'vm1/vcpu0')).toContain('Routes of the interrupts of VM 1');
});

it('the table twin has the columns of info pic in their order, and all controllers', () => {
  const shown = interrupted();
  const icps = [...shown.icps, server(2, { xirr: 0x05001000n, xisr: 0x1000, pending: 3 })];
  const html = renderToString(<Twin interrupts={{ ...shown, icps }} />);
  const cells = (row: RegExp) => row.exec(html)?.[0].match(/(?<=>)[^<>]+(?=<)/g) ?? [];
  expect(cells(/<th scope="col">CPU.*?<\/tr>/s).slice(0, 5)).toEqual([
    'CPU',
    'XIRR',
    'owner',
    'PP',
    'MFRR',
  ]);
  expect(cells(/<td>0<.*?<\/tr>/s).slice(0, 5)).toEqual(['0', 'ff000002', 'nil', '04', '04']);
  expect(cells(/<td>2<.*?<\/tr>/s).slice(0, 5)).toEqual(['2', '05001000', 'ICS', '03', 'ff']);
  expect(cells(/<td>1200<.*?<\/tr>/s).slice(0, 4)).toEqual(['1200', 'LSI', 'ff', '00']);
  for (const text of ['Sources of the host: ICS 1000..1000', 'VM 1 (guest)'])
    expect(html).toContain(text);
});
