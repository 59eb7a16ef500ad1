// The price of translation: the same program in a guest with MSR[IR,DR] off and on, a walk of the page table, and the
// hypervisor's routines that change it.
import { measureInNode, measureInPage } from './bundle.ts';
import { type Figure, percentile } from './table.ts';

const LEAST_SHARE = { kind: 'least', value: 0.6 } as const;

export async function translated(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [where, measure] of [
    ['Node', measureInNode],
    ['Chromium', measureInPage],
  ] as const) {
    const { entered = [] } = await measure('enterRate');
    const { off = [], on = [], miss = [] } = await measure('translated');
    figures.push(
      { name: `loads and stores, translation off, in ${where}`, unit: 'MIPS', sample: off },
      { name: `loads and stores, translation on, in ${where}`, unit: 'MIPS', sample: on },
      {
        name: `translation on / off in ${where}`,
        unit: 'ratio',
        sample: [percentile(on, 0.5) / percentile(off, 0.5)],
        target: LEAST_SHARE,
      },
      { name: `TLB miss that finds its page, in ${where}`, unit: 'ns', sample: miss },
      {
        name: `H_ENTER routines, each with an H_REMOVE, in ${where}`,
        unit: '1/s',
        sample: entered,
      },
    );
  }
  return figures;
}
