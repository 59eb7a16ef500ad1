// The binary frame of a WebAssembly module: one imported memory, imported functions, functions, exports.
// WebAssembly Core Specification 2.0, section 5.5.
import { Bytes, Code, type FunctionIndex, VALUE_TYPES, type ValueType } from './emitter.ts';
import { Scope } from './scope.ts';

/** Types of a function. */
export interface Signature {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A function of the module; every function of the module can be called by its name. */
export interface WasmFunction extends Signature {
  readonly exported?: boolean;
  /** Writes the body, which leaves the results on the stack. Parameters are locals 0, 1, ... */
  readonly write: (scope: Scope) => void;
}

/** Bytes of a module that imports memory and `imports` from 'engine'. */
export function assembleModule(
  imports: readonly Signature[],
  functions: readonly WasmFunction[],
): Uint8Array<ArrayBuffer> {
  const out = new Bytes();
  out.append(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const all = [...imports, ...functions];
  const indices = new Map(all.map(({ name }, i) => [name, i]));
  const indexOf: FunctionIndex = (name) => {
    const index = indices.get(name);
    if (index === undefined) throw new Error(`assembleModule: no function named ${name}`);
    return index;
  };
  section(out, 1, all, (s, { params, results }) => {
    s.u8(0x60);
    writeTypes(s, params);
    writeTypes(s, results);
  });
  section(out, 2, ['memory' as const, ...imports.keys()], (s, item) => {
    s.name('engine');
    s.name(item === 'memory' ? item : (imports[item]?.name ?? ''));
    if (item === 'memory') return s.append(Uint8Array.of(2, 0, 1));
    s.u8(0);
    s.unsigned(item);
  });
  section(out, 3, functions, (s, _, i) => s.unsigned(imports.length + i));
  const exported = functions.filter((f) => f.exported);
  section(out, 7, exported, (s, { name }) => {
    s.name(name);
    s.u8(0);
    s.unsigned(indexOf(name));
  });
  section(out, 10, functions, (s, f) => writeBody(s, f, indexOf));
  return out.done();
}

function section<T>(
  out: Bytes,
  id: number,
  items: readonly T[],
  write: (s: Bytes, item: T, i: number) => void,
): void {
  const s = new Bytes();
  s.unsigned(items.length);
  items.forEach((item, i) => {
    write(s, item, i);
  });
  out.u8(id);
  out.unsigned(s.length);
  out.append(s.done());
}

function writeTypes(out: Bytes, types: readonly ValueType[]): void {
  out.unsigned(types.length);
  for (const type of types) out.u8(VALUE_TYPES[type]);
}

function writeBody(out: Bytes, { params, write }: WasmFunction, indexOf: FunctionIndex): void {
  const scope = new Scope(new Code(indexOf), params.length);
  write(scope);
  const head = new Bytes();
  head.unsigned(scope.locals.length);
  for (const type of scope.locals) {
    head.unsigned(1);
    head.u8(VALUE_TYPES[type]);
  }
  const { bytes } = scope.code;
  out.unsigned(head.length + bytes.length + 1);
  out.append(head.done());
  out.append(bytes.done());
  out.u8(0x0b);
}
