import { renderToString } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { CATALOGUE, DISASM, thread } from '../../../e2e/fixtures/picture.ts';
import { CodeView, type CodeViewProps } from './CodeView.tsx';
import { wordText } from './Disassembly.tsx';

const nothing = () => {};
const PROPS: CodeViewProps = {
  catalogue: CATALOGUE,
  stack: [
    { routine: 1, step: 4, locals: 'time_limit=0x2000' },
    { routine: 2, step: 5, locals: '' },
  ],
  cursors: [
    { thread: 0, routine: 2, step: 2, vcpu: 0, innermost: 1 },
    { thread: 1, routine: 2, step: 5, vcpu: 1, innermost: 1 },
    { thread: 3, routine: 2, step: 5, vcpu: -1, innermost: 0 },
  ],
  disasm: [],
  threads: [
    thread(0, 'virt'),
    thread(1, 'real', { waiting: 'waiting for thread 0 to leave the guest' }),
    thread(3, 'host', { vm: -1, vcpu: -1 }),
  ],
  focus: 'core0/t1',
  hover: '',
  lastAgent: 'core0/t1',
  onFocus: nothing,
  onHover: nothing,
  insn: '',
  explained: undefined,
  onInsn: nothing,
  onBreakpoint: nothing,
};
const view = (more: Partial<CodeViewProps> = {}) =>
  renderToString(<CodeView {...PROPS} {...more} />).replaceAll('<!-- -->', '');
/** The list item of the step with a label. */
const row = (html: string, label: string) =>
  html.split('<li ').find((li) => li.includes(`>${label}<`)) ?? '';

describe('the code path of a thread in the hypervisor', () => {
  test('shows the innermost routine with its file and its steps in order', () => {
    const html = view();
    expect(html).toMatch(/<h2[^>]*>kvmhv_p9_guest_entry<\/h2>/);
    expect(html).toContain('arch/powerpc/kvm/book3s_hv.c');
    expect(html.indexOf('>save_host<')).toBeLessThan(html.indexOf('>virtual_mode<'));
  });

  test('the stack is listed outermost first and marks the routine shown', () => {
    const html = view();
    expect(html.indexOf('kvmhv_run_single_vcpu')).toBeLessThan(
      html.indexOf('kvmhv_p9_guest_entry'),
    );
    expect(html).toMatch(/aria-current="true" class="is-innermost">kvmhv_p9_guest_entry/);
    expect(html).toContain('title="time_limit=0x2000"');
  });

  test('the cursor is on the step that runs next, and only there', () => {
    const html = view();
    expect(html.match(/aria-current="step"/g)).toHaveLength(1);
    expect(row(html, 'lpid')).toContain('aria-current="step"');
    expect(row(html, 'lpid')).toContain('the cursor is here');
  });

  test('other threads stand on their steps as letter and number, those without a vcpu as thread', () => {
    const html = view();
    expect(row(html, 'hfscr_msgp_clear')).toContain('<span>A0</span>');
    expect(row(html, 'lpid')).toContain('<span>t3</span>');
    expect(row(html, 'lpid')).toContain('waits here for its call to return');
    expect(html).not.toContain('<span>A1</span>');
  });

  test('a step says its mode in words, and its cost in model cycles', () => {
    expect(row(view(), 'lpid')).toContain(
      'Write LPIDR, then LPCR of the guest, hypervisor real mode, 24 model cycles',
    );
  });

  test('patch steps carry sign and bracket; the one that does not run is marked as dead', () => {
    const html = view();
    expect(row(html, 'hfscr_msgp_clear')).toContain('[with virt-doorbell]');
    expect(row(html, 'hfscr_msgp_clear')).not.toContain('is-dead');
    expect(row(html, 'hfscr_msgp_set')).toContain('[without virt-doorbell]');
    expect(row(html, 'hfscr_msgp_set')).toContain('is-dead');
    expect(row(html, 'hfscr_msgp_set')).toContain('not in the running kernel');
  });

  test('the heading counts what the patch adds and removes', () => {
    expect(view()).toContain('patch virt-doorbell on: +1 −1 steps');
    expect(view({ focus: 'fn/kvmhv_run_single_vcpu' })).toContain(
      'patch virt-doorbell on: +1 step<',
    );
  });

  test('says what the thread waits for', () => {
    expect(view()).toContain('waiting for thread 0 to leave the guest');
    expect(view({ focus: 'core0/t0' })).not.toContain('code-waiting');
  });

  test('the steps are one tab stop, on the cursor', () => {
    const stops = view().match(/data-row="true" class="code-step" tabindex="0"[^>]*>/gi);
    expect(stops).toHaveLength(1);
    expect(stops?.[0]).toContain('Write LPIDR');
  });
});

describe('the code path of a thread in the guest', () => {
  const html = view({ threads: [thread(1, 'guest')], disasm: DISASM });

  test('shows guest code as the innermost part of the stack', () => {
    expect(html).toMatch(/aria-current="true" class="is-innermost">guest code/);
  });

  test('lists address, word, label and text, and marks the current instruction', () => {
    expect(html).toContain('doorbell:');
    expect(html).toContain('7c6e0aa6');
    expect(html.match(/aria-current="step"/g)).toHaveLength(1);
    expect(html).toMatch(/aria-current="step"[\s\S]*?addi {4}r3,r3,1/);
  });

  test('the current instruction shows RTL and the values it reads and writes', () => {
    expect(html).toContain('EXTS(SI)');
    expect(html).toContain('r3=0x1');
    // Other instructions keep theirs folded.
    expect(html).not.toContain('help msgsndp');
  });

  test('a word with its sign bit set has eight digits', () => {
    expect(wordText(-1)).toBe('ffffffff');
    expect(wordText(0x1f)).toBe('0000001f');
  });
});

describe('the code path without a thread', () => {
  test('a routine in focus is shown with the cursors of everybody in it', () => {
    const html = view({ focus: 'fn/kvmhv_p9_guest_entry', stack: [] });
    expect(html).toMatch(/<h2[^>]*>kvmhv_p9_guest_entry<\/h2>/);
    expect(row(html, 'lpid')).toContain('<span>A1</span>');
    expect(html).toContain('Back to core0/t1');
  });

  test('of a large machine the first threads stand beside a step, the rest are counted', () => {
    const cursors = Array.from({ length: 96 }, (_, thread) => ({
      thread,
      routine: 2,
      step: 5,
      vcpu: thread === 90 ? 4 : -1,
      innermost: 1,
    }));
    const threads = [...cursors].map((c) => thread(c.thread, 'virt', { vm: 1, vcpu: c.vcpu }));
    const html = view({ focus: 'vm1', stack: [], cursors, threads });
    const routine = view({ focus: 'fn/kvmhv_p9_guest_entry', stack: [], cursors, threads });
    expect(html).not.toContain('code-more');
    expect(row(routine, 'lpid').match(/class="code-token[ "]/g)).toHaveLength(8);
    expect(row(routine, 'lpid')).toContain('<span>A4</span>');
    expect(row(routine, 'lpid')).toMatch(/title="[^"]*core\d+\/t\d[^"]*">\+(<!-- -->)?88</);
  });

  test('a focus that runs nothing says what to do', () => {
    const html = view({ focus: 'vm1', stack: [] });
    expect(html).toContain('No code runs for vm1.');
    expect(html).toContain('Choose a hardware thread or a vcpu');
  });
});
