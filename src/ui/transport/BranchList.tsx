import { useState } from 'react';
import type { RowIn } from '../../workers/sections.ts';
import { longCount } from './speed.ts';

export interface BranchListProps {
  readonly branches: readonly RowIn<'history', 'branches'>[];
  readonly onSelect: (id: number) => void;
  readonly onRename: (id: number, name: string) => void;
}

/** The branches with where they fork; a name is edited in place, a button returns to the branch. */
export function BranchList({ branches, onSelect, onRename }: BranchListProps) {
  const nameOf = (id: number) => branches.find((b) => b.id === id)?.name ?? '';
  return (
    <table className="branches">
      <thead>
        <tr>
          <th scope="col">name</th>
          <th scope="col">forks from</th>
          <th scope="col">end</th>
          <th scope="col">inputs</th>
          <th scope="col">
            <span className="visually-hidden">return</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {branches.map((b) => (
          <tr key={b.id} aria-current={b.current === 1 ? 'true' : undefined}>
            <td>
              <NameField id={b.id} name={b.name} onRename={onRename} />
            </td>
            <td className="value">
              {b.parent < 0 ? 'start' : `${nameOf(b.parent)} @ ${longCount(b.fork)}`}
            </td>
            <td className="value is-number">{longCount(b.end)}</td>
            <td className="value is-number">{b.inputs}</td>
            <td>
              {b.current === 1 ? (
                <span className="dim">shown</span>
              ) : (
                <button type="button" className="button is-plain" onClick={() => onSelect(b.id)}>
                  return to {b.name}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NameField(props: {
  readonly id: number;
  readonly name: string;
  readonly onRename: BranchListProps['onRename'];
}) {
  const [draft, setDraft] = useState(props.name);
  const commit = () => {
    const name = draft.trim();
    if (name === '') setDraft(props.name);
    else if (name !== props.name) props.onRename(props.id, name);
  };
  return (
    <input
      className="field"
      aria-label={`name of branch ${props.name}`}
      value={draft}
      maxLength={60}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
    />
  );
}
