// Runs the witness's cases in the engine and compares the states after them with the recorded ones.
import { HELPERS } from '../../isa/builder.ts';
import type { Version } from '../../isa/row.ts';
import { sprSlot } from '../../isa/spr.ts';
import { Access, Cause, Outcome } from '../api.ts';
import { Engine } from '../engine.ts';
import { FACILITIES } from '../facility.ts';
import { PAGE, THREAD } from '../layout.ts';
import { Arena } from '../memory.ts';
import { casesOf, type Subject, type WitnessCase } from './witness-cases.ts';
import type { Changes } from './witness-file.ts';
import { allowed, type Known } from './witness-known.ts';
import {
  BUFFER,
  BUFFER_AT,
  BUFFER_DWORDS,
  CODE,
  DWORDS,
  EXIT,
  PLACE,
  placeName,
  VSR_AT,
  type WitnessMode,
  type WitnessState,
} from './witness-state.ts';

const SPR = { LR: sprSlot('LR'), CTR: sprSlot('CTR'), TAR: sprSlot('TAR') };
const EVERY_FACILITY = Object.values(FACILITIES).reduce((all, { bit }) => all | bit, 0);
/** PR and, as QEMU has them, FE0 and FE1. */
const MSR = 0x4900n;
const SF = 1n << 63n;
const UPPER = 0xffff_ffffn << 32n;
const SIGILL = 4n;
const TAR = 815n;
const ENDLESS_LOOP = 0x48000000; // b .

/** The signal that a Linux process gets for each cause. */
const SIGNALS: Readonly<Record<Cause, number>> = {
  [Cause.illegal]: 4,
  [Cause.privileged]: 4,
  [Cause.trap]: 5,
  [Cause.alignment]: 7,
  [Cause.fpUnavailable]: 4,
  [Cause.vectorUnavailable]: 4,
  [Cause.vsxUnavailable]: 4,
  [Cause.fpEnabled]: 8,
  [Cause.badAtomic]: 11,
};

/** One case as it was replayed. */
export interface Replayed {
  readonly before: WitnessState;
  /** What QEMU did. */
  readonly after: WitnessState;
  readonly word: number;
  /** State before that word, behind what prepares it. */
  readonly atTarget: () => WitnessState;
}

export interface RowReplay {
  /** One line per register that is not as recorded. */
  readonly failures: readonly string[];
  /** Entries of the list of known differences that showed. */
  readonly known: ReadonlySet<Known>;
  readonly cases: readonly Replayed[];
}

/** A machine of eight pages without translation, whose interrupts end the case. */
export class WitnessMachine {
  readonly #arena = new Arena({ threads: 1, realBytes: 8 * PAGE });
  readonly #engine: Engine;
  readonly #littleEndian: boolean;
  readonly #pages = new BigUint64Array((2 * PAGE) / 8);
  #signal = 0;

  constructor(mode: WitnessMode, version: Version) {
    const littleEndian = mode === 'little-endian';
    const arena = this.#arena;
    this.#littleEndian = littleEndian;
    const engine: Engine = new Engine(
      arena,
      {
        miss(tid, access) {
          const ea = arena.arg(tid, 0);
          const page = Number(ea >> 12n);
          if (page >= 8) throw new Error(`access to 0x${ea.toString(16)}`);
          if (access === Access.fetch) engine.mapFetch(tid, ea, page);
          else engine.mapData(tid, ea, page, true);
          return true;
        },
        helper: (tid, number) => {
          if (HELPERS[number] !== 'mtspr' || arena.arg(tid, 0) !== TAR) throw new Error('helper');
          arena.setSpr(tid, SPR.TAR, arena.arg(tid, 1));
          return Outcome.continue;
        },
        raise: (tid, cause) => {
          this.#signal = SIGNALS[cause];
          arena.setNia(tid, BigInt(EXIT));
        },
      },
      version,
    );
    this.#engine = engine;
    const msr = MSR | (littleEndian ? 1n : 0n) | (mode === '32-bit' ? 0n : SF);
    arena.setSpr(0, sprSlot('MSR'), msr);
    arena.write32(EXIT, ENDLESS_LOOP, littleEndian);
  }

  /** Runs the words in the present state. */
  run(words: readonly number[]): void {
    const arena = this.#arena;
    for (const [i, word] of words.entries()) {
      arena.write32(CODE + 4 * i, word, this.#littleEndian);
    }
    this.#signal = 0;
    arena.setNia(0, BigInt(CODE));
    arena.clearReservation(0);
    this.#engine.run(0, words.length + 1, EVERY_FACILITY);
    if (arena.nia(0) !== BigInt(EXIT)) throw new Error(`stopped at 0x${arena.nia(0).toString(16)}`);
  }

  write(state: WitnessState): void {
    const arena = this.#arena;
    const of = (dword: number) => state[dword] as bigint;
    for (let n = 0; n < 32; n++) arena.setGpr(0, n, of(n));
    for (let n = 0; n < 64; n++) {
      arena.setVsr(0, n, 0, of(VSR_AT + 2 * n));
      arena.setVsr(0, n, 1, of(VSR_AT + 2 * n + 1));
    }
    arena.setCr(0, Number(of(PLACE.CR)));
    arena.setXer(0, of(PLACE.XER));
    for (const name of ['LR', 'CTR', 'TAR'] as const) arena.setSpr(0, SPR[name], of(PLACE[name]));
    arena.setFpscr(0, of(PLACE.FPSCR));
    arena.setVscr(0, Number(of(PLACE.VSCR)));
    for (let i = 0; i < BUFFER_DWORDS; i++) {
      arena.write64(BUFFER + 8 * i, of(BUFFER_AT + i), this.#littleEndian);
    }
  }

  read(): WitnessState {
    const arena = this.#arena;
    const bytes = new Uint8Array(this.#pages.buffer);
    arena.copyPage(0, bytes, 0);
    arena.copyPage(1, bytes, PAGE);
    const state = new BigUint64Array(DWORDS);
    state.set(this.#pages.subarray(0, 32));
    for (let n = 0; n < 128; n++) {
      state[VSR_AT + n] = this.#pages[(THREAD.vsr >> 3) + (n ^ 1)] as bigint;
    }
    state[PLACE.CR] = BigInt(arena.cr(0));
    state[PLACE.XER] = arena.xer(0);
    for (const name of ['LR', 'CTR', 'TAR'] as const) state[PLACE[name]] = arena.spr(0, SPR[name]);
    state[PLACE.FPSCR] = arena.fpscr(0);
    state[PLACE.VSCR] = BigInt(arena.vscr(0));
    state[PLACE.SIGNAL] = BigInt(this.#signal);
    const buffer = new DataView(arena.readBytes(BUFFER, 8 * BUFFER_DWORDS).buffer);
    for (let i = 0; i < BUFFER_DWORDS; i++) {
      state[BUFFER_AT + i] = buffer.getBigUint64(8 * i, this.#littleEndian);
    }
    return state;
  }
}

/** Replays all cases of a subject. Each starts from QEMU's state, so that one failure does not cause others. */
export function replay(
  machine: WitnessMachine,
  subject: Subject,
  mode: WitnessMode,
  recorded: readonly Changes[],
): RowReplay {
  const failures: string[] = [];
  const known = new Set<Known>();
  let state: WitnessState = new BigUint64Array(DWORDS);
  let present: WitnessState | undefined;
  const cases = casesOf(subject, mode).map((one, i) => {
    const before = one.start ?? state;
    state = apply(before, recorded[i] as Changes);
    const word = one.words[one.target] as number;
    const atTarget = () => {
      machine.write(before);
      present = undefined;
      machine.run([...one.words.slice(0, one.target), one.words.at(-1) as number]);
      return machine.read();
    };
    const replayed = { before, after: state, word, atTarget };
    const label = `${subject.name} ${mode} case ${i}`;
    try {
      if (present === undefined || !isSame(present, before)) machine.write(before);
      machine.run(one.words);
      present = machine.read();
      const wrong = compare(seenOf(present, state, mode), replayed, subject.name, known);
      failures.push(...wrong.map((text) => `${label} (${hexWords(one)}): ${text}`));
    } catch (error) {
      failures.push(`${label} (${hexWords(one)}): ${String(error)}`);
    }
    return replayed;
  });
  return { failures, known, cases };
}

/**
 * A 32-bit CPU has only the low words of integer registers and no VSX, and some forms of a row are none of its
 * instructions.
 */
function seenOf(seen: WitnessState, after: WitnessState, mode: WitnessMode): WitnessState {
  if (mode !== '32-bit') return seen;
  if (after[PLACE.SIGNAL] === SIGILL) return after;
  const merged = seen.slice();
  for (let at = 0; at <= PLACE.FPSCR; at++) {
    merged[at] = ((seen[at] as bigint) & ~UPPER) | ((after[at] as bigint) & UPPER);
  }
  for (let at = VSR_AT; at < DWORDS; at++) {
    if (at % 2 === 1 || at >= VSR_AT + 64) merged[at] = after[at] as bigint;
  }
  return merged;
}

function isSame(a: WitnessState, b: WitnessState): boolean {
  return a.every((value, dword) => value === b[dword] || dword === PLACE.SIGNAL);
}

function apply(before: WitnessState, changes: Changes): WitnessState {
  const state = before.slice();
  state[PLACE.SIGNAL] = 0n;
  for (const [dword, value] of changes) state[dword] = value;
  return state;
}

const hexWords = ({ words }: WitnessCase) => words.map((word) => word.toString(16)).join(' ');

function compare(seen: WitnessState, one: Replayed, name: string, known: Set<Known>): string[] {
  const failures: string[] = [];
  for (let dword = 0; dword < DWORDS; dword++) {
    const [got, expected] = [seen[dword] as bigint, one.after[dword] as bigint];
    if (got === expected) continue;
    const wrong = (got ^ expected) & ~allowed(name, one, dword, got, known);
    if (wrong === 0n) continue;
    const was = `was ${hex(one.before[dword] as bigint)}`;
    failures.push(`${placeName(dword)} ${hex(got)}, QEMU ${hex(expected)}, ${was}`);
  }
  return failures;
}

const hex = (value: bigint) => value.toString(16);
