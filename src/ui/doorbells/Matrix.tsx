// Who rang whom: senders down, targets across; a cell sends. Below each target what became of its doorbells.
import { type CSSProperties, memo } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import { vcpuPath, vmOf } from '../entity.ts';
import { TokenInline, Violation } from '../marks/marks.tsx';
import { sameProps } from '../marks/same.ts';
import {
  cellSentence,
  countText,
  type DoorbellVcpu,
  lastSend,
  type MatrixCell,
  nameOf,
  stateOf,
} from './facts.ts';
import type { RowMarks } from './Targets.tsx';

const OUTCOMES = [
  { key: 'delivered', about: 'taken by the target as interrupt 0xA00' },
  { key: 'coalesced', about: 'sent while one was pending already' },
  { key: 'cleared', about: 'cleared by msgclrp' },
  { key: 'lost', about: 'set no bit anywhere' },
] as const;

export function Matrix(
  props: RowMarks & {
    readonly vcpus: readonly DoorbellVcpu[];
    readonly matrix: readonly MatrixCell[];
    readonly catalogue: Catalogue;
    readonly active: string;
    readonly onSend: (from: number, to: number) => void;
  },
) {
  const { vcpus, matrix, catalogue, active, hover, onSend } = props;
  const last = lastSend(matrix);
  return (
    <table
      className="bells-table bells-matrix"
      style={{ '--columns': vcpus.length } as CSSProperties}
    >
      <caption>Sent, from row to column</caption>
      <thead>
        <tr>
          <td className="bells-corner">msgsndp</td>
          {vcpus.map((to) => (
            <Target
              key={to.vcpu}
              row={to}
              catalogue={catalogue}
              isHover={hover === vcpuPath(vmOf(to.vcpu, catalogue), to.vcpu)}
            />
          ))}
        </tr>
      </thead>
      <tbody>
        {vcpus.map((from) => (
          <tr key={from.vcpu}>
            <th scope="row">{nameOf(from.vcpu, catalogue)}</th>
            {vcpus.map((to) => {
              const cell = matrix.find((c) => c.from === from.vcpu && c.to === to.vcpu);
              return (
                <Send
                  key={to.vcpu}
                  {...{ catalogue, onSend }}
                  isStop={active === `${from.vcpu}>${to.vcpu}`}
                  cell={cell ?? { from: from.vcpu, to: to.vcpu, sent: 0, last_step: -1 }}
                  newest={cell !== undefined && cell.sent > 0 && cell.last_step === last}
                />
              );
            })}
          </tr>
        ))}
      </tbody>
      <tfoot>
        {OUTCOMES.map(({ key, about }) => (
          <tr key={key} className={`bells-outcome is-${key}`}>
            <th scope="row" title={about}>
              {key}
            </th>
            {vcpus.map((to) => (
              <td key={to.vcpu}>
                {key === 'lost' && to[key] > 0 ? (
                  <Violation>{countText(to[key])}</Violation>
                ) : (
                  countText(to[key])
                )}
              </td>
            ))}
          </tr>
        ))}
      </tfoot>
    </table>
  );
}

const Target = memo(function Target(props: {
  readonly row: DoorbellVcpu;
  readonly catalogue: Catalogue;
  readonly isHover: boolean;
}) {
  const { row, catalogue, isHover } = props;
  return (
    <th scope="col" className={isHover ? 'is-hover' : ''}>
      <TokenInline
        vm={vmOf(row.vcpu, catalogue)}
        vcpu={row.vcpu}
        thr={row.thr}
        state={stateOf(row)}
      />
      <span className="bells-hidden">{nameOf(row.vcpu, catalogue)}</span>
    </th>
  );
}, sameProps);

const Send = memo(function Send(props: {
  readonly cell: MatrixCell;
  readonly newest: boolean;
  readonly catalogue: Catalogue;
  /** It takes Tab. */
  readonly isStop: boolean;
  readonly onSend: (from: number, to: number) => void;
}) {
  const { cell, newest, catalogue, isStop, onSend } = props;
  const path = `${cell.from}>${cell.to}`;
  const sentence = cellSentence(cell, nameOf(cell.from, catalogue), nameOf(cell.to, catalogue));
  return (
    <td className={newest ? 'bells-cell is-newest' : 'bells-cell'}>
      <button
        type="button"
        data-path={path}
        tabIndex={isStop ? 0 : -1}
        title={sentence}
        aria-label={sentence}
        onClick={(event) => {
          onSend(cell.from, cell.to);
          // After a click with the mouse the arrow keys go on stepping the machine.
          if (event.detail > 0) event.currentTarget.blur();
        }}
      >
        {cell.sent > 0 ? countText(cell.sent) : '·'}
      </button>
    </td>
  );
}, sameProps);
