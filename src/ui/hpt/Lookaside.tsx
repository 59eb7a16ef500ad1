// SLB and TLB of a hardware thread, with what is stale in the TLB.
import { type RowIn, SLOTS, slotName } from '../../workers/sections.ts';
import { Violation } from '../marks/marks.tsx';
import { hex } from './words.ts';

type Thread = RowIn<'hpt', 'thread'> | undefined;

export function Slb(props: {
  readonly thread: Thread;
  readonly slb: readonly RowIn<'hpt', 'slb'>[];
}) {
  const { thread, slb } = props;
  if (!thread) return <NoThread />;
  return (
    <>
      <p className="hpt-dim">
        {thread.state}.{' '}
        {slb.length === 0 &&
          'No SLB entry is valid: with translation off addresses go through the virtual real mode area, which needs none.'}
      </p>
      {slb.length > 0 && (
        <table className="hpt-table">
          <caption className="hpt-hidden">Segment lookaside buffer</caption>
          <thead>
            <tr>
              <th scope="col">entry</th>
              <th scope="col">ESID</th>
              <th scope="col">VSID</th>
              <th scope="col">segment</th>
              <th scope="col">base page</th>
              <th scope="col">flags</th>
            </tr>
          </thead>
          <tbody>
            {slb.map((row) => (
              <tr key={row.entry}>
                <th scope="row">{row.entry}</th>
                <td>{hex(row.esid)}</td>
                <td>{hex(row.vsid)}</td>
                <td>{row.size}</td>
                <td>{row.page}</td>
                <td>{row.flags}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

export function Tlb(props: {
  readonly thread: Thread;
  readonly tlb: readonly RowIn<'hpt', 'tlb'>[];
  readonly onSlot: (slot: number) => void;
}) {
  const { thread, tlb, onSlot } = props;
  if (!thread) return <NoThread />;
  const stale = tlb.filter((row) => row.stale !== '').length;
  return (
    <>
      <p className="hpt-dim">
        {thread.state}. {tlb.length === 0 ? 'The TLB is empty.' : `${tlb.length} entries`}
        {stale > 0 && `, ${stale} of them stale: the table says something else by now`}
      </p>
      {tlb.length > 0 && (
        <table className="hpt-table">
          <caption className="hpt-hidden">Translation lookaside buffer</caption>
          <thead>
            <tr>
              <th scope="col">entry</th>
              <th scope="col">LPID</th>
              <th scope="col">virtual page</th>
              <th scope="col">size</th>
              <th scope="col">real</th>
              <th scope="col">flags</th>
              <th scope="col" title="PTEG and slot of the entry of the table that it was made of">
                PTEG/slot
              </th>
            </tr>
          </thead>
          <tbody>
            {tlb.map((row) => (
              <TlbRow key={row.entry} row={row} onSlot={onSlot} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function TlbRow(props: {
  readonly row: RowIn<'hpt', 'tlb'>;
  readonly onSlot: (slot: number) => void;
}) {
  const { row, onSlot } = props;
  return (
    <>
      <tr className={row.stale === '' ? '' : 'is-stale'}>
        <th scope="row">{row.entry}</th>
        <td>{row.lpid}</td>
        <td>{row.va}</td>
        <td>{row.page}</td>
        <td>{hex(row.real)}</td>
        <td>{row.flags}</td>
        <td>
          {row.slot < 0 ? (
            'of another table'
          ) : (
            <button type="button" aria-label={slotName(row.slot)} onClick={() => onSlot(row.slot)}>
              {Math.floor(row.slot / SLOTS)}/{row.slot % SLOTS}
            </button>
          )}
        </td>
      </tr>
      {row.stale !== '' && (
        <tr className="is-stale">
          <td colSpan={7}>
            <Violation>stale: {row.stale}</Violation>
          </td>
        </tr>
      )}
    </>
  );
}

const NoThread = () => (
  <p className="hpt-dim">
    The vcpu in focus is on no hardware thread: SLB and TLB belong to threads. Focus a thread.
  </p>
);
