// The builder that writes down what a row asks of it: RTL lines, and the places it reads and writes.
import type { Builder, Cond, Expr, HelperName, Size } from './builder.ts';
import type { FloatBuilder } from './builder-float.ts';
import type { VectorBuilder } from './builder-vector.ts';
import type { Flags } from './decode.ts';
import { ArithmeticDescriber, cond, expr, lowBits, termOf } from './describer-arithmetic.ts';
import { FloatDescriber } from './describer-float.ts';
import { VectorDescriber } from './describer-vector.ts';
import { field, manualName } from './fields.ts';
import {
  at,
  atom,
  binary,
  call,
  LEVEL,
  type Line,
  type Named,
  type Part,
  type Term,
} from './rtl-text.ts';

/** A register or bit: named by a field of the instruction, or always the same. */
export type Place = { readonly field: string } | { readonly name: string };

/** What the named helpers read and write beyond their arguments. */
const HELPER_EFFECTS: Partial<Record<HelperName, { reads?: string[]; writes?: string[] }>> = {
  mfmsr: { reads: ['MSR'] },
  mtmsr: { writes: ['MSR'] },
  mtmsrd: { writes: ['MSR'] },
  rfid: { reads: ['SRR0', 'SRR1'], writes: ['MSR', 'NIA'] },
  hrfid: { reads: ['HSRR0', 'HSRR1'], writes: ['MSR', 'NIA'] },
  sc: { writes: ['SRR0', 'SRR1', 'MSR', 'NIA'] },
  stop: { reads: ['PSSCR'] },
  doze: { reads: ['LPCR'], writes: ['SRR0', 'SRR1', 'MSR', 'NIA'] },
  nap: { reads: ['LPCR'], writes: ['SRR0', 'SRR1', 'MSR', 'NIA'] },
  sleep: { reads: ['LPCR'], writes: ['SRR0', 'SRR1', 'MSR', 'NIA'] },
  rvwinkle: { reads: ['LPCR'], writes: ['SRR0', 'SRR1', 'MSR', 'NIA'] },
  msgsndp: { writes: ['DPDES'] },
  msgclrp: { writes: ['DPDES'] },
  scv: { writes: ['LR', 'CTR', 'MSR', 'NIA'] },
  rfscv: { reads: ['LR', 'CTR'], writes: ['MSR', 'NIA'] },
  rfebb: { reads: ['EBBRR'], writes: ['BESCR', 'NIA'] },
  slbfee: { reads: ['SO'], writes: ['cr0'] },
};

/** Masks are derived from fields; this is how the manual writes them. */
const MASK_TEXT: Readonly<Record<string, string>> = {
  MASK_M: 'MASK(MB+32, ME+32)',
  MASK_MDL: 'MASK(mb, 63)',
  MASK_MDR: 'MASK(0, me)',
  MASK_MDC: 'MASK(mb, ¬sh)',
  MASK_FXM: 'mask(FXM)',
  FXM_FIRST: 'first(FXM)',
  MASK_BT: 'bit BT',
  MASK_FSF: 'mask(FLM, L, W)',
};

const HERE = atom('CIA');
function constantText(value: bigint): string {
  const signed = BigInt.asIntN(64, value);
  return signed > -1024n && signed < 1024n
    ? `${signed}`
    : `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** Run a row's semantics on it, then read lines, reads and writes. */
export class Describer extends ArithmeticDescriber implements Builder {
  readonly lines: Line[] = [];
  readonly reads = new Map<string, Place>();
  readonly writes = new Map<string, Place>();
  readonly vec: VectorBuilder = new VectorDescriber({
    read: (place) => this.read(place),
    effect: (place, ...parts) => this.effect(place, ...parts),
    define: (name, term) => this.define(name, term),
  });
  readonly fp: FloatBuilder = new FloatDescriber({
    read: (place) => this.read(place),
    effect: (place, ...parts) => this.effect(place, ...parts),
    flag: (name) => this.flag(name),
  });
  private readonly flags: Flags;

  constructor(flags: Flags) {
    super();
    this.flags = flags;
  }

  private read(place: Place): void {
    this.reads.set(Object.values(place).join(''), place);
  }

  private readNamed(...names: readonly string[]): void {
    for (const name of names) this.read({ name });
  }

  private effect(place: Place | null, ...parts: readonly Part[]): void {
    if (place !== null) this.writes.set(Object.values(place).join(''), place);
    this.lines.push({ defines: null, parts });
  }

  private assign(place: Place, target: string, value: Expr | Cond): void {
    this.effect(place, `${target} <- `, ...at(termOf(value), LEVEL.choice));
  }

  reg(name: string): Expr {
    this.read({ field: name });
    return expr(atom(`(${name})`));
  }
  regOr0(name: string): Expr {
    this.read({ field: `${name}0` });
    return expr(atom(`(${name}|0)`));
  }
  setReg(name: string, value: Expr): void {
    this.assign({ field: name }, name, value);
  }
  imm(name: string): Expr {
    const { kind } = field(name);
    if (kind === 'mask') return expr(atom(MASK_TEXT[name] ?? name));
    const scaled =
      kind === 'rel' || name === 'DS'
        ? `${name}||0b00`
        : name === 'DQ'
          ? 'DQ||0b0000'
          : manualName(name);
    return expr(atom(kind === 'simm' || kind === 'rel' ? `EXTS(${scaled})` : scaled));
  }
  flag(name: string): boolean {
    return this.flags[name] ?? false;
  }
  const(value: bigint): Expr {
    return expr(atom(constantText(value)));
  }
  let(name: string, value: Expr): Expr {
    return expr(this.define(name, termOf(value)));
  }
  private define(name: string, term: Term): Term {
    // A name for a name is the same value.
    if (term.parts.length === 1 && typeof term.parts[0] !== 'string') return term;
    const named: Named = { name, term };
    this.lines.push({ defines: named, parts: [`${name} <- `, ...at(term, LEVEL.choice)] });
    return { parts: [{ named, level: LEVEL.choice }], level: LEVEL.atom };
  }

  load(ea: Expr, size: Size, opt: { signed?: boolean; reversed?: boolean } = {}): Expr {
    this.readNamed('memory');
    const memory = call('MEM', termOf(ea), atom(`${size}`));
    const ordered = opt.reversed ? call('BYTE_REVERSE', memory) : memory;
    return expr(opt.signed ? call('EXTS', ordered) : ordered);
  }
  store(ea: Expr, size: Size, value: Expr, opt: { reversed?: boolean } = {}): void {
    const low = lowBits(termOf(value), 8 * size);
    const ordered = opt.reversed ? call('BYTE_REVERSE', low) : low;
    const target = call('MEM', termOf(ea), atom(`${size}`));
    this.effect({ name: 'memory' }, ...target.parts, ' <- ', ...at(ordered, LEVEL.choice));
  }

  loadQuad(ea: Expr): readonly [Expr, Expr] {
    this.readNamed('memory');
    const memory = call('MEM', termOf(ea), atom('16'));
    const half = (bits: string) =>
      expr({ parts: [...at(memory, LEVEL.atom), bits], level: LEVEL.atom });
    return [half('[0:63]'), half('[64:127]')];
  }
  storeQuad(ea: Expr, high: Expr, low: Expr): void {
    const target = call('MEM', termOf(ea), atom('16'));
    const both = [...at(termOf(high), LEVEL.atom), ' || ', ...at(termOf(low), LEVEL.atom)];
    this.effect({ name: 'memory' }, ...target.parts, ' <- ', ...both);
  }
  align(ea: Expr, bytes: number): void {
    const rest = at(this.infix(ea, '%', this.const(BigInt(bytes)), LEVEL.multiply), LEVEL.compare);
    this.effect(null, 'if ', ...rest, ' ≠ 0 then ALIGNMENT');
  }
  loadString(name: string, ea: Expr, bytes: Expr): void {
    this.readNamed('memory');
    const memory = call('MEM', termOf(ea), termOf(bytes));
    this.effect({ field: name }, `words of ${name}, ${name}+1, ... <- `, ...memory.parts);
  }
  storeString(name: string, ea: Expr, bytes: Expr): void {
    this.read({ field: name });
    const memory = call('MEM', termOf(ea), termOf(bytes));
    const source = ` <- words of ${name}, ${name}+1, ...`;
    this.effect({ name: 'memory' }, ...memory.parts, source);
  }
  loadAtomic(name: string, ea: Expr, size: 4 | 8): void {
    this.readNamed('memory');
    const memory = call('MEM', termOf(ea), atom(`${size}`));
    const done = call('ATOMIC', atom('FC'), memory, atom(`(${name}+1)`), atom(`(${name}+2)`));
    this.effect({ field: name }, `${name} <- `, ...done.parts);
    this.effect({ name: 'memory' }, ...memory.parts, ' <- its new value');
  }
  storeAtomic(name: string, ea: Expr, size: 4 | 8): void {
    this.read({ field: name });
    const memory = call('MEM', termOf(ea), atom(`${size}`));
    const done = call('ATOMIC', atom('FC'), memory, atom(`(${name})`));
    this.effect({ name: 'memory' }, ...memory.parts, ' <- ', ...done.parts);
  }

  spr(name: 'LR' | 'CTR' | 'TAR'): Expr {
    this.readNamed(name);
    return expr(atom(name));
  }
  setSpr(name: 'LR' | 'CTR' | 'TAR', value: Expr): void {
    this.assign({ name }, name, value);
  }
  crBit(name: string): Cond {
    this.read({ field: name });
    return cond(atom(`CR[${name}]`));
  }
  setCrBit(name: string, value: Cond): void {
    this.assign({ field: name }, `CR[${name}]`, value);
  }
  crField(name: string): Expr {
    this.read({ field: name });
    return expr(atom(`CR field ${name}`));
  }
  setCrField(name: string, value: Expr): void {
    this.assign({ field: name }, `CR field ${name}`, value);
  }
  compare(name: string, a: Expr, b: Expr, signed: boolean): void {
    this.readNamed('SO');
    const how = signed ? 'COMPARE' : 'COMPARE_UNSIGNED';
    const test = call(how, termOf(a), termOf(b));
    this.effect({ field: name }, `CR field ${name} <- `, ...test.parts, ' || SO');
  }
  record(result: Expr): void {
    this.readNamed('SO');
    const test = call('COMPARE', termOf(result), atom('0'));
    this.effect({ name: 'cr0' }, 'CR0 <- ', ...test.parts, ' || SO');
  }
  cr(): Expr {
    this.readNamed('CR');
    return expr(atom('CR'));
  }
  setCr(value: Expr, mask: Expr): void {
    const source = at(lowBits(termOf(value), 32), LEVEL.choice);
    this.effect({ name: 'CR' }, 'CR fields of ', ...termOf(mask).parts, ' <- ', ...source);
  }
  ca(): Expr {
    this.readNamed('CA');
    return expr(atom('CA'));
  }
  setCa(carry: Cond, carry32: Cond): void {
    this.assign({ name: 'CA' }, 'CA', carry);
    this.assign({ name: 'CA32' }, 'CA32', carry32);
  }
  setOv(overflow: Cond, overflow32: Cond, so?: 'kept'): void {
    this.assign({ name: 'OV' }, 'OV', overflow);
    this.assign({ name: 'OV32' }, 'OV32', overflow32);
    if (so === 'kept') return;
    this.readNamed('SO');
    this.effect({ name: 'SO' }, 'SO <- SO | OV');
  }
  xer(): Expr {
    this.readNamed('XER');
    return expr(atom('XER'));
  }
  setXer(value: Expr): void {
    this.assign({ name: 'XER' }, 'XER', value);
  }

  cia(): Expr {
    return expr(HERE);
  }
  nia(): Expr {
    return expr(binary(HERE, '+', atom('4'), LEVEL.add));
  }
  inMode(value: Expr): Expr {
    return expr({ parts: [...at(termOf(value), LEVEL.atom), '[M:63]'], level: LEVEL.atom });
  }
  branch(when: Cond | null, target: Expr): void {
    const text = at(termOf(target), LEVEL.choice);
    this.jump(when, ...text);
  }
  branchRel(when: Cond | null, name: string): void {
    this.jump(when, ...binary(HERE, '+', termOf(this.imm(name)), LEVEL.add).parts);
  }
  private jump(when: Cond | null, ...target: readonly Part[]): void {
    const prefix = when === null ? [] : ['if ', ...at(termOf(when), LEVEL.mixed), ' then '];
    this.effect({ name: 'NIA' }, ...prefix, 'NIA <- ', ...target);
  }
  trapIf(when: Cond): void {
    this.effect(null, 'if ', ...at(termOf(when), LEVEL.mixed), ' then TRAP');
  }
  loadReserve(ea: Expr, size: Size): Expr {
    const address = this.let('EA', ea);
    this.effect({ name: 'reservation' }, 'RESERVE <- line of ', ...at(termOf(address), LEVEL.atom));
    return this.load(address, size);
  }
  storeConditional(ea: Expr, size: Size | 16, value: Expr, low?: Expr): void {
    this.readNamed('reservation', 'SO');
    const target = call('MEM', termOf(ea), atom(`${size}`));
    const source =
      low === undefined
        ? at(lowBits(termOf(value), 8 * size), LEVEL.choice)
        : [...at(termOf(value), LEVEL.atom), ' || ', ...at(termOf(low), LEVEL.atom)];
    this.effect({ name: 'memory' }, 'if RESERVE then ', ...target.parts, ' <- ', ...source);
    this.effect({ name: 'cr0' }, 'CR0 <- 0b00 || stored || SO');
    this.effect({ name: 'reservation' }, 'RESERVE <- none');
  }
  helper(name: HelperName, ...args: readonly Expr[]): Expr {
    const { reads = [], writes = [] } = HELPER_EFFECTS[name] ?? {};
    this.readNamed(...reads);
    if (name === 'mfspr') {
      this.read({ field: 'SPR' });
      return expr(atom('SPR(SPR)'));
    }
    if (name === 'mfmsr') return expr(atom('MSR'));
    if (name === 'darn') return expr(call('RANDOM', ...args.map(termOf)));
    if (name === 'mtspr' && args[1] !== undefined) {
      this.assign({ field: 'SPR' }, 'SPR(SPR)', args[1]);
      return expr(atom(''));
    }
    for (const each of writes) this.writes.set(each, { name: each });
    const done = call(name, ...args.map(termOf));
    this.effect(null, ...done.parts);
    return expr(done);
  }
}
