// `sim asm FILE.s -o OUT` and `sim disasm FILE [--base HEX]`: the assembler and disassembler on files.
// Exit codes: 0 done, 1 errors in the source, 2 a file that cannot be read or written.
import { readFileSync, writeFileSync } from 'node:fs';
import { type AsmError, assemble } from '../sim/isa/assemble.ts';
import { disassemble } from '../sim/isa/disassemble.ts';
import { attempt } from './files.ts';

/** Assembles a source file into a flat big-endian image for address 0; messages go to standard error. */
export function asm(file: string, out: string): number {
  const source = attempt(`cannot read ${file}`, () => readFileSync(file, 'utf8'));
  if (source === null) return 2;
  const result = assemble(source);
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

/** Prints the big-endian words of a file as `address: word  text`, the first at address `base`. */
export function disasm(file: string, base: bigint): number {
  const bytes = attempt(`cannot read ${file}`, () => readFileSync(file));
  if (bytes === null) return 2;
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const address = base + BigInt(at);
    const whole = at + 4 <= bytes.length;
    const word = whole ? bytes.readUInt32BE(at) : 0;
    const hex = bytes.toString('hex', at, Math.min(at + 4, bytes.length));
    const text = whole ? disassemble(word, address) : `.byte 0x${hex.match(/../g)?.join(', 0x')}`;
    lines.push(`${address.toString(16).padStart(8)}:  ${hex.padEnd(8)}  ${text}\n`);
  }
  process.stdout.write(lines.join(''));
  return 0;
}
