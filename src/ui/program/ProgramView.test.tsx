import { renderToString } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { PROGRAM } from '../../../e2e/fixtures/picture.ts';
import type { ProgramText } from '../../workers/protocol.ts';
import {
  type BreakpointRow,
  ProgramView,
  type ProgramViewProps,
  stateText,
} from './ProgramView.tsx';

const nothing = () => {};
const PROPS: ProgramViewProps = {
  program: PROGRAM,
  edited: false,
  mistakes: [],
  breakpoints: [],
  linkLacks: '',
  dropping: false,
  editor: <textarea aria-label="stands for the editor" />,
  onAssemble: nothing,
  onDiscard: nothing,
  onOwn: nothing,
  onFile: nothing,
  onGoTo: nothing,
  onShow: nothing,
  onRemove: nothing,
  onPlace: nothing,
};
const view = (more: Partial<ProgramViewProps> = {}) =>
  renderToString(<ProgramView {...PROPS} {...more} />).replaceAll('<!-- -->', '');
const buttons = (html: string) =>
  [...html.matchAll(/<button[^>]*class="button[^>]*>([^<]+)</g)].map(([, text]) => text);

const IMAGE: ProgramText = {
  ...PROGRAM,
  kind: 'image',
  format: 'elf',
  file: 'hello.elf',
  entry: 0x10000n,
  mode: '64-bit, little-endian',
  symbols: 1234,
  segments: [{ address: 0x10000, bytes: 4096, size: 8192 }],
  lines: [],
};
const HERE: BreakpointRow = {
  address: 0x104n,
  line: 3,
  symbol: 'start+0x4',
  text: 'addi    r3,r3,1',
  here: 1,
};

describe('the program view', () => {
  test("of the scenario's own program offers to assemble and to open a file, nothing to revert", () => {
    expect(view()).toContain('The scenario’s program: 12 bytes, starts at 0x100');
    expect(buttons(view())).toEqual(['Assemble and restart']);
    expect(view()).toContain('stands for the editor');
    expect(view()).toContain('type="file"');
  });

  test('of an edited text says that the machine does not run it yet, and can discard it', () => {
    const html = view({ edited: true });
    expect(html).toMatch(/role="status"[^>]*>Edited, not assembled/);
    expect(buttons(html)).toEqual(['Assemble and restart', 'Discard edits']);
  });

  test('of an assembled program of the user can go back to the scenario’s', () => {
    const html = view({ program: { ...PROGRAM, kind: 'edited' } });
    expect(html).toContain('Your program: 12 bytes');
    expect(buttons(html)).toEqual(['Assemble and restart', 'Scenario’s program']);
  });

  test('lists mistakes with place, words, remedy and code', () => {
    const mistake = {
      code: 'ASM_UNKNOWN_MNEMONIC',
      line: 3,
      column: 9,
      text: 'addd',
      message: "no instruction is named 'addd'",
      hint: 'did you mean addi?',
    } as const;
    const html = view({ mistakes: [mistake, { ...mistake, line: 4 }] });
    expect(html).toContain('2 mistakes');
    expect(html).toMatch(/3:9<\/span>.*addd.*did you mean addi\?.*ASM_UNKNOWN_MNEMONIC/s);
    expect(html.match(/<li>/g)).toHaveLength(2);
  });

  test('shows at most fifty mistakes and says that there are more', () => {
    const mistakes = Array.from({ length: 70 }, (_, i) => {
      return { code: 'ASM_SYNTAX', line: i + 1, column: 1, text: '', message: 'no' } as const;
    });
    const html = view({ mistakes });
    expect(html).toContain('70 mistakes, the first 50 are listed');
    expect(html.match(/<li>/g)).toHaveLength(50);
  });

  test('lists breakpoints by line or address, and marks the one where the run stands', () => {
    const html = view({ breakpoints: [HERE, { ...HERE, address: 0x200n, line: 0, here: 0 }] });
    expect(html).toContain('aria-label="Remove the breakpoint at line 3"');
    expect(html).toContain('aria-label="Remove the breakpoint at 0x200"');
    expect(html.match(/is-here/g)).toHaveLength(1);
    expect(html).toContain('start+0x4: the next step executes it');
  });

  test('says what the link does not carry', () => {
    expect(view({ linkLacks: 'the file a.elf: links carry programs as text only' })).toContain(
      'does not carry the file a.elf',
    );
  });

  test('invites to drop only while a file is held over it', () => {
    expect(view()).not.toContain('Drop an ELF file');
    expect(view({ dropping: true })).toContain('Drop an ELF file or raw image here');
  });
});

describe('the program view of a file', () => {
  test('shows its segments and entry in place of the editor, and the way back', () => {
    const html = view({ program: IMAGE });
    expect(html).toContain('File hello.elf: 4,096 bytes, starts at 0x10000');
    expect(html).toContain('ELF, 64-bit, little-endian');
    expect(html).toContain('<td>0x10000</td><td>0x12000</td><td>4,096</td><td>4,096</td>');
    expect(html).toContain('1,234');
    expect(html).not.toContain('stands for the editor');
    expect(buttons(html)).toEqual(['Scenario’s program']);
  });

  test('of raw bytes can be loaded again at other addresses', () => {
    const html = view({ program: { ...IMAGE, format: 'raw' } });
    expect(html).toMatch(/load at[^<]*<input[^>]*value="0x10000"/);
    expect(html).toContain('Load again');
    expect(view({ program: IMAGE })).not.toContain('Load again');
  });

  test('is not called edited, whatever the text is', () => {
    expect(stateText(IMAGE, true)).toMatch(/^File hello\.elf/);
  });
});
