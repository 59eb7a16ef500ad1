// One field of the focus: name, value, the value before when the last step changed it, and details on demand.
import { createContext, memo, useContext } from 'react';
import type { SprRow } from '../../sim/isa/spr.ts';
import type { RowIn } from '../../workers/sections.ts';
import { BitRuler } from './BitRuler.tsx';
import { ruler } from './bits.ts';
import { CopyButton } from './CopyButton.tsx';

export type FieldRowData = RowIn<'inspect', 'fields'>;

/** Registers with their bit fields, from the catalogue; details of a field look theirs up by name. */
export const Sprs = createContext<readonly SprRow[]>([]);

export interface FieldRowProps {
  readonly field: FieldRowData;
  readonly open: boolean;
  /** The row is the list's tab stop. */
  readonly tabStop: boolean;
  readonly onOpen: (path: string) => void;
  readonly onActive: (path: string) => void;
}

/** Rows are drawn again only when what they show differs: frames bring new but equal objects. */
export const FieldRow = memo(function FieldRow(props: FieldRowProps) {
  const { field, open, tabStop, onOpen, onActive } = props;
  const { path, name, value, old, changed, bits } = field;
  return (
    <li className="inspector-field">
      <button
        type="button"
        data-row
        tabIndex={tabStop ? 0 : -1}
        aria-expanded={open}
        aria-label={fieldSentence(field)}
        onClick={() => onOpen(open ? '' : path)}
        onFocus={() => onActive(path)}
        onCopy={(event) => {
          event.clipboardData.setData('text/plain', value);
          event.preventDefault();
        }}
      >
        <span className="inspector-name">{name}</span>
        <Value value={value} changed={changed === 1} />
        {changed === 1 && <span className="inspector-old">was {old}</span>}
        {bits !== '' && !open && <span className="inspector-flags">{setBits(bits)}</span>}
      </button>
      {open && <Details field={field} />}
    </li>
  );
}, sameRow);

function sameRow(a: FieldRowProps, b: FieldRowProps): boolean {
  return a.open === b.open && a.tabStop === b.tabStop && sameField(a.field, b.field);
}

/** True if two frames show the same field alike. */
export function sameField(a: FieldRowData, b: FieldRowData): boolean {
  return (
    a.path === b.path &&
    a.value === b.value &&
    a.changed === b.changed &&
    a.old === b.old &&
    a.bits === b.bits
  );
}

/** A changed value has its own element, so that its mark fades anew on each change; others are changed in place. */
function Value({ value, changed }: { readonly value: string; readonly changed: boolean }) {
  return (
    <span
      key={changed ? value : ''}
      className={changed ? 'inspector-value is-changed' : 'inspector-value'}
    >
      <Digits text={value} />
    </span>
  );
}

/** A number with its leading zeros dimmed. */
export function Digits({ text }: { readonly text: string }) {
  const match = /^(0x)?(0+)(?=[\da-f])(.*)$/i.exec(text);
  if (!match) return text;
  return (
    <>
      <i>
        {match[1]}
        {match[2]}
      </i>
      {match[3]}
    </>
  );
}

/** The members of a value that is an object in JSON, one per line. */
function Members({ json }: { readonly json: string }) {
  const members = membersOf(json);
  if (members.length === 0) return null;
  return (
    <dl className="inspector-members">
      {members.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Names and values of a JSON object; nothing for any other text. Lists are written without brackets. */
export function membersOf(json: string): [name: string, value: string][] {
  if (!json.startsWith('{')) return [];
  const object: Readonly<Record<string, unknown>> = JSON.parse(json);
  return Object.entries(object).map(([name, value]) => {
    if (Array.isArray(value)) return [name, value.join(' ')];
    return [name, typeof value === 'string' ? value : JSON.stringify(value)];
  });
}

/** The field for a screen reader. */
export function fieldSentence({ name, value, old, changed }: FieldRowData): string {
  return `${name} is ${value === '' ? 'empty' : value}${changed === 1 ? `, changed from ${old}` : ''}.`;
}

/** The bit fields that are not zero; 'all 0' when none is. */
function setBits(bits: string): string {
  const set = bits.split(' ').filter((bit) => !/=(0x)?0+$/.test(bit));
  return set.map((bit) => bit.replace(/=1$/, '')).join(' ') || 'all 0';
}

/** What the field is, its bits, its path, and a way to copy the value. */
export function Details({ field }: { readonly field: FieldRowData }) {
  const spr = useContext(Sprs).find(({ name }) => name === field.name.toUpperCase());
  const drawn = ruler(spr, field.value, field.changed === 1 ? field.old : '');
  return (
    <div className="inspector-details">
      <p>{field.doc}</p>
      <Members json={field.value} />
      {drawn && <BitRuler name={field.name} ruler={drawn} />}
      {!drawn && field.bits !== '' && <p className="is-code">{field.bits}</p>}
      <p className="inspector-path">
        <span className="is-code">{field.path}</span>
        <CopyButton key={field.value} text={field.value} />
      </p>
    </div>
  );
}
