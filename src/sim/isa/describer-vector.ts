// How the vector vocabulary reads in RTL text. An element width after an operator or function means 'in each element':
// '(VRA) +.byte (VRB)'; MEM.word(EA, 16) is 16 bytes of storage as words, each in the thread's byte order.
import type { Cond, Expr } from './builder.ts';
import type { LaneCount, LaneOperator, Vec, VectorBuilder, Width } from './builder-vector.ts';
import type { Place } from './describer.ts';
import { manualName } from './fields.ts';
import { at, atom, binary, call, LEVEL, mixed, type Part, type Term } from './rtl-text.ts';

/** What the describer of the instruction writes down for its vector part. */
interface Notes {
  read(place: Place): void;
  effect(place: Place, ...parts: readonly Part[]): void;
  define(name: string, term: Term): Term;
}

const ELEMENT: Readonly<Record<Width | 128, string>> = {
  8: 'byte',
  16: 'hword',
  32: 'word',
  64: 'dword',
  128: 'qword',
};
const INFIX: Partial<Record<LaneOperator, readonly [sign: string, level: number]>> = {
  add: ['+', LEVEL.add],
  sub: ['-', LEVEL.add],
  eq: ['=', LEVEL.compare],
  gtS: ['>', LEVEL.compare],
  gtU: ['>u', LEVEL.compare],
  shl: ['<<', LEVEL.mixed],
  shrU: ['>>', LEVEL.mixed],
  shrS: ['>>s', LEVEL.mixed],
};
const ZERO = '0';
/** More parts of a row of elements than this are abbreviated. */
const SHOWN = 4;

const termOf = (value: Expr | Vec): Term => value as (Expr | Vec) & Term;
const vec = (term: Term): Vec => Object.assign({ expr: 'v128' as const }, term);
const expr = (term: Term): Expr => Object.assign({ expr: 'i64' as const }, term);
const part = (v: Vec, ...index: readonly Part[]): Term => ({
  parts: [...at(termOf(v), LEVEL.atom), ...index],
  level: LEVEL.atom,
});

export class VectorDescriber implements VectorBuilder {
  private readonly notes: Notes;

  constructor(notes: Notes) {
    this.notes = notes;
  }

  reg(name: string): Vec {
    this.notes.read({ field: name });
    return vec(atom(`(${manualName(name)})`));
  }
  setReg(name: string, value: Vec): void {
    const source = at(termOf(value), LEVEL.choice);
    this.notes.effect({ field: name }, `${manualName(name)} <- `, ...source);
  }
  const(value: bigint): Vec {
    return vec(atom(value === 0n ? ZERO : `0x${value.toString(16).padStart(32, '0')}`));
  }
  let(name: string, value: Vec): Vec {
    return vec(this.notes.define(name, termOf(value)));
  }

  dword(v: Vec, index: 0 | 1): Expr {
    return expr(part(v, `.dword[${index}]`));
  }
  fromDwords(dword0: Expr, dword1: Expr): Vec {
    return vec(mixed(termOf(dword0), '||', termOf(dword1)));
  }
  splat(width: Width, value: Expr): Vec {
    return vec(call(`SPLAT.${ELEMENT[width]}`, termOf(value)));
  }
  bytes(v: Vec, start: Expr, size: 1 | 2 | 4 | 8): Expr {
    const first = at(termOf(start), LEVEL.add);
    const last = size === 1 ? [] : [':', ...first, `+${size - 1}`];
    return expr(part(v, '.byte[', ...first, ...last, ']'));
  }
  withBytes(v: Vec, start: Expr, size: 1 | 2 | 4 | 8, value: Expr): Vec {
    const low = size === 8 ? '' : `[${64 - 8 * size}:63]`;
    const source: Term = { parts: [...at(termOf(value), LEVEL.atom), low], level: LEVEL.atom };
    return vec(call('INSERT', termOf(v), termOf(start), source));
  }

  and(a: Vec, b: Vec): Vec {
    return vec(mixed(termOf(a), '&', termOf(b)));
  }
  or(a: Vec, b: Vec): Vec {
    return vec(mixed(termOf(a), '|', termOf(b)));
  }
  xor(a: Vec, b: Vec): Vec {
    return vec(mixed(termOf(a), '⊕', termOf(b)));
  }
  not(a: Vec): Vec {
    return vec({ parts: ['¬', ...at(termOf(a), LEVEL.unary)], level: LEVEL.unary });
  }
  select(mask: Vec, a: Vec, b: Vec): Vec {
    return this.or(this.and(a, this.not(mask)), this.and(b, mask));
  }

  lanes(width: Width, operator: LaneOperator, a: Vec, b: Vec): Vec {
    const [x, y] = [termOf(a), termOf(b)];
    const infix = INFIX[operator];
    if (infix === undefined) return vec(call(`${operator.toUpperCase()}.${ELEMENT[width]}`, x, y));
    const [sign, level] = infix;
    const named = `${sign}.${ELEMENT[width]}`;
    return vec(level === LEVEL.mixed ? mixed(x, named, y) : binary(x, named, y, level));
  }
  averageBytes(a: Vec, b: Vec): Vec {
    return vec(call('AVERAGE.byte', termOf(a), termOf(b)));
  }
  count(width: Width, what: LaneCount, a: Vec): Vec {
    return vec(call(`${what.toUpperCase()}.${ELEMENT[width]}`, termOf(a)));
  }
  elements(width: Width, order: readonly number[], a: Vec, b: Vec): Vec {
    const names = order.map((i) => {
      const [source, index] = i < order.length ? [a, i] : [b, i - order.length];
      const isZero = termOf(source).parts[0] === ZERO;
      return isZero ? atom(ZERO) : part(source, `.${ELEMENT[width]}[${index}]`);
    });
    const shown =
      names.length > SHOWN ? [...names.slice(0, SHOWN), atom('...'), ...names.slice(-1)] : names;
    return vec(shown.reduce((all, one) => mixed(all, '||', one)));
  }
  permute(a: Vec, b: Vec, control: Vec): Vec {
    return vec(call('PERMUTE', termOf(a), termOf(b), termOf(control)));
  }
  signs(v: Vec): Expr {
    return expr(call('SIGNS.byte', termOf(v)));
  }

  load(width: Width | 128, ea: Expr): Vec {
    this.notes.read({ name: 'memory' });
    return vec(memory(width, ea, atom('16')));
  }
  store(width: Width | 128, ea: Expr, value: Vec): void {
    this.stores(memory(width, ea, atom('16')), value);
  }
  loadBytes(ea: Expr, length: Expr, left?: 'left'): Vec {
    this.notes.read({ name: 'memory' });
    return vec(memory(left ? 8 : 128, ea, termOf(length)));
  }
  storeBytes(ea: Expr, length: Expr, value: Vec, left?: 'left'): void {
    this.stores(memory(left ? 8 : 128, ea, termOf(length)), value);
  }
  private stores(target: Term, value: Vec): void {
    const source = at(termOf(value), LEVEL.choice);
    this.notes.effect({ name: 'memory' }, ...target.parts, ' <- ', ...source);
  }
  littleEndian(): Cond {
    return Object.assign({ expr: 'bool' as const }, atom('LE'));
  }

  record(v: Vec): void {
    const [all, none] = [call('ALL', termOf(v)), call('NONE', termOf(v))];
    this.notes.effect(
      { name: 'cr6' },
      'CR6 <- ',
      ...all.parts,
      ' || 0 || ',
      ...none.parts,
      ' || 0',
    );
  }
  vscr(): Expr {
    this.notes.read({ name: 'VSCR' });
    return expr(atom('VSCR'));
  }
  setVscr(value: Expr): void {
    const source: Term = {
      parts: [...at(termOf(value), LEVEL.atom), '[32:63]'],
      level: LEVEL.atom,
    };
    this.notes.effect({ name: 'VSCR' }, 'VSCR <- ', ...source.parts);
  }
}

/** MEM(EA, 16) is one number; MEM.word(EA, 16) is a row of words. */
function memory(width: Width | 128, ea: Expr, length: Term): Term {
  return call(width === 128 ? 'MEM' : `MEM.${ELEMENT[width]}`, termOf(ea), length);
}
