// What an instruction does, in words a reader of the manual knows, and what it reads and writes: both come
// from the row's semantics. Notation: Power ISA v3.0B Book I 1.3.4, with '<-' for the arrow.
import { type Flags, VARIANTS, type Variant, variantOfWord } from './decode.ts';
import { Describer, type Place } from './describer.ts';
import { field, REGISTER_PREFIXES } from './fields.ts';
import type { Row } from './row.ts';
import { writeLines } from './rtl-text.ts';

export interface Description {
  readonly rtl: readonly string[];
  readonly reads: readonly Place[];
  readonly writes: readonly Place[];
}

/** Registers and storage that one instruction word reads and writes, e.g. 'r3', 'cr0', 'CA', 'memory'. */
export interface Effects {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** RTL lines and places of a row with its flags known. */
export function describe(row: Row, flags: Flags): Description {
  const describer = new Describer(flags);
  row.sem(describer);
  return {
    rtl: writeLines(describer.lines),
    reads: [...describer.reads.values()],
    writes: [...describer.writes.values()],
  };
}

/** Reads and writes of an instruction word; both empty when it is none. */
export function effectsOf(word: number): Effects {
  const variant: Variant | undefined = VARIANTS[variantOfWord(word)];
  if (variant === undefined) return { reads: [], writes: [] };
  const { reads, writes } = describe(variant.row, variant.flags);
  const names = (places: readonly Place[]) => [
    ...new Set(places.map((place) => placeName(place, word)).filter((name) => name !== '')),
  ];
  return { reads: names(reads), writes: names(writes) };
}

/** 'r4' of the place RA; '' for a (RA|0) that is the value 0. */
function placeName(place: Place, word: number): string {
  if ('name' in place) return place.name;
  const { kind, get } = field(place.field);
  const n = Number(get(word));
  if (kind === 'gpr0' && n === 0) return '';
  if (kind === 'crb') return `cr${n >> 2}.${['lt', 'gt', 'eq', 'so'][n & 3]}`;
  return `${kind === 'spr' ? 'SPR ' : (REGISTER_PREFIXES[kind] ?? '')}${n}`;
}
