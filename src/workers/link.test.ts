import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action } from '../sim/machine/inputs.ts';
import type { LoadSpec } from '../sim/scenario/scenario.ts';
import { HPTE_EDITS } from '../sim/trace/hpt.ts';
import { IRQ_OPS } from '../sim/trace/irq.ts';
import { deflateText } from './deflate.ts';
import {
  driftOf,
  encodeInputs,
  encodeProgram,
  type LinkState,
  readLink,
  writeLink,
} from './link.ts';

const small = fc.nat(63);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('doorbell' as const), from: small, to: small }),
  fc.record({ kind: fc.constantFrom('exit' as const, 'hdec', 'preempt'), thread: small }),
  fc.record({ kind: fc.constant('dec' as const), vcpu: small }),
  fc.record({
    kind: fc.constant('hpte' as const),
    vm: fc.nat(5),
    slot: fc.nat((1 << 20) - 1),
    edit: fc.constantFrom(...HPTE_EDITS),
  }),
  fc.record({
    kind: fc.constant('irq' as const),
    vm: fc.integer({ min: -1, max: 5 }),
    op: fc.constantFrom(...IRQ_OPS),
    source: fc.nat((1 << 24) - 1),
    server: fc.nat((1 << 16) - 1),
    priority: fc.nat(255),
  }),
);
const inputs = fc.array(
  fc.record({
    index: fc.nat(2000),
    input: fc.record({
      step: fc.integer({ min: -1, max: 2 ** 40 }),
      cycle: fc.nat({ max: 2 ** 31 - 1 }),
      user: fc.constant(true),
      action,
    }),
  }),
  { maxLength: 50 },
);
const spec = fc.record({
  scenario: fc.stringMatching(/^[a-z][a-z\d-]{0,20}$/),
  cpu: fc.stringMatching(/^[a-z\d-]{1,10}$/),
  off: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z\d-]{0,10}$/), { maxLength: 4 }),
  seed: fc.nat({ max: 2 ** 31 - 1 }),
});
/** With a program in half of the cases. */
const withProgram = fc.oneof(
  spec,
  spec.map((where) => ({ ...where, choices: '12:0-3,4,d1' })),
  fc
    .tuple(spec, fc.string({ unit: 'grapheme', maxLength: 400 }))
    .map(([where, program]) => ({ ...where, program })),
);
/** Addresses in order, as a link has them. */
const stops = fc
  .uniqueArray(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), { maxLength: 8 })
  .map((list) => list.sort((a, b) => (a < b ? -1 : 1)));
const hash = fc.stringMatching(/^[\da-f]{16}$/);

test('a link says again what it was made of', async () => {
  const parts = [withProgram, fc.nat(1e9), hash, inputs, stops] as const;
  const law = fc.asyncProperty(...parts, async (where, step, h, list, breakpoints) => {
    const { prog, lacks } = await encodeProgram(where);
    expect(lacks).toBe('');
    const texts = { ev: await encodeInputs(list), prog };
    const link = writeLink(where, step, h, texts, new Set(breakpoints));
    expect(link).toMatch(/^[\w=&,:@-]+$/);
    const position = { spec: where, step, hash: h.slice(0, 8) };
    const value: LinkState = { ...position, inputs: list, breakpoints, lost: '' };
    expect(await readLink(link)).toEqual({ ok: true, value });
    expect(await readLink(`#${link}`)).toEqual({ ok: true, value });
  });
  await fc.assert(law, { seed: 7, numRuns: 200 });
});

describe('reading', () => {
  test('nothing is the default scenario at its opening', async () => {
    expect(await readLink('')).toEqual({
      ok: true,
      value: {
        spec: { scenario: 'virt-doorbell', cpu: 'p9-dd23', off: [], seed: 0 },
        step: null,
        hash: '',
        inputs: [],
        breakpoints: [],
        lost: '',
      },
    });
  });

  test('unknown keys and patches that are on are passed over', async () => {
    const link = await readLink('v=machine&s=virt-doorbell&later=1&patch=a:on,b:off&=x&y');
    expect(link).toMatchObject({ ok: true, value: { spec: { off: ['b'] } } });
  });

  test('a position may leave out the branch', async () => {
    for (const at of ['at=12', 'at=main@12', 'at=my%20fork@12']) {
      expect(await readLink(at)).toMatchObject({ ok: true, value: { step: 12 } });
    }
  });

  test.each([
    ['LINK_ESCAPE', 's=%E0%A4%A'],
    ['LINK_PATCH', 'patch=virt-doorbell'],
    ['LINK_PATCH', 'patch=virt-doorbell:of'],
    ['LINK_POSITION', 'at=main@'],
    ['LINK_POSITION', 'at=-3'],
    ['LINK_POSITION', 'at=99999999999'],
    ['LINK_SEED', 'seed=abc'],
    ['LINK_SEED', 'seed=1e3'],
    ['LINK_HASH', 'h=xyz'],
    ['LINK_HASH', 'h=123456789'],
    ['LINK_BREAKPOINT', 'bp=loop'],
    ['LINK_BREAKPOINT', 'bp=8,,c'],
    ['LINK_BREAKPOINT', 'bp=11111111111111111'],
    ['LINK_INPUTS', 'ev=z9:abc'],
    ['LINK_INPUTS', 'ev=z1:'],
    ['LINK_INPUTS', 'ev=z1:!!!!'],
    ['LINK_INPUTS', 'ev=z1:AAAA'],
  ])('%s: %s', async (code, fragment) => {
    const link = await readLink(fragment);
    expect(link).toMatchObject({ ok: false, error: { code } });
    if (!link.ok) expect(link.error.message).toMatch(/^The link's .*\.$/);
  });
});

/** Deflates any text as the inputs of a link. */
async function packed(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return `ev=z1:${Buffer.from(bytes).toString('base64url')}`;
}

describe('inputs that are not a list of inputs are refused', () => {
  test.each([
    ['no JSON', '[[0,1', 'the text is damaged'],
    ['no list', '{"a":1}', 'not a list of inputs'],
    ['null', 'null', 'not a list of inputs'],
    ['a short input', '[[0,1,2,3,4]]', 'input 1 is not valid'],
    ['a fraction', '[[0,1,2,1,0,0],[0,1.5,2,1,0,0]]', 'input 2 is not valid'],
    ['an unknown kind', '[[0,1,2,63,0,0]]', 'input 1 is not valid'],
    ['a negative thread', '[[0,1,2,1,-1,0]]', 'input 1 is not valid'],
    ['a step below -1', '[[0,-2,2,1,0,0]]', 'input 1 is not valid'],
    ['a nested list', `${'['.repeat(5000)}${']'.repeat(5000)}`, 'input 1 is not valid'],
    ['too many', JSON.stringify(Array(1001).fill([0, 1, 2, 1, 0, 0])), 'not a list of inputs'],
  ])('%s', async (_, text, why) => {
    const link = await readLink(await packed(text));
    expect(link).toMatchObject({ ok: false, error: { code: 'LINK_INPUTS' } });
    if (!link.ok) expect(link.error.message).toContain(why);
  });

  test('a bomb is given up at once', async () => {
    const bomb = await packed('0'.repeat(20_000_000));
    const link = await readLink(bomb);
    expect(link).toMatchObject({ ok: false, error: { code: 'LINK_INPUTS' } });
    if (!link.ok) expect(link.error.message).toContain('it inflates to more than 400000 bytes');
  });
});

describe('drift', () => {
  const link = (step: number | null, h: string): LinkState => ({
    spec: { scenario: 'virt-doorbell', cpu: 'p9', off: [], seed: 0 },
    step,
    hash: h,
    inputs: [],
    breakpoints: [],
    lost: '',
  });

  test('is a run that ends before the step of the link, or another hash there', () => {
    expect(driftOf(link(10, ''), 9, 'a'.repeat(16))).toMatchObject({ code: 'LINK_STEP' });
    expect(driftOf(link(10, '12345678'), 10, 'a'.repeat(16))).toMatchObject({ code: 'LINK_DRIFT' });
  });

  test('is not the same hash, no hash, or no position', () => {
    expect(driftOf(link(10, 'aaaaaaaa'), 10, 'a'.repeat(16))).toBeNull();
    expect(driftOf(link(10, ''), 10, 'a'.repeat(16))).toBeNull();
    expect(driftOf(link(null, ''), 10, 'a'.repeat(16))).toBeNull();
  });
});

describe('the program of a link', () => {
  const where = { scenario: 'virt-doorbell', cpu: 'p9', off: [], seed: 0 };
  /** Text that does not compress: digits of a fixed generator. */
  const noise = (length: number): string => {
    let x = 1;
    return Array.from({ length }, () => {
      x = Math.imul(x, 1103515245) + 12345;
      return String.fromCharCode(33 + ((x >>> 16) % 90));
    }).join('');
  };
  const linkOf = async (more: Partial<LoadSpec>) =>
    writeLink(
      where,
      5,
      '',
      { ev: '', prog: (await encodeProgram({ ...where, ...more })).prog },
      new Set(),
    );

  test('that is too long is named as missing, with its size, and the link says so when opened', async () => {
    const program = `# ${noise(30_000)}`;
    const { lacks } = await encodeProgram({ ...where, program });
    expect(lacks).toMatch(
      /^the edited program: it has \d\d KB compressed, and links carry at most 16$/,
    );
    const link = await linkOf({ program });
    expect(link.length).toBeLessThan(200);
    const read = await readLink(link);
    expect(read).toMatchObject({ ok: true, value: { lost: expect.stringContaining('too long') } });
    expect(read).not.toHaveProperty('value.spec.program');
    if (read.ok) expect(driftOf(read.value, 5, '')).toMatchObject({ code: 'LINK_LOST' });
  });

  test('that is a file is named, whatever its name is', async () => {
    for (const name of ['a b&h=00000000#%.elf', 'ядро.elf', "it's(1)", '']) {
      const link = await linkOf({ image: { name, bytes: new Uint8Array(4) } });
      expect(await readLink(link)).toMatchObject({ ok: true, value: { lost: `the file ${name}` } });
    }
  });

  test('that is garbage is an error, never an exception and never a program', async () => {
    const garbage = fc.oneof(
      fc.stringMatching(/^z1:[\w-]{0,200}$/),
      fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => encodeURIComponent(text)),
    );
    const law = fc.asyncProperty(garbage, async (text) => {
      const read = await readLink(`s=virt-doorbell&prog=${text}`);
      if (read.ok) {
        // The few that are well formed come back as they were sent.
        const { program } = read.value.spec;
        const again = program === undefined ? read : await readLink(await linkOf({ program }));
        expect(again).toMatchObject({ ok: true });
      } else expect(read.error.code).toBe('LINK_PROGRAM');
    });
    await fc.assert(law, { seed: 11, numRuns: 300 });
  });

  test('that inflates to more than any program may have is given up', async () => {
    const prog = await deflateText('0'.repeat(3_000_000));
    expect(prog.length).toBeLessThan(16 * 1024);
    expect(await readLink(`prog=${prog}`)).toMatchObject({
      ok: false,
      error: { code: 'LINK_PROGRAM', message: expect.stringContaining('more than 400000 bytes') },
    });
  });
});
