// What a file holds that took the program's place: its segments and where it starts.
import { useState } from 'react';
import type { ProgramText } from '../../workers/protocol.ts';
import { parseHex } from '../inspector/bits.ts';
import { hex } from '../marks/text.ts';
import type { ProgramViewProps } from './ProgramView.tsx';

interface ImageFactsProps {
  readonly program: ProgramText;
  readonly onPlace: ProgramViewProps['onPlace'];
}

export function ImageFacts({ program, onPlace }: ImageFactsProps) {
  const { file, format, mode, segments, entry, symbols } = program;
  return (
    <div className="program-image">
      <dl>
        <dt>file</dt>
        <dd>{file}</dd>
        <dt>format</dt>
        <dd>
          {format === 'elf' ? 'ELF' : 'raw bytes'}, {mode}
        </dd>
        <dt>starts at</dt>
        <dd className="value">{hex(entry)}</dd>
        <dt>symbols</dt>
        <dd>{symbols === 0 ? 'none in the file' : symbols.toLocaleString('en')}</dd>
      </dl>
      <table>
        <caption>Segments, loaded at their physical addresses</caption>
        <thead>
          <tr>
            <th scope="col">from</th>
            <th scope="col">to</th>
            <th scope="col">bytes</th>
            <th scope="col">zeroed</th>
          </tr>
        </thead>
        <tbody>
          {segments.map(({ address, bytes, size }) => (
            <tr key={address}>
              <td>{hex(address)}</td>
              <td>{hex(address + size)}</td>
              <td>{bytes.toLocaleString('en')}</td>
              <td>{(size - bytes).toLocaleString('en')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {format === 'raw' && (
        <Place
          key={`${segments[0]?.address} ${entry}`}
          base={BigInt(segments[0]?.address ?? 0)}
          entry={entry}
          onPlace={onPlace}
        />
      )}
      <p className="program-dim">
        Its code is in the Code path. The checks that read symbols of the scenario’s own program say
        so.
      </p>
    </div>
  );
}

/** Raw bytes do not say where they belong. */
function Place(props: {
  readonly base: bigint;
  readonly entry: bigint;
  readonly onPlace: ProgramViewProps['onPlace'];
}) {
  const [base, setBase] = useState(hex(props.base));
  const [entry, setEntry] = useState(hex(props.entry));
  const [from, start] = [parseHex(base), parseHex(entry)];
  const bad = from === undefined || start === undefined;
  return (
    <form
      className="program-at"
      onSubmit={(event) => {
        event.preventDefault();
        if (!bad) props.onPlace(from, start);
      }}
    >
      <label>
        load at{' '}
        <input
          className="field value"
          size={12}
          value={base}
          onChange={(event) => setBase(event.target.value)}
        />
      </label>
      <label>
        start at{' '}
        <input
          className="field value"
          size={12}
          value={entry}
          onChange={(event) => setEntry(event.target.value)}
        />
      </label>
      <button type="submit" className="button" disabled={bad}>
        Load again
      </button>
      {bad && <span role="alert">Addresses are written 0x and up to 16 hexadecimal digits.</span>}
    </form>
  );
}
