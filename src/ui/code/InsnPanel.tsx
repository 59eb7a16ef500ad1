// One instruction explained: its form drawn as in the manual, RTL, and what it reads and writes with the values before
// and after. What it shows is the worker's section `insn`; it makes up no value.
import type { Section } from '../../workers/sections.ts';
import { Icon } from '../transport/Icon.tsx';
import { wordText } from './Disassembly.tsx';
import './insn.css';

type Explained = Section<'insn'>;
type FieldRow = Explained['fields'][number];
type PlaceRow = Explained['places'][number];

export interface InsnPanelProps {
  readonly explained: Explained;
  readonly onClose: () => void;
}

export function InsnPanel({ explained, onClose }: InsnPanelProps) {
  const [insn] = explained.insn;
  return (
    <section
      id="code-explained"
      className="insn"
      aria-label={insn ? `Instruction ${insn.text}` : 'Instruction'}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        onClose();
        event.stopPropagation();
      }}
    >
      <header className="insn-head">
        <h3>
          {insn ? (
            <>
              <code>{insn.text}</code>
              <span className="insn-where">
                {insn.symbol} · {wordText(insn.word)}
              </span>
            </>
          ) : (
            'No guest memory at this address'
          )}
        </h3>
        <button
          type="button"
          className="button is-icon"
          aria-label="close the explanation"
          title="close (Esc)"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      {insn && (
        <div className="insn-body">
          {insn.name === '' ? (
            <p>This word is no instruction of the modelled processors.</p>
          ) : (
            <>
              <Form fields={explained.fields} />
              <p className="insn-rtl">{insn.rtl}</p>
              <Places rows={explained.places} state={insn.state} />
              <Fields fields={explained.fields} form={insn.form} name={insn.name} />
              <Facts insn={insn} />
            </>
          )}
        </div>
      )}
    </section>
  );
}

/** The 32 bits: names above, the number of each field's first bit below, as the manual draws an instruction. */
function Form({ fields }: { readonly fields: readonly FieldRow[] }) {
  return (
    <div className="insn-form" aria-hidden="true">
      {fields.map(({ name, first, last, value, text }) => (
        <div
          key={first}
          className={fieldClass(name, first === last)}
          style={{ gridColumn: `${first + 1} / ${last + 2}` }}
          title={`${name}, ${bitsText(first, last)}: ${text}`}
        >
          <span className="insn-name">{name}</span>
          <span className="insn-bits">
            {bitsOf(first, value).map(({ at, bit }) => (
              <i key={at}>{bit}</i>
            ))}
          </span>
          <span className="insn-ends">
            <b>{first}</b>
            {last === 31 && first < 29 && <b>31</b>}
          </span>
        </div>
      ))}
    </div>
  );
}

function fieldClass(name: string, oneBit: boolean): string {
  const fixed = name === 'PO' || name === 'XO';
  return `insn-field${fixed ? ' is-fixed' : ''}${oneBit ? ' is-bit' : ''}`;
}

/** The drawing as a table, with what each value means. */
function Fields(props: {
  readonly fields: readonly FieldRow[];
  readonly form: string;
  readonly name: string;
}) {
  return (
    <table className="insn-fields">
      <caption>
        {props.name}: {props.form}-form
      </caption>
      <thead>
        <tr>
          <th scope="col">field</th>
          <th scope="col">bits</th>
          <th scope="col">value</th>
          <th scope="col">meaning</th>
        </tr>
      </thead>
      <tbody>
        {props.fields.map(({ name, first, last, value, text }) => (
          <tr key={first}>
            <th scope="row">{name}</th>
            <td>{first === last ? first : `${first}:${last}`}</td>
            <td>{Number.parseInt(value, 2)}</td>
            <td>{text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The digits of a field with their numbers in the word. */
const bitsOf = (first: number, value: string) =>
  Array.from(value, (bit, i) => ({ at: first + i, bit }));

const bitsText = (first: number, last: number): string =>
  first === last ? `bit ${first}` : `bits ${first} to ${last}`;

const PRIVILEGE: Readonly<Record<string, string>> = {
  problem: 'any',
  supervisor: 'supervisor (MSR[PR]=0)',
  hypervisor: 'hypervisor (MSR[HV]=1, MSR[PR]=0)',
};

function Facts({ insn }: { readonly insn: Explained['insn'][number] }) {
  const version = insn.since === 'P1' ? 'since the first' : `since ${insn.since}`;
  return (
    <dl className="insn-facts">
      <dt>privilege</dt>
      <dd>{PRIVILEGE[insn.privilege] ?? insn.privilege}</dd>
      {insn.facility !== '' && (
        <>
          <dt>facility</dt>
          <dd>needs MSR[{insn.facility}]=1</dd>
        </>
      )}
      <dt>version</dt>
      <dd>
        {version}
        {insn.until !== '' && `, until ${insn.until}`}
      </dd>
      <dt>manual</dt>
      <dd>Power ISA {insn.isa}</dd>
    </dl>
  );
}

const WAYS = ['', 'reads', 'writes', 'reads, writes'] as const;

function Places({ rows, state }: { readonly rows: readonly PlaceRow[]; readonly state: string }) {
  return (
    <table className="insn-places">
      <caption>
        Reads and writes <span className="insn-state">{state}</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">place</th>
          <th scope="col">use</th>
          <th scope="col">before</th>
          <th scope="col">after</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, read, written, before, after }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{WAYS[read + 2 * written]}</td>
            <td>{before === '' ? '–' : before}</td>
            <td className={after !== '' && after !== before ? 'is-changed' : ''}>
              {after === '' ? '–' : after}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
