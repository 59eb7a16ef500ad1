// Directives that choose a section, and those that declare common symbols.
import {
  atMost,
  type Call,
  countAt,
  type Directive,
  optionalNumber,
} from './directive-operands.ts';
import { Fault } from './expression.ts';
import type { SectionKind } from './sections.ts';

/** `.text` and kin. */
export const section =
  (name: string): Directive =>
  (call) => {
    atMost(call, 0);
    call.context.layout.enter(name);
  };

/** `.section NAME,"flags",@type`: 'x' makes it code, @nobits zeros without bytes of their own. */
function sectionOf({ name, rest }: Call): { name: string; kind: SectionKind | null } {
  const [, section, flags, type] =
    /^\s*"?([\w.$]+)"?\s*(?:,\s*"(\w*)"\s*(?:,\s*[@%](\w+).*)?)?$/.exec(rest) ?? [];
  if (section === undefined) {
    throw new Fault('ASM_BAD_OPERAND', name, `${name.text} takes NAME,"flags",@type`);
  }
  const told = type === 'nobits' ? 'zeros' : flags?.includes('x') ? 'code' : 'data';
  return { name: section, kind: flags === undefined ? null : told };
}

/** `.section NAME[,"flags"[,@type]]`. */
export const namedSection: Directive = (call) => {
  const { name, kind } = sectionOf(call);
  call.context.layout.enter(name, kind);
};

/** `.pushsection`: the same, with the way back kept. */
export const pushSection: Directive = (call) => {
  const { name, kind } = sectionOf(call);
  call.context.layout.push(name, kind);
};

/** `.popsection`. */
export const popSection: Directive = (call) => {
  atMost(call, 0);
  if (!call.context.layout.pop()) {
    throw new Fault('ASM_BLOCK', call.name, '.popsection without .pushsection');
  }
};

/** `.previous`: the section before this one. */
export const previousSection: Directive = (call) => {
  atMost(call, 0);
  call.context.layout.previous();
};

/** `.comm SYMBOL,SIZE[,ALIGNMENT]` and `.lcomm`: zeros behind those of .bss. */
export const common =
  (section: string, usualAlignment: (size: number) => number): Directive =>
  (call) => {
    atMost(call, 3);
    const [symbol, extra] = call.operands[0] ?? [];
    if (symbol?.kind !== 'name' || extra !== undefined) {
      throw new Fault('ASM_BAD_OPERAND', symbol ?? call.name, `${call.name.text} needs a symbol`);
    }
    const size = countAt(call, 1);
    const alignment = optionalNumber(call, 2, usualAlignment(size));
    if (alignment < 1 || !Number.isInteger(Math.log2(alignment))) {
      const blame = call.operands[2]?.[0] ?? call.name;
      throw new Fault('ASM_RANGE', blame, `${alignment} is not a power of two`);
    }
    const { layout, setSymbol } = call.context;
    layout.push(section, 'zeros');
    layout.current.align(alignment, call.name);
    const gap = Number(BigInt.asUintN(64, -layout.address) % BigInt(alignment));
    layout.out.reserve(gap, call.name);
    setSymbol(symbol, { n: BigInt.asIntN(64, layout.address), labels: 1 });
    layout.out.reserve(size, call.name);
    layout.pop();
  };
