// Devices behind the interrupt controller of a guest: routed and masked by RTAS calls, taken and ended by hcalls.
import { DEVICE_DRIVER, LEVELS } from '../guest/device-driver.ts';
import { THREADS } from '../guest/smt.ts';
import type { Machine } from '../machine/machine.ts';
import { GUEST_IRQ } from '../vmm/spapr-xics.ts';
import { XICS_IPI } from '../xics/records.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { hostChecks } from './book3s-hv.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import type { Check, Scenario } from './scenario.ts';
import { FOUR_THREADS } from './smt-siblings.ts';

type Symbols = ReadonlyMap<string, bigint>;

const broken = (why: string, where = 'vm1/irq/0x1300') => ({ why, where });
const word = (m: Machine<Monitor>, symbols: Symbols, name: string, n = 0): number =>
  guestWord(m, (symbols.get(name) ?? 0n) + BigInt(4 * n));
/** Messages that each vcpu has taken. */
const taken = (m: Machine<Monitor>, symbols: Symbols): number[] =>
  Array.from({ length: THREADS }, (_, v) => word(m, symbols, 'taken', v));
const sum = (counts: readonly number[]): number => counts.reduce((all, n) => all + n, 0);

/** Messages that the device has sent so far, by the script or by a user. */
const sent = ({ inputs, step, m: { cycle } }: Machine<Monitor>): number =>
  inputs.filter(({ action, ...at }) => {
    if (action.kind !== 'irq' || action.op !== 'trigger' || action.vm !== 0) return false;
    const come = at.step >= 0 ? at.step <= step : at.cycle <= cycle;
    return action.source === GUEST_IRQ.TEST && come;
  }).length;

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'all-routes',
    what: 'each vcpu takes messages of the device, for ibm,set-xive sends each to the next one',
    goal: true,
    needs: ['taken'],
    test: (m, symbols) => {
      const counts = taken(m, symbols);
      return counts.every((n) => n > 0)
        ? HOLDS
        : broken(`the vcpus have taken ${counts.join(', ')} so far`);
    },
  },
  {
    name: 'none-twice',
    what: 'no message is taken more often than it was sent',
    goal: false,
    needs: ['taken'],
    test: (m, symbols) => {
      const [came, all] = [sum(taken(m, symbols)), sent(m)];
      return came <= all ? HOLDS : broken(`${came} were taken of ${all}`);
    },
  },
  {
    name: 'level-again',
    what: 'a level that stays up comes again after its end, as soon as ibm,int-on lets it',
    goal: true,
    needs: ['levels'],
    test: (m, symbols) => {
      const came = word(m, symbols, 'levels');
      return came >= LEVELS ? HOLDS : broken(`it came ${came} times so far`, 'vm1/irq/0x1200');
    },
  },
  {
    name: 'routes-read-back',
    what: 'ibm,get-xive gives the server that ibm,set-xive gave',
    goal: false,
    needs: ['astray'],
    test: (m, symbols) => {
      const astray = word(m, symbols, 'astray');
      return astray === 0 ? HOLDS : broken(`${astray} times another server`);
    },
  },
  {
    name: 'polled',
    what: 'H_IPOLL shows an IPI that MSR[EE]=0 keeps out',
    goal: true,
    needs: ['polled'],
    test: (m, symbols) => {
      const source = word(m, symbols, 'polled');
      return source === XICS_IPI ? HOLDS : broken(`it showed source ${source}`, 'vm1/icp/0');
    },
  },
  ...hostChecks,
];

const at = (
  cycle: number,
  source: number,
  op: 'trigger' | 'release',
): Scenario['script'][number] => ({
  ...{ step: -1, cycle, user: false },
  action: { kind: 'irq', vm: 0, op, source, server: 0, priority: 0 },
});

/** More than the guest waits for: one may take several before vcpu 0 has sent the next elsewhere. */
const MESSAGES = 4 * THREADS;
/** They come more slowly than hcalls by way of user space take them. */
const SCRIPT: Scenario['script'] = [
  ...Array.from({ length: MESSAGES }, (_, n) => at(30_000 + 25_000 * n, GUEST_IRQ.TEST, 'trigger')),
  at(45_000, GUEST_IRQ.UART, 'trigger'),
  at(160_000, GUEST_IRQ.UART, 'release'),
].toSorted((a, b) => a.cycle - b.cycle);

export const GUEST_DEVICE: Scenario<Monitor> = {
  ...FOUR_THREADS,
  id: 'guest-device',
  title: 'Devices of a guest, through its XICS',
  summary:
    'A device sends messages to one vcpu after the other (ibm,set-xive), another one holds a level that is masked until it is served (ibm,int-off). User space has the controller; LPCR[MER] holds what comes while EE=0.',
  guest: DEVICE_DRIVER,
  script: SCRIPT,
  patches: [],
  opens: ({ k }) =>
    k.vmms.some(({ xics }) => xics.icps.some(({ xisr }) => xisr === GUEST_IRQ.TEST)),
  checks,
  offShows: {},
};
