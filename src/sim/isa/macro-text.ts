// Text of macros: their headers, the arguments of calls and the substitution in bodies, as GNU as does them
// ("Macro" in its manual).
import { Fault, type Token } from './expression.ts';

/** A formal argument of a macro. */
export interface Parameter {
  readonly name: string;
  /** ':req' needs a value, ':vararg' takes the rest of the line. */
  readonly qualifier: 'req' | 'vararg' | null;
  readonly absent: string;
}

/** Blanks mean nothing beside operators: `ring 1 + 2` has one argument. % is none of them, it starts a register. */
function withoutIdleBlanks(text: string): string {
  return text
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((part) =>
      part.startsWith('"')
        ? part
        : part.replace(/\s+/g, ' ').replace(/ ?([-+*/&|^~!(),=<>@:]) ?/g, '$1'),
    )
    .join('')
    .trim();
}

/** Reads one argument from the front of `text`: up to a comma, or a blank outside brackets. */
function takeArgument(text: string): { value: string; rest: string } {
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text);
  const value = quoted !== null ? (quoted[1] ?? '') : (bareArgument(text) ?? '');
  const used = quoted !== null ? quoted[0].length : value.length;
  return { value, rest: text.slice(used).replace(/^ ?,? ?/, '') };
}

function bareArgument(text: string): string {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    const quoted = /^(?:"[^"]*"|'[^']')/.exec(text.slice(i))?.[0];
    if (quoted !== undefined) i += quoted.length - 1;
    else if (char === ',' || (char === ' ' && depth === 0)) return text.slice(0, i);
    else if ('(['.includes(char)) depth += 1;
    else if (')]'.includes(char)) depth = Math.max(0, depth - 1);
  }
  return text;
}

/** Values of a list such as that of .irp, separated by commas or blanks. */
export function argumentList(text: string): string[] {
  const values: string[] = [];
  for (let rest = withoutIdleBlanks(text); rest !== ''; ) {
    const taken = takeArgument(rest);
    values.push(taken.value);
    rest = taken.rest;
  }
  return values;
}

const HEADER = /^([A-Za-z_.$][\w.$]*)[ ,]?(.*)$/;
const PARAMETER = /^([A-Za-z_.$][\w.$]*)(?::(\w+))?(=)?/;

/** Name and parameters behind `.macro`, e.g. 'ring vcpu:req, times=1'. */
export function parseHeader(text: string, blame: Token): { name: string; parameters: Parameter[] } {
  const [, name, list = ''] = HEADER.exec(withoutIdleBlanks(text)) ?? [];
  if (name === undefined) throw new Fault('ASM_BAD_OPERAND', blame, '.macro needs a name');
  const parameters: Parameter[] = [];
  for (let rest = list; rest !== ''; ) {
    const [all, parameter, qualifier, hasValue] = PARAMETER.exec(rest) ?? [];
    if (all === undefined || parameter === undefined || !isQualifier(qualifier)) {
      throw new Fault('ASM_BAD_OPERAND', blame, `'${rest}' is no parameter of a macro`);
    }
    const taken = takeArgument(rest.slice(all.length));
    const absent = hasValue === undefined ? '' : taken.value;
    parameters.push({ name: parameter, qualifier: qualifier ?? null, absent });
    rest = hasValue === undefined ? rest.slice(all.length).replace(/^ ?,? ?/, '') : taken.rest;
  }
  return { name, parameters };
}

function isQualifier(text: string | undefined): text is 'req' | 'vararg' | undefined {
  return text === undefined || text === 'req' || text === 'vararg';
}

/** Values of the parameters by name; throws a Fault for arguments that do not fit them. */
export function bindArguments(
  parameters: readonly Parameter[],
  text: string,
  call: Token,
): Map<string, string> {
  const values = new Map<string, string>();
  const wrong = (message: string) => new Fault('ASM_MACRO_ARGUMENT', call, message);
  let position = 0;
  for (let rest = withoutIdleBlanks(text); rest !== ''; ) {
    const keyword = /^([A-Za-z_.$][\w.$]*)=(?!=)/.exec(rest);
    const parameter = keyword
      ? parameters.find(({ name }) => name === keyword[1])
      : parameters[position++];
    if (parameter === undefined) {
      throw wrong(
        keyword
          ? `${call.text} has no parameter '${keyword[1]}'`
          : `${call.text} takes at most ${parameters.length} arguments`,
      );
    }
    const from = rest.slice(keyword?.[0].length ?? 0);
    const { value, rest: next } =
      parameter.qualifier === 'vararg' ? { value: from, rest: '' } : takeArgument(from);
    if (value !== '') values.set(parameter.name, value);
    rest = next;
  }
  for (const { name, qualifier, absent } of parameters) {
    if (values.has(name)) continue;
    if (qualifier === 'req') throw wrong(`${call.text} needs a value for '${name}'`);
    values.set(name, absent);
  }
  return values;
}

/** The body text with \name replaced by values, \@ by the number of the expansion, and \() by nothing. */
export function substitute(
  text: string,
  values: ReadonlyMap<string, string>,
  expansion: number,
): string {
  return text.replace(/\\(@|\(\)|[A-Za-z_.$][\w.$]*)/g, (all, what: string) =>
    what === '@' ? `${expansion}` : what === '()' ? '' : (values.get(what) ?? all),
  );
}
