// The scenario's promises at this position, what breaks them, and the counters.
import { useId } from 'react';
import type { RowIn, Section } from '../../workers/sections.ts';
import { TwinTable } from '../marks/TwinTable.tsx';
import { MarkShape } from '../transport/Scrubber.tsx';
import { longCount } from '../transport/speed.ts';
import './checks.css';

export interface ChecksProps {
  /** What the scenario shows. */
  readonly about: string;
  readonly checks: Section<'checks'>;
  readonly violations: readonly RowIn<'history', 'violations'>[];
  readonly inputs: readonly RowIn<'history', 'inputs'>[];
  readonly onFocus: (path: string) => void;
  readonly onGoto: (step: number) => void;
}

export function ChecksView(props: ChecksProps) {
  const { about, checks, violations, inputs, onFocus, onGoto } = props;
  return (
    <div className="checks">
      {about !== '' && <p className="checks-about">{about}</p>}
      <section aria-labelledby="checks-list">
        <h3 id="checks-list">Promises of the patched kernel</h3>
        <ul className="checks-list">
          {checks.checks.map((c) => (
            <li key={c.name} className={c.ok === 0 ? 'check is-failed' : 'check'}>
              <CheckMark verdict={c.ok} />
              <div>
                <p className="check-what">
                  <span className="value">{c.name}</span> {c.what}
                </p>
                {c.why !== '' && <p className="check-why">{c.why}</p>}
                {c.where !== '' && (
                  <button
                    type="button"
                    className="button is-plain"
                    onClick={() => onFocus(c.where)}
                  >
                    show {c.where}
                  </button>
                )}
              </div>
            </li>
          ))}
        </ul>
        {checks.checks.length === 0 && (
          <p className="check-why">This scenario makes no promises at this position.</p>
        )}
      </section>
      <Moments
        title="Invariants that did not hold"
        none="None so far on this branch."
        rows={violations.map((v) => ({ step: v.step, text: `${v.id}: ${v.why}` }))}
        onGoto={onGoto}
      />
      <Moments
        title="Injected inputs"
        none="None on this branch; press i to inject."
        rows={inputs}
        onGoto={onGoto}
      />
      {checks.anatomy.length > 0 && <Anatomy rows={checks.anatomy} />}
      <section aria-labelledby="checks-counters">
        <h3 id="checks-counters">Counters</h3>
        <dl className="counters">
          {checks.counters.map((c) => (
            <div key={c.name}>
              <dt>{c.name}</dt>
              <dd className="value">{longCount(c.value)}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}

/** The registers that the last entry and exit switched: the host's, the guest's, the host's again. */
function Anatomy({ rows }: { readonly rows: readonly RowIn<'checks', 'anatomy'>[] }) {
  return (
    <section className="anatomy">
      <TwinTable
        caption="Registers at the last entry and exit"
        columns={['register', 'host', 'guest enters', 'guest leaves', 'host again']}
        rows={rows.map((r) => [r.register, r.host, r.entered, r.left, r.after])}
      />
    </section>
  );
}

/** Verdict by shape, not colour: 1 holds, a tick; 0 broken, the triangle; -1 not yet decided, an open ring. */
export function CheckMark({ verdict }: { readonly verdict: number }) {
  if (verdict === 0) {
    return (
      <>
        <MarkShape shape="violation" />
        <span className="visually-hidden">broken</span>
      </>
    );
  }
  return (
    <svg
      className="mark-shape check-mark"
      viewBox="0 0 12 12"
      role="img"
      aria-label={verdict > 0 ? 'holds' : 'not yet'}
    >
      {verdict > 0 ? <path d="M1.5 6.5 4.5 9.5 10.5 2.5" /> : <circle cx="6" cy="6" r="3.75" />}
    </svg>
  );
}

function Moments(props: {
  readonly title: string;
  readonly none: string;
  readonly rows: readonly { readonly step: number; readonly text: string }[];
  readonly onGoto: (step: number) => void;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{props.title}</h3>
      {props.rows.length === 0 && <p className="check-why">{props.none}</p>}
      <ul className="moments">
        {props.rows.map((row) => (
          <li key={`${row.step} ${row.text}`}>
            <button
              type="button"
              className="button is-plain value"
              onClick={() => props.onGoto(row.step)}
            >
              @ {longCount(row.step)}
            </button>
            {row.text}
          </li>
        ))}
      </ul>
    </section>
  );
}
