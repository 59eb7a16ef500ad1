import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { interrupted, server, source } from '../../../e2e/fixtures/interrupts.ts';
import { catalogue } from '../../../e2e/fixtures/machine.ts';
import type { Section } from '../../workers/sections.ts';
import { edgeOf, serverLabel, sourceLabel } from './facts.ts';
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

it('the table twin has the columns of info pic, and all controllers', () => {
  const html = renderToString(<Twin interrupts={interrupted()} />);
  for (const text of ['XIRR', 'PP', 'MFRR', 'FF000002', '0x1200', 'LSI', 'VM 1 (guest)'])
    expect(html).toContain(text);
});
