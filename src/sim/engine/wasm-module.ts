// The binary frame of a WebAssembly module: one imported memory, imported functions, functions, exports.
// WebAssembly Core Specification 2.0, section 5.5.
import { Bytes, type Code, I32_TYPE, I64_TYPE } from './emitter.ts';

export type WasmType = typeof I32_TYPE | typeof I64_TYPE;

/** A function that the module imports from 'engine' under `name`; all return one i32. */
export interface WasmImport {
  readonly name: string;
  readonly params: readonly WasmType[];
}

/** A function of the module; all return one i32. */
export interface WasmFunction {
  readonly params: readonly WasmType[];
  readonly i32Locals: number;
  readonly i64Locals: number;
  readonly code: Code;
  readonly exportAs?: string;
}

/** Bytes of a module that imports memory 'engine.memory'. Function indices: imports first, in order. */
export function assembleModule(
  imports: readonly WasmImport[],
  functions: readonly WasmFunction[],
): Uint8Array<ArrayBuffer> {
  const out = new Bytes();
  out.append(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const all = [...imports, ...functions];
  section(out, 1, all, (s, { params }) => {
    s.u8(0x60);
    s.unsigned(params.length);
    for (const type of params) s.u8(type);
    s.append(Uint8Array.of(1, I32_TYPE));
  });
  section(out, 2, ['memory' as const, ...imports.keys()], (s, item) => {
    s.name('engine');
    s.name(item === 'memory' ? item : (imports[item]?.name ?? ''));
    if (item === 'memory') return s.append(Uint8Array.of(2, 0, 1));
    s.u8(0);
    s.unsigned(item);
  });
  section(out, 3, functions, (s, _, i) => s.unsigned(imports.length + i));
  const exported = functions.filter((f) => f.exportAs !== undefined);
  section(out, 7, exported, (s, f) => {
    s.name(f.exportAs ?? '');
    s.u8(0);
    s.unsigned(imports.length + functions.indexOf(f));
  });
  section(out, 10, functions, writeBody);
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

function writeBody(out: Bytes, f: WasmFunction): void {
  const head = new Bytes();
  head.unsigned(2);
  head.unsigned(f.i32Locals);
  head.u8(I32_TYPE);
  head.unsigned(f.i64Locals);
  head.u8(I64_TYPE);
  out.unsigned(head.length + f.code.bytes.length + 1);
  out.append(head.done());
  out.append(f.code.bytes.done());
  out.u8(0x0b);
}
