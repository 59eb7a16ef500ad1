// A small language mode for GNU assembly of Power. Colour means partition in this page, so classes of words differ by
// weight, slant and luminance.
import { HighlightStyle, StreamLanguage, type StringStream } from '@codemirror/language';
import { tags } from '@lezer/highlight';

/** What the text is made of. */
export type Kind =
  | 'comment'
  | 'string'
  | 'label'
  | 'directive'
  | 'mnemonic'
  | 'unknown'
  | 'register'
  | 'number'
  | 'symbol'
  | 'other';

interface LineState {
  /** The next word names an instruction or directive, or is a label. */
  head: boolean;
  /** Inside a comment of several lines. */
  inComment: boolean;
}

const REGISTER =
  /^(r([12]?\d|3[01])|f([12]?\d|3[01])|v([12]?\d|3[01])|vs([1-5]?\d|6[0-3])|cr[0-7]|lt|gt|eq|so)$/i;
const WORD = /^[\w.$]+/;

/** Reads one token; `known` tells whether a word is a mnemonic. */
export function readToken(
  stream: StringStream,
  state: LineState,
  known: (word: string) => boolean,
): Kind {
  if (stream.sol()) state.head = true;
  if (state.inComment || stream.match('/*')) {
    state.inComment = !stream.match(/^.*?\*\//);
    if (state.inComment) stream.skipToEnd();
    return 'comment';
  }
  if (stream.eatSpace()) return 'other';
  if (stream.match(/^#.*/)) return 'comment';
  if (stream.match(/^"(\\.|[^"\\])*"?/) || stream.match(/^'(\\.|[^\\])'?/)) return 'string';
  if (stream.eat(';')) {
    state.head = true;
    return 'other';
  }
  if (stream.match(/^[\w.$]+(?=\s*:)/)) return 'label';
  if (stream.match(/^(0x[\da-f]+|0b[01]+|\d+[bf]?)\b/i)) return 'number';
  const word = stream.match(WORD);
  if (!word) {
    stream.next();
    return 'other';
  }
  return wordKind((word as RegExpMatchArray)[0], stream, state, known);
}

function wordKind(
  word: string,
  stream: StringStream,
  state: LineState,
  known: (word: string) => boolean,
): Kind {
  const head = state.head;
  state.head = false;
  if (head) {
    if (word.startsWith('.')) return 'directive';
    // bne- and bdnz+ carry a branch hint; 'name = value' is an assignment.
    const hint = stream.match(/^[+-](?=\s|$)/, false) ? stream.peek() : '';
    if (known(word) || known(`${word}${hint}`)) return 'mnemonic';
    return stream.match(/^\s*=/, false) ? 'symbol' : 'unknown';
  }
  return REGISTER.test(word) ? 'register' : 'symbol';
}

/** The language, with the assembler's own list of mnemonics. */
export function powerAssembly(mnemonics: ReadonlySet<string>): StreamLanguage<LineState> {
  // Before the list has come nothing is called unknown.
  const known = (word: string) => mnemonics.size === 0 || mnemonics.has(word);
  return StreamLanguage.define<LineState>({
    name: 'power-assembly',
    startState: () => ({ head: true, inComment: false }),
    copyState: (state) => ({ ...state }),
    token: (stream, state) => readToken(stream, state, known),
    tokenTable: {
      comment: tags.comment,
      string: tags.string,
      label: tags.labelName,
      directive: tags.meta,
      mnemonic: tags.keyword,
      unknown: tags.invalid,
      register: tags.variableName,
      number: tags.number,
      symbol: tags.name,
      other: tags.content,
    },
    languageData: { commentTokens: { line: '#' } },
  });
}

export const POWER_STYLE = HighlightStyle.define([
  { tag: tags.comment, class: 'asm-comment' },
  { tag: tags.string, class: 'asm-string' },
  { tag: tags.labelName, class: 'asm-label' },
  { tag: tags.meta, class: 'asm-directive' },
  { tag: tags.keyword, class: 'asm-mnemonic' },
  { tag: tags.invalid, class: 'asm-unknown' },
]);
