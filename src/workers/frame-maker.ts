// Makes the frames that the page pulls: status, and the sections whose revision the page does not hold.
import type { Machine } from '../sim/machine/machine.ts';
import { hashText } from '../sim/state/hash.ts';
import type { UserError } from '../sim/state/user-error.ts';
import { type EncodedProgram, writeLink } from './link.ts';
import { HptPicture } from './pictures/hpt.ts';
import { BufferPool, buildSection, type Subject } from './pictures/index.ts';
import { insnTables } from './pictures/insn.ts';
import { type FieldRow, inspectFields } from './pictures/inspect.ts';
import { breakpointHere } from './pictures/program.ts';
import { sentence } from './pictures/sentence.ts';
import type { Frame, Pull, Status } from './protocol.ts';
import type { Runner } from './runner.ts';
import type { Section, SectionName } from './sections.ts';
import type { World } from './world.ts';

/** What a frame says beside the machine. */
export interface Around {
  readonly runner: Runner;
  /** The user's inputs and program as the link has them. */
  readonly link: EncodedProgram & { readonly ev: string };
  readonly error: UserError | null;
}

export class FrameMaker {
  /** Revision of every section: whoever changes what a picture shows counts it up. */
  version = 0;
  private before: { key: string; fields: readonly FieldRow[] | null } | null = null;
  private look: { key: string; tables: Section<'insn'> } | null = null;
  private hpt = new HptPicture();
  private looksAt = '';
  private world: World | null = null;
  private readonly buffers = new BufferPool();

  make(pull: Pull, world: World, around: Around): Frame {
    this.buffers.give(pull.back);
    if (world !== this.world) {
      // Steps of another machine are other positions.
      this.world = world;
      this.look = null;
      this.hpt = new HptPicture();
      if (this.before) this.before = { key: '', fields: null };
    }
    const looksAt = `${pull.focus} ${pull.insn}`;
    if (looksAt !== this.looksAt) {
      this.looksAt = looksAt;
      this.version++;
    }
    const before =
      pull.want.inspect === undefined ? null : this.fieldsBefore(world, pull.focus, around);
    const insn = (): Section<'insn'> => this.lookAt(world, pull, isStill(around));
    const hpt = (): Section<'hpt'> => this.hpt.tables(world, pull.hpt, isStill(around));
    const sections: Record<string, { rev: number; tables: Record<string, ArrayBuffer> }> = {};
    let { error } = around;
    for (const [key, seen] of Object.entries(pull.want)) {
      if (seen === this.version) continue;
      try {
        const subject: Subject = { ...world, before, insn, hpt };
        const tables = buildSection(key as SectionName, subject, pull, this.buffers);
        sections[key] = { rev: this.version, tables };
      } catch (reason) {
        error = {
          code: 'PICTURE_BUG',
          message: `The ${key} picture cannot be drawn at step ${world.history.step}: ${String(reason)}`,
          hint: 'The run is not affected. Please report the link of this position.',
        };
      }
    }
    return { status: statusOf(world, { ...around, error }), sections };
  }

  /**
   * Fields of the focus one step before this position; found by going back and forth once per position. The first
   * picture does without: it should come soon, and nobody has done a step yet.
   */
  private fieldsBefore(
    { history }: World,
    focus: string,
    around: Around,
  ): readonly FieldRow[] | null {
    const { step, current, machine } = history;
    if (!isStill(around) || step === 0) return null;
    const key = `${positionOf(history)} ${focus}`;
    if (this.before === null) this.before = { key, fields: null };
    if (this.before.key !== key) {
      history.goto(current.id, step - 1);
      const fields = inspectFields(machine as Machine, focus);
      history.goto(current.id, step);
      this.before = { key, fields };
    }
    return this.before.fields;
  }

  /** The instruction looked at; at rest what it will have done is found out once per position. */
  private lookAt(world: World, pull: Pull, still: boolean): Section<'insn'> {
    const key = `${positionOf(world.history)} ${this.looksAt}`;
    if (!still || this.look?.key !== key) {
      this.look = { key: still ? key : '', tables: insnTables(world, pull, still) };
    }
    return this.look.tables;
  }
}

const positionOf = ({ current, step, machine }: World['history']): string =>
  `${current.id}@${step}#${machine.m.inputs_done}`;

/** Nothing runs and no long operation is under way. */
function isStill({ runner }: Around): boolean {
  return !runner.running && runner.busy.text === '';
}

function statusOf(world: World, around: Around): Status {
  const { loaded, history } = world;
  const { current, step, machine } = history;
  const { m, hw } = machine;
  const { running, speed, rate, busy } = around.runner;
  const link = (): string =>
    writeLink(loaded.spec, step, hashText(machine.hash()), around.link, machine.breakpoints);
  return {
    branch: current.id,
    branchName: current.name,
    step,
    end: current.end,
    cycle: m.cycle,
    tb: m.last_thread < 0 ? 0 : hw.tb(m.last_thread),
    running,
    speed,
    rate,
    ended: machine.endReason(),
    busy: busy.text,
    progress: busy.done,
    sentence: sentence(machine as Machine),
    violations: m.violations.length,
    link: isStill(around) ? link() : '',
    linkLacks: around.link.lacks,
    breakpoint: running ? null : breakpointHere(world),
    error: around.error,
  };
}
