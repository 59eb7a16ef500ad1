import { describe, expect, test } from 'vitest';
import { MAPPED_PAGES } from '../guest/tce-dma.ts';
import { goto, step } from '../host/routine.ts';
import type { Edit } from '../kvm/patches.ts';
import { processAt } from '../vmm/process.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { report } from './report.ts';
import { makeLoaded } from './testing/make.ts';

/** Two maps of the queue and the page, one clear, one read-only, and those of the packets. */
const PUTS = 4 + 2 * MAPPED_PAGES;

/** The machine at its end, and the report. */
function ended(off: readonly string[] = [], mutation: readonly Edit[] = []) {
  const loaded = makeLoaded({ scenario: 'real-mode-put-tce', off }, mutation);
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const result = report(loaded);
  const failed = result.checks.filter(({ ok }) => !ok).map(({ name }) => name);
  return { ...loaded, ...result, failed, tce: loaded.machine.monitor.tce };
}

const patched = ended();

describe('real-mode-put-tce', () => {
  test('all checks hold and no invariant is broken', () => {
    expect(patched.failed).toEqual([]);
    expect(patched.violations).toEqual([]);
    expect(patched.position.ended).toBe('powered off');
    expect(patched.console.split('\n')).toEqual([
      'DMA by TCEs up',
      '3 units refused',
      'packets mapped',
      'table is reset',
      '',
    ]);
  });

  test('every H_PUT_TCE is answered without a partition switch', () => {
    expect(patched.tce).toMatchObject({ done: PUTS, by_user: 0, switches: 0 });
  });

  test('the table of the kernel is the one that user space has mapped', () => {
    const { kvm } = patched.machine.k;
    const { vmm } = processAt(patched.machine.k, 0);
    expect(vmm.vio.fd).toBe(0);
    expect(vmm.vio.tcet).toBe(kvm.vms[0]?.spapr_tce_tables[0]);
  });
});

describe('real-mode-put-tce off', () => {
  const off = ended(['real-mode-put-tce']);

  test('exactly the checks that the scenario names fail', () => {
    expect(off.failed).toEqual(off.scenario.offShows['real-mode-put-tce']);
    expect(off.violations).toEqual([]);
  });

  test('each H_PUT_TCE goes to user space and costs two partition switches', () => {
    expect(off.tce).toMatchObject({ done: PUTS, by_user: PUTS });
    // One switch of each run lies before the hcall is answered, the other behind.
    const switches = [off, patched].map(({ machine }) => machine.m.partition_switches);
    expect((switches[0] ?? 0) - (switches[1] ?? 0)).toBeGreaterThanOrEqual(2 * PUTS);
  });

  test('the guest sees no difference', () => {
    expect(off.console).toBe(patched.console);
    expect(processAt(off.machine.k, 0).vmm.vio.fd).toBe(-1);
  });
});

test('with real-mode-hcalls off the kernel answers: two switches each, and user space sees none', () => {
  const { failed, tce } = ended(['real-mode-hcalls']);
  expect(failed).toEqual(['no-switch-for-tces']);
  expect(tce).toMatchObject({ done: PUTS, by_user: 0, switches: PUTS });
});

/** The device looks at the address of an entry alone, not at what it allows. */
const BLIND: Edit = {
  routine: 'spapr_vio_dma',
  replace: 'translate',
  by: step<VmmCtx, { real: number; ioba: bigint }>(
    [
      'translate',
      'the page, whatever its TCE allows',
      (k, l) => {
        const page = k.kvm.vms[0]?.memslots[0]?.pages[0] ?? 0;
        l.real = page + (l.ioba < 0x2000n ? 0x21000 : 0x24000) + Number(l.ioba % 4096n);
        return goto('copy');
      },
      12,
    ],
    'user',
  ) as never,
};

test('a device that does not look at its TCEs writes to memory that was taken away, and the guest notices', () => {
  expect(ended([], [BLIND]).failed).toContain('dma-refused');
});
