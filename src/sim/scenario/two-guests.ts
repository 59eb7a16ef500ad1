// Two virtual machines share a POWER7 core by time slices: HDEC ends each run, the host's scheduler picks the other's
// task, and the partition is switched.
import { alone, GAP, PIECES } from '../guest/alone.ts';
import { PERCPU_WORD } from '../guest/smt.ts';
import { TICK_TB } from '../host/sched.ts';
import type { Machine } from '../machine/machine.ts';
import { vmPath } from '../trace/paths.ts';
import { anatomyObserver, type Monitor } from './anatomy-monitor.ts';
import { hostChecks } from './book3s-hv.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { hptChecks } from './memory-checks.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 1 << 20;
const VMS = [1, 2];
const VM = { vcpus: 1, virtualSmt: 1, memory: 32 * MB } as const;
/** Slices of the other guest, the host's work between, and a kworker now and then. */
const LONGEST_WAIT = 4 * TICK_TB;

type Symbols = ReadonlyMap<string, bigint>;

const word = (m: Machine<unknown>, symbols: Symbols, name: string, vm: number): number =>
  guestWord(m, symbols.get(name) ?? 0n, vm);

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'both-get-the-core',
    what: 'each guest notices that the other ran: gaps in its time base between two pieces of work',
    goal: true,
    needs: ['gaps', 'longest'],
    test: (m, symbols) => {
      const vm = VMS.find((each) => word(m, symbols, 'gaps', each) === 0);
      return vm === undefined
        ? HOLDS
        : { why: `the guest of VM ${vm} saw no gap of ${GAP} ticks so far`, where: vmPath(vm) };
    },
  },
  {
    name: 'nobody-starves',
    what: `no guest waits for more than ${LONGEST_WAIT} ticks of the time base at a time`,
    goal: false,
    needs: ['longest'],
    test: (m, symbols) => {
      const vm = VMS.find((each) => word(m, symbols, 'longest', each) > LONGEST_WAIT);
      if (vm === undefined) return HOLDS;
      const ticks = word(m, symbols, 'longest', vm);
      return { why: `the guest of VM ${vm} did not run for ${ticks} ticks`, where: vmPath(vm) };
    },
  },
  {
    name: 'work-done',
    what: `each guest does its ${PIECES} pieces of work, on its own memory`,
    goal: true,
    needs: ['PERCPU'],
    test: (m, symbols) => {
      const at = (symbols.get('PERCPU') ?? 0n) + BigInt(PERCPU_WORD.WORK);
      const vm = VMS.find((each) => guestWord(m, at, each) !== PIECES);
      if (vm === undefined) return HOLDS;
      const done = guestWord(m, at, vm);
      return { why: `${done} of ${PIECES} pieces in VM ${vm} so far`, where: vmPath(vm) };
    },
  },
  ...hostChecks,
  ...hptChecks,
];

export const TWO_GUESTS: Scenario<Monitor> = {
  ...VM,
  id: 'two-guests',
  title: 'Two guests share a core by time slices',
  summary:
    'Two virtual machines with one vcpu each on one POWER7 core. Each is alone on its virtual core; the hypervisor decrementer ends its run and the host gives the core to the other.',
  cpu: 'p7',
  cores: 1,
  online: [0],
  realBytes: 80 * MB,
  guest: alone('A'),
  guests: [{ ...VM, guest: alone('B') }],
  stepLimit: 600_000,
  script: [],
  patches: [],
  opens: (m) => m.k.vmms[1]?.running === 1 && m.m.guest_entries > 1,
  observer: anatomyObserver,
  checks,
  offShows: {},
};
