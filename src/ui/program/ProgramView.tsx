// Program: the guest's assembly as text that can be edited and assembled, or the facts of a file opened instead.
import type { ReactNode } from 'react';
import type { AsmError, ProgramText } from '../../workers/protocol.ts';
import type { RowIn } from '../../workers/sections.ts';
import { hex } from '../marks/text.ts';
import { Breakpoints } from './Breakpoints.tsx';
import { ImageFacts } from './ImageFacts.tsx';
import './program.css';

export type BreakpointRow = RowIn<'program', 'breakpoints'>;

export interface ProgramViewProps {
  readonly program: ProgramText;
  /** The text differs from what runs. */
  readonly edited: boolean;
  readonly mistakes: readonly AsmError[];
  readonly breakpoints: readonly BreakpointRow[];
  /** What a link cannot carry, '' when it is complete. */
  readonly linkLacks: string;
  /** A file is held over the view. */
  readonly dropping: boolean;
  /** The editor; not shown while a file has taken the program's place. */
  readonly editor: ReactNode;
  readonly onAssemble: () => void;
  readonly onDiscard: () => void;
  readonly onOwn: () => void;
  readonly onFile: (file: File) => void;
  readonly onGoTo: (line: number, column: number) => void;
  readonly onShow: (row: BreakpointRow) => void;
  readonly onRemove: (row: BreakpointRow) => void;
  /** Loads a raw image anew at other addresses. */
  readonly onPlace: (base: bigint, entry: bigint) => void;
}

export function ProgramView(props: ProgramViewProps) {
  const { program, edited, mistakes, breakpoints, linkLacks } = props;
  const isImage = program.kind === 'image';
  return (
    <div className={props.dropping ? 'program is-dropping' : 'program'}>
      <div className="program-bar">
        <p className="program-state" role="status">
          {stateText(program, edited)}
        </p>
        <div className="program-tools">
          {!isImage && (
            <button
              type="button"
              className="button is-strong"
              title="Assemble and restart (Ctrl/Cmd+Enter): the machine is made anew with this program; CPU, patches, seed and inputs stay"
              onClick={props.onAssemble}
            >
              Assemble and restart
            </button>
          )}
          {edited && !isImage && (
            <button type="button" className="button" onClick={props.onDiscard}>
              Discard edits
            </button>
          )}
          {program.kind !== 'scenario' && (
            <button
              type="button"
              className="button"
              title="Restart with the program that belongs to the scenario; undo brings this one back"
              onClick={props.onOwn}
            >
              Scenario’s program
            </button>
          )}
          <FileButton onFile={props.onFile} />
        </div>
      </div>
      {linkLacks !== '' && (
        <p className="program-lacks">The link of this position does not carry {linkLacks}.</p>
      )}
      {isImage ? (
        <ImageFacts program={program} onPlace={props.onPlace} />
      ) : (
        <div className="program-text">{props.editor}</div>
      )}
      {!isImage && <Mistakes mistakes={mistakes} onGoTo={props.onGoTo} />}
      <Breakpoints rows={breakpoints} onShow={props.onShow} onRemove={props.onRemove} />
      {!isImage && (
        <p id="program-keys" className="program-keys">
          Ctrl/Cmd+Enter assemble · F9 breakpoint · F8 next mistake · Esc leave
        </p>
      )}
      {props.dropping && <p className="program-drop">Drop an ELF file or raw image here</p>}
    </div>
  );
}

/** What runs, and whether the text is it. */
export function stateText(program: ProgramText, edited: boolean): string {
  const bytes = program.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const size = `${bytes.toLocaleString('en')} bytes, starts at ${hex(program.entry)}`;
  if (program.kind === 'image') return `File ${program.file}: ${size}`;
  if (edited) return 'Edited, not assembled: the machine still runs the program before';
  return `${program.kind === 'edited' ? 'Your program' : 'The scenario’s program'}: ${size}`;
}

function FileButton({ onFile }: { readonly onFile: (file: File) => void }) {
  return (
    <label className="button program-file">
      Open file…
      <input
        type="file"
        className="visually-hidden"
        aria-label="Open an ELF file or raw image as the guest's program"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = ''; // the same file can be opened again
          if (file) onFile(file);
        }}
      />
    </label>
  );
}

const MOST_SHOWN = 50;

function Mistakes(props: Pick<ProgramViewProps, 'mistakes' | 'onGoTo'>) {
  const { mistakes, onGoTo } = props;
  if (mistakes.length === 0) return null;
  const title = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  return (
    <section className="program-mistakes" aria-label="Mistakes in the program">
      <h3>
        {title}
        {mistakes.length > MOST_SHOWN && `, the first ${MOST_SHOWN} are listed`}
      </h3>
      <ul>
        {mistakes.slice(0, MOST_SHOWN).map((mistake, i) => (
          <li key={`${mistake.line} ${mistake.column} ${mistake.code} ${i.toString()}`}>
            <button type="button" onClick={() => onGoTo(mistake.line, mistake.column)}>
              <span className="program-place">
                {mistake.line}:{mistake.column}
              </span>
              <span>
                {mistake.message}
                {mistake.hint !== undefined && (
                  <span className="program-hint"> {mistake.hint}</span>
                )}
              </span>
              <code>{mistake.code}</code>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
