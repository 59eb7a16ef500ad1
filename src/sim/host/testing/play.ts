// Runs one host routine by hand, without a schedule: a test stops it before any step, lets something else happen, and
// goes on. Interrupts do not come by themselves.
import type { HwThreadId } from '../../state/ids.ts';
import type { HostCtx } from '../context.ts';
import type { Frame, Locals, Routine } from '../routine.ts';

/** Steps that a routine may take before the test gives up on it. */
const MOST_STEPS = 1000;

/** A routine on its way on one hardware thread. */
export class Play<C extends HostCtx> {
  /** 'routine/label' of the steps that have run. */
  readonly trace: string[] = [];
  /** What it waits for, while it spins. */
  spinning = '';
  /** Value that the outermost routine returned. */
  value: number | null = null;
  private readonly k: C;
  private readonly tid: HwThreadId;
  private readonly routines: readonly Routine<C>[];
  private readonly stack: Frame[] = [];

  constructor(k: C, tid: HwThreadId, routines: readonly Routine<C>[], name: string, locals = {}) {
    this.k = k;
    this.tid = tid;
    this.routines = routines;
    this.call(name, locals);
  }

  /** 'routine/label' of the step that comes next, '' at the end. */
  get next(): string {
    const frame = this.stack.at(-1);
    return frame ? `${frame.routine}/${frame.label}` : '';
  }

  /** Runs until `place` comes next. */
  until(place: string): this {
    for (let n = 0; this.next !== place; n++) {
      if (this.next === '' || n > MOST_STEPS) throw new Error(`Play: ${place} never came`);
      this.step();
    }
    return this;
  }

  /** Runs to the end; returns the routine's value. */
  finish(): number {
    this.until('');
    return this.value ?? 0;
  }

  /** Runs one step. */
  step(): void {
    const frame = this.stack.at(-1);
    if (!frame) throw new Error('Play: the routine has returned');
    const { steps } = this.routine(frame.routine);
    const at = steps.findIndex(({ label }) => label === frame.label);
    const step = steps[at];
    if (!step) throw new Error(`Play: no step ${this.next}`);
    this.trace.push(this.next);
    this.k.tid = this.tid;
    this.spinning = '';
    const outcome = step.run(this.k, frame.locals);
    const following = steps[at + 1]?.label ?? '';
    switch (outcome?.to) {
      case 'label':
        frame.label = outcome.label;
        break;
      case 'spin':
        this.spinning = outcome.text;
        break;
      case 'call':
        frame.label = following;
        this.call(outcome.routine, outcome.locals);
        break;
      case 'return':
        this.leave(outcome.value);
        break;
      case 'tail':
        this.stack.pop();
        this.call(outcome.routine, outcome.locals);
        break;
      default: // the next step, also behind the guest and behind `stop`
        frame.label = following;
    }
  }

  private routine(name: string): Routine<C> {
    const found = this.routines.find((routine) => routine.name === name);
    if (!found) throw new Error(`Play: no routine ${name}`);
    return found;
  }

  private call(name: string, locals: Locals): void {
    const label = this.routine(name).steps[0]?.label ?? '';
    this.stack.push({ routine: name, label, locals: { ...locals } });
  }

  private leave(value: number): void {
    this.stack.pop();
    const caller = this.stack.at(-1);
    if (caller) caller.locals.ret = value;
    else this.value = value;
  }
}
