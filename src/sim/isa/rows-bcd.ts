// Power ISA v3.0B Book I 3.3.15: binary coded decimal (BCD) assist instructions.
import type { Builder, Expr } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';

/** The lowest bit of each of the four groups of 12 bits: two in the low 24 bits of each word. */
const GROUPS = 0x0000100100001001n;
/** The bits of the groups that are the upper one of their word. */
const UPPER = 0x00fff00000fff000n;
const LOWER = 0x00000fff00000fffn;

const BCD_BITS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'm'] as const;
const DPD_BITS = ['p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y'] as const;

/** Values with their low bits in GROUPS as bit planes, so that one formula serves all four groups. */
interface Planes {
  readonly plane: (bit: number) => Expr;
  readonly all: (...terms: Expr[]) => Expr;
  readonly any: (...terms: Expr[]) => Expr;
  readonly not: (term: Expr) => Expr;
  /** Writes bits `values`, the most significant first, back into groups. */
  readonly groups: (values: readonly Expr[]) => Expr;
}

function planesOf(b: Builder, value: Expr): Planes {
  const join = (terms: readonly Expr[], op: 'and' | 'or') => terms.reduce((x, y) => b[op](x, y));
  return {
    plane: (bit) => b.and(b.shrU(value, b.const(BigInt(bit))), b.const(GROUPS)),
    all: (...terms) => join(terms, 'and'),
    any: (...terms) => join(terms, 'or'),
    not: (term) => b.xor(term, b.const(GROUPS)),
    groups: (values) =>
      join(
        values.map((each, i) => b.shl(each, b.const(BigInt(values.length - 1 - i)))),
        'or',
      ),
  };
}

/** Names the planes of `letters`, whose last is the least significant bit. */
function named<L extends string>(b: Builder, { plane }: Planes, letters: readonly L[]) {
  const list = letters.map((letter, i) => [letter, b.let(letter, plane(letters.length - 1 - i))]);
  return Object.fromEntries(list) as Record<L, Expr>;
}

/** Three BCD digits (abcd efgh ijkm) to one declet (pqr stu v wxy): Book I appendix B.1. */
const bcdToDpd: Sem = (sem) => {
  const planes = planesOf(sem, sem.reg('RS'));
  const { all, any, not } = planes;
  const { a, b, c, d, e, f, g, h, i, j, k, m } = named(sem, planes, BCD_BITS);
  const [A, E, I] = [not(a), not(e), not(i)];
  const p = any(all(f, a, i, E), all(j, a, I), all(b, A));
  const q = any(all(g, a, i, E), all(k, a, I), all(c, A));
  const s = any(all(j, A, e, I), all(f, I, E), all(f, A, E), all(e, i));
  const t = any(all(k, A, e, I), all(g, I, E), all(g, A, E), all(a, i));
  const w = any(all(E, j, I), all(e, i), a);
  const x = any(all(A, k, I), all(a, i), e);
  const declets = sem.let('declets', planes.groups([p, q, d, s, t, h, any(a, e, i), w, x, m]));
  const upper = sem.shrU(sem.and(declets, sem.const(UPPER)), sem.const(2n));
  sem.setReg('RA', sem.or(upper, sem.and(declets, sem.const(LOWER))));
};

/** One declet (pqr stu v wxy) to three BCD digits (abcd efgh ijkm): Book I appendix B.2. */
const dpdToBcd: Sem = (sem) => {
  const rs = sem.reg('RS');
  const upper = sem.shl(sem.and(rs, sem.const(UPPER >> 2n)), sem.const(2n));
  const declets = sem.let('declets', sem.or(upper, sem.and(rs, sem.const(LOWER))));
  const planes = planesOf(sem, declets);
  const { all, any, not } = planes;
  const { p, q, r, s, t, u, v, w, x, y } = named(sem, planes, DPD_BITS);
  const [S, T, V, W, X] = [not(s), not(t), not(v), not(w), not(x)];
  const a = any(all(S, v, w), all(t, v, w, s), all(v, w, X));
  const b = any(all(p, s, x, T), all(p, W), all(p, V));
  const c = any(all(q, s, x, T), all(q, W), all(q, V));
  const e = any(all(v, W, x), all(s, v, w, x), all(T, v, x, w));
  const f = any(all(p, t, v, w, x, S), all(s, X, v), all(s, V));
  const g = any(all(q, t, w, v, x, S), all(t, X, v), all(t, V));
  const i = any(all(t, v, w, x), all(s, v, w, x), all(v, W, X));
  const j = any(all(p, S, T, w, v), all(s, v, W, x), all(p, w, X, v), all(w, V));
  const k = any(all(q, S, T, v, w), all(t, v, W, x), all(q, v, w, X), all(x, V));
  sem.setReg('RA', planes.groups([a, b, c, r, e, f, g, u, i, j, k, y]));
};

/** A 6 in each digit of RA + RB out of which no carry comes. */
const addSixes: Sem = (b) => {
  const [x, y] = [b.reg('RA'), b.reg('RB')];
  const sum = b.let('sum', b.add(x, y));
  const carries = b.or(b.and(x, y), b.and(b.or(x, y), b.not(sum)));
  const none = b.let('none', b.and(b.not(carries), b.const(0x8888888888888888n)));
  b.setReg('RT', b.or(b.shrU(none, b.const(1n)), b.shrU(none, b.const(2n))));
};

const bcd = chapter('Book I 3.3.15 Binary Coded Decimal (BCD) Assist Instructions', {
  since: '2.06',
});

export const BCD_ROWS: readonly Row[] = [
  bcd('cdtbcd', 'X', '011111 {RS} {RA} ----- 0100011010 -', 'RA,RS', dpdToBcd),
  bcd('cbcdtd', 'X', '011111 {RS} {RA} ----- 0100111010 -', 'RA,RS', bcdToDpd),
  bcd('addg6s', 'XO', '011111 {RT} {RA} {RB} - 001001010 -', 'RT,RA,RB', addSixes),
];
