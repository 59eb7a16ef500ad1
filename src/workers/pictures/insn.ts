// The instruction that the page looks at: its form, and what it reads and writes with the values before and after.
// The values are the machine's: those after come from a look ahead, in which the machine really executes it.
import { decode } from '../../sim/isa/decode.ts';
import { disassemble } from '../../sim/isa/disassemble.ts';
import { formOf } from '../../sim/isa/form.ts';
import { describe, effectsOf } from '../../sim/isa/rtl.ts';
import { SPRS, sprSlotOfNumber } from '../../sim/isa/spr.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import type { Pull } from '../protocol.ts';
import type { RowIn, Section } from '../sections.ts';
import { symbolsFor, type World } from '../world.ts';
import { focusOf } from './focus.ts';
import { guestWordAt } from './guest-memory.ts';
import { memoryText, placeText } from './places.ts';

type PlaceRow = RowIn<'insn', 'places'>;

/** Steps of other threads that a look ahead lets pass. */
const MOST_AHEAD = 256;
const NOTHING: Section<'insn'> = { insn: [], fields: [], places: [] };

/** Whose instruction it is. */
interface Owner {
  readonly m: Machine;
  readonly vcpu: number;
  readonly thread: number;
  readonly inGuest: boolean;
  readonly pc: bigint;
}

/** Tables for `pull.insn` in the guest of `pull.focus`; `still`: nothing runs, so that one may look ahead. */
export function insnTables(world: World, pull: Pull, still: boolean): Section<'insn'> {
  const owner = ownerOf(world.loaded.machine as Machine, pull.focus);
  if (!owner || !/^(next|[\da-f]{1,16})$/.test(pull.insn)) return NOTHING;
  const address = pull.insn === 'next' ? owner.pc : BigInt(`0x${pull.insn}`);
  const word = guestWordAt(owner.m, owner.vcpu, address);
  if (word === null) return NOTHING;
  const { state, places } = valuesOf(world, owner, address, word, still);
  const form = formOf(word);
  const row = form?.row;
  const decoded = decode(word);
  return {
    insn: [
      {
        address,
        word: word | 0,
        symbol: symbolsFor(world, owner.vcpu).near(address),
        text: disassemble(word, address),
        name: form?.name ?? '',
        form: form?.form ?? '',
        isa: form?.isa ?? '',
        privilege: row?.privilege ?? '',
        since: row?.since ?? '',
        until: row?.until ?? '',
        facility: row?.facility ?? '',
        rtl: decoded ? describe(decoded.row, decoded.flags).rtl.join('\n') : '',
        state,
      },
    ],
    fields: (form?.fields ?? []).map(({ name, first, last, value, text }) => ({
      name,
      first,
      last,
      value: value.toString(2).padStart(last - first + 1, '0'),
      text,
    })),
    places,
  };
}

function ownerOf(m: Machine, focus: string): Owner | null {
  const { thread, vcpu } = focusOf(m, focus);
  const saved = m.k.kvm.vcpus[vcpu];
  if (!saved) return null;
  const inGuest = thread >= 0 && m.hw.inGuest(thread);
  return { m, vcpu, thread, inGuest, pc: inGuest ? m.hw.arena.nia(thread) : saved.pc };
}

interface Values {
  readonly state: string;
  readonly places: PlaceRow[];
}

function valuesOf(
  world: World,
  owner: Owner,
  address: bigint,
  word: number,
  still: boolean,
): Values {
  const names = placesOf(word);
  const without = (state: string): Values => ({
    state,
    places: names.map((place) => ({ ...place, before: '', after: '' })),
  });
  if (names.length === 0) return without('This word is no instruction.');
  const { vcpu, thread, inGuest, pc } = owner;
  if (address !== pc) {
    return without(
      `No values: vcpu ${vcpu} stands at ${symbolsFor(world, vcpu).near(pc)}. Run to this instruction to see them.`,
    );
  }
  const read = valueReader(owner, word);
  const before = names.map((place) => ({ ...place, before: read(place.name), after: '' }));
  if (!inGuest) {
    return {
      state: `Vcpu ${vcpu} is not in the guest: saved values, with which it will go on here.`,
      places: before,
    };
  }
  if (!still) return { state: `Values before, on thread ${thread}.`, places: before };
  return lookAhead(world, owner, names, read) ?? { state: NOT_SOON, places: before };
}

const NOT_SOON = `Values before. It is not executed within the next ${MOST_AHEAD} steps.`;

/** Values at the moment of execution, by letting the machine go there and back. */
function lookAhead(
  world: World,
  { m, thread }: Owner,
  names: readonly Omit<PlaceRow, 'before' | 'after'>[],
  read: (name: string) => string,
): Values | undefined {
  let waited = 0;
  return world.history.peek(MOST_AHEAD, () => {
    const next = m.nextActor();
    if (m.endReason(next.key) !== '' || next.thread !== thread) {
      waited++;
      return undefined;
    }
    const befores = names.map(({ name }) => read(name));
    const vector = m.hw.pending(thread);
    if (vector !== 0) {
      const state = `Values before. Interrupt 0x${vector.toString(16)} comes first on thread ${thread}.`;
      const places = names.map((place, i) => ({ ...place, before: befores[i] ?? '', after: '' }));
      return { state, places };
    }
    m.advance(1);
    const places = names.map((place, i) => {
      return { ...place, before: befores[i] ?? '', after: read(place.name) };
    });
    const when = waited === 0 ? 'the next step' : `after ${waited} steps of other threads`;
    const left = m.hw.inGuest(thread) ? '' : ' It takes the thread out of the guest.';
    return { state: `Values before and after, on thread ${thread} (${when}).${left}`, places };
  });
}

/** What a word reads and writes, each once; the next address is always among them. */
function placesOf(word: number): Omit<PlaceRow, 'before' | 'after'>[] {
  if (!decode(word)) return [];
  const effects = effectsOf(word);
  const [reads, writes] = [effects.reads.map(sprName), effects.writes.map(sprName)];
  return [...new Set([...reads, ...writes, 'NIA'])].map((name) => ({
    name,
    read: reads.includes(name) ? 1 : 0,
    written: writes.includes(name) || name === 'NIA' ? 1 : 0,
  }));
}

/** 'DPDES' for 'SPR 176'; other places keep their names. */
function sprName(place: string): string {
  const number = /^SPR (\d+)$/.exec(place)?.[1];
  const slot = number === undefined ? undefined : sprSlotOfNumber(Number(number));
  return (slot === undefined ? undefined : SPRS[slot]?.name) ?? place;
}

/** Reads a place of the owner; storage at the address that the instruction has for it before it is executed. */
function valueReader({ m, thread, vcpu, inGuest }: Owner, word: number): (name: string) => string {
  const memory = memoryText(m, { thread, vcpu, inGuest }, word);
  return (name) => (name === 'memory' ? memory() : placeText(m, { thread, vcpu, inGuest }, name));
}
