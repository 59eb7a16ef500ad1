// The table twin of a picture: the same facts as rows, for reading, copying and screen readers.
import './marks.css';

/** One table; every cell is already text. */
export function TwinTable(props: {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}) {
  const { caption, columns, rows } = props;
  return (
    <table className="twin">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row[0]}>
            {row.map((cell, i) => (
              <td key={columns[i]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Switches a view between its picture and its table twin. */
export function TwinButton(props: {
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}) {
  const { on, onChange } = props;
  return (
    <button type="button" className="twin-button" aria-pressed={on} onClick={() => onChange(!on)}>
      as table
    </button>
  );
}
