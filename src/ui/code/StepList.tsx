// One routine as its list of titled steps: mode rail, patch diff, cursors, cost, explanation on demand.
import { type RefObject, useState } from 'react';
import type { Catalogue, RoutineText, StepText } from '../../workers/protocol.ts';
import { moveAmongRows } from '../rows.ts';
import { Token, type TokenProps } from './Token.tsx';

const MODES = ['user', 'virtual', 'real'] as const;
const MODE_WORDS: Readonly<Record<StepText['mode'], string>> = {
  user: 'user space',
  virtual: 'hypervisor, translation on',
  real: 'hypervisor real mode',
};

/** A cursor that is not the focus's own. */
export type StepToken = Omit<TokenProps, 'hover' | 'onFocus' | 'onHover'> & {
  readonly step: number;
};

export interface StepListProps extends Pick<TokenProps, 'hover' | 'onFocus' | 'onHover'> {
  readonly routine: RoutineText;
  readonly patches: Catalogue['patches'];
  /** Step the focused thread or vcpu stands on, -1 if it is not in this routine. */
  readonly own: number;
  /** It executes that step; false: it waits there for a call to return. */
  readonly innermost: boolean;
  readonly tokens: readonly StepToken[];
  /** Gets the row of the own step, for follow mode. */
  readonly cursorRow: RefObject<HTMLLIElement | null>;
}

export function StepList(props: StepListProps) {
  const { routine, own, cursorRow } = props;
  const [active, setActive] = useState(-1);
  const [open, setOpen] = useState(-1);
  const tabStop = active >= 0 ? active : Math.max(0, own);
  return (
    <div className="code-steps">
      <div className="code-head" data-sticky aria-hidden="true">
        <span className="code-rail">
          {MODES.map((mode) => (
            <span key={mode} title={MODE_WORDS[mode]}>
              {mode[0]?.toUpperCase()}
            </span>
          ))}
        </span>
        <span>step</span>
        <span className="code-cost" title="costs are illustrative model cycles">
          model cycles
        </span>
      </div>
      <ol aria-label={`Steps of ${routine.name}`} onKeyDown={moveAmongRows}>
        {routine.steps.map((step, i) => (
          <li
            key={`${step.label} ${step.diff}`}
            className={rowClass(step, i === own, props.innermost)}
            aria-current={i === own ? 'step' : undefined}
            ref={i === own ? cursorRow : undefined}
          >
            <Cursor shown={i === own} innermost={props.innermost} />
            <Rail mode={step.mode} />
            <button
              type="button"
              data-row
              className="code-step"
              tabIndex={i === tabStop ? 0 : -1}
              aria-expanded={i === open}
              aria-label={stepSentence(step, i === own, props.innermost)}
              onFocus={() => setActive(i)}
              onClick={() => setOpen(i === open ? -1 : i)}
            >
              <Diff step={step} />
              <span className="code-title">{step.title}</span>
              <span className="code-label">{step.label}</span>
            </button>
            <Tokens {...props} tokens={props.tokens.filter((token) => token.step === i)} />
            <span className="code-cost">{step.cost}</span>
            {i === open && <Explanation routine={routine} step={step} patches={props.patches} />}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Tokens that stand beside a step; on a large machine the rest of them are counted. */
const MOST_TOKENS = 8;

function Tokens({
  tokens,
  hover,
  onFocus,
  onHover,
}: Pick<StepListProps, 'tokens' | 'hover' | 'onFocus' | 'onHover'>) {
  // Those that have a vcpu, and those that execute here, first.
  const rank = ({ vcpu, innermost }: StepToken) => (vcpu >= 0 ? 0 : 2) + (innermost ? 0 : 1);
  const shown = tokens.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_TOKENS);
  const rest = tokens.filter((token) => !shown.includes(token));
  return (
    <span className="code-tokens">
      {shown.map(({ step: _, ...token }) => (
        <Token key={token.path} {...token} hover={hover} onFocus={onFocus} onHover={onHover} />
      ))}
      {rest.length > 0 && (
        <span className="code-more" title={rest.map((token) => token.path).join(', ')}>
          +{rest.length}
        </span>
      )}
    </span>
  );
}

function rowClass(step: StepText, own: boolean, innermost: boolean): string {
  const cursor = own ? (innermost ? ' is-current' : ' is-calling') : '';
  return `code-row is-${step.mode}${step.live ? '' : ' is-dead'}${cursor}`;
}

function stepSentence(step: StepText, own: boolean, innermost: boolean): string {
  const parts = [`${step.title}, ${MODE_WORDS[step.mode]}, ${step.cost} model cycles`];
  if (step.diff !== 'same') parts.push(diffWords(step));
  if (!step.live) parts.push('not in the running kernel');
  if (own) parts.push(innermost ? 'the cursor is here' : 'waits here for its call to return');
  return `${parts.join('; ')}.`;
}

const diffWords = (step: StepText): string =>
  `${step.diff === '+' ? 'with' : 'without'} ${step.patch}`;

/** A solid triangle where the focus executes, a hollow one where it waits for a call to return. */
function Cursor({ shown, innermost }: { readonly shown: boolean; readonly innermost: boolean }) {
  return (
    <svg className="code-cursor" viewBox="0 0 12 12" aria-hidden="true">
      {shown && <path d="M2.5 1.5 10 6 2.5 10.5Z" className={innermost ? '' : 'is-hollow'} />}
    </svg>
  );
}

function Rail({ mode }: { readonly mode: StepText['mode'] }) {
  return (
    <span className="code-rail" aria-hidden="true">
      {MODES.map((track) => (
        <span key={track} className={track === mode ? `is-on is-${track}` : ''} />
      ))}
    </span>
  );
}

function Diff({ step }: { readonly step: StepText }) {
  if (step.diff === 'same') return <span className="code-sign" />;
  return (
    <>
      <span className="code-sign">{step.diff === '+' ? '+' : '−'}</span>
      <span className="code-patch">[{diffWords(step)}]</span>
    </>
  );
}

interface ExplanationProps extends Pick<StepListProps, 'routine' | 'patches'> {
  readonly step: StepText;
}

function Explanation({ routine, step, patches }: ExplanationProps) {
  const patch = patches.find((p) => p.id === step.patch);
  return (
    <dl className="code-about">
      <dt>label</dt>
      <dd className="is-code">{step.label}</dd>
      <dt>mode</dt>
      <dd>{MODE_WORDS[step.mode]}</dd>
      <dt>cost</dt>
      <dd>{step.cost} illustrative model cycles</dd>
      <dt>source</dt>
      <dd>
        <span className="is-code">{routine.name}</span>, {routine.source}
      </dd>
      {patch && (
        <>
          <dt>patch</dt>
          <dd>
            <span className="is-code">{patch.id}</span> (commit {patch.commit},{' '}
            {patch.on ? 'on' : 'off'}): {patch.title}. This step is there only {diffWords(step)}
            {step.live ? '.' : ', so it does not run now.'}
          </dd>
        </>
      )}
      <dt>routine</dt>
      <dd>{routine.about}</dd>
    </dl>
  );
}
