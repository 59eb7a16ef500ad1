// CodeMirror as a component. Its state (undo history, selection, what has been edited since the last assembly) outlives
// the component, so that a look at another view costs nothing.
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, nextDiagnostic, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Extension, StateEffect } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import type { AsmError } from '../../../workers/protocol.ts';
import { POWER_STYLE, powerAssembly } from './language.ts';
import { lineMarks } from './marks.ts';
import {
  baseField,
  lineBelow,
  lineNow,
  linesField,
  type MachineLines,
  setLines,
  syncWith,
} from './places.ts';

/** What the view asks of the editor beside showing a text. */
export interface EditorHandle {
  /** Puts the cursor at a place of the text, counted from 1. */
  goTo(line: number, column: number): void;
  /** Shows a line of the machine's program. */
  show(line: number): void;
  /** Lines of the text, as it is now, that have breakpoints. */
  stops(): number[];
}

export interface EditorProps {
  /** The machine's program. */
  readonly source: string;
  /** The text to edit. */
  readonly text: string;
  /** Lines of the machine's program that have code. */
  readonly codeLines: readonly number[];
  readonly lines: MachineLines;
  readonly mistakes: readonly AsmError[];
  readonly mnemonics: readonly string[];
  readonly handle: RefObject<EditorHandle | null>;
  readonly onChange: (text: string) => void;
  readonly onAssemble: () => void;
  /** Sets or clears the breakpoint of a line of the machine's program; 0: there is no code at or below that place. */
  readonly onToggle: (line: number) => void;
  readonly onLeave: () => void;
}

/** The editor's state and scroll position while the view is not shown. */
let kept: { readonly state: EditorState; readonly top: number } | null = null;

export default function Editor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useLayoutEffect(() => {
    if (!host.current) return;
    const { handle, source } = latest.current;
    // The extensions call this component, not the one that made the kept state.
    const configure = { effects: StateEffect.reconfigure.of(extensions(latest)) };
    const state = kept?.state ?? EditorState.create({ doc: source });
    const made = new EditorView({ parent: host.current, state: state.update(configure).state });
    const top = kept?.top ?? 0;
    made.requestMeasure({ read: () => 0, write: () => made.scrollDOM.scrollTo({ top }) });
    view.current = made;
    handle.current = handleOf(made);
    return () => {
      kept = { state: made.state, top: made.scrollDOM.scrollTop };
      handle.current = null;
      view.current = null;
      made.destroy();
    };
  }, []);

  useShown(view, props);
  return <div ref={host} className="program-editor" />;
}

/** Brings what the worker and the store say into the editor. */
function useShown(view: RefObject<EditorView | null>, props: EditorProps): void {
  const { source, text, lines, mistakes, mnemonics } = props;
  useLayoutEffect(() => {
    const sync = view.current && syncWith(view.current.state, source, text);
    if (sync) view.current?.dispatch(sync);
  }, [view, source, text]);
  useEffect(() => {
    const effects = language.reconfigure(powerAssembly(new Set(mnemonics)));
    view.current?.dispatch({ effects });
  }, [view, mnemonics]);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const moved = editor.state.field(linesField).current !== lines.current;
    editor.dispatch({ effects: setLines.of(lines) });
    if (moved && !editor.hasFocus) showLine(editor, lineNow(editor.state, lines.current));
  }, [view, lines]);
  useEffect(() => {
    const editor = view.current;
    if (editor) editor.dispatch(setDiagnostics(editor.state, diagnostics(editor.state, mistakes)));
  }, [view, mistakes]);
}

const language = new Compartment();

function extensions(latest: RefObject<EditorProps>): Extension {
  const toggle = (view: EditorView, line: number): void => {
    const { codeLines, onToggle } = latest.current;
    onToggle(lineBelow(view.state, codeLines, line));
  };
  const toggleHere = (view: EditorView): boolean => {
    const { state } = view;
    toggle(view, state.doc.lineAt(state.selection.main.head).number);
    return true;
  };
  const call = (name: 'onAssemble' | 'onLeave') => (): boolean => {
    latest.current[name]();
    return true;
  };
  return [
    baseField,
    linesField,
    lineMarks(toggle),
    lineNumbers(),
    history(),
    language.of(powerAssembly(new Set())),
    syntaxHighlighting(POWER_STYLE),
    EditorState.tabSize.of(8),
    EditorView.contentAttributes.of({
      'aria-label': "The guest's program, Power assembly",
      'aria-describedby': 'program-keys',
      tabindex: '0', // editable text is a tab stop anyway; scans know it only by this
    }),
    keymap.of([
      { key: 'Mod-Enter', run: call('onAssemble') },
      { key: 'F9', run: toggleHere },
      { key: 'F8', run: nextDiagnostic },
      { key: 'Escape', run: call('onLeave') },
      ...defaultKeymap,
      ...historyKeymap,
    ]),
    EditorView.updateListener.of(({ docChanged, state }) => {
      const text = docChanged ? state.doc.toString() : latest.current.text;
      if (text !== latest.current.text) latest.current.onChange(text);
    }),
  ];
}

/** Diagnostics of the assembler's mistakes; a text that has changed since may be shorter. */
function diagnostics({ doc }: EditorState, mistakes: readonly AsmError[]): Diagnostic[] {
  return mistakes.map(({ line, column, text, code, message, hint }) => {
    const { from, to } = doc.line(Math.min(line, doc.lines));
    const start = Math.min(from + column - 1, to);
    const end = Math.min(start + Math.max(1, text.length), to);
    const says = `${message}${hint === undefined ? '' : ` (${hint})`}`;
    return {
      from: start,
      to: Math.max(start, end),
      severity: 'error',
      source: code,
      message: says,
    };
  });
}

/** Scrolls the editor, and nothing around it, so that a line is in its middle when it was not in view. */
function showLine(view: EditorView, line: number): void {
  if (line < 1 || line > view.state.doc.lines) return;
  const { from } = view.state.doc.line(line);
  view.requestMeasure({
    read: () => {
      const { top, bottom } = view.lineBlockAt(from);
      const { scrollTop, clientHeight } = view.scrollDOM;
      const inView = top >= scrollTop && bottom <= scrollTop + clientHeight;
      return inView ? null : Math.max(0, (top + bottom - clientHeight) / 2);
    },
    write: (top) => {
      if (top !== null) view.scrollDOM.scrollTop = top;
    },
  });
}

function handleOf(view: EditorView): EditorHandle {
  return {
    goTo: (line, column) => {
      const { from, to } = view.state.doc.line(Math.min(line, view.state.doc.lines));
      view.dispatch({ selection: { anchor: Math.min(from + column - 1, to) } });
      showLine(view, line);
      view.focus(); // without scrolling the page
    },
    show: (line) => showLine(view, lineNow(view.state, line)),
    stops: () => {
      const { breakpoints } = view.state.field(linesField);
      return breakpoints.map((line) => lineNow(view.state, line)).filter((line) => line > 0);
    },
  };
}
