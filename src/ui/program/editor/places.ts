// The lines of the machine's program in a text that has been edited since: where each has gone. Breakpoints and the
// current line belong to the machine, so they are kept as its lines and carried along through the edits.
import {
  type ChangeDesc,
  ChangeSet,
  type EditorState,
  MapMode,
  StateEffect,
  StateField,
  Text,
} from '@codemirror/state';

/** Lines of the machine's program, from 1. */
export interface MachineLines {
  /** Line at which the focus stands, 0 if none. */
  readonly current: number;
  /** It is what the next step executes. */
  readonly next: boolean;
  readonly breakpoints: readonly number[];
}

interface Base {
  /** The machine's program. */
  readonly text: Text;
  /** What has been edited since. */
  readonly edits: ChangeDesc;
}

/** The machine has another program; `edits` lead from it to the document. */
const setBase = StateEffect.define<Base>();
export const setLines = StateEffect.define<MachineLines>();

export const baseField = StateField.define<Base>({
  create: ({ doc }) => ({ text: doc, edits: ChangeSet.empty(doc.length) }),
  update: (base, tr) => {
    const set = tr.effects.find((effect) => effect.is(setBase));
    if (set) return set.value;
    return tr.docChanged ? { ...base, edits: base.edits.composeDesc(tr.changes.desc) } : base;
  },
});

export const linesField = StateField.define<MachineLines>({
  create: () => ({ current: 0, next: false, breakpoints: [] }),
  update: (lines, tr) => tr.effects.find((effect) => effect.is(setLines))?.value ?? lines,
});

/** The one change that leads from `a` to `b`: what lies between their common beginning and end. */
export function difference(a: Text, b: Text): ChangeSet {
  const [from, to] = [a.toString(), b.toString()];
  const most = Math.min(from.length, to.length);
  let start = 0;
  while (start < most && from.charCodeAt(start) === to.charCodeAt(start)) start++;
  let end = 0;
  while (end < most - start && from.at(-1 - end) === to.at(-1 - end)) end++;
  if (start === from.length && start === to.length) return ChangeSet.empty(a.length);
  const insert = b.slice(start, to.length - end);
  return ChangeSet.of({ from: start, to: from.length - end, insert }, a.length);
}

const textOf = (source: string): Text => Text.of(source.split(/\r\n?|\n/));

/** What makes the document `text`, and the machine's program `source`; nothing when both are so already. */
export function syncWith(state: EditorState, source: string, text: string) {
  const doc = textOf(text);
  const base = textOf(source);
  const sameDoc = state.doc.eq(doc);
  const sameBase = state.field(baseField).text.eq(base);
  if (sameDoc && sameBase) return null;
  return {
    ...(!sameDoc && { changes: difference(state.doc, doc) }),
    ...(!sameBase && { effects: setBase.of({ text: base, edits: difference(base, doc).desc }) }),
  };
}

/** Line of the document to which a line of the machine's program has gone, 0 when it has been deleted. */
export function lineNow(state: EditorState, line: number): number {
  const { text, edits } = state.field(baseField);
  if (line < 1 || line > text.lines) return 0;
  const { from } = text.line(line);
  const at = edits.mapPos(from, 1, MapMode.TrackAfter);
  return at === null ? 0 : state.doc.lineAt(at).number;
}

/** The first of `lines` (of the machine's program) that is now at line `now` of the document or below it, 0 if none. */
export function lineBelow(state: EditorState, lines: readonly number[], now: number): number {
  let best = { line: 0, at: Number.POSITIVE_INFINITY };
  for (const line of lines) {
    const at = lineNow(state, line);
    if (at >= now && at < best.at) best = { line, at };
  }
  return best.line;
}
