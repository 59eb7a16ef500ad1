// Seeded schedules: the same guest, with other step costs, slices and moments of the scripted inputs.
import { EBUSY } from '../../kvm/errno.ts';
import { type Action, actionText } from '../../machine/inputs.ts';
import { mix32 } from '../../state/hash.ts';
import type { IrqOp } from '../../trace/irq.ts';
import { type Loaded, type Monitor, SCENARIOS } from '../index.ts';
import { checkResults } from '../report.ts';
import { makeLoaded } from './make.ts';

type Below = (n: number) => number;

/** Schedules of a scenario, run to their ends. */
export interface Tally {
  steps: number;
  seeds: number;
  /** What went wrong, and where: [] when nothing did. */
  readonly broken: string[];
}

/**
 * Goals that need an occasion: vcpus that meet, a nap at the right moment, an interrupt of the script that finds its vcpu
 * in one state. Random inputs may take it away. What guests compute is judged whatever comes.
 */
const OCCASIONS: readonly string[] = [
  ...['four-threads', 'late-joiner', 'threads-reassigned', 'too-late-runs-next', 'eight-threads'],
  ...['doorbell-kept', 'leave-together', 'lossy-path-taken', 'shared'],
  ...['resumes-in-place', 'delivered-at-resume', 'called-out', 'woken-in-place', 'slice-given'],
  ...['found-everywhere', 'host-serves-its-own', 'delivered-when-enabled', 'missing-meanwhile'],
  ...['hdec-takes-all-out', 'host-gets-the-core', 'gaps-noticed', 'both-get-the-core'],
  ...['all-routes', 'level-again', 'polled'],
];

/** Schedules from seed `first` on until `enough`; those of odd seeds get random inputs at random moments. */
export function runSchedules(
  scenario: string,
  first: number,
  enough: (tally: Tally) => boolean,
): Tally {
  const tally: Tally = { steps: 0, seeds: 0, broken: [] };
  for (let seed = first; !enough(tally); seed++) {
    const loaded = makeLoaded({ scenario, seed });
    const { machine } = loaded;
    if (seed % 2 === 1) disturb(loaded, seed);
    machine.advance(Number.POSITIVE_INFINITY);
    tally.steps += machine.step;
    tally.seeds += 1;
    const why = brokenBy(loaded);
    if (why !== '') tally.broken.push(`${scenario} --seed ${seed}: ${why}${injected(loaded)}`);
  }
  return tally;
}

/** One that four schedules of two thousand miss, in which no thread that leaves finds another running in the guest. */
const SELDOM_MISSED = 'called-out-by-doorbell';

/** Everything is judged, but with random inputs no goal that needs an occasion. */
function isJudged({ machine }: Loaded<Monitor>, name: string): boolean {
  if (name === SELDOM_MISSED) return false;
  return !OCCASIONS.includes(name) || !machine.inputs.some(({ user }) => user);
}

/** A sibling that comes online before the VM is made stays: then no guest can run on that core, and the scenario is over. */
function isRefused({ machine }: Loaded<Monitor>): boolean {
  const { cpus } = machine.host;
  const { threadsPerCore } = machine.hw.model;
  const refused = machine.k.vmms.some(({ stopped }) => stopped === `KVM_RUN: error ${EBUSY}`);
  return refused && cpus.some(({ online }, t) => online === 1 && t % threadsPerCore !== 0);
}

function brokenBy(loaded: Loaded<Monitor>): string {
  const failed = isRefused(loaded)
    ? []
    : checkResults(loaded).filter(({ ok, name }) => !ok && isJudged(loaded, name));
  return [...loaded.machine.m.violations, ...failed].map(({ why }) => why).join('; ');
}

/** The random inputs, to find the run again. */
function injected({ machine }: Loaded<Monitor>): string {
  return machine.inputs
    .filter(({ user }) => user)
    .map(({ step, action }) => `\n  ${step}: ${actionText(action)}`)
    .join('');
}

/** Up to a dozen random inputs within the next 24,000 steps, on the average; those that are refused do nothing. */
export function disturb(loaded: Loaded<Monitor>, seed: number): void {
  let drawn = 0;
  const below: Below = (n) => mix32(seed, drawn++) % n;
  for (let left = 1 + below(12); left > 0; left--) {
    loaded.machine.advance(below(4000));
    loaded.machine.inject(randomAction(loaded, below));
  }
}

const OPS: readonly IrqOp[] = ['trigger', 'trigger', 'release', 'route', 'mask', 'unmask'];

/** A device of the host, or of a guest, does something, or its interrupt is routed elsewhere or masked. */
function randomIrq({ machine }: Loaded<Monitor>, below: Below): Action {
  const vm = below(machine.k.vmms.length + 1) - 1;
  const xics = vm < 0 ? machine.host.xics : machine.k.vmms[vm]?.xics;
  const source = xics?.sources[below(Math.max(1, xics.sources.length))]?.number ?? 0;
  const online = machine.host.cpus.flatMap((cpu, t) => (cpu.online ? [t] : []));
  const servers = vm < 0 ? online : (xics?.icps ?? []).map((_, server) => server);
  const server = servers[below(Math.max(1, servers.length))] ?? 0;
  const op = OPS[below(OPS.length)] ?? 'trigger';
  return { kind: 'irq', vm, op, source, server, priority: 1 + below(8) };
}

/** Any input but one to an HPTE, to any thread and any vcpu of any VM. */
function randomAction(loaded: Loaded<Monitor>, below: Below): Action {
  const { cpus } = loaded.machine.host;
  const thread = below(cpus.length);
  const vcpu = below(Math.max(1, loaded.machine.k.kvm.vcpus.length));
  const actions: Action[] = [
    { kind: 'doorbell', from: vcpu, to: below(loaded.scenario.vcpus) },
    { kind: 'exit', thread },
    { kind: 'dec', vcpu },
    { kind: 'hdec', thread },
    { kind: 'preempt', thread },
    { kind: 'signal', vcpu },
    { kind: 'prod', vcpu },
    { kind: 'external', vcpu },
    { kind: 'start', vcpu },
    { kind: 'offline', thread },
    { kind: 'online', thread },
    randomIrq(loaded, below),
  ];
  return actions[below(actions.length)] as Action;
}

/** No doorbell is lost in a thousand schedules: a quarter of them for each variant. Of the others steps count. */
export const isEnough = (scenario: string, { steps, seeds }: Tally): boolean =>
  scenario.startsWith('virt-doorbell')
    ? seeds >= 250
    : seeds >= 16 || (steps > 250_000 && seeds > 3);

/** The scenarios in two halves, of about the same length, for two workers. */
export const half = (which: 0 | 1): string[] =>
  SCENARIOS.map(({ id }) => id).filter((_, i) => i % 2 === which);
