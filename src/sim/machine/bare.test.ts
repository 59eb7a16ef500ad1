import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadImage } from '../guest/image.ts';
import { CPU_MODELS, type CpuModel } from '../hardware/cpu-model.ts';
import { assemble } from '../isa/assemble.ts';
import { BareMachine, type BareSpec } from './bare.ts';

const MB = 1 << 20;
const BASE = 0x1000n;

function cpu(id: string): CpuModel {
  const model = CPU_MODELS.get(id);
  if (model === undefined) throw new Error(`no CPU ${id}`);
  return model;
}

/** A machine with some bytes loaded at BASE, or as its file says. */
function withImage(bytes: Uint8Array, options: Partial<BareSpec> = {}): BareMachine {
  const image = loadImage(bytes, { realBytes: 4 * MB, base: BASE });
  const elf = image.ok ? image : loadImage(bytes, { realBytes: 4 * MB });
  if (!elf.ok) throw new Error(JSON.stringify(elf.error));
  return new BareMachine({ model: cpu('p9'), image: elf.value, realBytes: 4 * MB, ...options });
}

interface Options extends Partial<BareSpec> {
  readonly littleEndian?: boolean;
}

function program(text: string, { littleEndian = false, ...options }: Options = {}): BareMachine {
  const made = assemble(text, { base: BASE, littleEndian });
  if (!made.ok) throw new Error(JSON.stringify(made.errors));
  const m = withImage(made.image, options);
  if (littleEndian) m.hw.setMsr(0, m.hw.msr(0) | 1n);
  return m;
}

const pc = (m: BareMachine) => m.hw.arena.nia(0);
const r = (m: BareMachine, n: number) => m.hw.arena.gpr(0, n);

describe('a run stops', () => {
  const COUNT = 'li r3,0\nloop: addi r3,r3,1\nb loop\n';

  it('after as many instructions as were asked for, and goes on from there', () => {
    const m = program(COUNT);
    expect(m.run(6)).toEqual({ reason: 'max' });
    expect([m.instructions, r(m, 3), pc(m)]).toEqual([6, 3n, BASE + 8n]);
    expect(m.run(2_000_001)).toEqual({ reason: 'max' });
    expect([m.instructions, r(m, 3)]).toEqual([2_000_007, 1_000_003n]);
  });

  it('before it executes the instruction at an address, also at once', () => {
    const m = program(`li r4,1000\nmtctr r4\nli r3,0\n1: addi r3,r3,1\nbdnz 1b\nnop\nb .`);
    expect(m.run(1e6, BASE)).toEqual({ reason: 'stop-pc' });
    expect(m.instructions).toBe(0);
    expect(m.run(1e6, BASE + 0x14n)).toEqual({ reason: 'stop-pc' });
    expect([m.instructions, r(m, 3), pc(m)]).toEqual([2003, 1000n, BASE + 0x14n]);
  });

  it.each([false, true])('before an endless branch to itself, little-endian %s', (littleEndian) => {
    const m = program('li r3,7\nb .\n', { littleEndian });
    expect(m.run(1e9)).toEqual({ reason: 'endless-branch' });
    expect([m.instructions, r(m, 3), pc(m)]).toEqual([1, 7n, BASE + 4n]);
  });

  it('before an absolute branch to itself, but not at one to elsewhere or one that links', () => {
    const m = program('b 1f\n.long 0\n1: bl 2f\nba 0x100c\n2: blr\n');
    expect(m.run(1e9)).toEqual({ reason: 'endless-branch' });
    expect([m.instructions, pc(m)]).toEqual([3, BASE + 12n]);
    const linking = program('bl .\n');
    expect(linking.run(100)).toEqual({ reason: 'max' });
  });

  it('before an endless branch that the program has just written', () => {
    const m = program('lis r4,0x4800\nstw r4,0x1008(0)\nli r3,1\nli r3,2\n');
    expect(m.run(100)).toEqual({ reason: 'endless-branch' });
    expect([m.instructions, r(m, 3)]).toEqual([2, 0n]);
  });

  it.each([
    ['load', 'lis r4,0x40\nlbz r3,0(r4)\n', 0x400000n],
    ['store', 'lis r4,0x50\nstd r3,8(r4)\n', 0x500008n],
    ['fetch', 'lis r4,0x40\nmtctr r4\nbctr\n', 0x400000n],
  ] as const)('when a %s leaves memory, which does not count', (kind, text, address) => {
    const m = program(text);
    const before = kind === 'fetch' ? 3 : 1;
    for (let i = 0; i < 2; i++) {
      expect(m.run(100)).toEqual({ reason: 'outside-memory', access: kind, address });
      expect(m.instructions).toBe(before);
    }
  });

  it.each([
    ['attn', '.long 0x200', 'p9'],
    ['attn', '.long 0x200', '970'],
    ['asleep', 'nap', 'p7'],
  ])('at %s (%s on %s), which does not count', (reason, text, id) => {
    const m = program(`li r3,1\n${text}\nli r3,2\n`, { model: cpu(id) });
    expect(m.run(100)).toEqual({ reason });
    expect([m.instructions, r(m, 3), pc(m)]).toEqual([1, 1n, BASE + 4n]);
  });

  it('never at a branch to itself that the decrementer will end', () => {
    const text =
      'li r3,100\nmtdec r3\nlis r4,0x1000\nsldi r4,r4,32\nori r4,r4,0x9000\nmtmsrd r4,1\nb .\n';
    const m = program(text);
    m.hw.arena.write32(0x900, 0x48000000);
    expect(m.run(1e6)).toEqual({ reason: 'endless-branch' });
    expect(pc(m)).toBe(0x900n);
    expect(m.hw.get(0, 'SRR0')).toBe(BASE + 0x18n);
    // DEC counts a tick in 8 cycles; the interrupt comes when it is below 0.
    expect(m.instructions).toBeGreaterThanOrEqual(800);
    expect(m.instructions).toBeLessThan(820);
  });
});

describe('any program', () => {
  const word = fc.oneof(
    fc.nat(0xffff_ffff),
    fc
      .integer({ min: 0, max: 63 })
      .chain((opcode) => fc.nat(0x03ff_ffff).map((rest) => opcode * 0x0400_0000 + rest)),
  );
  const models = fc.constantFrom('970', 'p7', 'p8', 'p9');

  it('runs without an error of ours, and in pieces as in one go', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), models, (words, id) => {
        const text = words.map((w) => `.long ${w}\n`).join('');
        const [whole, pieces] = [
          program(text, { model: cpu(id) }),
          program(text, { model: cpu(id) }),
        ];
        const stop = whole.run(3000);
        let last = stop;
        for (const piece of [1, 7, 992, 2000]) {
          last = pieces.run(piece);
          if (last.reason !== 'max') break;
        }
        expect(last).toEqual(stop);
        expect(pieces.instructions).toBe(whole.instructions);
        expect(pieces.hw.arena.hash()).toBe(whole.hw.arena.hash());
      }),
      { seed: 3, numRuns: 40 },
    );
  });
});

describe('addresses', () => {
  it.each([0n, 1n << 60n])('are real with MSR[HV]=%d, and their first bits do nothing', (hv) => {
    const m = program(`
      lis r4,0xc000
      sldi r4,r4,32
      ori r4,r4,0x1000
      lwz r3,0(r4)
      addi r4,r4,0x1c
      mtctr r4
      bctr
      b .
    `);
    m.hw.setMsr(0, (1n << 63n) | hv);
    expect(m.run(100)).toEqual({ reason: 'endless-branch' });
    expect(r(m, 3)).toBe(0x3c80c000n);
    expect(pc(m)).toBe(0xc00000000000101cn);
  });

  it('take interrupts to their vectors in memory', () => {
    const m = program('li r0,1\nsc\n');
    m.hw.arena.write32(0xc00, 0x48000000);
    expect(m.run(100)).toEqual({ reason: 'endless-branch' });
    expect([pc(m), m.instructions]).toEqual([0xc00n, 2]);
    expect(m.hw.get(0, 'SRR0')).toBe(BASE + 8n);
  });
});

describe('the state at the start', () => {
  it("is hypervisor state in the image's byte order and width, with machine checks on", () => {
    expect(program('nop').hw.msr(0)).toBe((1n << 63n) | (1n << 60n) | 0x1000n);
    const golden = (name: string) => withImage(readFileSync(`${GOLDEN}/${name}.elf`)).hw.msr(0);
    expect(golden('le64')).toBe((1n << 63n) | (1n << 60n) | 0x1001n);
    expect(golden('be32')).toBe((1n << 60n) | 0x1000n);
  });

  it("is the CPU model's", () => {
    const pvr = (id: string) => program('nop', { model: cpu(id) }).hw.get(0, 'PVR');
    expect(['970', 'p7', 'p8', 'p9'].map((id) => pvr(id) >> 16n)).toEqual([
      0x3cn,
      0x3fn,
      0x4dn,
      0x4en,
    ]);
  });
});

describe('the serial port', () => {
  const UART = 0x3f8000;
  /** The address in r4, then the text. */
  const put = `lis r4,${UART >> 16}\nori r4,r4,${UART & 0xffff}\n`;

  function run(text: string, real = BigInt(UART)): { m: BareMachine; sent: string } {
    let sent = '';
    const send = (byte: number) => {
      sent += String.fromCharCode(byte);
    };
    const m = program(put + text, { uart: { real, send } });
    m.run(10_000);
    return { m, sent };
  }

  it('sends each byte once, the last one too, in order', () => {
    const { sent } = run('li r5,0x4f\nstb r5,0(r4)\nli r5,0x4b\nstb r5,0(r4)\nstb r5,0(r4)\nb .\n');
    expect(sent).toBe('OKK');
  });

  it('is ready to send, and reads afresh every time', () => {
    const text =
      'lbz r3,5(r4)\nli r5,0x1b\nstb r5,7(r4)\nlbz r6,7(r4)\nli r5,3\nstb r5,7(r4)\nlbz r7,7(r4)\nb .\n';
    const { m } = run(text);
    expect([r(m, 3), r(m, 6), r(m, 7)]).toEqual([0x60n, 0x1bn, 3n]);
  });

  it('may lie outside memory, and only its registers answer', () => {
    const { m, sent } = run(
      `li r4,1\nsldi r4,r4,40\nli r5,0x41\nstb r5,0x3f8(r4)\nlhz r3,0x3fe(r4)\nlbz r6,0x400(r4)\nstb r5,0(r4)\nb .\n`,
      (1n << 40n) + 0x3f8n,
    );
    expect(sent).toBe('A');
    expect([r(m, 3), r(m, 6)]).toEqual([0xb000n, 0xffn]);
  });
});

const GOLDEN = 'src/sim/machine/golden';

describe('programs made by a compiler', () => {
  const { uart, programs } = JSON.parse(readFileSync(`${GOLDEN}/results.json`, 'utf8'));

  it.each(Object.keys(programs))('%s prints and returns what QEMU user mode computes', (name) => {
    let output = '';
    const send = (byte: number) => {
      output += String.fromCharCode(byte);
    };
    const model = cpu(name.endsWith('be32') ? '970' : name === 'be64-v1' ? 'p8' : 'p9');
    const image = readFileSync(`${GOLDEN}/${name}.elf`);
    const m = withImage(image, { model, uart: { real: BigInt(uart), send } });
    expect(m.run(1e7)).toEqual({ reason: 'endless-branch' });
    expect({ output, result: Number(r(m, 3)) }).toEqual(programs[name]);
  });
});
