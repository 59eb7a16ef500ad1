// Where QEMU 7.2's user mode differs from the architecture or from POWER9's choice for an undefined result.
import type { Row } from '../../isa/row.ts';
import { BIG_ENDIAN_ONLY } from './witness-cases.ts';
import { FIXED_KNOWN } from './witness-known-fixed.ts';
import { FLOAT_KNOWN } from './witness-known-float.ts';
import type { Replayed } from './witness-replay.ts';
import type { WitnessMode } from './witness-state.ts';

/** Bits of one register in which the model and QEMU may differ. */
export interface Known {
  readonly rows: RegExp;
  /** Doubleword of the state, by the instruction word. */
  readonly place: (word: number) => number;
  readonly mask: bigint;
  /** Where the manual says what holds, and why the model does otherwise than QEMU. */
  readonly isa: string;
  readonly why: string;
  /** Only in these cases, `seen` being the model's value; in all when left out. */
  readonly when?: (one: Replayed, seen: bigint) => boolean;
}

/** Rows that QEMU cannot run, in one mode or in all. */
export interface NotInQemu {
  readonly rows: RegExp;
  readonly mode?: Exclude<WitnessMode, 'big-endian'>;
  readonly isa: string;
  readonly why: string;
}

export const NOT_IN_QEMU: readonly NotInQemu[] = [
  {
    rows: BIG_ENDIAN_ONLY,
    mode: 'little-endian',
    isa: 'Book I 3.3.5, 3.3.6',
    why: 'alignment interrupt, at which QEMU user mode aborts',
  },
  {
    rows: /^dcbz$/,
    mode: '32-bit',
    isa: 'Book II 4.3.2',
    why: 'the 32-bit CPU has shorter cache blocks',
  },
  {
    rows: /^stqcx\.$/,
    isa: 'Book II 4.6.2',
    why: 'QEMU 7.2 user mode never lets it store',
  },
  {
    rows: /^(icbt|copy|paste\.|clrbhrb|mfbhrbe|wait)$/,
    isa: 'Book II 4.3, 4.4, 4.6.4; Book I chapter 10',
    why: 'QEMU 7.2 does not know the instruction or its user mode aborts at it',
  },
];

export const KNOWN: readonly Known[] = [...FIXED_KNOWN, ...FLOAT_KNOWN];

/** Why a row has no cases in a mode, or undefined when it has. */
export function notInQemu(row: Row, of: WitnessMode): NotInQemu | undefined {
  return NOT_IN_QEMU.find(
    ({ rows, mode }) => rows.test(row.name) && (mode === undefined || mode === of),
  );
}

/** Bits of a doubleword that may differ; notes in `shown` which entries have been of use. */
export function allowed(
  name: string,
  one: Replayed,
  dword: number,
  seen: bigint,
  shown: Set<Known>,
): bigint {
  let mask = 0n;
  for (const known of KNOWN) {
    if (!known.rows.test(name) || known.place(one.word) !== dword) continue;
    if (known.when?.(one, seen) === false) continue;
    if (((seen ^ (one.after[dword] as bigint)) & known.mask) !== 0n) shown.add(known);
    mask |= known.mask;
  }
  return mask;
}
