// A scenario: machine, host, virtual machine, scripted inputs, observer, and the promises of the patched kernel.

import { CPU_MODELS, type CpuModel } from '../hardware/cpu-model.ts';
import type { BootParameters } from '../host/memory.ts';
import type { CpuFamily } from '../isa/spr.ts';
import type { Edit } from '../kvm/patches.ts';
import type { MachineSpec } from '../machine/boot.ts';
import { readChoices } from '../machine/choices.ts';
import type { Input } from '../machine/inputs.ts';
import { Machine } from '../machine/machine.ts';
import type { Observer } from '../machine/observer.ts';
import { type HostText, makeProgram } from '../machine/program.ts';
import { mix32 } from '../state/hash.ts';
import { fail, type Result, succeed } from '../state/user-error.ts';
import type { VmConfig } from '../vmm/records.ts';
import {
  type GuestProgram,
  guestProgram,
  type OtherProgram,
  type ReadImage,
} from './guest-program.ts';
import { type Invariant, watched } from './invariants-watch.ts';

/** A promise of the fully patched kernel, evaluated at a position. */
export interface Check<M> {
  readonly name: string;
  readonly what: string;
  /** True for something that the run must reach: while the run goes on it is not yet broken. */
  readonly goal: boolean;
  /** Symbols of the guest program that the test reads; without them it says nothing. */
  readonly needs: readonly string[];
  /** '' when it holds, else why not; `where` is the entity to look at. */
  readonly test: (
    m: Machine<M>,
    symbols: ReadonlyMap<string, bigint>,
  ) => { why: string; where: string };
}

/** A virtual machine of a scenario. */
export interface GuestVm {
  readonly vcpus: number;
  readonly virtualSmt: number;
  readonly memory: number;
  /** log2 of the bytes of the guest's page table, 18 to 24. */
  readonly hptOrder?: number;
  /** Guest memory begins with a real mode area of the host's pool. */
  readonly rma?: boolean;
  /** Devices that it has beside its console. */
  readonly devices?: { readonly vio?: boolean; readonly mmio?: boolean };
  /** Guest program; `start` is its entry. */
  readonly guest: string;
}

/** The machine, what runs on it, and its first virtual machine. */
export interface Scenario<M = unknown> extends GuestVm {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly cpu: string;
  readonly cores: number;
  readonly online: readonly number[];
  readonly realBytes: number;
  /** Memory that the host sets aside at boot; without it: huge pages for the guest's memory. */
  readonly boot?: BootParameters;
  /** More virtual machines, started one after another behind the first. */
  readonly guests?: readonly GuestVm[];
  readonly stepLimit: number;
  readonly script: readonly Input[];
  readonly patches: readonly string[];
  /** True once there is something to see: a page without a position opens there. */
  readonly opens: (m: Machine<M>, symbols: ReadonlyMap<string, bigint>) => boolean;
  readonly observer: Observer<M>;
  readonly checks: readonly Check<M>[];
  /** What the patch off shows: the checks that fail, asserted by tests. */
  readonly offShows: Readonly<Record<string, readonly string[]>>;
}

/** A host: its kernel's text, and what must hold while it runs. */
export interface Host {
  readonly text: HostText;
  readonly invariants: readonly Invariant[];
  /** Fragment of the link that shows a historic mistake of this kernel; '' for a patch that is none. */
  readonly linkOfCase?: (patch: string) => string;
}

/** Scenarios, with the hosts that they run on. */
export interface Library<M = unknown> {
  /** In the order in which they are offered. */
  readonly scenarios: readonly Scenario<M>[];
  /** Those that only a link opens. */
  readonly linked: readonly Scenario<M>[];
  /** A host for each of their CPUs. */
  readonly hosts: Readonly<Partial<Record<CpuFamily, Host>>>;
  /** Without it no image of the user's can be loaded. */
  readonly readImage?: ReadImage;
}

/** The scenario of an id. */
export const findScenario = <M>(
  { scenarios, linked }: Library<M>,
  id: string,
): Scenario<M> | undefined => [...scenarios, ...linked].find((scenario) => scenario.id === id);

/** The host of a scenario; a library without it is our mistake. */
export function hostOf<M>({ hosts }: Library<M>, { id, cpu }: Scenario<M>): Host {
  const family = CPU_MODELS.get(cpu)?.family;
  const host = family && hosts[family];
  if (!host) throw new Error(`hostOf: there is none for ${id}`);
  return host;
}

/** What identifies a machine: everything but the position and the injected inputs. */
export interface LoadSpec extends OtherProgram {
  readonly scenario: string;
  /** '' = the scenario's own. */
  readonly cpu: string;
  readonly off: readonly string[];
  readonly seed: number;
  /** Part of the schedule that is not left to the clocks, as machine/choices.ts writes it. */
  readonly choices?: string;
}

/** A machine made from a scenario, with what belongs to it. */
export interface Loaded<M = unknown> {
  readonly scenario: Scenario<M>;
  readonly host: Host;
  readonly spec: LoadSpec;
  readonly machine: Machine<M>;
  /** The program of each VM, and that of the first, which the user may replace. */
  readonly programs: readonly GuestProgram[];
  readonly guest: GuestProgram;
  /** Symbols of the first VM's program. */
  readonly symbols: ReadonlyMap<string, bigint>;
}

/** Scripted inputs move by up to this many cycles with the seed. */
const SCRIPT_JITTER = 4000;

/** The models that a scenario runs on, by their ids: those with the same host and hypervisor as its own. */
function hostsOf(scenario: { readonly cpu: string }): Map<string, CpuModel> {
  const own = CPU_MODELS.get(scenario.cpu)?.family;
  return new Map([...CPU_MODELS].filter(([, { family }]) => family === own));
}

/** The program of a scenario's further VM; a mistake in it is ours. */
function ownProgram({ guest, memory }: GuestVm): GuestProgram {
  const made = guestProgram(guest, {}, memory);
  if (!made.ok) throw new Error(`ownProgram: ${made.error.message}`);
  return made.value;
}

/** What user space is told to build for a VM. */
function configOf(name: string, vm: GuestVm, program: GuestProgram): VmConfig {
  return {
    name,
    memory: vm.memory,
    vcpus: vm.vcpus,
    virtualSmt: vm.virtualSmt,
    ...(vm.hptOrder !== undefined && { hptOrder: vm.hptOrder }),
    ...(vm.rma !== undefined && { rma: vm.rma }),
    program,
    vio: vm.devices?.vio ?? false,
    mmio: vm.devices?.mmio ?? false,
  };
}

/** Makes a machine at step 0. Unknown ids and models are the user's mistake. */
export function load<M extends object>(
  library: Library<M>,
  spec: LoadSpec,
  mutation: readonly Edit[] = [],
): Result<Loaded<M>> {
  const scenario = findScenario(library, spec.scenario);
  if (!scenario) {
    const known = [...library.scenarios, ...library.linked].map((s) => s.id).join(', ');
    return fail(
      'UNKNOWN_SCENARIO',
      `There is no scenario '${spec.scenario}'.`,
      `Known scenarios: ${known}.`,
    );
  }
  const hosts = hostsOf(scenario);
  const model = hosts.get(spec.cpu || scenario.cpu);
  if (!model) {
    return fail(
      'UNKNOWN_CPU',
      `The scenario '${scenario.id}' does not run on the CPU model '${spec.cpu}'.`,
      `Known models: ${[...hosts.keys()].join(', ')}.`,
    );
  }
  if (!Number.isInteger(spec.seed) || spec.seed < 0 || spec.seed > 0xffffffff) {
    return fail('BAD_SEED', `The seed ${spec.seed} is not a whole number from 0 to 4294967295.`);
  }
  const choices = spec.choices ? readChoices(spec.choices) : null;
  if (choices && !choices.ok) return choices;
  const host = hostOf(library, scenario);
  const program = makeProgram(host.text, spec.off, mutation);
  if (!program.ok) return program;
  const made = guestProgram(scenario.guest, spec, scenario.memory, library.readImage);
  if (!made.ok) return made;
  const guest = made.value;
  const vms = [scenario, ...(scenario.guests ?? [])];
  const programs = vms.map((vm, i) => (i === 0 ? guest : ownProgram(vm)));
  const machineSpec: MachineSpec = {
    model,
    cores: scenario.cores,
    online: scenario.online,
    realBytes: scenario.realBytes,
    ...(scenario.boot && { boot: scenario.boot }),
    seed: spec.seed,
    ...(choices && { choices: choices.value }),
    stepLimit: scenario.stepLimit,
    inputs: scenario.script.map((input, i) =>
      spec.seed === 0
        ? input
        : { ...input, cycle: input.cycle + (mix32(spec.seed, i) % SCRIPT_JITTER) },
    ),
    configs: vms.map((vm, i) => configOf(scenario.id, vm, programs[i] ?? guest)),
  };
  const machine = new Machine(
    machineSpec,
    program.value,
    watched(scenario.observer, host.invariants),
  );
  const { symbols } = guest;
  return succeed({
    scenario,
    host,
    spec: { ...spec, cpu: model.id },
    machine,
    programs,
    guest,
    symbols,
  });
}
