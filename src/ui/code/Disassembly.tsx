// Guest code around the focus's next instruction: objdump's columns, and what the instruction does as RTL with
// the values it reads.
import { type RefObject, useState } from 'react';
import { moveAmongRows } from '../rows.ts';
import type { InsnRow } from './path.ts';

export interface DisassemblyProps {
  readonly rows: readonly InsnRow[];
  /** The guest executes here now; false: it will go on here when it is entered. */
  readonly running: boolean;
  /** Gets the row of the current instruction, for follow mode. */
  readonly cursorRow: RefObject<HTMLLIElement | null>;
}

/** Digits of the longest address, as objdump pads a listing. */
const addressWidth = (rows: readonly InsnRow[]): number =>
  Math.max(4, ...rows.map((row) => row.address.toString(16).length));

/** An instruction word, sent as a signed number, as 8 hexadecimal digits. */
export const wordText = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

export function Disassembly({ rows, running, cursorRow }: DisassemblyProps) {
  const [active, setActive] = useState('');
  const [open, setOpen] = useState('');
  const width = addressWidth(rows);
  const current = rows.find((row) => row.current === 1)?.address.toString(16);
  const keys = rows.map((row) => row.address.toString(16));
  const tabStop = keys.includes(active) ? active : (current ?? keys[0]);
  return (
    <ol className="code-insns" aria-label="Guest instructions" onKeyDown={moveAmongRows}>
      {rows.map((row) => {
        const key = row.address.toString(16);
        const own = key === current;
        const expanded = own || key === open;
        return (
          <li
            key={key}
            className={own ? `code-insn ${running ? 'is-current' : 'is-calling'}` : 'code-insn'}
            aria-current={own ? 'step' : undefined}
            ref={own ? cursorRow : undefined}
          >
            {row.symbol !== '' && <div className="code-symbol">{row.symbol}:</div>}
            <button
              type="button"
              data-row
              className="code-line"
              tabIndex={key === tabStop ? 0 : -1}
              aria-expanded={expanded}
              onFocus={() => setActive(key)}
              onClick={() => setOpen(key === open ? '' : key)}
            >
              <svg className="code-cursor" viewBox="0 0 12 12" aria-hidden="true">
                {own && <path d="M2.5 1.5 10 6 2.5 10.5Z" className={running ? '' : 'is-hollow'} />}
              </svg>
              <span className="code-address">{key.padStart(width, '0')}</span>
              <span className="code-word">{wordText(row.word)}</span>
              <span className="code-text">{row.text}</span>
            </button>
            {expanded && <Effect row={row} />}
          </li>
        );
      })}
    </ol>
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
