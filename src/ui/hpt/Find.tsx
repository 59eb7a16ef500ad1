// Entries looked for by real address or by AVPN.
import { type FormEvent, useState } from 'react';
import type { HptLook } from '../../workers/protocol.ts';
import { type RowIn, slotName } from '../../workers/sections.ts';
import { moveAmongRows } from '../rows.ts';
import { dword, parseHexNumber } from './words.ts';

export interface FindProps {
  readonly find: HptLook['find'];
  readonly search: readonly RowIn<'hpt', 'search'>[];
  readonly found: readonly RowIn<'hpt', 'found'>[];
  readonly slot: number;
  readonly onFind: (find: HptLook['find']) => void;
  readonly onSlot: (slot: number) => void;
  /** An effective address is found by walking the table for it. */
  readonly onWalk: (ea: bigint) => void;
}

const KINDS = {
  ea: 'effective address',
  ra: 'real address',
  gra: 'guest real address',
  avpn: 'AVPN (doubleword 0)',
} as const;

/** What was looked for, as it was typed. */
const textOf = (find: HptLook['find']): string =>
  !find || find.by === 'used' ? '' : `0x${find.value.toString(16)}`;

const kindOf = (find: HptLook['find']): keyof typeof KINDS =>
  !find || find.by === 'used' ? 'ra' : find.by;

export function Find(props: FindProps) {
  const { search, found, slot, onSlot } = props;
  const [by, setBy] = useState<keyof typeof KINDS>(kindOf(props.find));
  const [text, setText] = useState(() => textOf(props.find));
  const value = parseHexNumber(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (value === null) return;
    if (by === 'ea') props.onWalk(value);
    else props.onFind({ by, value });
  };
  return (
    <>
      <form className="hpt-form" onSubmit={submit}>
        <label>
          <span className="hpt-hidden">Find by</span>
          <select value={by} onChange={(event) => setBy(event.target.value as keyof typeof KINDS)}>
            {Object.entries(KINDS).map(([key, name]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span className="hpt-hidden">Address in hexadecimal</span>
          <input
            value={text}
            placeholder="0x…"
            spellCheck={false}
            aria-invalid={text !== '' && value === null}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <button type="submit" disabled={value === null}>
          find
        </button>
        {props.find && (
          <button type="button" onClick={() => props.onFind(null)}>
            clear
          </button>
        )}
      </form>
      {search.map((row) => (
        <p key={row.text} className="hpt-dim">
          {row.text}.
        </p>
      ))}
      {found.length > 0 && (
        <table className="hpt-table" onKeyDown={moveAmongRows}>
          <caption className="hpt-hidden">Entries found</caption>
          <thead>
            <tr>
              <th scope="col">entry</th>
              <th scope="col">doubleword 0</th>
              <th scope="col">doubleword 1</th>
            </tr>
          </thead>
          <tbody>
            {found.map((row, i) => (
              <tr key={row.slot} className={row.slot === slot ? 'is-chosen' : ''}>
                <th scope="row">
                  <button
                    type="button"
                    data-row=""
                    tabIndex={i === 0 ? 0 : -1}
                    onClick={() => onSlot(row.slot)}
                  >
                    {slotName(row.slot)}
                  </button>
                </th>
                <td>{dword(row.v)}</td>
                <td>{dword(row.r)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
