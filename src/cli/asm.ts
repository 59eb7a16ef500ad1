// `sim asm FILE.s -o OUT` and `sim disasm FILE`, both with [--base HEX] [--le]: the assembler and disassembler on files.
// Exit codes: 0 done, 1 errors in the source, 2 a file that cannot be read or written.
import { readFileSync, writeFileSync } from 'node:fs';
import { type AsmError, type AsmOptions, assemble } from '../sim/isa/assemble.ts';
import { disassemble } from '../sim/isa/disassemble.ts';
import { attempt } from './files.ts';

/** Assembles a source file into a flat image; messages go to standard error. */
export function asm(file: string, out: string, options: AsmOptions = {}): number {
  const source = attempt(`cannot read ${file}`, () => readFileSync(file, 'utf8'));
  if (source === null) return 2;
  const result = assemble(source, options);
  if (!result.ok) {
    for (const error of result.errors) process.stderr.write(`${asmErrorText(file, error)}\n`);
    return 1;
  }
  const written = attempt(`cannot write ${out}`, () => {
    writeFileSync(out, result.image);
    return true;
  });
  return written === null ? 2 : 0;
}

/** `file:line:column: error: message (hint)`, as compilers write it, so that editors find the place. */
function asmErrorText(file: string, { line, column, message, hint }: AsmError): string {
  const remedy = hint === undefined ? '' : ` (${hint})`;
  return `${file}:${line}:${column}: error: ${message}${remedy}`;
}

/** Prints the words of a file as `address: word  text`, the first at address `base`. */
export function disasm(file: string, { base = 0n, littleEndian = false }: AsmOptions = {}): number {
  const bytes = attempt(`cannot read ${file}`, () => readFileSync(file));
  if (bytes === null) return 2;
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const address = base + BigInt(at);
    const whole = at + 4 <= bytes.length;
    const word = whole ? (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) : 0;
    const rest = bytes.toString('hex', at);
    const hex = whole ? word.toString(16).padStart(8, '0') : rest;
    const text = whole ? disassemble(word, address) : `.byte 0x${hex.match(/../g)?.join(', 0x')}`;
    lines.push(`${address.toString(16).padStart(8)}:  ${hex.padEnd(8)}  ${text}\n`);
  }
  process.stdout.write(lines.join(''));
  return 0;
}
