import { EditorState, Text } from '@codemirror/state';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baseField, difference, lineBelow, lineNow, linesField, syncWith } from './places.ts';

const stateOf = (doc: string) => EditorState.create({ doc, extensions: [baseField, linesField] });
/** The state after the text has been typed over by `edit`. */
function typed(state: EditorState, from: number, to: number, insert: string): EditorState {
  return state.update({ changes: { from, to, insert } }).state;
}

const SOURCE = 'one\ntwo\nthree\nfour';

describe("a line of the machine's program", () => {
  test('moves with what is typed above it and stays with what is typed behind it', () => {
    const state = stateOf(SOURCE);
    expect(lineNow(typed(state, 0, 0, 'zero\n'), 3)).toBe(4);
    expect(lineNow(typed(state, SOURCE.length, SOURCE.length, '\nfive'), 3)).toBe(3);
    expect(lineNow(typed(state, 8, 8, '        '), 3)).toBe(3);
  });

  test('is nowhere once its text has been deleted', () => {
    const without = typed(stateOf(SOURCE), 4, 8, '');
    expect(lineNow(without, 2)).toBe(0);
    expect(lineNow(without, 3)).toBe(2);
    expect(lineNow(without, 9)).toBe(0);
  });

  test('is found from where one clicks, at that place or below it', () => {
    const state = typed(stateOf(SOURCE), 0, 0, '# new\n');
    expect(lineBelow(state, [1, 3], 3)).toBe(3);
    expect(lineBelow(state, [1, 3], 1)).toBe(1);
    expect(lineBelow(state, [1, 3], 5)).toBe(0);
  });
});

describe('the program and the text', () => {
  test('are brought together by one change; nothing is done when they are so', () => {
    const state = stateOf(SOURCE);
    expect(syncWith(state, SOURCE, SOURCE)).toBeNull();
    const spec = syncWith(state, SOURCE, `${SOURCE}\nfive`);
    expect(spec && state.update(spec).state.doc.toString()).toBe(`${SOURCE}\nfive`);
    expect(spec).not.toHaveProperty('effects');
  });

  test('after assembling the text is the program: every line is where it is', () => {
    const edited = typed(stateOf(SOURCE), 0, 0, 'zero\n');
    const now = edited.doc.toString();
    const spec = syncWith(edited, now, now);
    const state = spec ? edited.update(spec).state : edited;
    expect(lineNow(state, 1)).toBe(1);
    expect(state.doc.toString()).toBe(now);
  });

  test('another program under an edited text carries over the lines they share', () => {
    const edited = typed(stateOf(SOURCE), 0, 0, 'zero\n');
    const spec = syncWith(edited, 'ONE\ntwo\nthree\nfour', edited.doc.toString());
    const state = spec ? edited.update(spec).state : edited;
    expect(lineNow(state, 2)).toBe(3);
    expect(lineNow(state, 1)).toBe(0);
  });

  test('the difference of two texts leads from one to the other', () => {
    const line = fc.constantFrom('a', 'b', 'ab', '');
    const text = fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => Text.of(lines));
    const law = fc.property(text, text, (a, b) => {
      expect(difference(a, b).apply(a).eq(b)).toBe(true);
    });
    fc.assert(law, { seed: 3, numRuns: 500 });
  });
});
