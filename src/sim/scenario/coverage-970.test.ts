import { describe, expect, test } from 'vitest';
import { DECREMENTER_STORM } from '../guest/decrementer-storm.ts';
import { ipiRing } from '../guest/ipi-ring.ts';
import { KERNEL, PASSIVE } from '../guest/kernel.ts';
import { pingPong } from '../guest/ping-pong.ts';
import { RMA_SIZE_970 } from '../guest/ppc970.ts';
import { MSR } from '../hardware/bits.ts';
import { HUGE_PAGE } from '../host/memory.ts';
import type { Edit } from '../kvm/patches.ts';
import { ROUTINES_970 } from '../machine/text-970.ts';
import { ROUTINES_P7 } from '../machine/text-p7.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { anatomyObserver } from './anatomy-monitor.ts';
import type { Loaded, Monitor } from './index.ts';
import { report } from './report.ts';
import type { Scenario } from './scenario.ts';
import { guestText, makeGuest, makeLoaded } from './testing/make.ts';

/** Steps that ran in any of the tests below. */
const ran = new Set<string>();

/** A guest on two processors. */
function start(
  guest: string,
  changes: Partial<Scenario<Monitor>> = {},
  mutation: readonly Edit[] = [],
  seed = 0,
): Loaded<Monitor> {
  const boot = { hugepages: 0, kvm_rma_size: RMA_SIZE_970, kvm_rma_count: 1 };
  const host = { cpu: '970', cores: 2, online: [0, 1], realBytes: 2 * RMA_SIZE_970, boot };
  const vm = { vcpus: 4, virtualSmt: 1, memory: RMA_SIZE_970, rma: true, guest };
  const limits = { stepLimit: 300_000, observer: anatomyObserver };
  return noting(makeGuest('', { seed }, { ...host, ...vm, ...limits, ...changes }, mutation));
}

function noting(loaded: Loaded<Monitor>): Loaded<Monitor> {
  loaded.machine.storyboard.onStep = (routine, label) => ran.add(`${routine}/${label}`);
  return loaded;
}

/** The same, run to its end. */
function run(...how: Parameters<typeof start>): Loaded<Monitor> {
  const loaded = start(...how);
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  return loaded;
}

const outcome = ({ machine }: Loaded<Monitor>): string[] => [
  machine.endReason(),
  ...machine.m.violations.map(({ id }) => id).sort(),
];

describe('four vcpus on two PowerPC 970, which cede to the host', () => {
  test.each([
    ['send IPIs around', ipiRing(4, 2)],
    ['prod each other', pingPong(4, 4)],
    ['wait for their decrementers', DECREMENTER_STORM],
  ])('%s', (_, guest) => {
    const loaded = run(guest);
    expect(outcome(loaded)).toEqual(['powered off']);
    expect(loaded.machine.monitor.runs).toMatchObject({ host_wrong: '', guest_wrong: '' });
    expect(report(loaded).console).not.toContain('unexpected');
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
        li      r3, H_ENTER                   # no memory
        li      r5, 0
        li      r6, HPTE_V_VALID
        lis     r7, 0x1000
        ori     r7, r7, HPTE_R_M + 2
        sc      1
        mr      r4, r3
        address r3, text_refused
        bl      say
        b       power_off
${PASSIVE.replace('b       secondary', POLL)}
        .org    0x7000
regions:        .quad 0, 0, 0, 0
text_refused:   .ascii "H_ENTER -> ?\\n   "
text_unexpected:.ascii "unexpected\\n     "
        .org    0x8400
`;

describe('a tlbie in the partition that another processor leaves or enters', () => {
  test('is kept out by kvm.tlbie_lock; and H_ENTER takes memory alone', () => {
    for (const seed of [0, 1]) {
      const loaded = run(TLBIES, { vcpus: 2 }, [], seed);
      expect(outcome(loaded)).toEqual(['powered off']);
      // H_PARAMETER: an access to what is no memory would not come to the hypervisor.
      expect(report(loaded).console).toBe('H_ENTER -> c\n');
    }
  });

  test('without the lock is a rule of the processor broken', () => {
    const at = ['kvmppc_hv_entry', 'hdec_soon'];
    const edits = at.map((routine): Edit => ({ routine, remove: 'tlbie_lock' }));
    expect(outcome(run(TLBIES, { vcpus: 2 }, edits))).toEqual([
      'powered off',
      'tlbie-in-flight',
      'tlbie-locks',
    ]);
  });
});

/** Interrupts on; only leaves the guest and comes back. */
const ENABLED = guestText(`
main:   bl      irq_on
        li      r14, 20
1:      li      r3, 0x70
        li      r4, 0
        sc      1
        addi    r14, r14, -1
        cmpdi   r14, 0
        bne     1b
        b       power_off
`);

test('without a real mode area there is no guest: -EPERM, for there is no virtual one', () => {
  const boot = { hugepages: 2, kvm_rma_size: RMA_SIZE_970, kvm_rma_count: 0 };
  const vm = { vcpus: 1, memory: 2 * HUGE_PAGE, rma: false, boot };
  expect(outcome(run(ENABLED, vm))).toEqual(['KVM_RUN: error -1']);
});

test('an edge that comes while the vcpu enters with MSR[EE]=1 is delivered by the entry, once', () => {
  const { machine } = start(ENABLED, { vcpus: 1 });
  const { k } = machine;
  const enters = (): boolean => {
    const frame = k.host.tasks[k.host.cpus[0]?.curr ?? -1]?.stack.at(-1);
    return frame?.routine === 'kvmppc_hv_entry' && frame.label === 'sdr1';
  };
  const v = (): number => k.host.cpus[0]?.kvm_vcpu ?? -1;
  const canTake = (): boolean => enters() && ((k.kvm.vcpus[v()]?.msr ?? 0n) & MSR.EE) !== 0n;
  machine.advance(Number.POSITIVE_INFINITY, canTake);
  expect(machine.inject({ kind: 'external', vcpu: v() }).ok).toBe(true);
  const before = ran.has('kvmppc_cede_reentry/edge');
  machine.advance(Number.POSITIVE_INFINITY);
  expect([before, ran.has('kvmppc_cede_reentry/edge')]).toEqual([false, true]);
  expect(machine.m.violations).toEqual([]);
});

test('every step that the PowerPC 970 has of its own runs at least once', () => {
  noting(makeLoaded({ scenario: 'ppc970' })).machine.advance(Number.POSITIVE_INFINITY);
  const text = ({ name, steps }: (typeof ROUTINES_970)[number]): [step: string, title: string][] =>
    steps.map(({ label, title }) => [`${name}/${label}`, title]);
  const others = new Set([...ROUTINES, ...ROUTINES_P7].flatMap(text).map(String));
  const own = ROUTINES_970.flatMap(text).filter((step) => !others.has(String(step)));
  expect(own.length).toBeGreaterThan(30);
  // H_ENTER in virtual mode has the steps of real mode, whose rarer ones run there.
  const missing = own
    .map(([step]) => String(step))
    .filter((step) => !ran.has(step) && !ran.has(step.replace('_do_h_enter/', '_h_enter/')));
  const rare = /^kvmppc_do_h_enter.(lock|is_free|occupied)/; // as on POWER7
  expect(missing.filter((step) => !rare.test(step))).toEqual([]);
});
