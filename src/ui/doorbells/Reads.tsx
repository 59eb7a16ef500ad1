// Hardware DPDES per thread, and what the last reads of DPDES cost.
import { memo } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import { threadPath } from '../entity.ts';
import { BellBit, Violation } from '../marks/marks.tsx';
import { sameProps } from '../marks/same.ts';
import { compact, hex } from '../marks/text.ts';
import { longCount } from '../transport/speed.ts';
import { type DpdesRead, emulated, nameOf, type ThreadBits, truthOf } from './facts.ts';
import type { RowMarks } from './Targets.tsx';

/** Threads above which a bit is a digit without its bell: each drawing costs the browser something in every picture. */
const MANY = 16;

/** The DPDES of each hardware thread, by core. */
export function HardwareBits(
  props: RowMarks & { readonly threads: readonly ThreadBits[]; readonly catalogue: Catalogue },
) {
  const { threads, catalogue, focus, hover, onFocus, onHover } = props;
  const { threadsPerCore } = catalogue.topology;
  const cores = Array.from({ length: Math.ceil(threads.length / threadsPerCore) }, (_, n) => n);
  const many = threads.length > MANY;
  return (
    <section
      className={many ? 'bells-hardware is-many' : 'bells-hardware'}
      aria-label="DPDES of the hardware threads"
    >
      <b>Hardware DPDES</b>
      {cores.map((core) => (
        <ul key={core} aria-label={`core ${core}`}>
          {threads.slice(core * threadsPerCore, (core + 1) * threadsPerCore).map((row) => {
            const path = threadPath(row.thread, threadsPerCore);
            const runs = row.vcpu < 0 ? '' : nameOf(row.vcpu, catalogue);
            const marks = `${path === focus ? 'is-focus ' : ''}${path === hover ? 'is-hover' : ''}`;
            return <Bits key={path} {...{ row, path, runs, marks, many, onFocus, onHover }} />;
          })}
        </ul>
      ))}
    </section>
  );
}

/** One hardware thread. */
const Bits = memo(function Bits(
  props: Pick<RowMarks, 'onFocus' | 'onHover'> & {
    readonly row: ThreadBits;
    readonly path: string;
    readonly runs: string;
    readonly marks: string;
    readonly many: boolean;
  },
) {
  const { row, path, runs, marks, many, onFocus, onHover } = props;
  const label = `DPDES of ${path} is ${row.dpdes}`;
  return (
    <li>
      <button
        type="button"
        className={marks}
        title={`${path}: DPDES ${row.dpdes}, hypervisor doorbell ${row.dhdes}, TIR ${row.tir}, HFSCR ${hex(row.hfscr)}`}
        onClick={() => onFocus(path)}
        onMouseEnter={() => onHover(path)}
        onMouseLeave={() => onHover('')}
      >
        <span>{path.replace('core', 'c')}</span>
        <span className="bells-dim">{runs}</span>
        {many ? (
          <b
            className={row.dpdes > 0 ? 'bells-bit is-on' : 'bells-bit'}
            role="img"
            aria-label={label}
          >
            {row.dpdes}
          </b>
        ) : (
          <BellBit bit={row.dpdes} label={label} />
        )}
      </button>
    </li>
  );
}, sameProps);

export function Reads(props: {
  readonly reads: readonly DpdesRead[];
  readonly catalogue: Catalogue;
  readonly onStep: (step: number) => void;
}) {
  const { reads, catalogue, onStep } = props;
  return (
    <table className="bells-table bells-reads">
      <caption>Last reads of DPDES</caption>
      <thead>
        <tr>
          <th scope="col">step</th>
          <th scope="col">by</th>
          <th scope="col">value</th>
          <th scope="col">IPIs</th>
          <th scope="col" title="illustrative model cycles from trap to result">
            model cycles
          </th>
          <th scope="col" title="each bit was that vcpu's state at some instant of the read">
            was true
          </th>
        </tr>
      </thead>
      <tbody>
        {reads.map((read) => (
          <Read key={`${read.step} ${read.vcpu}`} {...{ read, catalogue, onStep }} />
        ))}
        {reads.length === 0 && (
          <tr>
            <td colSpan={6} className="bells-dim">
              {emulated(catalogue)
                ? 'No guest has read DPDES yet.'
                : 'Nothing is emulated: mfspr DPDES reads the register itself.'}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

const Read = memo(function Read(props: {
  readonly read: DpdesRead;
  readonly catalogue: Catalogue;
  readonly onStep: (step: number) => void;
}) {
  const { read, catalogue, onStep } = props;
  return (
    <tr>
      <td>
        <button type="button" title={`go to step ${read.step}`} onClick={() => onStep(read.step)}>
          {longCount(read.step)}
        </button>
      </td>
      <td>{nameOf(read.vcpu, catalogue)}</td>
      <td>{hex(read.value)}</td>
      <td>{read.ipis}</td>
      <td>{compact(read.cycles)}</td>
      <td className="bells-true">
        {read.wrong === '' ? truthOf(read) : <Violation>{truthOf(read)}</Violation>}
      </td>
    </tr>
  );
}, sameProps);
