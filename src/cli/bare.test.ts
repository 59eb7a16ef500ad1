import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { assemble } from '../sim/isa/assemble.ts';
import { bare } from './bare.ts';
import { Usage } from './usage.ts';

const GOLDEN = 'src/sim/machine/golden';

let folder = '';
let stdout = '';
let stderr = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bare-'));
  const text = (chunk: string | Uint8Array) =>
    typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1');
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += text(chunk);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    stderr += text(chunk);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Writes a file into the test's folder; text that is not a program's. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function image(text: string, options: { base?: bigint; littleEndian?: boolean } = {}): string {
  const made = assemble(text, options);
  if (!made.ok) throw new Error(JSON.stringify(made.errors));
  return file('image.bin', made.image);
}

function run(...args: string[]): { code: number; out: string; err: string } {
  stdout = '';
  stderr = '';
  const code = bare(args);
  return { code, out: stdout, err: stderr };
}

/** The JSON that a run ends with. */
function json(...args: string[]): Record<string, unknown> {
  const { code, out, err } = run(...args, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

describe('sim bare', () => {
  it('prints every register of the issue once, the count and the reason', () => {
    const { code, out, err } = run(image('li r3,-1\nb .\n'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')[0]).toBe('stop endless-branch after 1 instructions');
    const numbered = (prefix: string) => Array.from({ length: 32 }, (_, n) => `${prefix}${n}`);
    const names = [
      ...numbered('r'),
      ...['pc', 'msr', 'cr', 'lr', 'ctr', 'xer'],
      ...numbered('fpr'),
      'fpscr',
      ...numbered('vr'),
      ...['srr0', 'srr1', 'dar', 'dsisr', 'dec'],
    ];
    const printed = [...out.matchAll(/\b([a-z]+\d*) +0x([\da-f]+)/g)];
    expect(printed.map(([, name]) => name)).toEqual(names);
    expect(Object.fromEntries(printed.map(([, name, value]) => [name, value]))).toMatchObject({
      r3: 'ffffffffffffffff',
      pc: '0000000000000004',
      msr: '9000000000001000',
      cr: '00000000',
      vr31: '0'.repeat(32),
    });
    expect(Object.keys(json(image('b .\n')))).toEqual([...names, 'instructions', 'stop']);
  });

  it('loads raw bytes at the base and enters at the entry', () => {
    const raw = image('li r3,1\nli r3,2\nb .\n', { base: 0x4000n });
    expect(json(raw, '--base', '4000')).toMatchObject({ r3: '0x0000000000000002' });
    const late = json(raw, '--base', '0x4000', '--entry', '4008');
    expect(late).toMatchObject({ pc: '0x0000000000004008', instructions: 0 });
  });

  it('stops after --max and at --stop-pc', () => {
    const raw = image('1: addi r3,r3,1\nb 1b\n');
    expect(json(raw, '--max', '5')).toMatchObject({ instructions: 5, stop: { reason: 'max' } });
    const stopped = json(raw, '--stop-pc', '4');
    expect(stopped).toMatchObject({ instructions: 1, stop: { reason: 'stop-pc' } });
  });

  it('takes MSR, byte order and CPU', () => {
    const little = image('mfmsr r3\nmfspr r4,287\nb .\n', { littleEndian: true });
    expect(json(little, '--le', '--cpu', 'p8')).toMatchObject({
      r3: '0x9000000000001001',
      r4: '0x00000000004d0200',
    });
    const narrow = json(little, '--le', '--msr', '1000000000000000');
    expect(narrow).toMatchObject({ r3: '0x1000000000000001' });
  });

  it('goes on from the state that another run printed', () => {
    const raw = image('1: addi r3,r3,1\nadd r4,r4,r3\nmtlr r4\nmtctr r3\naddic. r5,r3,-9\nb 1b\n');
    const whole = json(raw, '--max', '1000');
    const half = file('half.json', run(raw, '--max', '496', '--json').out);
    expect(json(raw, '--max', '504', '--regs-in', half)).toEqual(whole);
  });

  it('sets any register from a file, by number or hexadecimal text; options win', () => {
    const state = {
      ...{ r31: 5, fpr7: '0x3ff0000000000000', vr2: '0x112233445566778899aabbccddeeff00' },
      ...{ pc: '0x8', cr: '0x12345678', xer: '0xa0040005', lr: '0xffffffffffffffff' },
      ...{ fpscr: '0x3', srr0: 16, srr1: 17, dar: 18, dsisr: 19, dec: '0x1000', ctr: 6 },
      instructions: 10,
    };
    const regs = file('regs.json', JSON.stringify(state));
    const raw = image('nop\nnop\nb .\n');
    expect(json(raw, '--regs-in', regs)).toMatchObject({
      ...{ r31: '0x0000000000000005', fpr7: '0x3ff0000000000000', vr2: state.vr2 },
      ...{ pc: '0x0000000000000008', cr: '0x12345678', xer: '0x00000000a0040005' },
      ...{ lr: '0xffffffffffffffff', ctr: '0x0000000000000006', fpscr: '0x0000000000000003' },
      ...{ srr0: '0x0000000000000010', srr1: '0x0000000000000011', dsisr: '0x00000013' },
      ...{ dar: '0x0000000000000012', dec: '0x0000000000001000', instructions: 10 },
    });
    expect(json(raw, '--regs-in', regs, '--entry', '4')).toMatchObject({ instructions: 11 });
  });

  it('runs an ELF program and prints what it sends, then the registers', () => {
    const { uart, programs } = JSON.parse(readFileSync(`${GOLDEN}/results.json`, 'utf8'));
    const { output, result } = programs.le64;
    const args = [`${GOLDEN}/le64.elf`, '--uart', uart.toString(16)];
    const text = run(...args);
    expect(text.out.startsWith(`${output}stop endless-branch`)).toBe(true);
    const { out } = run(...args, '--json');
    expect(out.startsWith(`${output}{\n`)).toBe(true);
    const state = JSON.parse(out.slice(output.length));
    expect(state).toMatchObject({ r3: `0x${result.toString(16).padStart(16, '0')}` });
  });

  it('ends the last line of a program that does not', () => {
    const text = 'lis r4,16\nli r5,0x58\nstb r5,0(r4)\nb .\n';
    expect(run(image(text), '--uart', '100000').out).toMatch(/^X\nstop /);
  });

  it('tells where a program left memory, prints the registers and ends with 1', () => {
    const raw = image('lis r4,16\nlwz r3,4(r4)\n');
    const { code, out, err } = run(raw, '--mem', '1', '--json');
    expect(code).toBe(1);
    expect(err).toBe(
      `${raw}: error: at pc 0x4: a load at real address 0x100004, which has no memory ` +
        '(give more with --mem, or a serial port with --uart)\n',
    );
    const stop = { reason: 'outside-memory', access: 'load', address: '0x100004' };
    expect(JSON.parse(out)).toMatchObject({ instructions: 1, stop });
  });
});

describe('errors', () => {
  /** What is printed on standard error; nothing on standard output. */
  function refused(code: number, ...args: string[]): string {
    const result = run(...args);
    expect({ code: result.code, out: result.out }).toEqual({ code, out: '' });
    return result.err;
  }

  it('in an image say where, what and what to do', () => {
    const bytes = readFileSync(`${GOLDEN}/le64.elf`);
    const cut = file('cut.elf', bytes.subarray(0, 1000));
    expect(refused(1, cut)).toBe(
      `${cut}:0x40: error: a segment reaches to byte 0x884 of the file, which ends at 0x3e8 ` +
        '(the file is cut off or damaged: copy it again)\n',
    );
    expect(refused(1, `${GOLDEN}/be32.elf`, '--le')).toBe(
      `${GOLDEN}/be32.elf:0x5: error: the file says that it is big-endian (leave out --le)\n`,
    );
    expect(refused(1, image('nop\n'), '--uart', '800')).toMatch(/at 0x0 lies in the serial port/);
  });

  it.each([
    ['{"r3": 1,\n"r4" 2}', ':2: error: this is not JSON'],
    ['{"r3": 1', ':1: error: this is not JSON'],
    ['[]', ':$: error: is not an object of registers'],
    ['{"r32": 1}', ':$.r32: error: no register has this name'],
    ['{"r3": -1}', ':$.r3: error: is not "0x..." or a whole number from 0'],
    ['{"r3": "12"}', ':$.r3: error: is not "0x..." or a whole number from 0'],
    ['{"cr": "0x100000000"}', ':$.cr: error: has more than 32 bits'],
    ['{"vr0": "0x1ffffffffffffffffffffffffffffffff"}', ':$.vr0: error: has more than 128 bits'],
  ])('in the registers %s name the place', (text, message) => {
    const regs = file('regs.json', text);
    expect(refused(1, image('nop\n'), '--regs-in', regs)).toContain(`${regs}${message}`);
  });

  it('tell every wrong register', () => {
    const regs = file('regs.json', '{"r3": null, "rx": 1}');
    expect(refused(1, image('nop\n'), '--regs-in', regs).split('\n')).toHaveLength(3);
  });

  it('of state are MSR bits that the CPU lacks', () => {
    const raw = image('nop\n');
    const le = [raw, '--le', '--cpu', '970'];
    expect(() => bare(le)).toThrow('MSR 0x1: the PowerPC 970FX has no little-endian mode');
    expect(() => bare([raw, '--msr', '8000000800000000'])).toThrow('MSR 0x800000000: the POWER9');
  });

  it('of files that cannot be read end with 2', () => {
    expect(refused(2, join(folder, 'none'))).toContain('error: cannot read');
    expect(refused(2, image('nop\n'), '--regs-in', folder)).toContain('error: cannot read');
  });

  it.each([
    [[], 'bare needs a file'],
    [['a', 'b'], "one file at a time: 'a' and 'b'"],
    [['a', '--fast'], "unknown option '--fast'"],
    [['a', '--cpu', 'p5'], "there is no CPU 'p5'; known: 970, p7, p7-smt2, p8"],
    [['a', '--base', 'xyz'], "--base needs a hexadecimal number, not 'xyz'"],
    [['a', '--msr', '0x11112222333344445'], '--msr needs a hexadecimal number'],
    [['a', '--mem', '0'], "--mem needs a whole number from 1 to 1024, not '0'"],
    [['a', '--max', '1e9'], '--max needs a whole number from 0 to 9007199254740991'],
    [['a', '--stop-pc'], '--stop-pc needs a value'],
  ])('of usage: %j', (args, message) => {
    expect(() => bare(args)).toThrow(Usage);
    expect(() => bare(args)).toThrow(message);
  });
});
