import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action } from '../sim/machine/inputs.ts';
import { driftOf, encodeInputs, type LinkState, readLink, writeLink } from './link.ts';

const small = fc.nat(63);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('doorbell' as const), from: small, to: small }),
  fc.record({ kind: fc.constantFrom('exit' as const, 'hdec', 'preempt'), thread: small }),
  fc.record({ kind: fc.constant('dec' as const), vcpu: small }),
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
const hash = fc.stringMatching(/^[\da-f]{16}$/);

test('a link says again what it was made of', async () => {
  const law = fc.asyncProperty(spec, fc.nat(1e9), hash, inputs, async (where, step, h, list) => {
    const link = writeLink(where, step, h, await encodeInputs(list));
    expect(link).toMatch(/^[\w=&,:@-]+$/);
    const value: LinkState = { spec: where, step, hash: h.slice(0, 8), inputs: list };
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
    ['an unknown kind', '[[0,1,2,5,0,0]]', 'input 1 is not valid'],
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
    const bomb = await packed('0'.repeat(300_000_000));
    const link = await readLink(bomb);
    expect(link).toMatchObject({ ok: false, error: { code: 'LINK_INPUTS' } });
    if (!link.ok) expect(link.error.message).toContain('the inputs of the link are too long');
  });
});

describe('drift', () => {
  const link = (step: number | null, h: string): LinkState => ({
    spec: { scenario: 'virt-doorbell', cpu: 'p9', off: [], seed: 0 },
    step,
    hash: h,
    inputs: [],
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
