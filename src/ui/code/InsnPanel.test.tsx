import { renderToString } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import type { Section } from '../../workers/sections.ts';
import { InsnPanel } from './InsnPanel.tsx';

type Explained = Section<'insn'>;

const ADDI: Explained = {
  insn: [
    {
      address: 0x104n,
      word: 0x38630001,
      symbol: 'loop+0x4',
      text: 'addi    r3,r3,1',
      name: 'addi',
      form: 'D',
      isa: 'Book I 3.3.9 Fixed-Point Arithmetic',
      privilege: 'problem',
      since: 'P1',
      until: '',
      facility: '',
      rtl: 'RT <- (RA|0) + EXTS(SI)',
      state: 'Values before and after, on thread 1 (the next step).',
    },
  ],
  fields: [
    { name: 'PO', first: 0, last: 5, value: '001110', text: 'primary opcode' },
    { name: 'RT', first: 6, last: 10, value: '00011', text: 'r3' },
    { name: 'RA', first: 11, last: 15, value: '00011', text: 'r3' },
    { name: 'SI', first: 16, last: 31, value: '0000000000000001', text: '1' },
  ],
  places: [
    { name: 'r3', read: 1, written: 1, before: '0x1', after: '0x2' },
    { name: 'NIA', read: 0, written: 1, before: '0x104', after: '0x104' },
  ],
};
const panel = (more: Partial<Explained> = {}) =>
  renderToString(<InsnPanel explained={{ ...ADDI, ...more }} onClose={() => {}} />).replaceAll(
    '<!-- -->',
    '',
  );
const insn = (more: Partial<Explained['insn'][number]>) => ({
  insn: ADDI.insn.map((row) => ({ ...row, ...more })),
});

describe('the explanation of an instruction', () => {
  test('is a region named by it, with place and word', () => {
    expect(panel()).toContain('aria-label="Instruction addi    r3,r3,1"');
    expect(panel()).toContain('loop+0x4 · 38630001');
  });

  test('draws 32 bits, each field from its first bit, the opcode marked', () => {
    const html = panel();
    expect(html.match(/<i>[01]<\/i>/g)).toHaveLength(32);
    expect(html).toContain('grid-column:7 / 12');
    expect(html.match(/insn-field is-fixed/g)).toHaveLength(1);
    expect(html).toContain('<b>16</b><b>31</b>');
  });

  test('says the same as a table: bits, value and meaning', () => {
    expect(panel()).toContain('addi: D-form');
    expect(panel()).toContain('<th scope="row">RT</th><td>6:10</td><td>3</td><td>r3</td>');
  });

  test('shows values before and after, and marks what changes', () => {
    expect(panel()).toContain(
      '<th scope="row">r3</th><td>reads, writes</td><td>0x1</td><td class="is-changed">0x2</td>',
    );
    expect(panel()).toContain('<td>0x104</td><td class="">0x104</td>');
    expect(panel()).toContain('on thread 1 (the next step)');
  });

  test('without values shows none, and says why', () => {
    const places = ADDI.places.map((place) => ({ ...place, before: '', after: '' }));
    const html = panel({ places, ...insn({ state: 'No values: vcpu 0 stands at main.' }) });
    expect(html).toContain('<td>–</td><td class="">–</td>');
    expect(html).not.toContain('is-changed');
    expect(html).toContain('No values: vcpu 0 stands at main.');
  });

  test('names privilege, facility, version and the place in the manual', () => {
    const html = panel(
      insn({ privilege: 'hypervisor', facility: 'VSX', since: '2.06', until: '2.07' }),
    );
    expect(html).toContain('hypervisor (MSR[HV]=1, MSR[PR]=0)');
    expect(html).toContain('needs MSR[VSX]=1');
    expect(html).toContain('since 2.06, until 2.07');
    expect(html).toContain('Power ISA Book I 3.3.9');
    expect(panel()).not.toContain('facility');
  });

  test('of a word that is none, or outside memory, says so', () => {
    expect(panel(insn({ name: '', text: '.long 0x0' }))).toContain('This word is no instruction');
    expect(panel({ insn: [] })).toContain('No guest memory at this address');
  });
});
