// Inspector: every field of the entity in focus, by group; what the last step changed is underlined.
import { useState } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import { routineOf } from '../entity.ts';
import { moveAmongRows } from '../rows.ts';
import { EntityPicker } from './EntityPicker.tsx';
import { FieldRow, type FieldRowData, Sprs } from './FieldRow.tsx';
import { areRegisters, Registers } from './Registers.tsx';
import { RoutineFacts } from './RoutineFacts.tsx';
import './inspector.css';

export interface InspectorViewProps {
  readonly catalogue: Catalogue;
  readonly fields: readonly FieldRowData[];
  readonly focus: string;
  readonly onFocus: (path: string) => void;
}

export function InspectorView({ catalogue, fields, focus, onFocus }: InspectorViewProps) {
  const [filter, setFilter] = useState('');
  const [onlyChanged, setOnlyChanged] = useState(false);
  const changes = fields.filter((field) => field.changed === 1).length;
  const shown = fields.filter(
    (field) => matches(field, filter) && (!onlyChanged || field.changed === 1),
  );
  const routine = catalogue.routines.find(({ name }) => name === routineOf(focus));
  return (
    <div className="inspector">
      <div className="inspector-bar">
        <EntityPicker {...{ catalogue, focus, onFocus }} />
        <input
          type="search"
          aria-label="Filter fields by name, value or description"
          placeholder="filter fields"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <button
          type="button"
          className="inspector-button"
          aria-pressed={onlyChanged}
          title="Only what the last step changed"
          onClick={() => setOnlyChanged(!onlyChanged)}
        >
          Δ {changes}
        </button>
      </div>
      <div className="inspector-scroll" data-scroller>
        {routine ? (
          <RoutineFacts routine={routine} />
        ) : shown.length > 0 ? (
          <Sprs value={catalogue.sprs}>
            <Groups fields={shown} />
          </Sprs>
        ) : (
          <p className="inspector-hint">{emptyHint(focus, fields.length, filter, onlyChanged)}</p>
        )}
      </div>
    </div>
  );
}

/** Groups with headings that fold. Headings and fields are rows of one list with one tab stop. */
function Groups({ fields }: { readonly fields: readonly FieldRowData[] }) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState('');
  const [active, setActive] = useState('');
  const groups = groupsOf(fields);
  const known = groups.has(active) || fields.some((field) => field.path === active);
  const tabStop = known ? active : (fields[0]?.group ?? '');
  const fold = (group: string) => {
    const next = new Set(folded);
    if (!next.delete(group)) next.add(group);
    setFolded(next);
  };
  return (
    <ul onKeyDown={moveAmongRows} aria-label="Fields by group">
      {[...groups].map(([group, members]) => (
        <li key={group}>
          <h3 data-sticky>
            <button
              type="button"
              data-row
              tabIndex={tabStop === group ? 0 : -1}
              aria-expanded={!folded.has(group)}
              onFocus={() => setActive(group)}
              onClick={() => fold(group)}
            >
              {group}
              <small>{members.length}</small>
            </button>
          </h3>
          {!folded.has(group) &&
            (areRegisters(members) ? (
              <Registers
                fields={members}
                {...{ open, tabStop }}
                onOpen={setOpen}
                onActive={setActive}
              />
            ) : (
              <ul>
                {members.map((field) => (
                  <FieldRow
                    key={field.path}
                    field={field}
                    open={field.path === open}
                    tabStop={field.path === tabStop}
                    onOpen={setOpen}
                    onActive={setActive}
                  />
                ))}
              </ul>
            ))}
        </li>
      ))}
    </ul>
  );
}

/** Fields by group, in the order in which the groups first occur. */
function groupsOf(fields: readonly FieldRowData[]): ReadonlyMap<string, readonly FieldRowData[]> {
  const groups = new Map<string, FieldRowData[]>();
  for (const field of fields) {
    const group = groups.get(field.group);
    if (group) group.push(field);
    else groups.set(field.group, [field]);
  }
  return groups;
}

/** True if every word of the filter occurs in the field's name, value, bits or description. */
export function matches({ name, value, bits, doc }: FieldRowData, filter: string): boolean {
  const text = `${name} ${value} ${bits} ${doc}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function emptyHint(focus: string, fields: number, filter: string, onlyChanged: boolean): string {
  if (fields === 0) return `${focus || 'Nothing'} has no fields to show. Choose an entity above.`;
  if (filter !== '') return `No field matches “${filter}”.`;
  return onlyChanged ? `The last step changed nothing in ${focus}.` : '';
}
