// Text of register-transfer expressions: terms with precedence, and names for values used more than once.

/** Binding strength of a term's outermost operator; brackets go around weaker ones. */
export const LEVEL = {
  choice: 0,
  mixed: 1,
  compare: 2,
  add: 3,
  multiply: 4,
  unary: 5,
  atom: 6,
} as const;

/** A value that `let` named; it is written out at its only use when that follows at once. */
export interface Named {
  readonly name: string;
  readonly term: Term;
}

/** Text pieces; a named value is resolved when the lines are written. */
export type Part = string | { readonly named: Named; readonly level: number };

export interface Term {
  readonly parts: readonly Part[];
  readonly level: number;
  /** The operator of a chain that may go on without brackets: & | and exclusive or. */
  readonly chain?: string;
}

export const atom = (text: string): Term => ({ parts: [text], level: LEVEL.atom });

/** The term as an operand of an operator of strength `level`. */
export function at(term: Term, level: number): Part[] {
  const [only] = term.parts;
  if (term.parts.length === 1 && only !== undefined && typeof only !== 'string') {
    return [{ named: only.named, level }];
  }
  return term.level < level ? ['(', ...term.parts, ')'] : [...term.parts];
}

/** `a op b`; the right side binds tighter, because - and shifts are not associative. */
export function binary(a: Term, op: string, b: Term, level: number): Term {
  return { parts: [...at(a, level), ` ${op} `, ...at(b, level + 1)], level };
}

/** `a op b` for operators whose order readers do not know by heart: any other operator inside is bracketed. */
export function mixed(a: Term, op: string, b: Term): Term {
  const left = a.chain === op ? [...a.parts] : at(a, LEVEL.unary);
  return { parts: [...left, ` ${op} `, ...at(b, LEVEL.unary)], level: LEVEL.mixed, chain: op };
}

/** `name(a, b)`. */
export function call(name: string, ...args: readonly Term[]): Term {
  const list = args.flatMap((arg, i) => [...(i > 0 ? [', '] : []), ...at(arg, LEVEL.choice)]);
  return { parts: [`${name}(`, ...list, ')'], level: LEVEL.atom };
}

/** One line; the definition of a named value, or an effect. */
export interface Line {
  readonly defines: Named | null;
  readonly parts: readonly Part[];
}

/** Writes the lines; definitions that are used once, in the next line, disappear into it. */
export function writeLines(lines: readonly Line[]): string[] {
  const inlined = new Set<Named>();
  lines.forEach(({ defines }, i) => {
    if (defines === null) return;
    const uses = lines.map(({ parts }) => countUses(parts, defines));
    const total = uses.reduce((sum, n) => sum + n, 0);
    if (total === 0 || (total === 1 && uses[i + 1] === 1)) inlined.add(defines);
  });
  return lines
    .filter(({ defines }) => defines === null || !inlined.has(defines))
    .map(({ parts }) => writeParts(parts, inlined));
}

function countUses(parts: readonly Part[], named: Named): number {
  return parts.filter((part) => typeof part !== 'string' && part.named === named).length;
}

function writeParts(parts: readonly Part[], inlined: ReadonlySet<Named>): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      if (!inlined.has(part.named)) return part.named.name;
      const { term } = part.named;
      const text = writeParts(term.parts, inlined);
      return term.level < part.level ? `(${text})` : text;
    })
    .join('');
}
