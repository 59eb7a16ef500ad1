// Power ISA v3.0B Book I chapter 2: branch and condition register instructions.
import type { Builder, Cond, Expr } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';

/** BO0 (ignore CR) and BO1 (CR sense). */
function crCondition(b: Builder): Cond | null {
  if (b.flag('BO0')) return null;
  return b.flag('BO1') ? b.crBit('BI') : b.negate(b.crBit('BI'));
}

/**
 * Decrements CTR unless BO2, and combines BO3 (branch on CTR = 0) with the CR condition.
 * The fifth bit of BO is a hint only.
 */
function condition(b: Builder): Cond | null {
  const met = crCondition(b);
  if (b.flag('BO2')) return met;
  const ctr = b.let('ctr', b.sub(b.spr('CTR'), b.const(1n)));
  b.setSpr('CTR', ctr);
  const zero = b.eq(b.inMode(ctr), b.const(0n));
  const counted = b.flag('BO3') ? zero : b.negate(zero);
  return met === null ? counted : b.both(counted, met);
}

/**
 * bcctr that also counts is invalid in the ISA. The 64-bit server CPUs decrement CTR, the target, when the test of
 * its value before holds (QEMU's translate.c); Linux flushes the count cache by it (PPC_INST_BCCTR_FLUSH).
 */
function conditionOfCtr(b: Builder, ctr: Expr): Cond | null {
  const met = crCondition(b);
  if (b.flag('BO2')) return met;
  const zero = b.eq(b.inMode(ctr), b.const(0n));
  const counts = b.let('counts', b.asValue(b.flag('BO3') ? zero : b.negate(zero)));
  b.setSpr('CTR', b.sub(ctr, counts));
  const counted = b.ne(counts, b.const(0n));
  return met === null ? counted : b.both(counted, met);
}

function link(b: Builder): void {
  if (b.flag('LK')) b.setSpr('LR', b.nia());
}

const branchNear =
  (target: 'LI' | 'BD', when: (b: Builder) => Cond | null): Sem =>
  (b) => {
    const cond = when(b);
    link(b);
    if (b.flag('AA')) b.branch(cond, b.imm(target));
    else b.branchRel(cond, target);
  };

const branchToSpr =
  (spr: 'LR' | 'CTR' | 'TAR'): Sem =>
  (b) => {
    // LR may be both target and link.
    const target = b.let('target', b.spr(spr));
    const cond = spr === 'CTR' ? conditionOfCtr(b, target) : condition(b);
    link(b);
    b.branch(cond, target);
  };

const crLogical =
  (combine: (b: Builder, ba: Cond, bb: Cond) => Cond): Sem =>
  (b) =>
    b.setCrBit('BT', combine(b, b.crBit('BA'), b.crBit('BB')));
const differ = (b: Builder, x: Cond, y: Cond): Cond => b.ne(b.asValue(x), b.asValue(y));

const branching = chapter('Book I 2.4 Branch Instructions');
const logical = chapter('Book I 2.5.1 Condition Register Logical Instructions');
const moving = chapter('Book I 2.5.2 Condition Register Field Instruction');

export const BRANCH_ROWS: readonly Row[] = [
  branching(
    'b',
    'I',
    '010010 {LI} {AA} {LK}',
    'LI',
    branchNear('LI', () => null),
  ),
  branching(
    'bc',
    'B',
    '010000 {BO0} {BO1} {BO2} {BO3} {at} {BI} {BD} {AA} {LK}',
    'BO,BI,BD',
    branchNear('BD', condition),
  ),
  branching(
    'bclr',
    'XL',
    '010011 {BO0} {BO1} {BO2} {BO3} {at} {BI} --- {BH} 0000010000 {LK}',
    'BO,BI[,BH]',
    branchToSpr('LR'),
  ),
  branching(
    'bcctr',
    'XL',
    '010011 {BO0} {BO1} {BO2} {BO3} {at} {BI} --- {BH} 1000010000 {LK}',
    'BO_CTR,BI[,BH]',
    branchToSpr('CTR'),
  ),
  branching(
    'bctar',
    'XL',
    '010011 {BO0} {BO1} {BO2} {BO3} {at} {BI} --- {BH} 1000110000 {LK}',
    'BO,BI[,BH]',
    branchToSpr('TAR'),
    { since: '2.07' },
  ),
  logical(
    'crand',
    'XL',
    '010011 {BT} {BA} {BB} 0100000001 -',
    'BT,BA,BB',
    crLogical((b, x, y) => b.both(x, y)),
  ),
  logical(
    'cror',
    'XL',
    '010011 {BT} {BA} {BB} 0111000001 -',
    'BT,BA,BB',
    crLogical((b, x, y) => b.either(x, y)),
  ),
  logical('crxor', 'XL', '010011 {BT} {BA} {BB} 0011000001 -', 'BT,BA,BB', crLogical(differ)),
  logical(
    'crnand',
    'XL',
    '010011 {BT} {BA} {BB} 0011100001 -',
    'BT,BA,BB',
    crLogical((b, x, y) => b.negate(b.both(x, y))),
  ),
  logical(
    'crnor',
    'XL',
    '010011 {BT} {BA} {BB} 0000100001 -',
    'BT,BA,BB',
    crLogical((b, x, y) => b.negate(b.either(x, y))),
  ),
  logical(
    'creqv',
    'XL',
    '010011 {BT} {BA} {BB} 0100100001 -',
    'BT,BA,BB',
    crLogical((b, x, y) => b.negate(differ(b, x, y))),
  ),
  logical(
    'crandc',
    'XL',
    '010011 {BT} {BA} {BB} 0010000001 -',
    'BT,BA,BB',
    crLogical((b, x, y) => b.both(x, b.negate(y))),
  ),
  logical(
    'crorc',
    'XL',
    '010011 {BT} {BA} {BB} 0110100001 -',
    'BT,BA,BB',
    crLogical((b, x, y) => b.either(x, b.negate(y))),
  ),
  moving('mcrf', 'XL', '010011 {BF} -- {BFA} -- ----- 0000000000 -', 'BF,BFA', (b) =>
    b.setCrField('BF', b.crField('BFA')),
  ),
];
