// Run, step, speed, position and history; the bottom of every layout.
import { GRAINS, type Grain, type Status } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';
import { Scrubber } from './Scrubber.tsx';
import { StepButtons } from './StepButtons.tsx';
import { longCount, SPEEDS, shortCount, speedAt, speedPosition, speedText } from './speed.ts';
import './transport.css';

export interface TransportProps {
  readonly status: Status;
  readonly history: Section<'history'>;
  readonly speed: number;
  /** What the scenario shows, said until the machine is first touched; '' afterwards. */
  readonly about: string;
  /** An embed: the main steps and the position only. */
  readonly compact: boolean;
  readonly onRun: () => void;
  readonly onStep: (grain: Grain, direction: 1 | -1) => void;
  readonly onGoto: (step: number) => void;
  readonly onSpeed: (stepsPerSecond: number) => void;
  readonly onAskGoto: () => void;
  readonly onBranches: () => void;
  readonly onUndo: () => void;
  readonly onRedo: () => void;
}

/** Grains of an embed. */
const COMPACT_GRAINS: readonly Grain[] = ['instr', 'event'];

/** Why the machine cannot go on, in words; another reason is shown as it is. */
const ENDED: Readonly<Record<string, string>> = {
  'powered off': 'Ended: the guest has powered off.',
  quiescent: 'Ended, quiescent: nothing is left that could ever happen.',
  'step limit': 'Ended at the step limit of the scenario.',
};

export function TransportView(props: TransportProps) {
  const { status, history, compact } = props;
  return (
    <section className={compact ? 'transport is-compact' : 'transport'} aria-label="Transport">
      <Scrubber
        {...history}
        step={status.step}
        end={status.end}
        branch={status.branch}
        branchName={status.branchName}
        onGoto={props.onGoto}
        onStep={props.onStep}
      />
      <div className="transport-row">
        <StepButtons
          grains={compact ? COMPACT_GRAINS : GRAINS}
          running={status.running}
          atStart={status.step === 0}
          onStep={props.onStep}
          onRun={props.onRun}
          onStart={() => props.onGoto(0)}
          onEnd={() => props.onGoto(status.end)}
        />
        <Speed speed={props.speed} onSpeed={props.onSpeed} />
        {compact && <GotoButton {...props} />}
      </div>
      {!compact && (
        <div className="transport-row is-state">
          <Position {...props} />
          <p className="happened">
            <Happened status={status} about={props.about} />
          </p>
        </div>
      )}
    </section>
  );
}

function Speed(props: { readonly speed: number; readonly onSpeed: (speed: number) => void }) {
  return (
    <label className="speed">
      <span className="label">speed</span>
      <input
        type="range"
        min={0}
        max={SPEEDS.length - 1}
        step={1}
        value={speedPosition(props.speed)}
        aria-valuetext={
          props.speed === 0 ? 'as fast as it goes' : `${longCount(props.speed)} steps per second`
        }
        onChange={(event) => props.onSpeed(speedAt(Number(event.target.value)))}
      />
      <output className="value">{speedText(props.speed)}</output>
    </label>
  );
}

function Position(props: TransportProps) {
  const { status } = props;
  return (
    <div className="position">
      <Button says="branches: name them, return to one" hotkey="b" onClick={props.onBranches}>
        <Icon name="branch" />
        <span className="value branch-name">{status.branchName}</span>
      </Button>
      <GotoButton {...props} />
      <Button kind="icon" says="undo" hotkey="Ctrl/Cmd+Z" onClick={props.onUndo}>
        <Icon name="undo" />
      </Button>
      <Button kind="icon" says="redo" hotkey="Ctrl/Cmd+Shift+Z" onClick={props.onRedo}>
        <Icon name="redo" />
      </Button>
      <dl className="times">
        <dt title="illustrative model cycles of the machine">model cycles</dt>
        <dd className="value">{longCount(status.cycle)}</dd>
        <dt title="time base ticks">tb</dt>
        <dd className="value">{longCount(status.tb)}</dd>
      </dl>
    </div>
  );
}

/** The position; a click asks for another. */
function GotoButton({ status, onAskGoto }: Pick<TransportProps, 'status' | 'onAskGoto'>) {
  return (
    <Button says="go to a step" hotkey="g" onClick={onAskGoto}>
      <span className="value">
        @ {longCount(status.step)}
        <span className="dim"> / {longCount(status.end)}</span>
      </span>
    </Button>
  );
}

/** What the last step did, or how the run goes; the long operation that is under way. */
function Happened({ status, about }: Pick<TransportProps, 'status' | 'about'>) {
  if (status.busy !== '') {
    return (
      <>
        <progress max={1} value={status.progress} aria-label={status.busy} />
        <span>{status.busy}</span>
      </>
    );
  }
  if (status.running) {
    return <span>running, {shortCount(status.rate)} steps/s</span>;
  }
  const sentence = about === '' ? status.sentence : about;
  return (
    <span className={about === '' ? 'sentence' : 'sentence is-about'} title={sentence}>
      {status.ended !== '' && (
        <strong className="ended">{ENDED[status.ended] ?? `Ended: ${status.ended}.`}</strong>
      )}
      {status.breakpoint && (
        <strong className="ended">At the breakpoint {status.breakpoint.text}.</strong>
      )}
      {sentence}
    </span>
  );
}
