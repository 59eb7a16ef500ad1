import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { run } from './run.ts';
import { Usage } from './usage.ts';

let stdout = '';
beforeEach(() => {
  stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Exit code and what was printed. */
function ran(...args: string[]): { code: number; out: string } {
  stdout = '';
  const code = run(args);
  return { code, out: stdout };
}

describe('sim run', () => {
  test('prints the same JSON twice, and exits with 0 when all checks hold', () => {
    const first = ran('virt-doorbell', '--json', '--seed', '7');
    expect(first.code).toBe(0);
    expect(ran('virt-doorbell', '--json', '--seed', '7')).toEqual(first);
    expect(ran('virt-doorbell', '--json', '--seed', '8').out).not.toBe(first.out);
    const report = JSON.parse(first.out);
    expect(report.position.ended).toBe('powered off');
    expect(report.hash).toMatch(/^[\da-f]{16}$/);
    expect(report.violations).toEqual([]);
    expect(Object.keys(report.counters)).toEqual([
      'guestInstructions',
      'hostSteps',
      'guestEntries',
      'guestExits',
      'exitsByReason',
      'ownInterrupts',
      'ipis',
      'partitionSwitches',
      'cycles',
    ]);
  });

  test('exits with 1 when a check fails, and says which and why', () => {
    const { code, out } = ran('virt-doorbell', '--patch', 'virt-doorbell:off');
    expect(code).toBe(1);
    expect(out).toContain('FAIL ring-completes: the ring stalls after 0 of 12 hops: vcpu 1');
    expect(out).toMatch(/violation at step \d+: doorbell-lost/);
  });

  test('stops at a step, and a goal not reached yet is no failure there', () => {
    const { code, out } = ran('virt-doorbell', '--until', '500', '--json');
    expect(code).toBe(0);
    const { position, checks } = JSON.parse(out);
    expect(position).toMatchObject({ step: 500, ended: '' });
    expect(checks[0]).toMatchObject({ name: 'ring-completes', ok: false, open: true });
  });

  test('takes the last word on a patch, and names a CPU by either name', () => {
    const args = ['virt-doorbell', '--until', '2000', '--json'];
    const plain = ran(...args);
    const both = ['--patch', 'virt-doorbell:off,virt-doorbell:on', '--cpu', 'p9-dd23'];
    expect(ran(...args, ...both)).toEqual(plain);
  });

  test.each([
    [[], 'run needs a scenario'],
    [['no-such'], "There is no scenario 'no-such'. Known scenarios: virt-doorbell,"],
    [['virt-doorbell', 'virt-doorbell'], 'one scenario at a time'],
    [['virt-doorbell', '--patch', 'nope:off'], "there is no patch 'nope'; known: virt-doorbell"],
    [['virt-doorbell', '--patch', 'nope:on'], "there is no patch 'nope'"],
    [['virt-doorbell', '--patch', 'virt-doorbell'], '--patch needs ID:on or ID:off'],
    [['virt-doorbell', '--patch', 'virt-doorbell:maybe'], '--patch needs ID:on or ID:off'],
    [['virt-doorbell', '--patch'], '--patch needs a value'],
    [
      ['virt-doorbell', '--cpu', '970'],
      "The scenario 'virt-doorbell' does not run on the CPU model '970'. Known models: p9",
    ],
    [['virt-doorbell', '--seed', '-1'], "--seed needs a whole number, not '-1'"],
    [['virt-doorbell', '--seed', '4294967296'], 'The seed 4294967296 is not a whole number'],
    [['virt-doorbell', '--until', 'soon'], "--until needs a whole number, not 'soon'"],
    [['virt-doorbell', '--fast'], "unknown option '--fast'"],
  ])('refuses %j and prints nothing', (args, message) => {
    expect(() => run(args)).toThrow(Usage);
    expect(() => run(args)).toThrow(message);
    expect(stdout).toBe('');
  });
});

describe('the program', () => {
  /** Exit code, standard output and standard error of `sim ...`. */
  function sim(...args: string[]): { code: number | null; out: string; err: string } {
    const {
      status,
      stdout: out,
      stderr,
    } = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
      encoding: 'utf8',
    });
    return { code: status, out, err: stderr };
  }

  test('ends with 0 or 1 as the checks say, with the result alone on standard output', () => {
    const json = sim('run', 'virt-doorbell', '--until', '1000', '--json');
    expect(json).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(json.out).position.step).toBe(1000);
    const off = sim('run', 'virt-doorbell', '--patch', 'virt-doorbell:off', '--json');
    expect(off).toMatchObject({ code: 1, err: '' });
  });

  test('lists scenarios and patches', () => {
    const { code, out } = sim('list');
    expect(code).toBe(0);
    expect(out).toMatch(/^scenario virt-doorbell: /m);
    expect(out).toMatch(/^patch virt-doorbell: .*57900694/m);
  });

  test.each([
    [['run', 'no-such']],
    [['run', 'virt-doorbell', '--patch', 'nope:on']],
    [['disasm', '/no/such/file']],
    [['asm', '/no/such/file.s', '-o', '/no/such/place']],
    [['frobnicate']],
  ])('ends %j with 2, a message on standard error and nothing on standard output', (args) => {
    const { code, out, err } = sim(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).not.toBe('');
    expect(err).not.toMatch(/\n {4}at /); // no stack trace
  });
});
