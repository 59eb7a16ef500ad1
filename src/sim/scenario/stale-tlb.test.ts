import { describe, expect, test } from 'vitest';
import { Access } from '../engine/api.ts';
import { MSR } from '../hardware/bits.ts';
import { explainWalk } from '../hardware/mmu/walk.ts';
import { guestWord } from './checks.ts';
import { report } from './report.ts';
import { makeLoaded } from './testing/make.ts';

/** The page that moves. */
const PAGE = 0x10000000n;

/** The machine at its end, and the report. */
function ended(off: readonly string[] = [], seed = 0) {
  const loaded = makeLoaded({ scenario: 'stale-tlb', off, seed });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const result = report(loaded);
  const failed = result.checks.filter(({ ok }) => !ok).map(({ name }) => name);
  return { ...loaded, ...result, failed };
}

describe('stale-tlb', () => {
  test('behind each H_REMOVE nobody reads the page, and behind each H_ENTER its new frame is read', () => {
    const { failed, violations, position, console: text } = ended();
    expect(failed).toEqual([]);
    expect(violations).toEqual([]);
    expect(position.ended).toBe('powered off');
    expect(text).toBe('new frames 06\nstale 0000\n');
  });

  test('without the tlbie the reader stays with the first frame', () => {
    const { violations, console: text } = ended(['experiment-tlbie']);
    expect(violations).toEqual([]);
    expect(text).toMatch(/^new frames 00\nstale 0[1-9a-f]/);
  });
});

/** What the reader's next load from the page would do: by its TLB, and by the table alone; '' out of the guest. */
function nextLoad({ machine: { hw, k } }: ReturnType<typeof makeLoaded>): string {
  const t = k.kvm.vcpus[1]?.cpu ?? -1;
  if (t < 0 || !hw.inGuest(t) || (hw.msr(t) & MSR.DR) === 0n) return '';
  const kind = (useTlb: boolean) => explainWalk(hw, t, PAGE, Access.load, useTlb).result.kind;
  return `${kind(true)} ${kind(false)}`;
}

test.each([0, 1, 2, 3, 4, 5])(
  'between V=0 and the tlbie another core uses the entry that is gone, and behind the tlbie no longer (seed %i)',
  (seed) => {
    const loaded = makeLoaded({ scenario: 'stale-tlb', seed });
    const { machine, symbols } = loaded;
    const loads = () => guestWord(machine, symbols.get('loads') ?? 0n);
    const seen = { window: new Set<string>(), after: new Set<string>(), loads: 0, windows: 0 };
    let window = false;
    let loadsBefore = 0;
    machine.storyboard.onStep = (routine, label) => {
      if (routine === 'kvmppc_h_remove' && label === 'invalidate') {
        window = true;
        loadsBefore = loads();
      } else if (routine === 'do_tlbies' && label === 'tlbsync' && window) {
        window = false;
        seen.windows += 1;
        seen.loads += loads() - loadsBefore;
        seen.after.add(nextLoad(loaded));
      } else if (window) seen.window.add(nextLoad(loaded));
    };
    machine.advance(Number.POSITIVE_INFINITY);
    expect(seen.windows).toBe(6);
    expect(seen.loads).toBeGreaterThan(0);
    // The reader may also be in its fault handler, or not have used the new frame yet.
    expect([...seen.window]).toContain('page fault');
    expect([...seen.window]).not.toContain('page page');
    expect([...seen.after].filter((next) => next.startsWith('page'))).toEqual([]);
  },
);
