// Speed of the interpreter on the mix kernel, in Node and in Chromium, beside qemu-ppc64 on the same machine code.
import { measureInNode, measureInPage, type Samples } from './bundle.ts';
import { hasQemu, MIX_KERNEL, measureQemu } from './qemu.ts';
import { type Figure, percentile } from './table.ts';

const TARGET = { kind: 'least', value: 300 } as const;

/** Million guest instructions per second; slices of 1 are single steps. */
export async function engine(): Promise<Figure[]> {
  const node = await measureInNode('engine');
  const page = await measureInPage('engine');
  return [...rows('Node', node), ...rows('Chromium', page), ...besideQemu(node)];
}

function rows(
  where: string,
  { big = [], little = [], slices = [], single = [] }: Samples,
): Figure[] {
  return [
    { name: `interpreter in ${where}`, unit: 'MIPS', sample: big, target: TARGET },
    {
      name: `interpreter in ${where}, little-endian`,
      unit: 'MIPS',
      sample: little,
      target: TARGET,
    },
    { name: `interpreter in ${where}, slices of 100`, unit: 'MIPS', sample: slices },
    { name: `interpreter in ${where}, single steps`, unit: 'ns', sample: single },
  ];
}

/** Nothing when qemu-ppc64 is not installed. */
function besideQemu({ big = [] }: Samples): Figure[] {
  if (!hasQemu()) return [];
  const sample = measureQemu(MIX_KERNEL);
  const ratios = [percentile(big, 0.5) / percentile(sample, 0.5)];
  return [
    { name: 'qemu-ppc64 (translator), the same code', unit: 'MIPS', sample },
    { name: 'interpreter in Node / qemu-ppc64', unit: 'ratio', sample: ratios },
  ];
}
