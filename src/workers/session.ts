// One page's session: the machine with its history, the run loop in slices, undo, and the frames the page pulls.
import type { AsmError } from '../sim/isa/assemble.ts';
import { switched } from '../sim/kvm/patch-sets.ts';
import { type Grain, type History, INTERVAL } from '../sim/machine/history.ts';
import type { Action, Input } from '../sim/machine/inputs.ts';
import { actionText } from '../sim/machine/inputs.ts';
import type { Machine } from '../sim/machine/machine.ts';
import type { Monitor } from '../sim/scenario/anatomy-monitor.ts';
import { mistakesOf, type OtherProgram } from '../sim/scenario/guest-program.ts';
import { hashText } from '../sim/state/hash.ts';
import { fail, type Result, succeed, type UserError } from '../sim/state/user-error.ts';
import { breakpointMistake, switchBreakpoint } from './breakpoints.ts';
import { FrameMaker } from './frame-maker.ts';
import { DEFAULT_SPEC, driftOf, encodeInputs, encodeProgram, readLink } from './link.ts';
import { catalogueOf } from './pictures/index.ts';
import type { Catalogue, Frame, ImageFile, PageSpec, Pull, Undone } from './protocol.ts';
import { type Pace, Runner } from './runner.ts';
import { Shelf } from './shelf.ts';
import {
  forScenario,
  keepBreakpoints,
  makeWorld,
  presetCycles,
  presetLink,
  sameSpec,
  type World,
} from './world.ts';

/** Steps between two looks at a condition. */
const BURST = 512;
const MOST_UNDO = 32;
/** Characters kept of a file's name. */
const MOST_NAME = 80;
const JUMP = 'jump';

/** What undo and redo go between. */
interface Mark {
  readonly world: World;
  readonly branch: number;
  readonly step: number;
  /** Inputs of the branch, so that an input applied at its end can be taken back. */
  readonly inputs: readonly Input[];
  readonly text: string;
}

export class Session {
  private readonly runner: Runner;
  private readonly shelf: Shelf;
  private world: World;
  private undoMarks: Mark[] = [];
  private redoMarks: Mark[] = [];
  /** A link has been opened: there is work to keep. */
  private opened = false;
  /** Where the last jump ended: the next one from there is part of the same move of the scrubber. */
  private jumpedTo = -1;
  private error: UserError | null = null;
  private link = { ev: '', prog: '', lacks: '' };
  private readonly frames = new FrameMaker();

  constructor(pace: Pace, shelf = new Shelf()) {
    this.shelf = shelf;
    this.runner = new Runner(pace, {
      advance: (count) => this.history.advance(count, () => this.machine.atBreakpoint()),
      stopsHere: () => this.machine.atBreakpoint(),
      changed: () => this.changed(),
      crashed: (error) => this.broken(error),
    });
    const world = makeWorld(shelf.library, DEFAULT_SPEC);
    if (!world.ok) throw new Error(`Session: ${world.error.message}`);
    this.world = world.value;
  }

  private get history(): History<Monitor> {
    return this.world.history;
  }
  private get machine(): Machine<Monitor> {
    return this.history.machine;
  }

  private catalogue(): Catalogue {
    return catalogueOf(this.world, this.shelf.library);
  }

  // --- commands

  /** Every scenario of the list. */
  async scenarios(): Promise<Result<Catalogue['scenarios']>> {
    const all = await this.shelf.fill();
    return all.ok ? succeed(this.catalogue().scenarios) : all;
  }

  async open(fragment: string): Promise<Result<Catalogue>> {
    const link = await readLink(fragment);
    if (!link.ok) return link;
    const here = await this.shelf.need(link.value.spec.scenario);
    if (!here.ok) return here;
    // The first link finds a machine that nobody has used yet.
    const fresh = !this.opened && sameSpec(link.value.spec, this.world.loaded.spec);
    const world = fresh ? succeed(this.world) : makeWorld(this.shelf.library, link.value.spec);
    if (!world.ok) return world;
    const { breakpoints } = link.value;
    const mistake = breakpointMistake(world.value, breakpoints);
    if (mistake) return { ok: false, error: mistake };
    presetLink(world.value, link.value);
    this.enter(world.value, 'open a link');
    if (link.value.step === null) await this.toOpening();
    else await this.travel(0, link.value.step, 'going to the step of the link');
    const drift = driftOf(link.value, this.history.step, this.hash());
    if (drift && this.opened) {
      // Work is under way: it stays, and the link is refused.
      await this.turnBack(this.undoMarks, [], 'back');
      return { ok: false, error: drift };
    }
    if (!this.opened) this.undoMarks = []; // nothing was there before the first link
    this.opened = true;
    this.machine.breakpoints = new Set(breakpoints); // the way here does not stop at them
    await this.linkChanged();
    this.error = drift;
    return succeed(this.catalogue());
  }

  /** Runs to where the scenario has something to show. */
  private async toOpening(): Promise<void> {
    const { scenario, machine, symbols } = this.world.loaded;
    const opened = (): boolean => scenario.opens(machine, symbols);
    await this.runner.inSlices(
      'starting the guest',
      () => !opened() && this.history.advance(1) > 0,
      () => (opened() ? 1 : 0),
    );
  }

  async load(page: PageSpec): Promise<Result<Catalogue>> {
    const here = await this.shelf.need(page.scenario);
    if (!here.ok) return here;
    const { scenario, image } = this.world.loaded.spec;
    const same = page.scenario === scenario;
    const spec = same ? page : forScenario(this.shelf.library, page);
    const world = makeWorld(this.shelf.library, same && image ? { ...spec, image } : spec);
    if (!world.ok) return world;
    keepBreakpoints(world.value, this.world);
    this.enter(world.value, 'change of scenario');
    await this.linkChanged();
    return succeed(this.catalogue());
  }

  /** The scenario's own text is no other program: its links stay short. */
  setProgram(source: string | null, stops: readonly number[]): Promise<Result<Catalogue>> {
    const own = source === null || source === this.world.loaded.scenario.guest;
    return this.restartWith(own ? {} : { program: source }, 'another program', stops);
  }

  async setImage(file: ImageFile): Promise<Result<Catalogue>> {
    const all = await this.shelf.fill(); // what reads images, too
    if (!all.ok) return all;
    const name = file.name.replace(/\p{Cs}/gu, '?').slice(0, MOST_NAME);
    return this.restartWith({ image: { ...file, name } }, `the file ${name}`, []);
  }

  /** The same machine from its start with another program; user and script inputs keep their model cycles. */
  private async restartWith(
    other: OtherProgram,
    text: string,
    stops: readonly number[],
  ): Promise<Result<Catalogue>> {
    const { program: _p, image: _i, ...spec } = this.world.loaded.spec;
    const world = makeWorld(this.shelf.library, { ...spec, ...other });
    if (!world.ok) return world;
    presetCycles(world.value, this.history.current.inputs);
    const { lines } = world.value;
    world.value.loaded.machine.breakpoints = new Set(
      stops.map((line) => lines.addressOf(line)).filter((address) => address !== undefined),
    );
    this.enter(world.value, text);
    await this.linkChanged();
    return succeed(this.catalogue());
  }

  check(source: string): readonly AsmError[] {
    return mistakesOf(source);
  }

  setBreakpoint(address: bigint, on: boolean): Result<null> {
    const set = switchBreakpoint(this.world, address, on);
    this.changed();
    return set;
  }

  /** The same inputs by their anchors, run to the same model cycle. */
  async setPatch(id: string, on: boolean): Promise<Result<Catalogue>> {
    const { spec } = this.world.loaded;
    const world = makeWorld(this.shelf.library, { ...spec, off: switched(spec.off, id, on) });
    if (!world.ok) return world;
    const { cycle } = this.machine.m;
    presetCycles(world.value, this.history.current.inputs);
    keepBreakpoints(world.value, this.world);
    this.enter(world.value, `patch ${id} ${on ? 'on' : 'off'}`);
    await this.runner.inSlices(
      'running to the same model cycle',
      () =>
        this.machine.m.cycle < cycle && this.history.advance(BURST, (m) => m.cycle >= cycle) > 0,
      () => this.machine.m.cycle / Math.max(1, cycle),
    );
    this.machine.applyDue(); // also when nothing had to be run
    await this.linkChanged();
    return succeed(this.catalogue());
  }

  /** The scenario from its start, as if just loaded. */
  reset(): Promise<Result<Catalogue>> {
    const { image: _, ...spec } = this.world.loaded.spec;
    return this.load(spec);
  }

  private enter(world: World, text: string): void {
    this.stopEverything();
    this.mark(text);
    this.world = world;
    this.changed();
  }

  run(stepsPerSecond: number): void {
    if (!this.runner.running) this.stopEverything();
    this.runner.run(stepsPerSecond);
  }

  pause(): void {
    this.stopEverything();
    this.changed();
  }

  async step(grain: Grain, direction: 1 | -1, count: number): Promise<Result<null>> {
    this.stopEverything();
    const times = Math.max(1, Math.min(10_000, Math.floor(count)));
    let left = times;
    const moved = (): boolean =>
      direction > 0 ? this.history.forward(grain, 1) : this.history.back(grain, 1);
    await this.runner.inSlices(
      'stepping',
      () => left-- > 0 && moved(),
      () => 1 - left / times,
    );
    this.changed();
    return succeed(null);
  }

  async goto(step: number): Promise<Result<null>> {
    if (!Number.isSafeInteger(step) || step < 0)
      return fail('BAD_STEP', `'${step}' is not a step number.`);
    this.stopEverything();
    if (this.history.step !== this.jumpedTo) this.mark(JUMP);
    const missing = await this.travel(
      this.history.current.id,
      step,
      `going to step ${step.toLocaleString('en')}`,
    );
    this.jumpedTo = this.history.step;
    if (missing > 0 && this.machine.endReason() !== '') {
      return fail(
        'BEYOND_END',
        `The run ends at step ${this.history.step} (${this.machine.endReason()}).`,
      );
    }
    return succeed(null);
  }

  async inject(action: Action): Promise<Result<string>> {
    this.stopEverything();
    const mark = this.makeMark(actionText(action));
    const result = this.history.inject(action);
    if (!result.ok) return result;
    this.pushUndo(mark);
    await this.linkChanged();
    const { text, forked } = result.value;
    return succeed(forked ? `${text}. A new branch begins here.` : text);
  }

  async selectBranch(id: number): Promise<Result<null>> {
    const branch = this.history.branches[id];
    if (!branch) return fail('NO_BRANCH', `There is no branch ${id}.`);
    this.stopEverything();
    this.mark(`change of branch`);
    await this.travel(id, branch.end, `going to branch ${branch.name}`);
    await this.linkChanged();
    return succeed(null);
  }

  renameBranch(id: number, name: string): Result<null> {
    const branch = this.history.branches[id];
    const text = name.trim().slice(0, 60);
    if (!branch) return fail('NO_BRANCH', `There is no branch ${id}.`);
    if (text === '') return fail('EMPTY_NAME', 'A branch needs a name.');
    branch.name = text;
    this.changed();
    return succeed(null);
  }

  undo(): Promise<Result<Undone>> {
    return this.turnBack(this.undoMarks, this.redoMarks, 'undo');
  }
  redo(): Promise<Result<Undone>> {
    return this.turnBack(this.redoMarks, this.undoMarks, 'redo');
  }

  private async turnBack(from: Mark[], to: Mark[], word: string): Promise<Result<Undone>> {
    const mark = from.pop();
    if (!mark) return fail('NOTHING', `There is nothing to ${word}.`);
    this.stopEverything();
    to.push(this.makeMark(mark.text));
    this.world = mark.world;
    const branch = this.history.branches[mark.branch];
    if (branch && branch.inputs !== mark.inputs)
      this.history.retract(mark.branch, mark.inputs, mark.step);
    await this.travel(mark.branch, mark.step, `${word}: ${mark.text}`);
    await this.linkChanged();
    return succeed({ text: `${word}: ${mark.text}`, catalogue: this.catalogue() });
  }

  private makeMark(text: string): Mark {
    const { id, inputs } = this.history.current;
    return { world: this.world, branch: id, step: this.history.step, inputs, text };
  }
  private mark(text: string): void {
    this.pushUndo(this.makeMark(text));
  }
  private pushUndo(mark: Mark): void {
    this.undoMarks = [...this.undoMarks.slice(1 - MOST_UNDO), mark];
    this.redoMarks = [];
    this.jumpedTo = -1;
  }

  hash(): string {
    return hashText(this.machine.hash());
  }

  // --- running

  private stopEverything(): void {
    this.runner.stop();
    this.error = null;
  }

  /** Goes to a step in slices; returns the steps that could not be reached. */
  private async travel(branch: number, step: number, text: string): Promise<number> {
    const way = this.history.approach(branch, step, INTERVAL / 8);
    const total = Math.abs(step - this.history.step) || 1;
    let left = total;
    await this.runner.inSlices(
      text,
      () => {
        const next = way.next();
        if (!next.done) left = next.value;
        return !next.done;
      },
      () => 1 - left / Math.max(total, left),
    );
    this.changed();
    return step - this.history.step;
  }

  private changed(): void {
    this.frames.version++;
  }

  /** Our own bug stopped the machine within a step: say so, and put the machine back before that step. */
  private broken(error: unknown): void {
    const { history } = this;
    const { step } = history;
    history.recover();
    this.error = {
      code: 'SIM_BUG',
      message: `A bug of the model at step ${step}: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'The machine stands before that step. Please report the link of this position.',
    };
    this.changed();
  }

  private async linkChanged(): Promise<void> {
    const inputs = this.history.current.inputs.flatMap((input, index) =>
      input.user ? [{ index, input }] : [],
    );
    const ev = await encodeInputs(inputs);
    this.link = { ev, ...(await encodeProgram(this.world.loaded.spec)) };
    this.changed();
  }

  /** Answers a pull: status, and the sections whose revision the page does not hold. */
  frame(pull: Pull): Frame {
    return this.frames.make(pull, this.world, {
      runner: this.runner,
      link: this.link,
      error: this.error,
    });
  }
}
