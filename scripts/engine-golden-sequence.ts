// Random straight-line sequences (with short forward branches) that QEMU can run in user mode: memory accesses stay
// in the buffer at r1, divisors are safe, and results that the architecture leaves undefined are avoided.
import { CODE_STRIDE, EXIT } from '../src/sim/engine/testing/golden.ts';
import { Random } from '../src/sim/engine/testing/random.ts';
import { callsOf } from '../src/sim/engine/uses.ts';
import { VARIANTS, type Variant } from '../src/sim/isa/decode.ts';
import { field } from '../src/sim/isa/fields.ts';
import { patternOf } from '../src/sim/isa/pattern.ts';
import type { Row } from '../src/sim/isa/row.ts';

const INSTRUCTIONS = 15;
const MAX_WORDS = CODE_STRIDE / 4 - 24;

// Words of the instructions that prepare operands. Registers go into RT/RS, RA, RB; M-form: RS, RA.
const rlwinm = (ra: number, rs: number, mb: number, me: number) =>
  ((21 << 26) | (rs << 21) | (ra << 16) | (mb << 6) | (me << 1)) >>> 0;
const add = (rt: number, ra: number, rb: number) =>
  ((31 << 26) | (rt << 21) | (ra << 16) | (rb << 11) | (266 << 1)) >>> 0;
const addi = (rt: number, ra: number, si: number) =>
  ((14 << 26) | (rt << 21) | (ra << 16) | (si & 0xffff)) >>> 0;
const oris = (ra: number, rs: number, ui: number) =>
  ((25 << 26) | (rs << 21) | (ra << 16) | ui) >>> 0;
const moveSpr = (xo: number, rt: number, spr: number) =>
  ((31 << 26) | (rt << 21) | (spr << 16) | (xo << 1)) >>> 0;
const MFSPR = 339;
const MTSPR = 467;
const [LR, CTR] = [8, 9];
const LINK_TO_NEXT = 0x429f0005; // bcl 20,31,.+4
const TO_EXIT = (0x48000002 | EXIT) >>> 0; // ba EXIT

/** QEMU and the manual leave these undefined, or user mode has no way to run them. */
const UNDEFINED = /^(mulhw|mulhwu|divw.*|div.* OE.*) .*Rc|^(divde|divdeu|bctar|icbi)/;

interface Kind {
  readonly variant: number;
  readonly uses: ReadonlySet<string>;
  readonly cache: boolean;
}

const kinds: Kind[] = VARIANTS.flatMap((one, variant) => {
  const uses = new Set(callsOf(one));
  const unfit =
    one.row.privilege !== 'problem' ||
    uses.has('helper') ||
    uses.has('trapIf') ||
    one.flags.AA === true ||
    UNDEFINED.test(nameOf(one));
  return unfit ? [] : [{ variant, uses, cache: one.row.isa.includes('Cache Management') }];
});

/** The kinds of each row, so that a row with many flags is not drawn more often. */
const rows = [...new Set(kinds.map(rowOf))].map((row) =>
  kinds.filter((kind) => rowOf(kind) === row),
);

function rowOf({ variant }: Kind): Row {
  return (VARIANTS[variant] as Variant).row;
}

function nameOf({ row, flags }: Variant): string {
  const on = Object.entries(flags).flatMap(([name, set]) => (set ? [name] : []));
  return `${row.name} ${on.join(' ')}`;
}

/** The words of one case, the branch to EXIT included; the same seed gives the same words. */
export function randomSequence(seed: number): number[] {
  const random = new Random(seed);
  const words: number[] = [];
  for (let i = 0; i < INSTRUCTIONS && words.length < MAX_WORDS; i++) {
    words.push(...prepared(random, random.pick(random.pick(rows))));
  }
  return [...words, TO_EXIT];
}

/** An instruction of the kind, with what must come before and after it. */
function prepared(random: Random, kind: Kind): number[] {
  for (;;) {
    const drawn = random.word(kind.variant);
    if (drawn === undefined || gprs(kind.variant, drawn).includes(1)) continue;
    const word = (drawn & ~reserved(kind.variant)) >>> 0;
    const words = withOperands(random, kind, word);
    if (words !== undefined) return words;
  }
}

function withOperands(random: Random, kind: Kind, word: number): number[] | undefined {
  const { uses } = kind;
  if (uses.has('loadReserve')) return reservedPair(random, kind, word);
  if (uses.has('storeConditional') || uses.has('load') || uses.has('store') || kind.cache) {
    // Hints of cache instructions that QEMU knows: dcbf L and dcbt TH of 0 and 1.
    const plain = kind.cache ? word & ~0x03c00000 : word;
    return inBuffer(random, kind, plain >>> 0, uses.has('storeConditional'));
  }
  if (uses.has('branchRel')) return [forward(random, kind, word), filler(random)];
  if (uses.has('branch')) return toSpr(random, word);
  if (['divS', 'divU', 'remS', 'remU'].some((op) => uses.has(op))) return divided(kind, word);
  // QEMU clears the upper half of mulhw, POWER9 repeats the word there; both are allowed.
  if (/^mulhwu?$/.test(rowOf(kind).name))
    return [word, rlwinm(at('RT', word), at('RT', word), 0, 31)];
  if (/^m[tf]ocrf$/.test(rowOf(kind).name)) return [oneField(random, word)];
  if (uses.has('setXer')) return [rlwinm(at('RS', word), at('RS', word), 0, 2), word];
  return [word];
}

const at = (name: string, word: number) => Number(field(name).get(word));
const has = (variant: number, name: string) =>
  patternOf((VARIANTS[variant] as Variant).row).groups.some((group) => group.name === name);
const gprs = (variant: number, word: number) =>
  ['RT', 'RS', 'RA', 'RB'].filter((name) => has(variant, name)).map((name) => at(name, word));

/** Bits that QEMU wants to be zero. */
function reserved(variant: number): number {
  const { mask, groups } = patternOf((VARIANTS[variant] as Variant).row);
  const named = groups.map(({ first, width }) => (2 ** width - 1) << (32 - first - width));
  return ~named.reduce((all, bits) => all | bits, mask);
}

/** Points RA (and RB) into the buffer. */
function inBuffer(
  random: Random,
  kind: Kind,
  word: number,
  aligned: boolean,
): number[] | undefined {
  const [ra, rb] = [at('RA', word), at('RB', word)];
  const indexed = has(kind.variant, 'RB');
  const update = rowOf(kind).name.includes('u');
  if (ra === 0 || (indexed && ra === rb)) return undefined;
  if (update && has(kind.variant, 'RT') && ra === at('RT', word)) return undefined;
  const last = aligned ? 28 : 31;
  const mask = [rlwinm(ra, ra, 24, last), add(ra, ra, 1)];
  if (indexed) return [...mask, rlwinm(rb, rb, 25, last), word];
  const low = has(kind.variant, 'DS') ? 3 : 0;
  const small = (word & ~(0xffff & ~low)) | (random.below(128) & ~low);
  return [...mask, small >>> 0];
}

/** A load that reserves, then the matching conditional store. */
function reservedPair(random: Random, kind: Kind, word: number): number[] | undefined {
  const load = inBuffer(random, kind, word, true);
  const [rt, ra, rb] = [at('RT', word), at('RA', word), at('RB', word)];
  if (load === undefined || rt === ra || rt === rb) return undefined;
  const name = rowOf(kind).name.replace(/^l(.)arx$/, 'st$1cx.');
  const store = VARIANTS.findIndex(({ row }) => row.name === name);
  const { match } = patternOf((VARIANTS[store] as Variant).row);
  const rs = random.pick([0, 2, 30]);
  return [...load, (match | (rs << 21) | (ra << 16) | (rb << 11)) >>> 0];
}

/** Branches to the next instruction or over one. */
function forward(random: Random, kind: Kind, word: number): number {
  const name = has(kind.variant, 'LI') ? 'LI' : 'BD';
  const { bits, put } = field(name);
  return ((word & ~bits) | Number(put(random.pick([4n, 8n])))) >>> 0;
}

/** Loads LR or CTR with an address after the branch. */
function toSpr(random: Random, word: number): number[] {
  const register = random.pick([0, 2, 3, 29, 31]);
  const spr = ((word >>> 1) & 1023) === 16 ? LR : CTR;
  return [
    LINK_TO_NEXT,
    moveSpr(MFSPR, register, LR),
    register === 0 ? addi(3, 3, 1) : addi(register, register, random.pick([16, 20])),
    ...(register === 0 ? [] : [moveSpr(MTSPR, register, spr), word]),
    filler(random),
  ];
}

/** A small positive dividend for the extended forms, and a positive divisor. */
function divided(kind: Kind, word: number): number[] | undefined {
  const [ra, rb] = [at('RA', word), at('RB', word)];
  if (ra === rb) return undefined;
  const extended = rowOf(kind).name.startsWith('divwe');
  const divisor = [rlwinm(rb, rb, 1, 31), oris(rb, rb, 0x4000)];
  return [...(extended ? [rlwinm(ra, ra, 24, 31)] : []), ...divisor, word];
}

/** FXM with one bit, which the mtocrf and mfocrf want. */
function oneField(random: Random, word: number): number {
  const { bits, put } = field('FXM');
  return ((word & ~bits) | Number(put(1n << BigInt(random.below(8))))) >>> 0;
}

function filler(random: Random): number {
  const register = random.pick([0, 2, 3, 4, 5, 28]);
  return oris(register, register, random.below(65536));
}
