// Per target: the three places where a doorbell can live, side by side, and the truth they add up to.
import { memo } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import { vcpuPath, vmOf } from '../entity.ts';
import { BellBit, TokenInline } from '../marks/marks.tsx';
import { sameProps } from '../marks/same.ts';
import { type DoorbellVcpu, holdersOf, nameOf, placeOf, stateOf } from './facts.ts';

export interface RowMarks {
  readonly focus: string;
  readonly hover: string;
  readonly onFocus: (path: string) => void;
  readonly onHover: (path: string) => void;
}

export function Targets(
  props: RowMarks & { readonly vcpus: readonly DoorbellVcpu[]; readonly catalogue: Catalogue },
) {
  const { vcpus, catalogue, focus, hover, onFocus, onHover } = props;
  return (
    <table className="bells-table bells-targets" aria-label="Where a doorbell is">
      <thead>
        <tr>
          <th scope="col">target</th>
          <th
            scope="col"
            title="vcpu.arch.doorbell_request: set by the sender, consumed at guest entry"
          >
            re&shy;quest
          </th>
          <th scope="col" title="vcpu.arch.vcore.dpdes: saved by the guest exit path">
            saved
          </th>
          <th scope="col" title="DPDES of the hardware thread that runs the vcpu">
            hard&shy;ware
          </th>
          <th scope="col" className="bells-truth" title="What a true bit of DPDES would say">
            pend&shy;ing
          </th>
          <th scope="col">TIR</th>
          <th scope="col" title="HFSCR[MSGP]: 0 = msgsndp, msgclrp, TIR and DPDES trap">
            MSGP
          </th>
          <th scope="col" title="guest MSR[EE]: 1 = a doorbell in DPDES is delivered">
            EE
          </th>
        </tr>
      </thead>
      <tbody>
        {vcpus.map((row) => {
          const path = vcpuPath(vmOf(row.vcpu, catalogue), row.vcpu);
          const marks = `${path === focus ? ' is-focus' : ''}${path === hover ? ' is-hover' : ''}`;
          return <Target key={path} {...{ row, path, marks, catalogue, onFocus, onHover }} />;
        })}
      </tbody>
    </table>
  );
}

const Target = memo(function Target(
  props: Pick<RowMarks, 'onFocus' | 'onHover'> & {
    readonly row: DoorbellVcpu;
    readonly path: string;
    readonly marks: string;
    readonly catalogue: Catalogue;
  },
) {
  const { row, path, marks, catalogue, onFocus, onHover } = props;
  const vm = vmOf(row.vcpu, catalogue);
  const name = nameOf(row.vcpu, catalogue);
  const on = row.hw_dpdes < 0 ? 'not in the guest' : `DPDES of ${placeOf(row, catalogue)}`;
  return (
    <tr
      className={`bells-target${marks}`}
      onMouseEnter={() => onHover(path)}
      onMouseLeave={() => onHover('')}
    >
      <th scope="row">
        <button
          type="button"
          className="bells-name"
          aria-label={`${name}: ${stateOf(row)}, ${holdersOf(row)}`}
          onClick={() => onFocus(path)}
        >
          <TokenInline vm={vm} vcpu={row.vcpu} thr={row.thr} state={stateOf(row)} />
          <span>
            {stateOf(row)}
            <small>{placeOf(row, catalogue)}</small>
          </span>
        </button>
      </th>
      <td>
        <BellBit
          bit={row.doorbell_request}
          label={`doorbell_request of ${name} is ${row.doorbell_request}`}
        />
      </td>
      <td>
        <BellBit bit={row.saved_dpdes} label={`saved dpdes of ${name} is ${row.saved_dpdes}`} />
      </td>
      <td>
        <BellBit
          bit={row.hw_dpdes}
          label={row.hw_dpdes < 0 ? `${name} is ${on}` : `${on} is ${row.hw_dpdes}`}
        />
      </td>
      <td className="bells-truth">
        <BellBit bit={row.pending} label={`${name}: ${holdersOf(row)}`} />
      </td>
      <td>{row.tir}</td>
      <td>{row.hfscr_msgp}</td>
      <td>{row.ee}</td>
    </tr>
  );
}, sameProps);
