// The program that the guest runs: the scenario's own, an edited text in its place, or an image from a file.
import type { Image, loadImage, Segment } from '../guest/image.ts';
import { type AsmError, type AsmResult, assemble } from '../isa/assemble.ts';
import { fail, type Result, succeed } from '../state/user-error.ts';

/** A file of the user's: ELF, or raw bytes with the address of the first one and of the first instruction. */
export interface ImageFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly base?: bigint;
  readonly entry?: bigint;
}

/** What replaces the scenario's program; at most one of the two counts, the image first. */
export interface OtherProgram {
  /** Assembly text. */
  readonly program?: string;
  readonly image?: ImageFile;
}

/** Reads images (guest/image.ts); a page fetches it with the scenarios that the first visit does not need. */
export type ReadImage = typeof loadImage;

/** A program ready to be loaded, with what the page shows of it. */
export interface GuestProgram
  extends Pick<Image, 'segments' | 'entry' | 'littleEndian' | 'sixtyFour' | 'toc' | 'symbols'> {
  readonly kind: 'scenario' | 'edited' | 'image';
  readonly format: 'assembly' | Image['format'];
  /** Assembly text, '' of an image. */
  readonly source: string;
  /** Name of the image's file, else ''. */
  readonly file: string;
  /** Symbols that are places in the program; the others are numbers (.equ). */
  readonly labels: ReadonlyMap<string, bigint>;
  /** Guest address of each line of the text that makes instructions. */
  readonly lines: readonly { readonly address: bigint; readonly line: number }[];
}

/** Longest text, in characters: an assembly of it takes a fraction of a second. */
const MOST_TEXT = 128 * 1024;

/** The program of a machine with `memory` bytes of guest memory. */
export function guestProgram(
  own: string,
  { program, image }: OtherProgram,
  memory: number,
  readImage?: ReadImage,
): Result<GuestProgram> {
  if (image && !readImage) throw new Error('guestProgram: nothing here reads images');
  if (image && readImage) return fromImage(readImage, image, memory);
  const made = fromText(program ?? own, memory);
  if (!made.ok) return made;
  return succeed({ ...made.value, kind: program === undefined ? 'scenario' : 'edited' });
}

/** Every mistake of a text, as the assembler lists them; empty when it makes a program. */
export function mistakesOf(text: string): readonly AsmError[] {
  const made = text.length > MOST_TEXT ? null : assembled(text);
  return made === null || made.ok ? [] : made.errors;
}

function fromImage(readImage: ReadImage, file: ImageFile, memory: number): Result<GuestProgram> {
  const { name, bytes, base, entry } = file;
  const options = {
    realBytes: memory,
    ...(base !== undefined && { base }),
    ...(entry !== undefined && { entry }),
  };
  const loaded = readImage(bytes, options);
  if (!loaded.ok) {
    const { code, message, offset, hint } = loaded.error;
    const place = offset === 0 ? '' : `, byte ${offset}`;
    return fail(code, `${name}${place}: ${message}.`, hint);
  }
  return succeed({
    ...loaded.value,
    kind: 'image',
    source: '',
    file: name,
    labels: loaded.value.symbols,
    lines: [],
  });
}

function fromText(source: string, memory: number): Result<Omit<GuestProgram, 'kind'>> {
  if (source.length > MOST_TEXT) {
    return fail(
      'PROGRAM_TOO_LONG',
      `The program has ${source.length} characters; the assembler takes at most ${MOST_TEXT}.`,
      'Assemble it outside and open the ELF file.',
    );
  }
  const made = assembled(source);
  if (!made.ok) return refused(made.errors);
  const { image, base, symbols, labels, lines } = made;
  const end = base + BigInt(image.length);
  if (end > BigInt(memory)) {
    return fail(
      'PROGRAM_TOO_BIG',
      `The program ends at 0x${end.toString(16)}; guest memory ends at 0x${memory.toString(16)}.`,
      'Look for an .org or .space that is larger than meant.',
    );
  }
  const entry = symbols.get('start');
  if (entry === undefined || entry % 4n !== 0n || entry >= end) {
    return fail(
      'PROGRAM_NO_START',
      entry === undefined
        ? "The program has no label 'start', where vcpu 0 begins."
        : `The program's label 'start' (0x${entry.toString(16)}) is at no instruction.`,
      "Put 'start:' before the first instruction to execute.",
    );
  }
  const segments: Segment[] = [{ real: Number(base), bytes: image, size: image.length }];
  const words = { littleEndian: false, sixtyFour: true, toc: null };
  return succeed({
    ...words,
    format: 'assembly',
    source,
    file: '',
    segments,
    entry,
    symbols,
    labels,
    lines: linesOfCode(source, lines),
  });
}

/** Lines that are no directives (data, alignment, .org). */
function linesOfCode(source: string, lines: GuestProgram['lines']): GuestProgram['lines'] {
  const text = source.split('\n');
  return lines.filter(({ line }) => !/^\s*([\w.$]+:\s*)*\./.test(text[line - 1] ?? ''));
}

function refused(errors: readonly AsmError[]): Result<never> {
  const [first] = errors;
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors, the first`;
  return fail(
    'PROGRAM_ERRORS',
    `The program has ${count} in line ${first?.line ?? 1}: ${first?.message ?? ''}.`,
    first?.hint,
  );
}

/** Programs assembled last, by their text: a page makes a machine for every patch switch, a test a thousand. */
const known = new Map<string, AsmResult>();
const MOST_KNOWN = 16;

function assembled(text: string): AsmResult {
  const made = known.get(text) ?? assembleAny(text);
  known.delete(text);
  known.set(text, made);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return made;
}

/** A text from a link may be anything, also thousands of parentheses: those end the stack, not the page. */
function assembleAny(text: string): AsmResult {
  try {
    return assemble(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = 'an expression nests deeper than any program needs';
    const lines = text.split('\n');
    const longest = lines.reduce((a, b) => (b.length > a.length ? b : a), '');
    const line = lines.indexOf(longest) + 1; // it takes a long line to do so
    return { ok: false, errors: [{ code: 'ASM_SYNTAX', line, column: 1, text: '', message }] };
  }
}
