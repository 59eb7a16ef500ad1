// Makes the frames that the page pulls: status, and the sections whose revision the page does not hold.
import type { Machine } from '../sim/machine/machine.ts';
import { hashText } from '../sim/state/hash.ts';
import type { UserError } from '../sim/state/user-error.ts';
import { writeLink } from './link.ts';
import { BufferPool, buildSection, type Subject } from './pictures/index.ts';
import { type FieldRow, inspectFields } from './pictures/inspect.ts';
import { sentence } from './pictures/sentence.ts';
import type { Frame, Pull, Status } from './protocol.ts';
import type { Runner } from './runner.ts';
import type { SectionName } from './sections.ts';

/** The machine that the page looks at, with its history. */
export type World = Omit<Subject, 'before'>;

/** What a frame says beside the machine. */
export interface Around {
  readonly runner: Runner;
  /** The user's inputs as the link has them. */
  readonly ev: string;
  readonly error: UserError | null;
}

export class FrameMaker {
  /** Revision of every section: whoever changes what a picture shows counts it up. */
  version = 0;
  private before: { key: string; fields: readonly FieldRow[] | null } | null = null;
  private focus = '';
  private readonly buffers = new BufferPool();

  make(pull: Pull, world: World, around: Around): Frame {
    this.buffers.give(pull.back);
    if (pull.focus !== this.focus) {
      this.focus = pull.focus;
      this.version++;
    }
    const before = pull.want.inspect === undefined ? null : this.fieldsBefore(world, around);
    const sections: Record<string, { rev: number; tables: Record<string, ArrayBuffer> }> = {};
    let { error } = around;
    for (const [key, seen] of Object.entries(pull.want)) {
      if (seen === this.version) continue;
      try {
        const subject: Subject = { ...world, before };
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
  private fieldsBefore({ history }: World, around: Around): readonly FieldRow[] | null {
    const { step, current, machine } = history;
    if (!isStill(around) || step === 0) return null;
    const key = `${current.id}@${step}#${machine.m.inputs_done} ${this.focus}`;
    if (this.before === null) this.before = { key, fields: null };
    if (this.before.key !== key) {
      history.goto(current.id, step - 1);
      const fields = inspectFields(machine as Machine, this.focus);
      history.goto(current.id, step);
      this.before = { key, fields };
    }
    return this.before.fields;
  }
}

/** Nothing runs and no long operation is under way. */
function isStill({ runner }: Around): boolean {
  return !runner.running && runner.busy.text === '';
}

function statusOf({ loaded, history }: World, around: Around): Status {
  const { current, step, machine } = history;
  const { m, hw } = machine;
  const { running, speed, rate, busy } = around.runner;
  const link = (): string => writeLink(loaded.spec, step, hashText(machine.hash()), around.ev);
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
    error: around.error,
  };
}
