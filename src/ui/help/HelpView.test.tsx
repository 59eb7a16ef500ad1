import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { THREAD_MODES } from '../../workers/sections.ts';
import { KEYS } from '../keys/keys.ts';
import { HelpView } from './HelpView.tsx';

describe('the help', () => {
  const html = renderToString(<HelpView keysOn onKeys={() => {}} />);

  it('lists every key of the table', () => {
    for (const row of KEYS) {
      expect(html).toContain(`<kbd>${row.shown}</kbd></dt><dd>${row.does}`);
    }
  });

  it('lists the keys that act inside the code path and the editor', () => {
    expect(html).toContain('<kbd>Ctrl/Cmd+Enter</kbd></dt><dd>assemble and restart');
    expect(html).toContain('<kbd>F9</kbd></dt><dd>breakpoint: a run stops before it');
  });

  it('draws every mode with the mark that the views use', () => {
    for (const mode of THREAD_MODES) expect(html).toContain(`mark-mode is-${mode}`);
  });

  it('explains what the Machine view draws around threads and vcpus', () => {
    for (const words of ['executes the vcore', 'began to leave', 'LPIDR', 'double arrow: IPI'])
      expect(html).toContain(words);
    for (const mark of ['mach-runner', 'is-ceded', 'is-created', 'mach-pip is-on', 'mark-pending'])
      expect(html).toContain(mark);
  });

  it('says that costs are illustrative and that stops do not exist yet', () => {
    expect(html).toContain('illustrative model cycles');
    expect(html).toContain('PageUp and PageDown step by phase');
  });
});
