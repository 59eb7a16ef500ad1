// The whole history of the branch as one strip: guest activity as area, guest exits and IPIs as bars, markers by
// shape. A slider for mouse, touch and keyboard.
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from 'react';
import type { Grain } from '../../workers/protocol.ts';
import type { RowIn } from '../../workers/sections.ts';
import { longCount } from './speed.ts';
import { areaPath, barsPath, type Strip } from './strip.ts';

export interface ScrubberProps {
  readonly step: number;
  readonly end: number;
  readonly branchName: string;
  readonly branch: number;
  readonly bins: readonly RowIn<'history', 'bins'>[];
  readonly branches: readonly RowIn<'history', 'branches'>[];
  readonly inputs: readonly RowIn<'history', 'inputs'>[];
  readonly violations: readonly RowIn<'history', 'violations'>[];
  readonly onGoto: (step: number) => void;
  readonly onStep: (grain: Grain, direction: 1 | -1) => void;
}

/** The drawing's own units; it is stretched to the width of the page. */
const STRIP: Strip = { width: 1000, top: 0, height: 20 };
const BARS: Strip = { width: 1000, top: 0, height: 20 };

const KEY_STEPS: Readonly<Record<string, readonly [Grain, 1 | -1]>> = {
  ArrowRight: ['event', 1],
  ArrowUp: ['event', 1],
  ArrowLeft: ['event', -1],
  ArrowDown: ['event', -1],
  PageDown: ['phase', 1],
  PageUp: ['phase', -1],
};

export function Scrubber(props: ScrubberProps) {
  const { step, end, bins, onGoto } = props;
  const strip = useRef<HTMLDivElement>(null);
  const last = Math.max(1, end);
  const at = (s: number) => `${(100 * Math.min(s, last)) / last}%`;

  const stepAt = (event: PointerEvent) => {
    const box = strip.current?.getBoundingClientRect();
    if (!box || box.width === 0) return step;
    const part = (event.clientX - box.left) / box.width;
    return Math.round(Math.min(1, Math.max(0, part)) * end);
  };
  const drag = (event: PointerEvent) => {
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId);
    if (event.currentTarget.hasPointerCapture(event.pointerId)) onGoto(stepAt(event));
  };
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = KEY_STEPS[event.key];
    if (event.key === 'Home') onGoto(0);
    else if (event.key === 'End') onGoto(end);
    else if (move) props.onStep(event.shiftKey ? 'instr' : move[0], move[1]);
    else return;
    event.preventDefault();
  };

  return (
    <div
      className="scrub"
      ref={strip}
      role="slider"
      tabIndex={0}
      aria-label="Position in the history of this branch"
      aria-valuemin={0}
      aria-valuemax={end}
      aria-valuenow={step}
      aria-valuetext={`step ${longCount(step)} of ${longCount(end)} on branch ${props.branchName}`}
      onPointerDown={drag}
      onPointerMove={drag}
      onKeyDown={key}
    >
      <Bins bins={bins} end={last} />
      {props.branches
        .filter((b) => b.parent === props.branch)
        .map((b) => (
          <Mark
            key={`b${b.id}`}
            at={at(b.fork)}
            shape="fork"
            says={`branch ${b.name} forks here`}
          />
        ))}
      {props.inputs.map((input) => (
        <Mark
          key={`i${input.step}${input.text}`}
          at={at(input.step)}
          shape="input"
          says={input.text}
        />
      ))}
      {props.violations.map((v) => (
        <Mark key={`v${v.step}${v.id}`} at={at(v.step)} shape="violation" says={v.why} />
      ))}
      <div className="scrub-past" style={{ inlineSize: at(step) }} />
      <div className="scrub-now" style={{ insetInlineStart: at(step) }} />
    </div>
  );
}

/** Drawn when bins come: the end that belongs to them is that of their frame, while a fast run goes on. */
function Bins(props: { readonly bins: ScrubberProps['bins']; readonly end: number }) {
  const [held, setHeld] = useState(props);
  if (held.bins !== props.bins) setHeld(props);
  const { bins, end } = held;
  const paths = useMemo(
    () => ({
      guest: areaPath(bins, (b) => b.guest, end, STRIP),
      exits: barsPath(bins, (b) => b.entries + b.exits, end, BARS),
      ipis: barsPath(bins, (b) => b.ipis, end, BARS),
    }),
    [bins, end],
  );
  return (
    <svg className="scrub-bins" viewBox="0 0 1000 44" preserveAspectRatio="none" aria-hidden="true">
      <path className="scrub-guest" d={paths.guest} transform="translate(0 10)" />
      <path className="scrub-exits" d={paths.exits} transform="translate(0 10)" />
      <path className="scrub-ipis" d={paths.ipis} transform="translate(0 32) scale(1 0.5)" />
    </svg>
  );
}

const SHAPES = {
  violation: 'M6 1 11.5 11H.5Z',
  input: 'M6 .5 11.5 6 6 11.5.5 6Z',
  fork: 'M6 12V1M6 6l4-4',
} as const;

/** A marker by shape: triangle violation, diamond input, fork of a branch. */
export function MarkShape({ shape }: { readonly shape: keyof typeof SHAPES }) {
  return (
    <svg className={`mark-shape is-${shape}`} viewBox="0 0 12 12" aria-hidden="true">
      <path d={SHAPES[shape]} />
    </svg>
  );
}

function Mark(props: {
  readonly at: string;
  readonly shape: keyof typeof SHAPES;
  readonly says: string;
}) {
  return (
    <span className="scrub-mark" style={{ insetInlineStart: props.at }} title={props.says}>
      <MarkShape shape={props.shape} />
    </span>
  );
}
