import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { BITS, LOOK, SLOT, table } from '../../../e2e/fixtures/hpt.ts';
import type { HptLook } from '../../workers/protocol.ts';
import { type Section, SUMMARY } from '../../workers/sections.ts';
import { Entry } from './Entry.tsx';
import { Find } from './Find.tsx';
import { HptView, Twin } from './HptView.tsx';
import { Slb, Tlb } from './Lookaside.tsx';
import { Tces } from './Tces.tsx';
import { Walk } from './Walk.tsx';
import { dword, letters, orderSize, parseHexNumber, stateText } from './words.ts';

const draw = (hpt: Section<'hpt'>, look: Partial<HptLook> = {}): string =>
  renderToString(
    <HptView
      hpt={hpt}
      look={{ ...LOOK, ...look }}
      modestWheel={false}
      onLook={() => {}}
      onWindow={() => {}}
      onFocus={() => {}}
      onInject={() => {}}
      onEdit={() => {}}
    />,
  );
const entry = (slot = SLOT): string =>
  renderToString(
    <Entry
      slots={table().slots}
      fields={table().fields}
      slot={slot}
      layout={1}
      onSlot={() => {}}
      onFocus={() => {}}
      onEdit={() => {}}
    />,
  );

describe('the HPT view', () => {
  it('says in a sentence what the map shows and which entry is chosen', () => {
    const html = draw(table());
    expect(html).toContain(
      'aria-label="Hashed page table of VM 1: 16,384 entries, 1 valid, 0 absent.',
    );
    expect(html).toContain(
      'aria-valuetext="PTEG 17 slot 1: valid, bolted, large page, referenced, changed"',
    );
    expect(html).toContain('order 18, 256 KB at 0x200000, 2048 PTEGs');
  });

  it('has a hint while no VM has a table', () => {
    const html = draw({ ...table(), vms: [], cells: [] });
    expect(html).toContain('No VM has a hashed page table yet');
    expect(html).not.toContain('role="slider"');
  });

  it('lets one choose among several tables', () => {
    const { vms, ...rest } = table();
    const [vm] = vms;
    if (!vm) throw new Error('no VM');
    const html = draw({ ...rest, vms: [vm, { ...vm, vm: 2 }] });
    expect(html).toMatch(/<option value="2">VM <!-- -->B/);
  });

  it('marks what has changed, the chosen entry and its group', () => {
    const html = draw(table());
    expect(html.match(/class="hpt-marks hpt-changed"/g)).toHaveLength(1);
    expect(html.match(/class="hpt-group"/g)).toHaveLength(1);
    expect(html.match(/class="hpt-chosen"/g)).toHaveLength(1);
    expect(draw(table(), { slot: -1 })).not.toContain('hpt-chosen');
  });

  it('has a table twin with counts, entries in use and the group', () => {
    const [vm] = table().vms;
    if (!vm) throw new Error('no VM');
    const html = renderToString(<Twin hpt={table()} vm={vm} />);
    for (const fact of ['bolted', '0001 ffff ff00 0115', 'PTEG 17 slot 7', 'Entries in use']) {
      expect(html).toContain(fact);
    }
  });
});

describe('an entry', () => {
  it('has its eight neighbours with one tab stop, and its fields with ISA bit numbers', () => {
    const html = entry();
    expect(html.match(/data-path="\d+"/g)).toHaveLength(8);
    expect(html.match(/data-path="\d+" tabindex="0"/gi)).toHaveLength(1);
    expect(html).toMatch(/>B<\/th><td>4:5<\/td><td>1<\/td><td[^>]*>1 TB segment/);
    expect(html).toMatch(/>V<\/th><td>63<\/td><td>1<\/td><td[^>]*>valid/);
    expect(html).toContain('PTEG 9 slot 7');
  });

  it('offers every edit', () => {
    for (const name of ['Invalidate', 'Lock', 'Clear R', 'Clear C', 'Bad entry']) {
      expect(entry()).toContain(`>${name}</button>`);
    }
  });

  it('has a hint when none is chosen', () => {
    expect(entry(-1)).toContain('Choose an entry on the map');
  });
});

describe('the walk', () => {
  const props = {
    look: LOOK.walk,
    thread: table().thread[0],
    walk: table().walk[0],
    steps: table().steps,
    at: 1,
    onWalk: () => {},
    onStep: () => {},
  };
  it('shows each step, the one the reader stands on, and the result', () => {
    const html = renderToString(<Walk {...props} />);
    expect(html.match(/aria-current="step"/g)).toHaveLength(1);
    expect(html.split('aria-current="step"')[1]).toContain('Primary PTEG 17');
    expect(html.split('aria-current="step"')[0]).not.toContain('Primary PTEG 17');
    expect(html).toContain('real address 0x2001234');
  });

  it('says why there is none', () => {
    const none = renderToString(<Walk {...props} walk={undefined} steps={[]} />);
    expect(none).toContain('has run no guest code');
    const host = { of: 'ea', ea: 0n, access: 'load' } as const;
    expect(renderToString(<Walk {...props} look={host} walk={undefined} steps={[]} />)).toContain(
      'needs no translation',
    );
    expect(renderToString(<Walk {...props} thread={undefined} walk={undefined} />)).toContain(
      'on no hardware thread',
    );
  });
});

describe('the tables of a thread', () => {
  const [thread] = table().thread;

  it('mark a stale TLB entry by shape and words', () => {
    const html = renderToString(<Tlb thread={thread} tlb={table().tlb} onSlot={() => {}} />);
    expect(html).toContain(' of them stale');
    expect(html.split('mark-violation')[1]).toContain('the HPTE is no longer valid');
    expect(html).toContain('PTEG 17 slot 1');
  });

  it('say when the SLB is empty, the TLB is empty, or there is no thread', () => {
    expect(renderToString(<Slb thread={thread} slb={[]} />)).toContain('No SLB entry is valid');
    expect(renderToString(<Slb thread={thread} slb={table().slb} />)).toContain(
      '0xc000000000000000',
    );
    expect(renderToString(<Tlb thread={thread} tlb={[]} onSlot={() => {}} />)).toContain(
      'The TLB is empty',
    );
    expect(renderToString(<Slb thread={undefined} slb={[]} />)).toContain('on no hardware thread');
  });
});

it('TCE tables are listed with what the device may do, and their absence is explained', () => {
  const { tces, tce } = table();
  const html = renderToString(<Tces tables={tces} entries={tce} />);
  for (const fact of ['0x1000', '0x2000', '0x5003', 'read, write', '0x2005000']) {
    expect(html).toContain(fact);
  }
  expect(renderToString(<Tces tables={[]} entries={[]} />)).toContain('KVM_CREATE_SPAPR_TCE');
  const lost = tce.map((row) => ({ ...row, real: -1 }));
  expect(renderToString(<Tces tables={tces} entries={lost} />)).toContain('no guest memory');
});

it('what was found is listed, each entry a button', () => {
  const html = renderToString(
    <Find
      find={{ by: 'ra', value: 0x2000000n }}
      search={table().search}
      found={table().found}
      slot={-1}
      onFind={() => {}}
      onSlot={() => {}}
      onWalk={() => {}}
    />,
  );
  expect(html).toContain('value="0x2000000"');
  expect(html).toContain('PTEG 17 slot 1');
});

describe('the words of the HPT view', () => {
  it('name the state of an entry', () => {
    expect(stateText(0)).toBe('empty');
    expect(stateText(BITS)).toBe('valid, bolted, large page, referenced, changed');
    expect(stateText(SUMMARY.ABSENT | SUMMARY.LOCKED)).toBe('absent, locked');
    expect(stateText(SUMMARY.R)).toBe('not valid: referenced');
    expect(letters(BITS)).toBe('V·BL·RC');
  });

  it('write sizes and doublewords, and read numbers', () => {
    expect([orderSize(18), orderSize(24)]).toEqual(['256 KB', '16 MB']);
    expect(dword(0x123n)).toBe('0000 0000 0000 0123');
    expect(parseHexNumber(' 0x0001_FFFF ff00 0115')).toBe(0x1ffffff000115n);
    expect(parseHexNumber('c000000000000000')).toBe(0xc000000000000000n);
    for (const bad of ['', '0x', 'xyz', '12345678901234567']) {
      expect(parseHexNumber(bad)).toBeNull();
    }
  });
});
