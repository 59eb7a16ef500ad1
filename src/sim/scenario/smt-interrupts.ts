// What interrupts do to a core full of vcpus: external ones that find each in another situation, decrementers that all
// run out again and again, IPIs from one to the next, and the hypervisor decrementer, which takes the core away.
import { COMPUTING, PIECES } from '../guest/computing.ts';
import { DECREMENTER_STORM, TICKS } from '../guest/decrementer-storm.ts';
import { EXTERNALS, INTERRUPTED } from '../guest/interrupted.ts';
import { IPI_RING, LAPS } from '../guest/ipi-ring.ts';
import { THREADS } from '../guest/smt.ts';
import { TEST_DEVICE } from '../host/xics.ts';
import type { Action } from '../machine/inputs.ts';
import type { Machine } from '../machine/machine.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { hostChecks } from './book3s-hv.ts';
import { cedePullsNobody } from './cede-real-mode.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { coreOf, total } from './core-monitor.ts';
import type { Check, Scenario } from './scenario.ts';
import { eachVcpu, FOUR_THREADS } from './smt-siblings.ts';

const broken = (why: string, where = 'vm1/vcore0') => ({ why, where });
const VCPUS = Array.from({ length: THREADS }, (_, v) => v);

/** A word of vcpu `v` in a list of words of the guest. */
const listed = (
  m: Machine<Monitor>,
  symbols: ReadonlyMap<string, bigint>,
  name: string,
  v: number,
): number => guestWord(m, (symbols.get(name) ?? 0n) + BigInt(4 * v));

const at = (cycle: number, action: Action) => ({ step: -1, cycle, user: false, action });

// --- external-interrupt

/** Of the four situations: which ones an input meets depends on the schedule. */
const SITUATIONS = 3;
const DEVICE_EVENTS = 3;
/** The guest waits for half of them: of two that come together for a vcpu it sees one. */
const SENT = 2 * THREADS * EXTERNALS;

const externalChecks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'found-everywhere',
    what: 'external interrupts come while their vcpu is in the host, in a nap, in the guest with EE=0, or with EE=1',
    goal: true,
    needs: [],
    test: (m) => {
      const places = Object.keys(coreOf(m).found);
      if (places.length >= SITUATIONS) return HOLDS;
      return broken(`so far they have found their vcpus in: ${places.join(', ') || 'none'}`);
    },
  },
  {
    name: 'taken-once',
    what: 'the guest takes each of them once',
    goal: false,
    needs: ['externals'],
    test: (m, symbols) => {
      const v = VCPUS.find((n) => listed(m, symbols, 'externals', n) > (coreOf(m).taken[n] ?? 0));
      if (v === undefined) return HOLDS;
      const came = listed(m, symbols, 'externals', v);
      return broken(`vcpu ${v} took ${came} of ${coreOf(m).taken[v]}`, `vm1/vcpu${v}`);
    },
  },
  {
    name: 'none-lost',
    what: `each vcpu takes its ${EXTERNALS} interrupts as soon as its MSR[EE] lets them in`,
    goal: true,
    needs: ['externals'],
    test: (m, symbols) => {
      const v = VCPUS.find((n) => listed(m, symbols, 'externals', n) < EXTERNALS);
      if (v === undefined) return HOLDS;
      const came = listed(m, symbols, 'externals', v);
      return broken(`vcpu ${v} has taken ${came} of ${EXTERNALS} so far`, `vm1/vcpu${v}`);
    },
  },
  {
    name: 'host-serves-its-own',
    what: 'interrupts of a device of the host take the core out of the guest, and the host serves them',
    goal: true,
    needs: [],
    test: (m) => {
      const served = m.host.cpus[0]?.device_irqs ?? 0;
      return served === DEVICE_EVENTS
        ? HOLDS
        : broken(`${served} of ${DEVICE_EVENTS} served so far`, 'core0/t0');
    },
  },
  ...hostChecks,
];

const EXTERNAL_SCRIPT: Scenario['script'] = [
  ...Array.from({ length: SENT }, (_, n) =>
    at(24_000 + 5000 * n, { kind: 'external', vcpu: n % THREADS }),
  ),
  ...Array.from({ length: DEVICE_EVENTS }, (_, n) => {
    const device = { source: TEST_DEVICE, server: 0, priority: 0 } as const;
    return at(26_500 + 15_000 * n, { kind: 'irq', vm: -1, op: 'trigger', ...device });
  }),
].toSorted((a, b) => a.cycle - b.cycle);

// --- dec-storm, ipi-ring

const stormChecks: readonly Check<Monitor>[] = [
  powersOff,
  cedePullsNobody,
  eachVcpu('ticks-taken', `each vcpu takes at least ${TICKS} decrementers`, 'TICKS', TICKS),
  {
    name: 'woken-in-place',
    what: 'a decrementer wakes its thread from a nap, while the others stay in the guest',
    goal: true,
    needs: [],
    test: (m) =>
      coreOf(m).resumed_at['900'] ? HOLDS : broken('none has gone on at 0x900 behind a nap yet'),
  },
  ...hostChecks,
];

const ringChecks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'laps-done',
    what: `the IPI goes round all vcpus ${LAPS} times`,
    goal: true,
    needs: ['hops'],
    test: (m, symbols) => {
      const hops = guestWord(m, symbols.get('hops') ?? 0n);
      return hops === LAPS * THREADS ? HOLDS : broken(`${hops} of ${LAPS * THREADS} hops so far`);
    },
  },
  // The last one may still wait when vcpu 0, which no longer needs it, powers off.
  eachVcpu('ipis-taken', `each vcpu takes ${LAPS - 1} IPIs at least`, 'IPIS', LAPS - 1),
  ...hostChecks,
];

// --- hdec-preemption

const hdecChecks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'hdec-takes-all-out',
    what: 'HDEC, which the four threads share, takes them out of the guest together',
    goal: true,
    needs: [],
    test: (m) => {
      const v = VCPUS.find((vcpu) => !coreOf(m).hdec_exits[vcpu]);
      return v === undefined ? HOLDS : broken(`vcpu ${v} has not left by HDEC yet`, `vm1/vcpu${v}`);
    },
  },
  {
    name: 'host-gets-the-core',
    what: 'another task of the host runs on the core, and then the guest again',
    goal: true,
    needs: [],
    test: (m) => (coreOf(m).worker_runs > 0 ? HOLDS : broken('no kworker has run yet', 'core0/t0')),
  },
  {
    name: 'gaps-noticed',
    what: 'every vcpu of the guest notices that it did not run for a while',
    goal: true,
    needs: ['gaps'],
    test: (m, symbols) => {
      const v = VCPUS.find((n) => listed(m, symbols, 'gaps', n) === 0);
      return v === undefined ? HOLDS : broken(`vcpu ${v} saw no gap so far`, `vm1/vcpu${v}`);
    },
  },
  eachVcpu('work-done', `each vcpu does its ${PIECES} pieces of work`, 'WORK', PIECES),
  ...hostChecks,
];

export const SMT_INTERRUPTS: readonly Scenario<Monitor>[] = [
  {
    ...FOUR_THREADS,
    id: 'external-interrupt',
    title: 'External interrupts in every situation',
    summary:
      'External interrupts come for vcpus that compute with MSR[EE]=0, sleep in H_CEDE, are in the host for a hypercall, or compute with EE=1, and a device of the host wants to be served meanwhile. Each is taken once, as soon as its vcpu can.',
    guest: INTERRUPTED,
    script: EXTERNAL_SCRIPT,
    patches: [],
    opens: (m) => (coreOf(m).found['guest EE=0'] ?? 0) > 0,
    checks: externalChecks,
    offShows: {},
  },
  {
    ...FOUR_THREADS,
    id: 'dec-storm',
    title: 'Decrementers that all run out',
    summary:
      'Four idle vcpus are woken by their decrementers again and again, each at its own pace: in their naps while another one is awake, by timers of the host when the core has left the guest.',
    guest: DECREMENTER_STORM,
    script: [],
    patches: ['cede-real-mode'],
    opens: (m) => total(coreOf(m).resumed) > 0,
    checks: stormChecks,
    offShows: { 'cede-real-mode': ['cede-pulls-nobody', 'woken-in-place'] },
  },
  {
    ...FOUR_THREADS,
    id: 'ipi-ring',
    title: 'An IPI goes round the vcpus',
    summary:
      'Each vcpu takes an inter-processor interrupt, passes it on to the next by H_IPI, and sleeps. User space has the interrupt controller of the guest, so each hop takes the whole core out of the guest.',
    guest: IPI_RING,
    script: [],
    patches: [],
    opens: (m) => total(coreOf(m).taken) > 0 || m.m.guest_entries > 20,
    checks: ringChecks,
    offShows: {},
  },
  {
    ...FOUR_THREADS,
    id: 'hdec-preemption',
    title: 'The host takes the core back',
    summary:
      'Four vcpus compute and never leave the guest by themselves. The hypervisor decrementer, set from the next event of the host, ends their run on all threads at once; a kworker gets the core, then the guest again.',
    guest: COMPUTING,
    script: [
      at(16_000, { kind: 'preempt', thread: 0 }),
      at(26_000, { kind: 'hdec', thread: 0 }),
      at(34_000, { kind: 'preempt', thread: 0 }),
    ],
    patches: [],
    opens: (m) => total(coreOf(m).hdec_exits) > 0,
    checks: hdecChecks,
    offShows: {},
  },
];
