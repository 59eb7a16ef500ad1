// What is drawn beside and in the lines: octagon = breakpoint, triangle = current line, cross = mistake.
import { forEachDiagnostic } from '@codemirror/lint';
import { type EditorState, type Extension, RangeSet } from '@codemirror/state';
import { Decoration, EditorView, GutterMarker, gutter } from '@codemirror/view';
import { lineNow, linesField } from './places.ts';

/** What stands in the gutter of one line. */
interface Mark {
  readonly breakpoint: boolean;
  /** The focus stands here; 'next': the next step executes it. */
  readonly current: '' | 'stands' | 'next';
  readonly mistake: boolean;
}

const NS = 'http://www.w3.org/2000/svg';
const OCTAGON = 'M4.5 1H9.5L13 4.5V9.5L9.5 13H4.5L1 9.5V4.5Z';
const ARROW = 'M17 2.5 25 7 17 11.5Z';

class LineMark extends GutterMarker {
  readonly mark: Mark;

  constructor(mark: Mark) {
    super();
    this.mark = mark;
  }
  override eq(other: LineMark): boolean {
    const [a, b] = [this.mark, other.mark];
    return a.breakpoint === b.breakpoint && a.current === b.current && a.mistake === b.mistake;
  }
  override toDOM(): Node {
    const { breakpoint, current, mistake } = this.mark;
    const svg = document.createElementNS(NS, 'svg');
    svg.setAttribute('viewBox', '0 0 28 14');
    if (breakpoint) svg.append(shape(OCTAGON, 'program-octagon'));
    else if (mistake) svg.append(shape('M3 2.5 11 11.5M11 2.5 3 11.5', 'program-cross'));
    if (current !== '') svg.append(shape(ARROW, `program-arrow is-${current}`));
    return svg;
  }
}

function shape(path: string, name: string): SVGElement {
  const element = document.createElementNS(NS, 'path');
  element.setAttribute('d', path);
  element.setAttribute('class', name);
  return element;
}

/** Marks by line number of the document. */
function marksOf(state: EditorState): ReadonlyMap<number, Mark> {
  const marks = new Map<number, Mark>();
  const add = (line: number, mark: Partial<Mark>) => {
    if (line < 1 || line > state.doc.lines) return;
    const none: Mark = { breakpoint: false, current: '', mistake: false };
    marks.set(line, { ...none, ...marks.get(line), ...mark });
  };
  const { breakpoints, current, next } = state.field(linesField);
  for (const line of breakpoints) add(lineNow(state, line), { breakpoint: true });
  if (current > 0) add(lineNow(state, current), { current: next ? 'next' : 'stands' });
  forEachDiagnostic(state, (_, from) => add(state.doc.lineAt(from).number, { mistake: true }));
  return marks;
}

function markers(view: EditorView): RangeSet<GutterMarker> {
  const { state } = view;
  const marks = [...marksOf(state)].sort(([a], [b]) => a - b);
  return RangeSet.of(
    marks.map(([line, mark]) => new LineMark(mark).range(state.doc.line(line).from)),
  );
}

const CURRENT = Decoration.line({ class: 'program-current' });

/** The gutter and the highlighted line; a click beside a line calls `toggle` with its number. */
export function lineMarks(toggle: (view: EditorView, line: number) => void): Extension {
  return [
    gutter({
      class: 'program-gutter',
      markers,
      initialSpacer: () => new LineMark({ breakpoint: false, current: '', mistake: false }),
      domEventHandlers: {
        mousedown: (view, block) => {
          toggle(view, view.state.doc.lineAt(block.from).number);
          return true;
        },
      },
    }),
    EditorView.decorations.compute(['doc', linesField], (state) => {
      const line = lineNow(state, state.field(linesField).current);
      return line === 0
        ? Decoration.none
        : Decoration.set(CURRENT.range(state.doc.line(line).from));
    }),
  ];
}
