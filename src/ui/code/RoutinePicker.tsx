// All routines by name, to open any of them whether a thread is in it or not.
import { type KeyboardEvent, useId, useState } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import { routinePath } from '../entity.ts';
import { matches } from '../matches.ts';
import { moveAmongRows } from '../rows.ts';
import { patchesOf } from './path.ts';

export interface RoutinePickerProps {
  readonly routines: Catalogue['routines'];
  /** How many threads are in each routine, by catalogue index. */
  readonly threadsIn: ReadonlyMap<number, number>;
  readonly onPick: (path: string) => void;
}

export function RoutinePicker({ routines, threadsIn, onPick }: RoutinePickerProps) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const id = useId();
  const found = routines
    .map((routine, index) => ({ routine, index }))
    .filter(({ routine }) => matches(text, routine.name, routine.source, routine.about));
  const close = () => {
    setOpen(false);
    setText('');
  };
  const pick = (name: string | undefined) => {
    if (name === undefined) return;
    onPick(routinePath(name));
    close();
  };
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== 'Escape') return moveAmongRows(event);
    close();
    event.stopPropagation();
  };
  return (
    <div className="code-picker">
      <button
        type="button"
        className="code-button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => (open ? close() : setOpen(true))}
      >
        Routines…
      </button>
      {open && (
        <search id={id} className="code-popup" onKeyDown={keys} aria-label="Routines">
          <input
            type="search"
            aria-label="Find a routine"
            placeholder="name, file or words"
            data-row
            ref={takeFocus}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => event.key === 'Enter' && pick(found[0]?.routine.name)}
          />
          <ul data-scroller>
            {found.map(({ routine, index }) => (
              <li key={routine.name}>
                <button type="button" data-row tabIndex={-1} onClick={() => pick(routine.name)}>
                  <span className="is-code">{routine.name}</span>
                  <span className="code-facts">
                    {routineFacts(routine, threadsIn.get(index) ?? 0)}
                  </span>
                </button>
              </li>
            ))}
            {found.length === 0 && <li className="code-hint">No routine matches.</li>}
          </ul>
        </search>
      )}
    </div>
  );
}

/** The field gets the focus when the list opens, without scrolling an embedding page to it. */
const takeFocus = (field: HTMLInputElement | null) => field?.focus({ preventScroll: true });

function routineFacts(routine: Catalogue['routines'][number], threads: number): string {
  const facts = [routine.mode === 'real' ? 'real mode' : routine.mode];
  for (const { patch } of patchesOf(routine.steps)) facts.push(`± ${patch}`);
  if (threads > 0) facts.push(`${threads} ${threads === 1 ? 'thread' : 'threads'} here`);
  return facts.join(' · ');
}
