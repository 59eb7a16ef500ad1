// Makes src/sim/machine/golden: C programs as ELF files for bare mode, and what the same C prints and returns under
// QEMU user mode. Needs powerpc64-linux-gnu-gcc and QEMU. Usage: npx tsx scripts/bare-golden.ts
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = 'scripts/bare-golden';
const GOLDEN = 'src/sim/machine/golden';
const UART = 0x3f8000;

const COMMON = [
  ...['-O2', '-ffreestanding', '-fno-builtin', '-fno-pic', '-no-pie', '-static', '-nostdlib'],
  ...['-mno-altivec', '-mno-vsx', '-ffp-contract=fast'],
  ...['-fno-asynchronous-unwind-tables', '-fno-stack-protector', '-ffunction-sections'],
  ...['build-id=none', 'no-warn-rwx-segments', 'gc-sections'].map((option) => `-Wl,--${option}`),
  ...['-Wl,-z,noexecstack', '-Wl,--strip-debug'],
];

interface Variant {
  readonly name: string;
  readonly source: 'program' | 'float';
  readonly qemu: string;
  readonly options: readonly string[];
}

const TARGETS = {
  'be64-v1': { qemu: 'qemu-ppc64', symbol: 'V1', options: '-mbig -mabi=elfv1 -mcpu=power8' },
  'be64-v2': { qemu: 'qemu-ppc64', symbol: 'V2', options: '-mbig -mabi=elfv2 -mcpu=power9' },
  le64: { qemu: 'qemu-ppc64le', symbol: 'V2', options: '-mlittle -mabi=elfv2 -mcpu=power9' },
  be32: { qemu: 'qemu-ppc', symbol: 'NARROW', options: '-mbig -m32 -mcpu=powerpc' },
} as const;

const VARIANTS: readonly Variant[] = [
  ...(['be64-v1', 'be64-v2', 'le64', 'be32'] as const).map((target) => variant('program', target)),
  ...(['be64-v2', 'le64', 'be32'] as const).map((target) => variant('float', target)),
];

function variant(source: Variant['source'], target: keyof typeof TARGETS): Variant {
  const { qemu, symbol, options } = TARGETS[target];
  const own = source === 'float' ? ['-Wa,--defsym,FLOAT=1'] : ['-msoft-float'];
  return {
    name: source === 'program' ? target : `${source}-${target}`,
    source,
    qemu,
    options: [...options.split(' '), `-Wa,--defsym,${symbol}=1`, ...own],
  };
}

function compile(out: string, { source, options }: Variant, place: readonly string[]): void {
  const files = ['-T', `${SOURCE}/link.ld`, `${SOURCE}/start.s`, `${SOURCE}/${source}.c`];
  execFileSync('powerpc64-linux-gnu-gcc', [...COMMON, ...options, ...place, ...files, '-o', out]);
}

/** What the Linux form of the program prints, and its exit code. */
function underQemu(folder: string, one: Variant): { output: string; result: number } {
  const program = join(folder, one.name);
  const linux = [
    '-DLINUX',
    '-Wa,--defsym,LINUX=1',
    ...linked(0x1000_0000, 4096),
    '-Wl,-z,max-page-size=4096',
  ];
  compile(program, one, linux);
  const { stdout, status } = spawnSync(one.qemu, [program], { encoding: 'utf8' });
  if (status === null || stdout === '') throw new Error(`${one.name}: ${one.qemu} failed`);
  return { output: stdout, result: status };
}

function linked(base: number, gap: number): string[] {
  return [`-Wl,--defsym,BASE=${base}`, `-Wl,--defsym,GAP=${gap}`];
}

const folder = mkdtempSync(join(tmpdir(), 'bare-golden-'));
try {
  const results: Record<string, unknown> = {};
  for (const one of VARIANTS) {
    const place = [`-DUART=${UART}`, ...linked(0x2000, 64), '-Wl,-z,max-page-size=64'];
    compile(`${GOLDEN}/${one.name}.elf`, one, place);
    chmodSync(`${GOLDEN}/${one.name}.elf`, 0o644);
    results[one.name] = underQemu(folder, one);
  }
  const about = 'made by scripts/bare-golden.ts: the same C under QEMU user mode';
  const text = JSON.stringify({ about, uart: UART, programs: results }, null, 2);
  writeFileSync(`${GOLDEN}/results.json`, `${text}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
