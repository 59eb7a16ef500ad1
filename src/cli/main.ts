// The command line: the same machine without a page. Standard output carries only the result.
import { PRESETS } from '../sim/kvm/patch-sets.ts';
import { PATCHES } from '../sim/kvm/patches/index.ts';
import { SCENARIOS } from '../sim/scenario/index.ts';
import { asm, disasm } from './asm.ts';
import { bare } from './bare.ts';
import { run } from './run.ts';
import { type Arguments, fileOperand, hexOption, readArguments, Usage } from './usage.ts';

const HELP = `usage:
  sim run SCENARIO [--patch ID:on|off]... [--cpu MODEL] [--seed N] [--choices LIST]
           [--until end|STEP] [--json]
  sim bare IMAGE [--base HEX] [--entry HEX] [--cpu p7|p8|p9|970] [--msr HEX] [--le] [--mem MIB]
           [--regs-in FILE.json] [--max N] [--stop-pc HEX] [--uart HEX] [--json]
  sim list
  sim asm FILE.s -o OUT [--base HEX] [--le]
  sim disasm FILE [--base HEX] [--le]
`;

function list(): number {
  for (const { id, title, patches } of SCENARIOS)
    process.stdout.write(`scenario ${id}: ${title} (patches: ${patches.join(', ') || 'none'})\n`);
  for (const { id, title, commit, fixed } of PATCHES)
    process.stdout.write(`patch ${id}: ${title} (${fixed ? `mended in ${fixed}` : commit})\n`);
  for (const { id, title, off } of PRESETS)
    process.stdout.write(`preset ${id}: ${title} (off: ${off.join(', ')})\n`);
  return 0;
}

/** Address and byte order of an image. */
function layoutOf(read: Arguments): { base: bigint; littleEndian: boolean } {
  return { base: hexOption(read, '--base') ?? 0n, littleEndian: read.flags.has('--le') };
}

async function main([command, ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case 'run':
      return run(args);
    case 'bare':
      return bare(args);
    case 'list':
      return list();
    case 'asm': {
      const read = readArguments(args, ['-o', '--base'], ['--le']);
      const out = read.values.get('-o');
      if (out === undefined) throw new Usage('asm needs -o OUT');
      return asm(fileOperand('asm', read), out, layoutOf(read));
    }
    case 'disasm': {
      const read = readArguments(args, ['--base'], ['--le']);
      return disasm(fileOperand('disasm', read), layoutOf(read));
    }
    case undefined:
      throw new Usage('no command');
    default:
      throw new Usage(`unknown command '${command}'`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Usage)) throw error;
  process.stderr.write(`sim: ${error.message}\n${HELP}`);
  process.exitCode = 2;
}
