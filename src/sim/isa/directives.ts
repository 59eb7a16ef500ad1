// Assembler directives of GNU as, over sections that grow at their ends.
import { didYouMean } from './asm-errors.ts';
import { CONDITIONALS } from './conditions.ts';
import {
  atMost,
  countAt,
  type Directive,
  type DirectiveContext,
  optionalNumber,
  valueAt,
} from './directive-operands.ts';
import { data, fill, floating, space, text } from './directives-data.ts';
import {
  common,
  namedSection,
  popSection,
  previousSection,
  pushSection,
  section,
} from './directives-sections.ts';
import { Fault, type Token } from './expression.ts';
import type { Statement } from './statements.ts';

const BLOCK_DIRECTIVES = [
  ...CONDITIONALS,
  '.macro',
  '.endm',
  '.exitm',
  '.rept',
  '.irp',
  '.irpc',
  '.endr',
];

const NOP = 0x60000000n;
/** GNU as branches over longer runs of no-ops. */
const NOPS_IN_A_ROW = 4;

const align =
  (isPower: boolean): Directive =>
  (call) => {
    atMost(call, 3);
    const amount = isPower ? 2 ** countAt(call, 0) : Math.max(countAt(call, 0), 1);
    if (!Number.isInteger(Math.log2(amount))) {
      const blame = call.operands[0]?.[0] ?? call.name;
      throw new Fault('ASM_RANGE', blame, `${amount} is not a power of two`);
    }
    const { layout, scope } = call.context;
    const { out } = layout;
    layout.current.align(amount, call.name);
    const count = Number(BigInt.asUintN(64, -scope.address) % BigInt(amount));
    if (count > optionalNumber(call, 2, amount)) return;
    const filled = (call.operands[1]?.length ?? 0) > 0;
    if (filled || layout.current.kind !== 'code' || count % 4 !== 0) {
      out.fill(count, optionalNumber(call, 1, 0) & 0xff, call.name);
      return;
    }
    const branches = count / 4 > NOPS_IN_A_ROW;
    if (branches) out.value(0x48000000n + BigInt(count), 4, call.name);
    out.repeat(count / 4 - (branches ? 1 : 0), NOP, 4, call.name);
  };

/** Absolute values count from the start of the section. */
const org: Directive = (call) => {
  atMost(call, 2);
  const { scope } = call.context;
  const { out } = call.context.layout;
  const { n, labels } = valueAt(call, 0);
  const here = scope.address - BigInt(out.size);
  const offset = Number(labels === 0 ? n : n - here);
  const blame = call.operands[0]?.[0] ?? call.name;
  if (offset < out.size) {
    const message = `.org 0x${Math.max(offset, 0).toString(16)} is before 0x${out.size.toString(16)}`;
    throw new Fault('ASM_ORG_BACKWARDS', blame, message);
  }
  out.fill(offset - out.size, optionalNumber(call, 1, 0) & 0xff, call.name);
};

const set: Directive = (call) => {
  atMost(call, 2);
  const symbol = call.operands[0]?.[0];
  if (symbol?.kind !== 'name' || call.operands[0]?.length !== 1) {
    throw new Fault('ASM_BAD_OPERAND', symbol ?? call.name, `${call.name.text} needs a symbol`);
  }
  call.context.setSymbol(symbol, valueAt(call, 1));
};

const userError: Directive = ({ name, rest }) => {
  const text = /^\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(rest)?.[1] ?? rest.trim();
  throw new Fault('ASM_ERROR_DIRECTIVE', name, text === '' ? '.error directive' : text);
};

const refused: Directive = ({ name }) => {
  const hint = 'put the text of the file in its place';
  throw new Fault('ASM_INCLUDE', name, `${name.text} cannot read other files`, hint);
};

/** For the linker and the debugger: nothing in a flat image. */
const ignored: Directive = () => {};

const single = floating(4);
const double = floating(8);

/** These read text of their own, which need not be tokens. */
const TEXTUAL: ReadonlySet<Directive> = new Set([
  ignored,
  userError,
  refused,
  namedSection,
  pushSection,
  single,
  double,
]);

const DIRECTIVES: Readonly<Record<string, Directive>> = {
  '.byte': data(1),
  '.short': data(2),
  '.hword': data(2),
  '.word': data(2),
  '.2byte': data(2),
  '.long': data(4),
  '.int': data(4),
  '.4byte': data(4),
  '.quad': data(8),
  '.llong': data(8),
  '.8byte': data(8),
  '.ascii': text(false),
  '.asciz': text(true),
  '.string': text(true),
  '.space': space,
  '.skip': space,
  '.zero': space,
  '.fill': fill,
  '.align': align(true),
  '.p2align': align(true),
  '.balign': align(false),
  '.org': org,
  '.set': set,
  '.equ': set,
  '.float': single,
  '.single': single,
  '.double': double,
  '.text': section('.text'),
  '.data': section('.data'),
  '.bss': section('.bss'),
  '.section': namedSection,
  '.pushsection': pushSection,
  '.popsection': popSection,
  '.previous': previousSection,
  '.comm': common('COMMON', (size) => Math.min(16, 2 ** Math.ceil(Math.log2(Math.max(1, size))))),
  '.lcomm': common('.bss 1', () => 8),
  '.error': userError,
  '.err': userError,
  '.include': refused,
  '.incbin': refused,
  '.globl': ignored,
  '.global': ignored,
  '.local': ignored,
  '.weak': ignored,
  '.hidden': ignored,
  '.type': ignored,
  '.size': ignored,
  '.machine': ignored,
  '.abiversion': ignored,
  '.file': ignored,
  '.ident': ignored,
};

/** Carries out a directive; throws a Fault that names what is wrong. */
export function runDirective(statement: Statement, name: Token, context: DirectiveContext): void {
  const directive = Object.hasOwn(DIRECTIVES, name.text) ? DIRECTIVES[name.text] : undefined;
  if (directive === undefined) {
    const hint = () => didYouMean(name.text, [...Object.keys(DIRECTIVES), ...BLOCK_DIRECTIVES]);
    throw new Fault('ASM_UNKNOWN_DIRECTIVE', name, `no directive is named '${name.text}'`, hint);
  }
  const { rest } = statement;
  const operands = TEXTUAL.has(directive) ? [] : statement.operands();
  directive({ name, operands, rest, context });
}
