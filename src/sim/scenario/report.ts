// The result of a run as plain data: what `sim run --json` prints and what the page's Checks show.
import { hashText } from '../state/hash.ts';
import { vmPath } from '../trace/paths.ts';
import type { Vmm } from '../vmm/records.ts';
import type { Loaded } from './scenario.ts';

export interface CheckResult {
  readonly name: string;
  readonly what: string;
  readonly ok: boolean;
  /** Not decided: a goal that the run still may reach, or the program is not the one that the check is about. */
  readonly open: boolean;
  readonly why: string;
  readonly where: string;
}

export interface Report {
  /** `ended` is '' while the run could go on. */
  readonly position: {
    readonly branch: string;
    readonly step: number;
    readonly cycle: number;
    readonly ended: string;
  };
  readonly hash: string;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    /** Not reached yet, but the run is not at its end: no failure. */
    readonly open: boolean;
    readonly why: string;
  }[];
  readonly violations: readonly {
    readonly id: string;
    readonly step: number;
    readonly where: string;
    readonly why: string;
  }[];
  readonly counters: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  readonly console: string;
}

/** Evaluates the scenario's promises at the present position. */
export function checkResults<M>(loaded: Loaded<M>): CheckResult[] {
  const going = loaded.machine.endReason() === '';
  return loaded.scenario.checks.map(({ name, what, goal, needs, test }) => {
    const missing = needs.find((symbol) => !loaded.symbols.has(symbol));
    if (missing !== undefined) {
      const why = `cannot be told: the program has no symbol '${missing}', which this check reads`;
      return { name, what, ok: false, open: true, why, where: '' };
    }
    const { why, where } = test(loaded.machine, loaded.symbols);
    return { name, what, ok: why === '', open: why !== '' && goal && going, why, where };
  });
}

/** Counters under the names of the command line's JSON. */
export function counters<M>({ machine: { m } }: Loaded<M>) {
  return {
    guestInstructions: m.guest_instructions,
    hostSteps: m.host_steps,
    guestEntries: m.guest_entries,
    guestExits: m.guest_exits,
    exitsByReason: m.exits_by_reason,
    ownInterrupts: m.own_interrupts,
    ipis: m.ipis,
    partitionSwitches: m.partition_switches,
    cycles: m.cycle,
  };
}

/** What the guests printed; with several VMs each text under the number of its VM. */
function consoles(vmms: readonly Vmm[]): string {
  if (vmms.length === 1) return vmms[0]?.console ?? '';
  return vmms.map(({ console }, i) => `${vmPath(i + 1)}:\n${console}`).join('');
}

export function report<M>(loaded: Loaded<M>): Report {
  const { machine } = loaded;
  return {
    position: {
      branch: 'main',
      step: machine.step,
      cycle: machine.m.cycle,
      ended: machine.endReason(),
    },
    hash: hashText(machine.hash()),
    checks: checkResults(loaded).map(({ name, ok, open, why }) => ({ name, ok, open, why })),
    violations: machine.m.violations,
    counters: counters(loaded),
    console: consoles(machine.k.vmms),
  };
}
