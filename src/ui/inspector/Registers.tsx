// Numbered registers in four columns, each value as two halves of 32 bits so that a narrow panel holds them.
import { memo } from 'react';
import {
  Details,
  type FieldRowData,
  type FieldRowProps,
  fieldSentence,
  sameField,
} from './FieldRow.tsx';

export interface RegistersProps {
  readonly fields: readonly FieldRowData[];
  /** Path of the register whose details are shown, and of the list's tab stop. */
  readonly open: string;
  readonly tabStop: string;
  readonly onOpen: (path: string) => void;
  readonly onActive: (path: string) => void;
}

export function Registers({ fields, open, tabStop, onOpen, onActive }: RegistersProps) {
  return (
    <ul className="inspector-registers">
      {fields.map((field) => (
        <Register
          key={field.path}
          field={field}
          open={field.path === open}
          tabStop={field.path === tabStop}
          onOpen={onOpen}
          onActive={onActive}
        />
      ))}
    </ul>
  );
}

const Register = memo(
  function Register({ field, open, tabStop, onOpen, onActive }: FieldRowProps) {
    const changed = field.changed === 1;
    const digits = field.value.replace(/^0x/, '').padStart(16, '0');
    return (
      <>
        <li className={open ? 'is-open' : ''}>
          <button
            type="button"
            data-row
            tabIndex={tabStop ? 0 : -1}
            aria-expanded={open}
            aria-label={fieldSentence(field)}
            title={changed ? `${field.value}, was ${field.old}` : field.value}
            onClick={() => onOpen(open ? '' : field.path)}
            onFocus={() => onActive(field.path)}
          >
            <span className="inspector-name">{field.name}</span>
            <Halves key={changed ? field.value : ''} digits={digits} changed={changed} />
          </button>
        </li>
        {open && (
          <li className="inspector-wide">
            <p className="is-code">
              {field.name} = {field.value}
              {changed && <span className="inspector-old"> was {field.old}</span>}
            </p>
            <Details field={field} />
          </li>
        )}
      </>
    );
  },
  (a, b) => a.open === b.open && a.tabStop === b.tabStop && sameField(a.field, b.field),
);

/** Both halves; the zeros in front of the number are dimmed across them. */
function Halves({ digits, changed }: { readonly digits: string; readonly changed: boolean }) {
  const zeros = /^0*/.exec(digits)?.[0].length ?? 0;
  return (
    <span className={changed ? 'inspector-value is-changed' : 'inspector-value'}>
      {[0, 8].map((start) => {
        const half = digits.slice(start, start + 8);
        const dim = Math.min(8, Math.max(0, zeros - start));
        return (
          <span key={start}>
            <i>{half.slice(0, dim)}</i>
            {half.slice(dim)}
          </span>
        );
      })}
    </span>
  );
}

/** True if a group holds nothing but numbered 64-bit registers: r0 to r31, or the gpr and sprg of a vcpu. */
export const areRegisters = (fields: readonly FieldRowData[]): boolean =>
  fields.every(({ name, value }) => /^[a-z]+\d+$/.test(name) && /^0x[\da-f]{16}$/.test(value));
