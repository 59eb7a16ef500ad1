// The registers of bare mode by name: what a run prints and what the next one can be given.

import type { Hardware } from '../hardware/hardware.ts';
import { readSpr, writeSpr } from '../hardware/spr-access.ts';
import { sprSlot } from '../isa/spr.ts';

/** The one thread that runs. */
export const BARE_THREAD = 0;

/** A register: its name in the output, its width, and how to get at it. */
export interface BareRegister {
  readonly name: string;
  readonly bits: 32 | 64 | 128;
  readonly get: (hw: Hardware) => bigint;
  readonly set: (hw: Hardware, value: bigint) => void;
}

const T = BARE_THREAD;
const LOW = (1n << 64n) - 1n;

const numbered = (make: (n: number) => BareRegister): BareRegister[] =>
  Array.from({ length: 32 }, (_, n) => make(n));

function spr(name: string, bits: 32 | 64 = 64): BareRegister {
  const slot = sprSlot(name.toUpperCase());
  return {
    name,
    bits,
    get: (hw) => readSpr(hw, T, slot),
    set: (hw, value) => writeSpr(hw, T, slot, value),
  };
}

/** All registers, in the order in which they are printed. */
export const BARE_REGISTERS: readonly BareRegister[] = [
  ...numbered((n) => ({
    name: `r${n}`,
    bits: 64,
    get: ({ arena }) => arena.gpr(T, n),
    set: ({ arena }, value) => arena.setGpr(T, n, value),
  })),
  {
    name: 'pc',
    bits: 64,
    get: ({ arena }) => arena.nia(T),
    set: ({ arena }, value) => arena.setNia(T, value & ~3n),
  },
  { name: 'msr', bits: 64, get: (hw) => hw.msr(T), set: (hw, value) => hw.setMsr(T, value) },
  {
    name: 'cr',
    bits: 32,
    get: ({ arena }) => BigInt(arena.cr(T)),
    set: ({ arena }, value) => arena.setCr(T, Number(value)),
  },
  spr('lr'),
  spr('ctr'),
  spr('xer'),
  ...numbered((n) => ({
    name: `fpr${n}`,
    bits: 64,
    get: ({ arena }) => arena.vsr(T, n, 0),
    set: ({ arena }, value) => arena.setVsr(T, n, 0, value),
  })),
  {
    name: 'fpscr',
    bits: 64,
    get: ({ arena }) => arena.fpscr(T),
    set: ({ arena }, value) => arena.setFpscr(T, value),
  },
  ...numbered((n) => ({
    name: `vr${n}`,
    bits: 128,
    get: ({ arena }) => (arena.vsr(T, 32 + n, 0) << 64n) | arena.vsr(T, 32 + n, 1),
    set: ({ arena }, value) => {
      arena.setVsr(T, 32 + n, 0, value >> 64n);
      arena.setVsr(T, 32 + n, 1, value & LOW);
    },
  })),
  spr('srr0'),
  spr('srr1'),
  spr('dar'),
  spr('dsisr', 32),
  spr('dec'),
];

/** A value in hexadecimal, as wide as its register. */
export function registerText({ bits, get }: BareRegister, hw: Hardware): string {
  return `0x${get(hw)
    .toString(16)
    .padStart(bits / 4, '0')}`;
}

/** What a state given by the user sets. */
export interface BareInput {
  readonly registers: readonly (readonly [BareRegister, bigint])[];
  /** Instructions counted before. */
  readonly instructions: number;
}

/** A member of the input that cannot be used; `path` is its place in the JSON. */
export interface BareInputError {
  readonly path: string;
  readonly message: string;
}

/** Members of the output that say how it ended, not what the state is. */
const NOT_STATE = ['stop'];

/** Reads a state as parsed from JSON: an object with any of the members that a run prints. */
export function readBareInput(json: unknown): BareInput | { readonly errors: BareInputError[] } {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { errors: [{ path: '$', message: 'is not an object of registers' }] };
  }
  const registers: [BareRegister, bigint][] = [];
  const errors: BareInputError[] = [];
  let instructions = 0;
  for (const [name, given] of Object.entries(json)) {
    if (NOT_STATE.includes(name)) continue;
    const register = BARE_REGISTERS.find((known) => known.name === name);
    const bits = name === 'instructions' ? 53 : register?.bits;
    const value = numberOf(given);
    const error = (message: string) => errors.push({ path: `$.${name}`, message });
    if (bits === undefined) error('no register has this name');
    else if (value === null) error(`is not "0x..." or a whole number from 0`);
    else if (value >> BigInt(bits) !== 0n) error(`has more than ${bits} bits`);
    else if (register === undefined) instructions = Number(value);
    else registers.push([register, value]);
  }
  return errors.length > 0 ? { errors } : { registers, instructions };
}

function numberOf(value: unknown): bigint | null {
  if (typeof value === 'string') return /^0x[\da-f]+$/i.test(value) ? BigInt(value) : null;
  return Number.isSafeInteger(value) && Number(value) >= 0 ? BigInt(Number(value)) : null;
}
