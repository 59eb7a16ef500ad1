import type { Grain } from '../../workers/protocol.ts';
import { GRAIN_WORDS, STEP_KEYS } from '../keys/keys.ts';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';

export interface StepButtonsProps {
  /** Grains offered, finest first. */
  readonly grains: readonly Grain[];
  readonly running: boolean;
  readonly atStart: boolean;
  readonly onStep: (grain: Grain, direction: 1 | -1) => void;
  readonly onRun: () => void;
  readonly onStart: () => void;
  readonly onEnd: () => void;
}

/** To the start, back by every grain, run or pause, forward by every grain, to the end. */
export function StepButtons(props: StepButtonsProps) {
  const { grains, running, onStep } = props;
  return (
    <fieldset className="steps">
      <legend className="visually-hidden">Step and run</legend>
      <Button kind="icon" says="to the start" hotkey="Home" onClick={props.onStart}>
        <Icon name="start" />
      </Button>
      <span className="steps-back">
        {grains.toReversed().map((grain) => (
          <Button
            key={grain}
            says={`${grain} back: previous ${GRAIN_WORDS[grain].replace(/^(one|next) /, '')}`}
            hotkey={STEP_KEYS[grain].shown[0]}
            disabled={props.atStart}
            onClick={() => onStep(grain, -1)}
          >
            <Icon name="back" />
            {grain}
          </Button>
        ))}
      </span>
      <Button kind="strong" hotkey="Space" pressed={running} onClick={props.onRun}>
        <Icon name={running ? 'pause' : 'run'} />
        <span className="run-word">{running ? 'Pause' : 'Run'}</span>
      </Button>
      <span className="steps-on">
        {grains.map((grain) => (
          <Button
            key={grain}
            says={`${grain} forward: ${GRAIN_WORDS[grain]}`}
            hotkey={STEP_KEYS[grain].shown[1]}
            onClick={() => onStep(grain, 1)}
          >
            {grain}
            <Icon name="on" />
          </Button>
        ))}
      </span>
      <Button kind="icon" says="to the end of what has been run" hotkey="End" onClick={props.onEnd}>
        <Icon name="end" />
      </Button>
    </fieldset>
  );
}
