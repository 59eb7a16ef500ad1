// The walk stepper: the way of one access from effective to real address, step by step, each marked on the map.
import { type FormEvent, useState } from 'react';
import type { AccessName, WalkLook } from '../../workers/protocol.ts';
import type { RowIn } from '../../workers/sections.ts';
import { moveAmongRows } from '../rows.ts';
import { hex, parseHexNumber } from './words.ts';

export interface WalkProps {
  readonly look: WalkLook | null;
  readonly thread: RowIn<'hpt', 'thread'> | undefined;
  readonly walk: RowIn<'hpt', 'walk'> | undefined;
  readonly steps: readonly RowIn<'hpt', 'steps'>[];
  /** Step that the reader stands on. */
  readonly at: number;
  readonly onWalk: (look: WalkLook) => void;
  readonly onStep: (at: number) => void;
}

const NO_THREAD = 'The vcpu in focus is on no hardware thread: it has no SLB and no TLB now.';
const NO_ACCESS = 'This thread has run no guest code for a thousand steps.';
const IN_HOST =
  'Host code of the model needs no translation. Step until the thread is in the guest, or look at its last access.';

const ACCESS: readonly AccessName[] = ['load', 'store', 'fetch'];

export function Walk(props: WalkProps) {
  const { look, thread, walk, steps, at, onStep } = props;
  return (
    <>
      <Ask {...props} key={look?.of === 'ea' ? look.ea.toString() : ''} />
      <p className="hpt-dim">{thread ? `${thread.state}.` : NO_THREAD}</p>
      {look && thread && !walk && <p>{look.of === 'last' ? NO_ACCESS : IN_HOST}</p>}
      {walk && (
        <>
          <p className="hpt-walk-head">
            <b>
              {walk.access} {hex(walk.ea)}
            </b>{' '}
            → {walk.result}
            {walk.note !== '' && <span className="hpt-dim"> ({walk.note})</span>}
          </p>
          <fieldset className="hpt-switch" aria-label="Step through the walk">
            <button type="button" disabled={at <= 0} onClick={() => onStep(at - 1)}>
              step back
            </button>
            <button type="button" disabled={at >= steps.length - 1} onClick={() => onStep(at + 1)}>
              step on
            </button>
            <span className="hpt-dim">
              {at + 1} of {steps.length}
            </span>
          </fieldset>
          <ol className="hpt-steps" onKeyDown={moveAmongRows}>
            {numbered(steps).map(({ step, i }) => (
              <li
                key={i}
                className={stepClass(step, i === at)}
                aria-current={i === at ? 'step' : undefined}
              >
                <button
                  type="button"
                  data-row=""
                  tabIndex={i === at ? 0 : -1}
                  onClick={() => onStep(i)}
                >
                  <span className="hpt-good" aria-hidden="true">
                    {step.good === 1 ? '●' : step.good === 0 ? '×' : '·'}
                  </span>
                  <b>{step.title}</b> <span>{step.detail}</span>
                </button>
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

/** Steps have no identity but their place. */
const numbered = <T,>(steps: readonly T[]) => steps.map((step, i) => ({ step, i }));

const stepClass = ({ indent, good }: RowIn<'hpt', 'steps'>, here: boolean): string =>
  [indent > 0 ? 'is-inner' : '', good === 1 ? 'is-good' : '', here ? 'is-here' : '']
    .filter((name) => name !== '')
    .join(' ');

function Ask({ look, onWalk }: WalkProps) {
  const [text, setText] = useState(look?.of === 'ea' ? hex(look.ea) : '');
  const [access, setAccess] = useState<AccessName>(look?.of === 'ea' ? look.access : 'load');
  const ea = parseHexNumber(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ea !== null) onWalk({ of: 'ea', ea, access });
  };
  return (
    <form className="hpt-form" onSubmit={submit}>
      <label>
        <span className="hpt-hidden">Kind of access</span>
        <select value={access} onChange={(event) => setAccess(event.target.value as AccessName)}>
          {ACCESS.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        <span className="hpt-hidden">Effective address in hexadecimal</span>
        <input
          value={text}
          placeholder="EA 0x…"
          spellCheck={false}
          aria-invalid={text !== '' && ea === null}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <button type="submit" disabled={ea === null}>
        walk
      </button>
      <button
        type="button"
        aria-pressed={look?.of === 'last'}
        onClick={() => onWalk({ of: 'last' })}
      >
        last access
      </button>
      <button
        type="button"
        aria-pressed={look?.of === 'next'}
        onClick={() => onWalk({ of: 'next' })}
      >
        next access
      </button>
    </form>
  );
}
