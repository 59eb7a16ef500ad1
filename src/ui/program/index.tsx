import { type DragEvent, lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import type { AsmError, ImageFile } from '../../workers/protocol.ts';
import type { RowIn } from '../../workers/sections.ts';
import { mistakesIn, mnemonics, uiStore, useUi } from '../store.ts';
import type { EditorHandle } from './editor/Editor.tsx';
import { ProgramView } from './ProgramView.tsx';

const Editor = lazy(() => import('./editor/Editor.tsx'));

/** Quiet time after a key press before the text is looked at. */
const CHECK_MS = 250;
/** Larger than the memory of any guest: not even read. */
const MOST_BYTES = 256 * 1024 * 1024;
const NO_CURSORS: readonly RowIn<'program', 'cursors'>[] = [];
const NO_BREAKPOINTS: readonly RowIn<'program', 'breakpoints'>[] = [];

/** Program view of the page's machine. */
export default function Program() {
  const program = useUi((s) => s.catalogue?.program);
  const draft = useUi((s) => s.draft);
  const setDraft = useUi((s) => s.setDraft);
  const setView = useUi((s) => s.setView);
  const setInsn = useUi((s) => s.setInsn);
  const linkLacks = useUi((s) => s.status?.linkLacks) ?? '';
  const breakpoints = useUi((s) => s.sections.program?.breakpoints) ?? NO_BREAKPOINTS;
  const send = useUi((s) => s.send);
  const lines = useMachineLines();
  const handle = useRef<EditorHandle | null>(null);
  const { dropping, ...drop } = useDrop(openFile);
  const text = draft ?? program?.source ?? '';
  const mistakes = useMistakes(text);
  const known = useMnemonics();
  const codeLines = useMemo(() => program?.lines.map(({ line }) => line) ?? [], [program]);
  if (!program) return null;

  const assemble = () => {
    const now = uiStore.getState().draft ?? program.source; // also what was typed just now
    send.setProgram(now, handle.current?.stops() ?? []);
  };
  const toggle = (line: number) => {
    const address = program.lines.find((row) => row.line === line)?.address;
    if (address === undefined) return sayNoCode(draft !== null);
    send.setBreakpoint(address, !breakpoints.some((row) => row.address === address));
  };
  return (
    <section className="program-drop-zone" aria-label="The guest's program" {...drop}>
      <ProgramView
        {...{ program, mistakes, breakpoints, linkLacks, dropping }}
        edited={draft !== null}
        editor={
          <Suspense fallback={<p className="program-dim">Loading the editor …</p>}>
            <Editor
              {...{ text, lines, mistakes, handle, codeLines }}
              source={program.source}
              mnemonics={known}
              onChange={setDraft}
              onAssemble={assemble}
              onToggle={toggle}
              onLeave={() => document.getElementById('view-program')?.focus()}
            />
          </Suspense>
        }
        onAssemble={assemble}
        onDiscard={() => setDraft(null)}
        onOwn={() => send.setProgram(null, [])}
        onFile={openFile}
        onGoTo={(line, column) => handle.current?.goTo(line, column)}
        onShow={(row) => {
          if (row.line > 0) return handle.current?.show(row.line);
          setInsn(row.address.toString(16));
          setView('code');
        }}
        onRemove={(row) => send.setBreakpoint(row.address, false)}
        onPlace={(base, entry) => {
          if (opened) send.setImage({ ...opened, base, entry });
        }}
      />
    </section>
  );
}

function sayNoCode(edited: boolean): void {
  uiStore
    .getState()
    .notify(
      'info',
      'There is no instruction at this line or below it.',
      edited ? 'Lines that were typed since have none until they are assembled.' : '',
    );
}

/** The file opened last, for loading raw bytes at another place. */
let opened: ImageFile | null = null;

/** Reads a file and makes it the guest's program. */
function openFile(file: File): void {
  const { notify, send } = uiStore.getState();
  if (file.size > MOST_BYTES) {
    const size = Math.round(file.size / 1024 / 1024);
    notify('error', `${file.name} has ${size} MiB, more than the memory of any guest.`);
    return;
  }
  file.arrayBuffer().then(
    (buffer) => {
      opened = { name: file.name, bytes: new Uint8Array(buffer) };
      send.setImage(opened);
    },
    (reason: unknown) => notify('error', `${file.name} cannot be read: ${String(reason)}`),
  );
}

/** Where the focus stands and where runs stop, in lines of the machine's program. */
function useMachineLines() {
  const cursors = useUi((s) => s.sections.program?.cursors) ?? NO_CURSORS;
  const breakpoints = useUi((s) => s.sections.program?.breakpoints) ?? NO_BREAKPOINTS;
  return useMemo(() => {
    const own = cursors.find((row) => row.focus === 1);
    return {
      current: own?.line ?? 0,
      next: own?.next === 1,
      breakpoints: breakpoints.map(({ line }) => line).filter((line) => line > 0),
    };
  }, [cursors, breakpoints]);
}

/** The assembler's mistakes in a text, looked for when typing pauses. */
function useMistakes(text: string): readonly AsmError[] {
  const mistakes = useUi((s) => s.mistakes);
  const setMistakes = useUi((s) => s.setMistakes);
  useEffect(() => {
    let old = false;
    const timer = setTimeout(() => {
      mistakesIn(text).then(
        (found) => {
          if (!old) setMistakes(found);
        },
        () => undefined, // the worker has died; the page says so
      );
    }, CHECK_MS);
    return () => {
      old = true;
      clearTimeout(timer);
    };
  }, [text, setMistakes]);
  return mistakes;
}

function useMnemonics(): readonly string[] {
  const [known, setKnown] = useState<readonly string[]>([]);
  useEffect(() => {
    mnemonics().then(setKnown, () => undefined); // without the list every word may be one
  }, []);
  return known;
}

/** Handlers of a zone that takes one file, and whether a file is held over it. */
function useDrop(take: (file: File) => void) {
  const [depth, setDepth] = useState(0);
  const holdsFile = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  return {
    dropping: depth > 0,
    onDragEnter: (event: DragEvent) => {
      if (holdsFile(event)) setDepth((d) => d + 1);
    },
    onDragLeave: (event: DragEvent) => {
      if (holdsFile(event)) setDepth((d) => Math.max(0, d - 1));
    },
    onDragOver: (event: DragEvent) => {
      if (holdsFile(event)) event.preventDefault(); // otherwise the browser opens the file
    },
    // In the capture phase: the editor would insert the file as text.
    onDropCapture: (event: DragEvent) => {
      const file = event.dataTransfer.files[0];
      setDepth(0);
      if (!file) return;
      event.preventDefault();
      event.stopPropagation();
      take(file);
    },
  };
}
