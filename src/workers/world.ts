// The machine that the page looks at, with its history and the names in its program; a command makes another one.
import { History } from '../sim/machine/history.ts';
import type { Input } from '../sim/machine/inputs.ts';
import type { Monitor } from '../sim/scenario/anatomy-monitor.ts';
import {
  findScenario,
  hostOf,
  type Library,
  type Loaded,
  type LoadSpec,
  load,
} from '../sim/scenario/scenario.ts';
import { type Result, succeed } from '../sim/state/user-error.ts';
import type { LinkState } from './link.ts';
import { type ProgramLines, programLines } from './pictures/program-lines.ts';
import { type Symbols, symbolsOf } from './pictures/symbols.ts';
import type { PageSpec } from './protocol.ts';

export interface World {
  readonly loaded: Loaded<Monitor>;
  readonly history: History<Monitor>;
  /** Names in the program of each VM. */
  readonly symbols: readonly Symbols[];
  /** Lines of the first VM's program, the one that the page shows. */
  readonly lines: ProgramLines;
}

/** Names in the program that a vcpu runs; -1: in that of the first VM. */
export function symbolsFor({ loaded, symbols }: World, vcpu: number): Symbols {
  const vm = loaded.machine.k.kvm.vcpus[vcpu]?.vm ?? 0;
  return symbols[vm] ?? symbolsOf(new Map());
}

/** Line of the program that the page shows at which a vcpu stands, 0 when it runs another program. */
export function lineOf({ loaded, lines }: World, vcpu: number, address: bigint): number {
  const vm = loaded.machine.k.kvm.vcpus[vcpu]?.vm ?? 0;
  return loaded.programs[vm]?.source === loaded.guest.source ? lines.lineAt(address) : 0;
}

/**
 * What a page asks for when it changes to another scenario: its CPU, no patch but its own and those of history, no
 * schedule.
 */
export function forScenario(library: Library<Monitor>, page: PageSpec): PageSpec {
  const next = findScenario(library, page.scenario);
  const keeps = (next ? hostOf(library, next).text.patches : [])
    .filter(({ id, fixed }) => fixed || next?.patches.includes(id))
    .map(({ id }) => id);
  const { choices: _, ...spec } = page;
  return { ...spec, cpu: '', off: page.off.filter((id) => keeps.includes(id)) };
}

/** A machine at step 0. */
export function makeWorld(library: Library<Monitor>, spec: LoadSpec): Result<World> {
  const loaded = load(library, spec);
  if (!loaded.ok) return loaded;
  const { machine, guest, programs } = loaded.value;
  return succeed({
    loaded: loaded.value,
    history: new History(machine),
    symbols: programs.map(({ labels }) => symbolsOf(labels)),
    lines: programLines(guest),
  });
}

export function sameSpec(a: LoadSpec, b: LoadSpec): boolean {
  return (
    a.scenario === b.scenario &&
    a.cpu === b.cpu &&
    a.seed === b.seed &&
    (a.choices ?? '') === (b.choices ?? '') &&
    a.off.join() === b.off.join() &&
    sameProgram(a, b)
  );
}

const sameProgram = (a: LoadSpec, b: LoadSpec): boolean =>
  a.program === b.program && a.image === b.image;

/** Puts a link's inputs among the script's, each at the index it had. */
export function presetLink({ history }: World, link: LinkState): void {
  const inputs = [...history.current.inputs];
  for (const { index, input } of link.inputs)
    inputs.splice(Math.min(index, inputs.length), 0, input);
  history.presetInputs(inputs);
}

/** The inputs of another machine at their model cycles: at its steps this one may do something else. */
export function presetCycles({ history }: World, inputs: readonly Input[]): void {
  history.presetInputs(inputs.map((input) => ({ ...input, step: -1 })));
}

/** Breakpoints are places in a program: another machine with the same one has them, too. */
export function keepBreakpoints({ loaded }: World, before: World): void {
  const { scenario, spec, machine } = before.loaded;
  const same = loaded.scenario.guest === scenario.guest && sameProgram(loaded.spec, spec);
  if (same) loaded.machine.breakpoints = machine.breakpoints;
}
