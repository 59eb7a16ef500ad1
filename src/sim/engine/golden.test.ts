// Replays what qemu-ppc64 and qemu-ppc64le did with random sequences (scripts/engine-golden.ts).
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VARIANTS, variantOfWord } from '../isa/decode.ts';
import { sprSlot } from '../isa/spr.ts';
import { Access, Outcome } from './api.ts';
import { Engine } from './engine.ts';
import { PAGE } from './layout.ts';
import { Arena } from './memory.ts';
import {
  BUFFER_BASE,
  BUFFER_BYTES,
  CODE_BASE,
  CODE_STRIDE,
  CR_AT,
  checksum,
  EXIT,
  type GoldenFile,
  goldenBuffer,
  goldenInput,
  XER_AT,
} from './testing/golden.ts';
import { callsOf } from './uses.ts';

const [LR, CTR] = [sprSlot('LR'), sprSlot('CTR')];
const BUFFER_PAGE = 1;

/** Code at real page 0, the buffer at real page 1, nothing else. */
function machine(): { arena: Arena; engine: Engine } {
  const arena = new Arena({ threads: 1, realBytes: 2 * PAGE });
  const engine: Engine = new Engine(arena, {
    miss(tid, access) {
      const ea = arena.arg(tid, 0);
      if (access === Access.fetch) engine.mapFetch(tid, ea, 0);
      else if (ea >> 12n === BigInt(BUFFER_BASE / PAGE)) {
        engine.mapData(tid, ea, BUFFER_PAGE, true);
      } else throw new Error(`access to 0x${ea.toString(16)}`);
      return true;
    },
    helper: () => Outcome.raised,
    raise(_, cause) {
      throw new Error(`interrupt ${cause} at 0x${arena.nia(0).toString(16)}`);
    },
  });
  return { arena, engine };
}

const FILES = ['big-endian', 'little-endian'].map((name) => {
  const url = new URL(`golden/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as GoldenFile;
});

/** Rows whose results are undefined, or that user mode cannot run; lockstep.test.ts covers them. */
const NOT_WITNESSED = ['bctar', 'icbi'];

test('the corpus has every unprivileged row that neither traps nor calls a helper', () => {
  const words = FILES.flatMap(({ cases }) => cases.flatMap((one) => one.words.split(' ')));
  const seen = new Set(
    words.map((word) => VARIANTS[variantOfWord(Number.parseInt(word, 16))]?.row),
  );
  const expected = VARIANTS.filter((variant) => {
    const uses = new Set(callsOf(variant));
    return variant.row.privilege === 'problem' && !uses.has('helper') && !uses.has('trapIf');
  }).map(({ row }) => row);
  const missing = [...new Set(expected)].filter((row) => !seen.has(row)).map(({ name }) => name);
  expect(missing.toSorted()).toEqual(NOT_WITNESSED);
});

describe.each([
  ['big-endian', false],
  ['little-endian', true],
] as const)('%s', (_, littleEndian) => {
  const cases = FILES[littleEndian ? 1 : 0]?.cases ?? [];
  const { arena, engine } = machine();
  arena.setSpr(0, sprSlot('MSR'), (1n << 63n) | (littleEndian ? 1n : 0n));

  function load(index: number, words: readonly number[]): void {
    const input = goldenInput(index);
    arena.writeBytes(BUFFER_PAGE * PAGE, goldenBuffer());
    for (let n = 0; n < 32; n++) arena.setGpr(0, n, input[n] ?? 0n);
    arena.setCr(0, Number(input[CR_AT]));
    arena.setXer(0, input[XER_AT] ?? 0n);
    arena.setSpr(0, LR, input[XER_AT + 1] ?? 0n);
    arena.setSpr(0, CTR, input[XER_AT + 2] ?? 0n);
    const start = CODE_BASE + index * CODE_STRIDE;
    for (const [i, word] of words.entries()) {
      arena.write32((start % PAGE) + 4 * i, word, littleEndian);
    }
    arena.setNia(0, BigInt(start));
    engine.flushThread(0);
  }

  function registers(): bigint[] {
    const gprs = Array.from({ length: 32 }, (_, n) => arena.gpr(0, n));
    return [...gprs, BigInt(arena.cr(0)), arena.xer(0), arena.spr(0, LR), arena.spr(0, CTR)];
  }

  test.each(cases.map((one, i) => [i, one] as const))('case %i ends as under QEMU', (i, one) => {
    const words = one.words.split(' ').map((word) => Number.parseInt(word, 16));
    load(i, words);
    for (let n = 0; n < words.length && arena.nia(0) !== BigInt(EXIT); n++) engine.run(0, 1);
    expect(registers().map((value) => value.toString(16))).toEqual(one.registers.split(' '));
    expect(checksum(arena.readBytes(BUFFER_PAGE * PAGE, BUFFER_BYTES))).toBe(one.buffer);
  });
});
