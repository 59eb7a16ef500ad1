// The eight entries of a PTE group, and the bit fields of one of them in the real and in the guest's view.
import { useState } from 'react';
import type { HpteEdit } from '../../sim/trace/hpt.ts';
import { SLOTS, slotName } from '../../workers/sections.ts';
import { HPTE_TEXT } from '../inject/options.ts';
import { useRoving } from '../marks/roving.ts';
import { dword, type FieldRow, hex, letters, type SlotRow, stateText } from './words.ts';

export interface EntryProps {
  readonly slots: readonly SlotRow[];
  readonly fields: readonly FieldRow[];
  readonly slot: number;
  readonly layout: number;
  readonly onSlot: (slot: number) => void;
  readonly onFocus: (slot: number) => void;
  readonly onEdit: (slot: number, edit: HpteEdit) => void;
}

export function Entry(props: EntryProps) {
  const { slots, slot } = props;
  const chosen = slots.find((row) => row.slot === slot);
  if (!chosen) {
    return (
      <p className="hpt-dim">Choose an entry on the map: its PTEG and its fields appear here.</p>
    );
  }
  return (
    <>
      <Group {...props} />
      <div className="hpt-entry-head">
        <b>{slotName(slot)}</b>
        <span className="hpt-dim">{pageText(chosen)}</span>
      </div>
      <Edits {...props} />
      <Fields {...props} row={chosen} />
    </>
  );
}

/** The group as the hardware has it: eight entries side by side. */
function Group({ slots, slot, onSlot }: EntryProps) {
  const [first] = slots;
  const places = slots.map((row, i) => ({ path: `${row.slot}`, x: i, y: 0, w: 1, h: 1 }));
  const roving = useRoving(places, { focus: () => {}, inject: () => {} });
  return (
    <>
      <p title="V valid, A absent, B bolted, L large, H by the secondary hash, R referenced, C changed">
        PTEG {Math.floor((first?.slot ?? 0) / SLOTS)}{' '}
        <span className="hpt-dim">at {hex(first?.address ?? 0)}: V A B L H R C of its entries</span>
      </p>
      <fieldset className="hpt-slots" aria-label="Entries of the PTEG" onKeyDown={roving.onKeyDown}>
        {slots.map((row) => (
          <button
            key={row.slot}
            type="button"
            data-path={row.slot}
            tabIndex={roving.active === `${row.slot}` ? 0 : -1}
            aria-label={`${slotName(row.slot)}: ${stateText(row.bits)}`}
            aria-pressed={row.slot === slot}
            onClick={() => onSlot(row.slot)}
          >
            <b>{row.slot % SLOTS}</b>
            <code>{letters(row.bits)}</code>
          </button>
        ))}
      </fieldset>
    </>
  );
}

const EDITS = Object.entries(HPTE_TEXT) as [HpteEdit, (typeof HPTE_TEXT)[HpteEdit]][];

function Edits({ slot, onEdit, onFocus }: EntryProps) {
  return (
    <fieldset className="hpt-edits" aria-label="Change it from outside">
      {EDITS.map(([edit, { title, says }]) => (
        <button key={edit} type="button" title={says} onClick={() => onEdit(slot, edit)}>
          {title}
        </button>
      ))}
      <button
        type="button"
        title="show it in the inspector and in the link"
        onClick={() => onFocus(slot)}
      >
        Focus
      </button>
    </fieldset>
  );
}

type View = 'real' | 'guest';

function Fields(props: EntryProps & { readonly row: SlotRow }) {
  const { fields, row, layout } = props;
  const [view, setView] = useState<View>('real');
  const about: Readonly<Record<View, string>> = {
    real: layout === 1 ? 'as the hardware sees it, ISA 3.0 layout' : 'as the hardware sees it',
    guest: 'as the guest wrote it (guest_rpte) and hcalls show it',
  };
  const words = view === 'real' ? [row.v, row.r] : [row.guest_v, row.guest_rpte];
  return (
    <>
      <fieldset className="hpt-switch" aria-label="View of the entry">
        {(['real', 'guest'] as const).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={view === name}
            onClick={() => setView(name)}
          >
            {name} view
          </button>
        ))}
        <span className="hpt-dim">{about[view]}</span>
      </fieldset>
      {[0, 1].map((n) => (
        <table key={n} className="hpt-table hpt-fields">
          <caption>
            doubleword {n} <code>{dword(words[n] ?? 0n)}</code>
          </caption>
          <thead className="hpt-hidden">
            <tr>
              <th scope="col">field</th>
              <th scope="col">bits (ISA)</th>
              <th scope="col">value</th>
              <th scope="col">meaning</th>
            </tr>
          </thead>
          <tbody>
            {fields
              .filter((field) => field.view === view && field.dword === n)
              .map((field) => (
                <tr key={field.lo} className={/^(0|0x0)$/.test(field.value) ? 'is-zero' : ''}>
                  <th scope="row">{field.name}</th>
                  <td>{isaBits(field)}</td>
                  <td>{field.value}</td>
                  <td className="hpt-says">{field.text}</td>
                </tr>
              ))}
          </tbody>
        </table>
      ))}
      {row.chain !== '' && (
        <p className="hpt-chain">
          Reverse map: the same page is mapped by <span>{row.chain}</span>.
        </p>
      )}
    </>
  );
}

/** 'valid, bolted; 16 MB at 0x2000000'. */
function pageText(row: SlotRow): string {
  const state = stateText(row.bits);
  return row.v === 0n && row.r === 0n
    ? state
    : `${state}; ${row.page || 'bad page size'} at ${hex(row.real)}`;
}

/** Bit numbers as the ISA counts: from the left. */
const isaBits = ({ lo, width }: FieldRow): string => {
  const [first, last] = [64 - lo - width, 63 - lo];
  return first === last ? `${first}` : `${first}:${last}`;
};
