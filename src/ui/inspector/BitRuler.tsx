// A register as a ruler of bits in rows of 32, with its named fields listed under it.
import { placeText, type Ruler } from './bits.ts';

/** Bits in a row of the ruler; 32 fit a panel of 300 pixels. */
const ROW = 32;
/** Every eighth bit carries its number. */
const TICK = 8;

export function BitRuler({ name, ruler }: { readonly name: string; readonly ruler: Ruler }) {
  const { bits, fields } = ruler;
  const rows = Array.from({ length: bits.length / ROW }, (_, r) => r * ROW);
  return (
    <div className="inspector-ruler">
      {rows.map((start) => (
        <div key={start} className="inspector-bits" aria-hidden="true">
          {bits.slice(start, start + ROW).map((bit, i) => {
            const at = bits.length - 1 - start - i;
            return (
              <span
                key={at}
                className={bitClass(bit)}
                title={`bit ${at}${bit.field === '' ? '' : `: ${bit.field}`}`}
              >
                {at % TICK === TICK - 1 && <small>{at}</small>}
                {bit.set ? '1' : '0'}
              </span>
            );
          })}
        </div>
      ))}
      <table>
        <caption>Fields of {name}</caption>
        <thead>
          <tr>
            <th scope="col">field</th>
            <th scope="col">bits</th>
            <th scope="col">value</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.name} className={field.value === 0n ? 'is-zero' : ''}>
              <th scope="row">{field.name}</th>
              <td>{placeText(field, bits.length)}</td>
              <td className={field.changed ? 'is-changed' : ''}>
                {field.width > 3 ? `0x${field.value.toString(16)}` : field.value.toString()}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function bitClass(bit: Ruler['bits'][number]): string {
  const field = bit.field === '' ? '' : bit.first ? ' is-named is-first' : ' is-named';
  return `${bit.set ? 'is-set' : 'is-clear'}${field}${bit.changed ? ' is-changed' : ''}`;
}
