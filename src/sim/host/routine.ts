// Host code as a storyboard (architecture section 2): a routine is a list of titled steps named after the kernel
// function it models; a frame on a task's stack says where it stands. Everything in a frame is plain data.
import type { Plain } from '../state/schema.ts';

/** Where a step runs: user space, kernel with translation on, or hypervisor real mode. */
export type Mode = 'user' | 'virtual' | 'real';

/** What a step decided. A step that returns nothing goes on with the next one. */
export type StepOutcome =
  | { readonly to: 'label'; readonly label: string }
  | { readonly to: 'call'; readonly routine: string; readonly locals: Locals }
  | { readonly to: 'return'; readonly value: number }
  /** Stays on this step, which runs again after its cost; `text` says what it waits for. */
  | { readonly to: 'spin'; readonly text: string }
  /** hrfid into the guest; the frame goes on with the next step when the hypervisor gets the thread back. */
  | { readonly to: 'guest' }
  /** `stop`: the thread halts until an exception; then the next step runs. */
  | { readonly to: 'stop' }
  /** `nap`: the thread halts; what LPCR lets wake it is a system reset, whose handler knows nothing of this frame. */
  | { readonly to: 'nap' }
  /**
   * Goes on in another routine that returns to the caller of this one, or, with a depth other than -1, on a stack of
   * which only so many frames stay.
   */
  | {
      readonly to: 'tail';
      readonly routine: string;
      readonly locals: Locals;
      readonly depth: number;
    }
  /** r1 := a saved stack pointer: only `depth` frames stay, and the topmost goes on as if `value` were returned. */
  | { readonly to: 'unwind'; readonly depth: number; readonly value: number };

/** Local variables of a frame. `ret` receives the value of the routine it called last. */
export interface Locals {
  [name: string]: Plain;
}

/** A frame: routine and step by name, so that it means the same in a saved machine. */
export interface Frame {
  routine: string;
  label: string;
  locals: Locals;
}

export interface Step<C> {
  readonly label: string;
  /** What it does, in the kernel's words; shown to the user. */
  readonly title: string;
  /** Illustrative model cycles. */
  readonly cost: number;
  /** The mode in which it begins: what MSR says then (tested). */
  readonly mode: Mode;
  readonly run: (k: C, l: Locals) => StepOutcome | undefined;
}

export interface Routine<C> {
  readonly name: string;
  /** The file it models. */
  readonly source: string;
  readonly mode: Mode;
  /** One sentence for the reader. */
  readonly about: string;
  readonly steps: readonly Step<C>[];
}

// --- outcomes

export const goto = (label: string): StepOutcome => ({ to: 'label', label });
export const call = (routine: string, locals: Locals = {}): StepOutcome => ({
  to: 'call',
  routine,
  locals,
});
export const ret = (value = 0): StepOutcome => ({ to: 'return', value });
export const spin = (text: string): StepOutcome => ({ to: 'spin', text });
export const ENTER_GUEST: StepOutcome = { to: 'guest' };
export const STOP: StepOutcome = { to: 'stop' };
export const NAP: StepOutcome = { to: 'nap' };
export const tail = (routine: string, locals: Locals = {}, depth = -1): StepOutcome => ({
  to: 'tail',
  routine,
  locals,
  depth,
});
export const unwind = (depth: number, value = 0): StepOutcome => ({ to: 'unwind', depth, value });

// --- making routines

/** A step as written: `[label, title, run, cost?, mode?]`; `run` sees the routine's own type of locals. */
export type StepDef<C, L> = readonly [
  label: string,
  title: string,
  run: (k: C, l: L) => StepOutcome | undefined | void,
  cost?: number,
  mode?: Mode,
];

const DEFAULT_COST = 12;

/** One step, also for use in patches. */
export function step<C, L>(def: StepDef<C, L>, mode: Mode): Step<C> {
  const [label, title, run, cost = DEFAULT_COST, own = mode] = def;
  return { label, title, cost, mode: own, run: run as unknown as Step<C>['run'] };
}

/** Declares a routine, of steps as written or taken from others. Labels are unique within it (tested). */
export function routine<C, L>(
  name: string,
  where: { readonly source: string; readonly mode: Mode; readonly about: string },
  steps: readonly (StepDef<C, L> | Step<C>)[],
): Routine<C> {
  return {
    name,
    ...where,
    steps: steps.map((def) => ('label' in def ? def : step(def, where.mode))),
  };
}

/** Steps of a routine, from one label to another, for a text that has them in another place; a missing one is our mistake. */
export function stepsOf<C>(
  { name, steps }: Routine<C>,
  first: string,
  last = first,
): readonly Step<C>[] {
  const at = (label: string): number => {
    const found = steps.findIndex((each) => each.label === label);
    if (found < 0) throw new Error(`stepsOf: ${name} has no step '${label}'`);
    return found;
  };
  return steps.slice(at(first), at(last) + 1);
}

/** In the changes of `variant`: the step of the base text, among those that replace it. */
export const BASE = 0;
type Replacement<C, L> = StepDef<C, L> | readonly (StepDef<C, L> | typeof BASE)[];

/**
 * The text of a routine on another CPU: steps replaced by label, by one or by several; `null` takes one out. A label
 * that the base does not have is our mistake.
 */
export function variant<C, L>(
  base: Routine<C>,
  changes: Readonly<Record<string, Replacement<C, L> | null>>,
  where: Partial<Pick<Routine<C>, 'name' | 'source' | 'about'>> = {},
): Routine<C> {
  for (const label of Object.keys(changes)) {
    if (!base.steps.some((s) => s.label === label)) {
      throw new Error(`variant: ${base.name} has no step '${label}'`);
    }
  }
  const steps = base.steps.flatMap((s) => {
    const change = changes[s.label];
    if (change === undefined) return [s];
    if (change === null) return [];
    const several = isStep(change) ? [change] : change;
    return several.map((def) => (def === BASE ? s : step(def, base.mode)));
  });
  return { ...base, ...where, steps };
}

const isStep = <C, L>(change: Replacement<C, L>): change is StepDef<C, L> =>
  typeof change[0] === 'string';
