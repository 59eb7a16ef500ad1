// How many H_ENTER routines a second the whole machine does: a guest on POWER7 that enters a page and removes it again,
// for ever, with everything watched that the page watches.
import { KERNEL } from '../../../src/sim/guest/kernel.ts';
import { guestWord } from '../../../src/sim/scenario/checks.ts';
import { LIBRARY } from '../../../src/sim/scenario/index.ts';
import { memoryScenario } from '../../../src/sim/scenario/memory-checks.ts';
import { load } from '../../../src/sim/scenario/scenario.ts';

const STEPS = 50_000;
const SAMPLES = 40;
const WARM_UP = 5;

const PROGRAM = `${KERNEL}
main:   address r14, entered
        bl      kernel_pages
        bl      translate
1:      lis     r3, 0x1001
        lis     r4, 0x20
        ori     r4, r4, HPTE_R_M + 2
        bl      map
        mr      r3, r4
        bl      remove
        lwz     r3, 0(r14)
        addi    r3, r3, 1
        stw     r3, 0(r14)
        b       1b
on_protection:
on_external:
on_decrementer:
secondary:
        b       secondary
        .org    0x7000
entered:        .long 0
        .align  4
regions:        .quad 0, 0, 0, 0
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;

/** H_ENTER routines per second, each with an H_REMOVE behind it. */
export function measureEnterRate(): Record<string, number[]> {
  const scenario = memoryScenario({
    id: 'enter-rate',
    title: '',
    summary: '',
    guest: PROGRAM,
    stepLimit: Number.MAX_SAFE_INTEGER,
    opens: () => true,
    checks: [],
  });
  const loaded = load(
    { ...LIBRARY, scenarios: [scenario] },
    { scenario: scenario.id, cpu: '', off: [], seed: 0 },
  );
  if (!loaded.ok) throw new Error(loaded.error.message);
  const { machine, symbols } = loaded.value;
  const entered = (): number => guestWord(machine, symbols.get('entered') ?? 0n);
  const sample = (): number => {
    const [start, before] = [performance.now(), entered()];
    machine.advance(STEPS);
    return (1000 * (entered() - before)) / (performance.now() - start);
  };
  for (let i = 0; i < WARM_UP; i++) sample();
  return { entered: Array.from({ length: SAMPLES }, sample) };
}
