// Executes host code: one step of the routine on top of the current task's stack, and what its outcome asks for.
import { MSR } from '../hardware/bits.ts';
import { wakers } from '../hardware/power-saving.ts';
import { HOST_HANDLERS } from '../host/irq.ts';
import { type Cpu, HALTED, type Task } from '../host/records.ts';
import type { Frame, Locals } from '../host/routine.ts';
import type { VmmCtx } from '../vmm/records.ts';
import type { LiveRoutine, LiveStep, Program } from './program.ts';
import type { MachineRecord } from './records.ts';

const HANDLERS = new Set(Object.values(HOST_HANDLERS));

/** What the storyboard needs of its machine; `k.tid` is the thread on which the step runs. */
export interface Stage {
  readonly k: VmmCtx;
  readonly m: MachineRecord;
}

export class Storyboard {
  /** Called with routine and label of each step that runs; for coverage tests. */
  onStep: ((routine: string, label: string) => void) | null = null;
  private readonly program: Program;
  private readonly stage: Stage;

  constructor(program: Program, stage: Stage) {
    this.program = program;
    this.stage = stage;
  }

  /** Runs the step on which the cpu's current task stands; returns its cost in model cycles. */
  run(cpu: Cpu): number {
    const task = this.task(cpu);
    const frame = task.stack.at(-1);
    if (!frame) throw new Error(`Storyboard: task ${task.comm} has no frame`);
    const live = this.routine(frame.routine);
    const step = live.steps.get(frame.label);
    if (!step) throw new Error(`Storyboard: no step ${frame.routine}/${frame.label}`);
    cpu.waiting = '';
    this.onStep?.(frame.routine, frame.label);
    const outcome = step.run(this.stage.k, frame.locals);
    if (!outcome) this.goTo(frame, live, step.next);
    else this.follow(outcome, cpu, task, frame, live, step);
    return step.cost;
  }

  /**
   * An interrupt taken by the host: its handler's frame goes on top; `msr` is what it returns to. MODEL: the prologue of
   * a vector in real mode (LPCR[AIL]=0, no AIL before POWER8), up to its rfid to a C handler, is no step.
   */
  interrupt(cpu: Cpu, handler: string, msr: bigint): void {
    this.push(this.task(cpu), handler, { msr });
    if (this.routine(handler).base.mode !== 'virtual') return;
    const { hw, tid } = this.stage.k;
    hw.setMsr(tid, hw.msr(tid) | MSR.IR | MSR.DR);
  }

  private task(cpu: Cpu): Task {
    const task = this.stage.k.host.tasks[cpu.curr];
    if (!task) throw new Error(`Storyboard: no task ${cpu.curr}`);
    return task;
  }

  private routine(name: string): LiveRoutine {
    const live = this.program.get(name);
    if (!live) throw new Error(`Storyboard: no routine ${name}`);
    return live;
  }

  private push(task: Task, routine: string, locals: Locals): void {
    const live = this.routine(routine);
    task.stack.push({ routine, label: live.first, locals: { ...locals } });
  }

  private follow(
    outcome: NonNullable<ReturnType<LiveStep['run']>>,
    cpu: Cpu,
    task: Task,
    frame: Frame,
    live: LiveRoutine,
    step: LiveStep,
  ): void {
    const { k } = this.stage;
    switch (outcome.to) {
      case 'label':
        this.goTo(frame, live, outcome.label);
        break;
      case 'spin':
        cpu.waiting = outcome.text;
        break;
      case 'call':
        this.goTo(frame, live, step.next);
        this.push(task, outcome.routine, outcome.locals);
        this.crossMode(live, this.routine(outcome.routine));
        break;
      case 'return':
        this.leave(task, live, outcome.value);
        break;
      case 'guest':
        this.goTo(frame, live, step.next);
        this.markOp();
        break;
      case 'stop':
        this.goTo(frame, live, step.next);
        cpu.stopped = k.hw.wakes(k.tid) ? 0 : HALTED.STOP;
        cpu.waiting = cpu.stopped ? 'stop: waiting for an IPI or a timer' : '';
        break;
      case 'nap':
        // What wakes it may be here already; a wake-up is a system reset even then.
        k.hw.nap(k.tid);
        cpu.stopped = HALTED.NAP;
        cpu.waiting = `nap: ${wakers(k.hw, k.tid)} wakes it`;
        break;
      case 'tail':
        task.stack.length = outcome.depth < 0 ? task.stack.length - 1 : outcome.depth;
        this.push(task, outcome.routine, outcome.locals);
        this.crossMode(live, this.routine(outcome.routine));
        break;
      case 'unwind':
        if (outcome.depth < 1 || outcome.depth >= task.stack.length)
          throw new Error(`Storyboard: ${frame.routine} unwinds to ${outcome.depth} frames`);
        task.stack.length = outcome.depth + 1;
        this.leave(task, live, outcome.value);
        break;
    }
  }

  private goTo(frame: Frame, live: LiveRoutine, label: string): void {
    if (!live.steps.has(label)) {
      throw new Error(`Storyboard: ${live.base.name} has no step '${label}'`);
    }
    frame.label = label;
  }

  private leave(task: Task, live: LiveRoutine, value: number): void {
    task.stack.pop();
    const caller = task.stack.at(-1);
    if (!caller) throw new Error(`Storyboard: ${live.base.name} returned from the bottom`);
    // An interrupt frame returns to whatever it interrupted, which did not ask for a value.
    if (!HANDLERS.has(live.base.name)) caller.locals.ret = value;
    this.crossMode(live, this.routine(caller.routine));
  }

  /** A routine begins or ends; a system call or its return moves MSR[PR] with the mode of the routine. */
  private crossMode(from: LiveRoutine, to: LiveRoutine): void {
    this.markOp();
    const { hw, tid } = this.stage.k;
    const toUser = to.base.mode === 'user';
    if ((from.base.mode === 'user') === toUser) return;
    const msr = hw.msr(tid);
    hw.setMsr(tid, toUser ? msr | MSR.PR : msr & ~MSR.PR);
  }

  private markOp(): void {
    this.stage.m.mark_op = this.stage.m.step + 1;
  }
}
