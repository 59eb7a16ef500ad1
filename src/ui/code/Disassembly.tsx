// Guest code around the focus's next instruction: objdump's columns, breakpoints, and what the next instruction does as
// RTL with the values it reads.
import { type KeyboardEvent, type RefObject, useState } from 'react';
import { moveAmongRows } from '../rows.ts';
import type { InsnRow } from './path.ts';

export interface DisassemblyProps {
  readonly rows: readonly InsnRow[];
  /** The guest executes here now; false: it will go on here when it is entered. */
  readonly running: boolean;
  /** Address in hexadecimal of the instruction that is explained, '' if none. */
  readonly explained: string;
  /** Gets the row of the current instruction, for follow mode. */
  readonly cursorRow: RefObject<HTMLLIElement | null>;
  /** Explains the instruction of a row; of the current one, whichever that is. */
  readonly onExplain: (row: InsnRow) => void;
  readonly onClose: () => void;
  readonly onBreakpoint: (row: InsnRow) => void;
}

/** Digits of the longest address, as objdump pads a listing. */
const addressWidth = (rows: readonly InsnRow[]): number =>
  Math.max(4, ...rows.map((row) => row.address.toString(16).length));

/** An instruction word, sent as a signed number, as 8 hexadecimal digits. */
export const wordText = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

export function Disassembly(props: DisassemblyProps) {
  const { rows, running, explained, cursorRow } = props;
  const [active, setActive] = useState('');
  const width = addressWidth(rows);
  const current = rows.find((row) => row.current === 1)?.address.toString(16);
  const keys = rows.map((row) => row.address.toString(16));
  const tabStop = keys.includes(active) ? active : (current ?? keys[0]);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const row = rows.find((each) => each.address.toString(16) === active);
    if (event.key === 'F9' && row) props.onBreakpoint(row);
    else if (event.key === 'Escape' && explained !== '') props.onClose();
    else return moveAmongRows(event);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <ol className="code-insns" aria-label="Guest instructions" onKeyDown={onKeyDown}>
      {rows.map((row) => {
        const key = row.address.toString(16);
        const own = key === current;
        return (
          <li
            key={key}
            className={rowClass(own, running, key === explained)}
            aria-current={own ? 'step' : undefined}
            ref={own ? cursorRow : undefined}
          >
            {row.symbol !== '' && <div className="code-symbol">{row.symbol}:</div>}
            <div className="code-insn-row">
              <BreakButton row={row} onBreakpoint={props.onBreakpoint} />
              <button
                type="button"
                data-row
                className="code-line"
                tabIndex={key === tabStop ? 0 : -1}
                aria-expanded={key === explained}
                aria-controls={key === explained ? 'code-explained' : undefined}
                onFocus={() => setActive(key)}
                onClick={() => (key === explained ? props.onClose() : props.onExplain(row))}
              >
                <svg className="code-cursor" viewBox="0 0 12 12" aria-hidden="true">
                  {own && (
                    <path d="M2.5 1.5 10 6 2.5 10.5Z" className={running ? '' : 'is-hollow'} />
                  )}
                </svg>
                <span className="code-address">{key.padStart(width, '0')}</span>
                <span className="code-word">{wordText(row.word)}</span>
                <span className="code-text">{row.text}</span>
                {row.breakpoint === 1 && <span className="visually-hidden">, breakpoint</span>}
              </button>
            </div>
            {own && key !== explained && <Effect row={row} />}
          </li>
        );
      })}
    </ol>
  );
}

function rowClass(own: boolean, running: boolean, explained: boolean): string {
  const current = own ? (running ? ' is-current' : ' is-calling') : '';
  return `code-insn${current}${explained ? ' is-explained' : ''}`;
}

/** For the pointer; the keyboard has F9 on the row. */
function BreakButton(props: {
  readonly row: InsnRow;
  readonly onBreakpoint: (row: InsnRow) => void;
}) {
  const { row, onBreakpoint } = props;
  const on = row.breakpoint === 1;
  return (
    <button
      type="button"
      className={on ? 'code-break is-on' : 'code-break'}
      tabIndex={-1}
      aria-pressed={on}
      aria-label={`breakpoint at ${row.address.toString(16)}`}
      title={`${on ? 'Remove the breakpoint' : 'Stop runs before this instruction'} (F9)`}
      onClick={() => onBreakpoint(row)}
    >
      <svg viewBox="0 0 14 14" aria-hidden="true">
        <path d="M4.5 1H9.5L13 4.5V9.5L9.5 13H4.5L1 9.5V4.5Z" />
      </svg>
    </button>
  );
}

function Effect({ row }: { readonly row: InsnRow }) {
  return (
    <dl className="code-effect">
      <Line name="RTL" text={row.rtl} />
      <Line name="reads" text={row.reads} />
      <Line name="writes" text={row.writes} />
    </dl>
  );
}

function Line({ name, text }: { readonly name: string; readonly text: string }) {
  if (text === '') return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
}
