// book3s-hv: a guest in supervisor mode on POWER7, its partition switched in and out (scenarios.md, seed 002).
import { HPT_CALLS } from '../guest/hpt-calls.ts';
import { OWN_INTERRUPTS } from '../guest/own-interrupts.ts';
import { TURNS, TWO_VCORES } from '../guest/two-vcores.ts';
import type { Machine } from '../machine/machine.ts';
import { anatomyObserver, type Monitor, type Runs } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff, violation } from './checks.ts';
import type { Check, Scenario } from './scenario.ts';

type M = Machine<Monitor>;
const MB = 1 << 20;
const VCPU = 'vm1/vcpu0';

/** Interrupts that the guest takes itself, by vector: what the program does to get them. */
const OWN: Readonly<Record<string, string>> = {
  '900': 'its decrementer',
  C00: 'system calls from problem state',
  '480': 'an instruction segment',
  '380': 'a data segment',
};
/** Vectors that reach the hypervisor while a guest runs on POWER7. */
const TO_HYPERVISOR = ['980', '500', 'C00', 'E00', 'E20', 'E40'];

const broken = (why: string, where = VCPU) => ({ why, where });

function runsOf(m: M): Runs {
  if (!m.monitor.runs) throw new Error('book3s-hv: no runs in its monitor');
  return m.monitor.runs;
}

const onlyTheseExit: Check<Monitor> = {
  name: 'only-these-exit',
  what: 'only HDEC, HDSI, HISI, HEAI, external interrupts and sc 1 reach the hypervisor',
  goal: false,
  needs: [],
  test: (m) => {
    const other = Object.keys(m.m.exits_by_reason).find((v) => !TO_HYPERVISOR.includes(v));
    return other === undefined ? HOLDS : broken(`0x${other} reached the hypervisor`);
  },
};

const guestLeftAsFound: Check<Monitor> = {
  name: 'guest-registers-found',
  what: 'at each entry a guest finds its registers as it left them, on whichever core',
  goal: false,
  needs: [],
  test: (m) => (runsOf(m).guest_wrong ? broken(runsOf(m).guest_wrong) : HOLDS),
};

const twoSwitchesARun: Check<Monitor> = {
  name: 'two-switches-a-run',
  what: 'each run of the vcore switches the partition twice: into the guest’s and back',
  goal: false,
  needs: [],
  test: (m) => {
    const { begun, ended } = runsOf(m);
    const { partition_switches } = m.m;
    const going = begun - ended;
    const right = partition_switches >= 2 * ended && partition_switches <= 2 * (ended + going);
    return right ? HOLDS : broken(`${partition_switches} switches in ${ended} runs`, 'core0/t0');
  },
};

const hostRegistersKept: Check<Monitor> = {
  name: 'host-registers-kept',
  what: 'after each exit the host finds LPID, SDR1, LPCR, SLB and all its other registers as before the entry',
  goal: false,
  needs: [],
  test: (m) => (runsOf(m).host_wrong ? broken(runsOf(m).host_wrong, 'core0/t0') : HOLDS),
};

const noInterruptInHost: Check<Monitor> = {
  name: 'no-interrupt-in-host',
  what: 'the host takes no interrupt that was meant for a guest',
  goal: false,
  needs: [],
  test: (m) => violation(m, 'host-interrupt'),
};

/** Promises about the host and the switch of a core, whichever guests run. */
export const hostChecks: readonly Check<Monitor>[] = [
  onlyTheseExit,
  twoSwitchesARun,
  hostRegistersKept,
  guestLeftAsFound,
  noInterruptInHost,
];

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'own-interrupts',
    what: 'decrementer, system calls and segment interrupts go straight to the guest',
    goal: true,
    needs: [],
    test: (m) => {
      const missing = Object.keys(OWN).find((vector) => !m.m.own_interrupts[vector]);
      if (missing === undefined) return HOLDS;
      return broken(`the guest has not taken 0x${missing} yet (${OWN[missing]})`);
    },
  },
  onlyTheseExit,
  {
    name: 'system-calls-counted',
    what: 'each system call came at 0xC00; sc 1 from problem state is one, given back by the hypervisor',
    goal: true,
    needs: ['calls'],
    test: (m, symbols) => {
      const calls = guestWord(m, symbols.get('calls') ?? 0n);
      const own = m.m.own_interrupts.C00 ?? 0;
      return calls === own + 1 ? HOLDS : broken(`${calls} calls served, ${own} came by themselves`);
    },
  },
  {
    name: 'faults-reflected',
    what: 'the storage fault of the guest came back to it as 0x300, the illegal instruction as 0x700',
    goal: true,
    needs: ['storage', 'programs'],
    test: (m, symbols) => {
      const word = (name: string) => guestWord(m, symbols.get(name) ?? 0n);
      const [storage, programs] = [word('storage'), word('programs')];
      return storage === 1 && programs === 1
        ? HOLDS
        : broken(`${storage} storage and ${programs} program interrupts so far, 1 and 1 expected`);
    },
  },
  {
    name: 'hcalls-to-user-space',
    what: 'console and RTAS hcalls go to user space by KVM_EXIT_PAPR_HCALL, and nothing else goes there',
    goal: true,
    needs: [],
    test: (m) => {
      const { hcalls, other_exits } = runsOf(m);
      if (other_exits > 0) return broken(`${other_exits} exits to user space for another reason`);
      return hcalls > 0 ? HOLDS : broken('no hcall has gone to user space yet');
    },
  },
  twoSwitchesARun,
  hostRegistersKept,
  {
    name: 'guest-registers-kept',
    what: 'at each entry the guest finds its registers as it left them',
    goal: true,
    needs: ['checked', 'wrong'],
    test: (m, symbols) => {
      if (runsOf(m).guest_wrong) return broken(runsOf(m).guest_wrong);
      const word = (name: string) => guestWord(m, symbols.get(name) ?? 0n);
      if (word('checked') === 0) return broken('the guest has not looked at its registers yet');
      const wrong = word('wrong');
      return wrong === 0 ? HOLDS : broken(`the guest found ${wrong} of its registers changed`);
    },
  },
  noInterruptInHost,
];

/** Entries of the table of real-mode-hcalls at its end, and its kinds of entries. */
export const hptHcallChecks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'no-switch-for-hpt-hcalls',
    what: 'no hcall on the hashed page table leaves the partition of the guest',
    goal: false,
    needs: [],
    test: (m) => {
      const { hpt_hcalls, hpt_switched } = runsOf(m);
      if (hpt_switched === 0) return HOLDS;
      return broken(`${hpt_switched} of ${hpt_hcalls} hcalls cost two partition switches each`);
    },
  },
  {
    name: 'hcalls-answered',
    what: 'every hcall succeeds, the entered pages can be used, the protected one cannot be written',
    goal: true,
    needs: ['errors', 'storage', 'finished'],
    test: (m, symbols) => {
      const word = (name: string) => guestWord(m, symbols.get(name) ?? 0n);
      if (word('finished') === 0) return broken('the guest has not finished its calls yet');
      const [errors, storage] = [word('errors'), word('storage')];
      return errors === 0 && storage === 1
        ? HOLDS
        : broken(`${errors} errors, ${storage} storage interrupts; 0 and 1 expected`);
    },
  },
  twoSwitchesARun,
  hostRegistersKept,
  noInterruptInHost,
];

const coresChecks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'turns-taken',
    what: `each vcpu takes ${TURNS} turns, woken by the other's H_PROD or by its decrementer`,
    goal: true,
    needs: ['turn'],
    test: (m, symbols) => {
      const turn = guestWord(m, symbols.get('turn') ?? 0n);
      if (turn === 2 * TURNS) return HOLDS;
      return broken(`${turn} of ${2 * TURNS} turns so far`, `vm1/vcpu${turn % 2}`);
    },
  },
  ...hostChecks,
];

/** What the machines are: one vcpu on thread 0 of a core whose other threads are offline. */
const ONE_THREAD = {
  cpu: 'p7',
  cores: 1,
  online: [0],
  vcpus: 1,
  virtualSmt: 1,
  memory: 32 * MB,
  realBytes: 48 * MB,
  stepLimit: 400_000,
  opens: (m: M) => m.m.guest_entries > 0,
  observer: anatomyObserver,
} as const;

/** Work for a kworker and an IPI, so that the guest also leaves for the host's sake. */
const SCRIPT: Scenario['script'] = [
  { step: -1, cycle: 12_000, user: false, action: { kind: 'preempt', thread: 0 } },
  { step: -1, cycle: 45_000, user: false, action: { kind: 'exit', thread: 0 } },
];

export const BOOK3S_HV: readonly Scenario<Monitor>[] = [
  {
    ...ONE_THREAD,
    id: 'book3s-hv',
    title: 'A guest in supervisor mode on POWER7',
    summary:
      'One vcpu on thread 0 of a POWER7 core. Entry and exit switch SDR1, LPID, LPCR and every other register; most interrupts never leave the guest.',
    guest: OWN_INTERRUPTS,
    script: SCRIPT,
    patches: [],
    checks,
    offShows: {},
  },
  {
    ...ONE_THREAD,
    id: 'book3s-hv-2cores',
    title: 'Two virtual cores on two POWER7 cores',
    summary:
      'Two vcpus, each a virtual core of its own, on thread 0 of two cores. They wake each other by H_PROD; when one moves to the other core, its TLB there is flushed.',
    cores: 2,
    online: [0, 4],
    vcpus: 2,
    guest: TWO_VCORES,
    script: [6000, 14_000, 21_000].map((cycle, i) => ({
      step: -1,
      cycle,
      user: false,
      action: { kind: 'preempt' as const, thread: 4 * (i % 2) },
    })),
    patches: [],
    checks: coresChecks,
    offShows: {},
  },
  {
    ...ONE_THREAD,
    id: 'real-mode-hcalls',
    title: 'Hypercalls answered in real mode',
    summary:
      'The guest enters, protects, reads and removes entries of its hashed page table. Answered early in the exit path they cost no partition switch; in the kernel two each.',
    guest: HPT_CALLS,
    script: [],
    patches: ['real-mode-hcalls'],
    checks: hptHcallChecks,
    offShows: { 'real-mode-hcalls': ['no-switch-for-hpt-hcalls'] },
  },
];
