import { describe, expect, test } from 'vitest';
import { KERNEL, PASSIVE } from '../guest/kernel.ts';
import { RMA_SIZE_970, ROUNDS_970 } from '../guest/ppc970.ts';
import type { Edit } from '../kvm/patches.ts';
import { guestWord } from './checks.ts';
import { checkResults, report } from './report.ts';
import { makeGuest, makeLoaded } from './testing/make.ts';

function ended(off: readonly string[], seed = 0, mutation: readonly Edit[] = []) {
  const loaded = makeLoaded({ scenario: 'ppc970', off, seed }, mutation);
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const failed = checkResults(loaded).filter(({ ok }) => !ok);
  return { ...loaded, failed: failed.map(({ name }) => name) };
}

describe('ppc970', () => {
  const loaded = ended([]);
  const { failed, machine } = loaded;

  test('all checks hold and no invariant is broken', () => {
    expect(failed).toEqual([]);
    expect(machine.m.violations).toEqual([]);
    expect(report(loaded).console).toBe('vm1:\nA taken 08\nvm2:\nB taken 08\n');
  });

  test('the IPI that the host left for itself is what ends a run when the guest sets MSR[EE]', () => {
    expect(machine.m.exits_by_reason['500']).toBeGreaterThanOrEqual(16);
  });

  test('storage and segment interrupts go straight to the guest, and only three come to the hypervisor', () => {
    expect(Object.keys(machine.m.own_interrupts).sort()).toEqual(['300', '380']);
    expect(Object.keys(machine.m.exits_by_reason).sort()).toEqual(['500', '980', 'C00']);
  });
});

describe('ppc970 off', () => {
  test('exactly the checks that the scenario names fail, and each chance is missed', () => {
    const { failed, machine, scenario, symbols } = ended(['ppc970']);
    expect(failed).toEqual(scenario.offShows.ppc970);
    expect(machine.m.violations).toEqual([]);
    expect(guestWord(machine, symbols.get('missed') ?? 0n, 1)).toBe(ROUNDS_970);
    expect(machine.m.exits_by_reason['500']).toBe(undefined);
  });
});

describe('ppc970-tlb off', () => {
  test('exactly the checks that the scenario names fail: both store to the page of one of them', () => {
    const { failed, machine, scenario } = ended(['ppc970-tlb']);
    expect(failed).toEqual(scenario.offShows['ppc970-tlb']);
    const ids = machine.m.violations.map(({ id }) => id);
    expect(ids.sort()).toEqual(['own-translations', 'tlb-flushed']);
  });

  test('the flush of the exit alone would keep the guests apart', () => {
    expect(ended([], 0, [{ routine: 'kvmppc_hv_entry', remove: 'tlbiel' }]).failed).toEqual([]);
  });
});

describe('H_ENTER of memory that is not pinned', () => {
  test('needs the kernel to pin it: else it goes to user space, and the guest has no page', () => {
    const unpinned = { routine: 'kvmppc_virtmode_h_enter', remove: 'get_guest_page' };
    expect(ended([], 0, [unpinned]).failed).toContain('pages-pinned');
  });
});

const POLL = `li      r3, H_IPOLL
        li      r4, 0
        sc      1
        b       secondary`;
/** Vcpu 0 enters and removes one entry again and again; vcpu 1, elsewhere, leaves the guest and comes back. */
const TLBIES = `${KERNEL}
        .equ    H_IPOLL, 0x70
main:   mtspr   272, r13
        li      r3, 1
        bl      start_cpu
        li      r14, 40
1:      li      r3, H_ENTER
        li      r4, 0
        li      r5, 0
        li      r6, HPTE_V_VALID
        li      r7, HPTE_R_M + 2
        sc      1
        mr      r3, r4
        bl      remove
        addi    r14, r14, -1
        cmpdi   r14, 0
        bne     1b
        b       power_off
${PASSIVE.replace('b       secondary', POLL)}
        .org    0x7000
regions:        .quad 0, 0, 0, 0
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;

describe('a tlbie in the partition that another processor leaves or enters', () => {
  const two = (mutation: readonly Edit[], seed: number) => {
    const area = { hugepages: 0, kvm_rma_size: RMA_SIZE_970, kvm_rma_count: 1 };
    const host = { cpu: '970', cores: 2, online: [0, 1], realBytes: 2 * RMA_SIZE_970, boot: area };
    const vm = { vcpus: 2, virtualSmt: 1, memory: RMA_SIZE_970, rma: true, guest: TLBIES };
    const { machine } = makeGuest('', { seed }, { ...host, ...vm }, mutation);
    machine.advance(Number.POSITIVE_INFINITY);
    return [machine.endReason(), ...machine.m.violations.map(({ id }) => id).sort()];
  };

  test('is kept out by kvm.tlbie_lock', () => {
    for (const seed of [0, 1]) expect(two([], seed)).toEqual(['powered off']);
  });

  test('without the lock is a rule of the processor broken', () => {
    const edits = ['kvmppc_hv_entry', 'hdec_soon'].map((at) => ({
      routine: at,
      remove: 'tlbie_lock',
    }));
    expect(two(edits, 0)).toEqual(['powered off', 'tlbie-in-flight', 'tlbie-locks']);
  });
});

test('under other schedules the promises hold, too', () => {
  for (const seed of [1, 2]) {
    const { failed, machine } = ended([], seed);
    expect([failed, machine.m.violations]).toEqual([[], []]);
  }
});
