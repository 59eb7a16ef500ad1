import { renderToString } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { CATALOGUE, EVENTS, event } from '../../../e2e/fixtures/picture.ts';
import { ConsoleView } from './ConsoleView.tsx';
import { logRows } from './EventLog.tsx';

const WORDS = { ...CATALOGUE, names: { tasks: [], invariants: [] } };

const nothing = () => {};
const view = (text: string, events = EVENTS, running = false, ...others: string[]) =>
  renderToString(
    <ConsoleView
      words={WORDS}
      consoles={[text, ...others].map((each, i) => ({ vm: i + 1, text: each }))}
      {...{ events, running }}
      position={826}
      focus="vm1/vcpu2"
      hover="core0/t1"
      onGoto={nothing}
      onFocus={nothing}
      onHover={nothing}
    />,
  );

describe('the console view', () => {
  test('shows what the guest printed, in an element whose text can be selected', () => {
    expect(view('doorbell 1\ndoorbell 2\n')).toMatch(/<textarea[^>]*>doorbell 1\ndoorbell 2</);
  });

  test('shows the console of one of several VMs, and lets choose which', () => {
    const html = view('one\n', EVENTS, false, 'two\n');
    expect(html).toMatch(
      /radiogroup" aria-label="Console of which VM.*VM <!-- -->A.*VM <!-- -->B/s,
    );
    expect(html).toMatch(/<textarea[^>]*>one</);
    expect(html).not.toContain('two');
    expect(view('one\n')).not.toContain('Console of which VM');
  });

  test('an empty console and an empty log say what will appear there', () => {
    const html = view('', []);
    expect(html).toContain('H_PUT_TERM_CHAR');
    expect(html).toContain('Nothing has happened yet');
  });

  test('a line has step, cycle, entity and sentence, and says where it leads', () => {
    const html = view('');
    expect(html).toContain('Go to position 825 and focus vm1/vcpu1');
    expect(html).toContain('vcpu 1 enters the guest on thread 1 at 0xA00');
    expect(html).toContain('32960');
  });

  test('lines about the focus are marked and lines about the hovered entity are outlined', () => {
    const html = view('');
    expect(html.match(/is-focus/g)).toHaveLength(1);
    expect(html.match(/is-hover/g)).toHaveLength(3);
  });

  test('the events of the step that led to this position are marked', () => {
    expect(view('').match(/aria-current="step"/g)).toHaveLength(2);
  });

  test('the log is one tab stop, on its newest line', () => {
    const lines = view('').match(/<button type="button" data-row="true" tabindex="0"[^>]*>/gi);
    expect(lines).toHaveLength(1);
    expect(lines?.[0]).toContain('position 831');
  });

  test('while the machine runs only the last lines are drawn', () => {
    const many = Array.from({ length: 500 }, (_, i) => event(i, 'cede', { vcpu: 0 }));
    expect(view('', many, true).match(/console-line/g)).toHaveLength(60);
    expect(view('', many, false).match(/console-line/g)).toHaveLength(400);
  });
});

describe('the filters of the event log', () => {
  const steps = (mark: 'all' | 'cross' | 'phase', words: string) =>
    logRows(EVENTS, WORDS, mark, words).map((row) => row.position - 1);

  test('phase lists entries, exits and partition switches; cross those and all between agents', () => {
    expect(steps('phase', '')).toEqual([820, 824]);
    expect(steps('cross', '')).toEqual([820, 824, 825, 825, 826, 830]);
    expect(steps('all', '')).toHaveLength(EVENTS.length);
  });

  test('every word must occur in the sentence, the kind or the entity, in any case', () => {
    expect(steps('all', 'DPDES reads')).toEqual([830]);
    expect(steps('all', 'kvm_guest_enter')).toEqual([824]);
    expect(steps('all', 'vm1/vcpu2')).toEqual([825]);
    expect(steps('all', 'DPDES nowhere')).toEqual([]);
  });

  test('events of one step keep different keys', () => {
    const keys = logRows(EVENTS, WORDS, 'all', '').map((row) => row.key);
    expect(new Set(keys).size).toBe(EVENTS.length);
  });
});
