// The command line: the same machine without a page. Standard output carries only the result.
import { PATCHES } from '../sim/kvm/patches.ts';
import { SCENARIOS } from '../sim/scenario/index.ts';
import { asm, disasm } from './asm.ts';
import { run } from './run.ts';
import { Usage } from './usage.ts';

const HELP = `usage:
  sim run SCENARIO [--patch ID:on|off]... [--cpu MODEL] [--seed N] [--until end|STEP] [--json]
  sim list
  sim asm FILE.s -o OUT
  sim disasm FILE [--base HEX]
`;

function list(): number {
  for (const { id, title, patches } of SCENARIOS)
    process.stdout.write(`scenario ${id}: ${title} (patches: ${patches.join(', ')})\n`);
  for (const { id, title, commit } of PATCHES)
    process.stdout.write(`patch ${id}: ${title} (${commit})\n`);
  return 0;
}

function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  if (at < 0) return undefined;
  const value = args[at + 1];
  if (value === undefined) throw new Usage(`${name} needs a value`);
  return value;
}

function base(text: string): bigint {
  if (!/^(0x)?[\da-f]{1,16}$/i.test(text))
    throw new Usage(`--base needs a hexadecimal number, not '${text}'`);
  return BigInt(text.toLowerCase().startsWith('0x') ? text : `0x${text}`);
}

async function main([command, ...args]: readonly string[]): Promise<number> {
  const [file] = args;
  switch (command) {
    case 'run':
      return run(args);
    case 'list':
      return list();
    case 'asm': {
      const out = option(args, '-o');
      if (!file || file.startsWith('-') || !out) throw new Usage('asm needs FILE.s and -o OUT');
      return asm(file, out);
    }
    case 'disasm':
      if (!file || file.startsWith('-')) throw new Usage('disasm needs FILE');
      return disasm(file, base(option(args, '--base') ?? '0'));
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
