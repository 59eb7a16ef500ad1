// Code path: what the focused thread or vcpu executes. Its stack of routines, one routine as titled steps with
// everybody's cursors, or the guest's instructions.
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { type Section, THREAD_MODES } from '../../workers/sections.ts';
import { threadPath } from '../entity.ts';
import { keepInView } from '../rows.ts';
import './code.css';
import { Breadcrumbs } from './Breadcrumbs.tsx';
import { Disassembly } from './Disassembly.tsx';
import { InsnPanel } from './InsnPanel.tsx';
import {
  type Choice,
  type CursorRow,
  focusedThread,
  GUEST,
  NOTHING,
  ownStep,
  routineInFocus,
  whereItStands,
} from './path.ts';
import { RoutineHead } from './RoutineHead.tsx';
import { RoutinePicker } from './RoutinePicker.tsx';
import { StepList, type StepToken } from './StepList.tsx';

export interface CodeViewProps extends Choice {
  readonly cursors: readonly CursorRow[];
  /** Entity under the pointer in any view. */
  readonly hover: string;
  /** The focus to go back to when a routine is in focus. */
  readonly lastAgent: string;
  readonly onFocus: (path: string) => void;
  readonly onHover: (path: string) => void;
  /** The instruction that is explained: 'next', its address in hexadecimal, or ''. */
  readonly insn: string;
  readonly explained: Section<'insn'> | undefined;
  readonly onInsn: (insn: string) => void;
  readonly onBreakpoint: (address: bigint, on: boolean) => void;
}

/** Rows that stay visible above and below the cursor in follow mode. */
const FOLLOW_MARGIN = 3;

export function CodeView(props: CodeViewProps) {
  const { catalogue, stack, disasm, cursors, focus, hover, onFocus, onHover, onInsn } = props;
  // null = follow the focus; else what the user chose to look at.
  const [pinned, setPinned] = useState<number | null>(null);
  const cursorRow = useRef<HTMLLIElement | null>(null);

  const thread = focusedThread(props);
  const inGuest = thread !== undefined && THREAD_MODES[thread.mode] === 'guest';
  const standsIn = whereItStands(props);
  const named = routineInFocus(props);
  const shown = named !== NOTHING ? named : (pinned ?? standsIn);
  const follow = named === NOTHING && pinned === null;
  const routine = catalogue.routines[shown];
  const own = ownStep(stack, shown, inGuest);
  const place = shown === GUEST ? disasm.find((row) => row.current === 1)?.address : own.step;

  // Scroll only when the cursor moves, so that a user may look around between two steps.
  const followed = useRef('');
  useLayoutEffect(() => {
    const now = follow ? `${shown} ${place}` : '';
    if (now !== followed.current && now !== '' && cursorRow.current) {
      keepInView(cursorRow.current, FOLLOW_MARGIN);
    }
    followed.current = now;
  });

  // The panel takes room from the list: what it explains stays in view.
  const list = useRef<HTMLDivElement | null>(null);
  const address = explainedAddress(props);
  const drawn = props.explained !== undefined;
  useLayoutEffect(() => {
    const row = list.current?.querySelector<HTMLElement>('.is-explained');
    if (row && drawn && address !== '') keepInView(row, 1);
  }, [address, drawn]);

  const threadsIn = useMemo(() => countThreads(cursors), [cursors]);
  return (
    <div className="code">
      <div className="code-bar">
        <div className="code-tools">
          <span className="code-focus">{named === NOTHING && focus}</span>
          {named !== NOTHING && (
            <button type="button" className="code-button" onClick={() => onFocus(props.lastAgent)}>
              Back to {props.lastAgent}
            </button>
          )}
          <button
            type="button"
            className="code-button"
            aria-pressed={follow}
            title="Follow: show the innermost routine and keep the cursor in view"
            disabled={named !== NOTHING}
            onClick={() => setPinned(follow ? shown : null)}
          >
            Follow
          </button>
          <RoutinePicker routines={catalogue.routines} threadsIn={threadsIn} onPick={onFocus} />
        </div>
        {named === NOTHING && (
          <Breadcrumbs
            {...{ catalogue, stack, shown, standsIn, focus }}
            guest={disasm.length > 0}
            onPick={(index) => setPinned(index === standsIn ? null : index)}
          />
        )}
      </div>
      {routine && <RoutineHead routine={routine} patches={catalogue.patches} />}
      {thread && thread.waiting !== '' && named === NOTHING && (
        <p className="code-waiting">{thread.waiting}</p>
      )}
      <div className="code-scroll" data-scroller ref={list}>
        {routine ? (
          <StepList
            key={routine.name}
            routine={routine}
            patches={catalogue.patches}
            own={own.step}
            innermost={own.innermost}
            tokens={tokensIn(shown, props, thread?.thread)}
            cursorRow={cursorRow}
            {...{ hover, onFocus, onHover }}
          />
        ) : shown === GUEST ? (
          <Disassembly
            rows={disasm}
            running={inGuest}
            cursorRow={cursorRow}
            explained={address}
            onExplain={(row) => onInsn(row.current === 1 ? 'next' : row.address.toString(16))}
            onClose={() => onInsn('')}
            onBreakpoint={(row) => props.onBreakpoint(row.address, row.breakpoint === 0)}
          />
        ) : (
          <Nothing focus={focus} />
        )}
      </div>
      {shown === GUEST && props.insn !== '' && props.explained && (
        <InsnPanel explained={props.explained} onClose={() => onInsn('')} />
      )}
    </div>
  );
}

/** Address in hexadecimal of the instruction that is explained, '' if none. */
function explainedAddress({ insn, disasm }: Pick<CodeViewProps, 'insn' | 'disasm'>): string {
  if (insn !== 'next') return insn;
  return disasm.find((row) => row.current === 1)?.address.toString(16) ?? '';
}

function Nothing({ focus }: { readonly focus: string }) {
  return (
    <p className="code-hint">
      {focus === '' ? 'Nothing is in focus.' : `No code runs for ${focus}.`} Choose a hardware
      thread or a vcpu, in the Machine view or the Inspector, to see the routine it is in. Any
      routine can be read through Routines….
    </p>
  );
}

function countThreads(cursors: readonly CursorRow[]): ReadonlyMap<number, number> {
  const count = new Map<number, number>();
  for (const { routine } of cursors) count.set(routine, (count.get(routine) ?? 0) + 1);
  return count;
}

/** The cursors of everybody but the focus in a routine. */
function tokensIn(
  routine: number,
  { cursors, threads, catalogue }: Pick<CodeViewProps, 'cursors' | 'threads' | 'catalogue'>,
  focused: number | undefined,
): StepToken[] {
  return cursors
    .filter((cursor) => cursor.routine === routine && cursor.thread !== focused)
    .map((cursor) => ({
      step: cursor.step,
      vm: threads.find((row) => row.thread === cursor.thread)?.vm ?? -1,
      vcpu: cursor.vcpu,
      path: threadPath(cursor.thread, catalogue.topology.threadsPerCore),
      innermost: cursor.innermost === 1,
    }));
}
