// TCE tables: which guest pages the devices of a virtual I/O bus may reach.
import type { RowIn } from '../../workers/sections.ts';
import { Violation } from '../marks/marks.tsx';
import { hex } from './words.ts';

export function Tces(props: {
  readonly tables: readonly RowIn<'hpt', 'tces'>[];
  readonly entries: readonly RowIn<'hpt', 'tce'>[];
}) {
  const { tables, entries } = props;
  if (tables.length === 0) {
    return (
      <p className="hpt-dim">
        The VM has no TCE table: user space makes one by KVM_CREATE_SPAPR_TCE, and the guest fills
        it by H_PUT_TCE.
      </p>
    );
  }
  return (
    <>
      {tables.map((table) => (
        <p key={table.liobn} className="hpt-dim">
          LIOBN {hex(table.liobn >>> 0)}: {table.window / 4096} entries of 4 KB, {table.used} of
          them let the device in.
        </p>
      ))}
      {entries.length > 0 && (
        <table className="hpt-table">
          <caption className="hpt-hidden">Translation control entries</caption>
          <thead>
            <tr>
              <th scope="col">LIOBN</th>
              <th scope="col">I/O address</th>
              <th scope="col">TCE</th>
              <th scope="col">guest page</th>
              <th scope="col">device may</th>
              <th scope="col">real</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((row) => (
              <tr key={`${row.liobn} ${row.ioba}`}>
                <td>{hex(row.liobn >>> 0)}</td>
                <td>{hex(row.ioba)}</td>
                <td>{hex(row.tce)}</td>
                <td>{hex(row.gpa)}</td>
                <td>{row.may}</td>
                <td>{row.real < 0 ? <Violation>no guest memory</Violation> : hex(row.real)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
