// A journal of records: the same plain objects to whoever uses them, but each read of a list or an object and each write goes through
// accessors that note what was there before. So a search goes back without copying the records of a machine, and a 64-bit
// key follows each change. Right because nothing else leads to the values: a list is copied before it is handed out.
import { mixHigh, mixLow } from '../engine/journal.ts';
import type { Plain } from '../state/schema.ts';
import { clone, isSame, keyOf, lanes } from './plain-key.ts';
import type { Touches } from './touches.ts';

/** Which fields belong to the key; `path` is the way to the record: 'kvm.vcpus'. */
export type IsKeyed = (path: string, field: string) => boolean;

/** What the tree of records is made of, by paths. */
export interface Layout {
  /** Objects that hold records and lists of records; the root is one. */
  readonly branches: ReadonlySet<string>;
  /** Objects that may get new properties: they are one value each. */
  readonly whole: ReadonlySet<string>;
  readonly isKeyed: IsKeyed;
}

/** Number of a live record's first slot. */
const FIRST = Symbol('first slot');
interface Live {
  readonly [FIRST]: number;
}

export class RecordJournal<T extends object> {
  /** The records, to be used in place of those that were given. Lists of records can neither grow nor shrink. */
  readonly live: T;
  /** Lanes of the key of what has been committed. */
  low = 0;
  high = 0;
  /** By slot, which is a field of a record. */
  readonly #values: Plain[] = [];
  readonly #keyed: boolean[] = [];
  readonly #touches: Touches | undefined;
  readonly #lows: number[] = [];
  readonly #highs: number[] = [];
  /** The era in which a slot was noted last: it is noted once in each. */
  readonly #noted: number[] = [];
  #era = 1;
  // What was noted, in columns: the slot, its value then and the key of that.
  readonly #slots: number[] = [];
  readonly #olds: Plain[] = [];
  readonly #oldLows: number[] = [];
  readonly #oldHighs: number[] = [];
  #length = 0;
  #committed = 0;
  readonly #slotsOf = new Map<string, number[]>();
  readonly #shapes = new Map<string, PropertyDescriptorMap>();

  /** `touches` is told of what belongs to the key: its first places are the slots. */
  constructor(records: T, layout: Layout, touches?: Touches) {
    this.#touches = touches;
    this.live = this.#branch(records, '', layout) as T;
  }

  // --- the live objects

  #branch(from: object, path: string, layout: Layout): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    const values: Record<string, Plain> = {};
    for (const [name, value] of Object.entries(from) as [string, Plain][]) {
      const own = path === '' ? name : `${path}.${name}`;
      if (isRecordList(value)) {
        made[name] = Object.freeze(value.map((record, i) => this.#record(record, own, layout, i)));
      } else if (!isObject(value) || layout.whole.has(own)) values[name] = value;
      else if (layout.branches.has(own)) made[name] = this.#branch(value, own, layout);
      else made[name] = this.#record(value, own, layout);
    }
    const accessors = Object.getOwnPropertyDescriptors(this.#record(values, path, layout));
    return Object.freeze(Object.defineProperties(made, accessors));
  }

  #record(from: PlainObject, path: string, { isKeyed }: Layout, index = 0): object {
    const first = this.#values.length;
    const shape: string[] = [];
    for (const [name, value] of Object.entries(from)) {
      shape.push(name);
      keyOf(value);
      this.#values.push(clone(value));
      this.#keyed.push(isKeyed(path, name));
      this.#lows.push(lanes.low);
      this.#highs.push(lanes.high);
      this.#noted.push(0);
      this.#touches?.addField(`${path}.${name}`, index);
      this.#place(`${path}.${name}`, index);
    }
    const live: Live = Object.defineProperty({}, FIRST, { value: first }) as Live;
    return Object.preventExtensions(Object.defineProperties(live, this.#accessors(shape)));
  }

  #place(path: string, index: number): void {
    const slots = this.#slotsOf.get(path) ?? [];
    slots[index] = this.#values.length - 1;
    this.#slotsOf.set(path, slots);
  }

  /** The slots of a field, by the number of its record in the list. */
  slotsOf(path: string): readonly number[] {
    return this.#slotsOf.get(path) ?? [];
  }

  /** One set of accessors for all records of a shape, so that engines see one kind of object. */
  #accessors(shape: readonly string[]): PropertyDescriptorMap {
    const id = shape.join();
    const known = this.#shapes.get(id);
    if (known) return known;
    const made: PropertyDescriptorMap = {};
    for (const [i, name] of shape.entries()) {
      const read = (first: number): Plain => this.#read(first + i);
      const write = (first: number, value: Plain): void => this.#write(first + i, value);
      made[name] = {
        enumerable: true,
        get(this: Live): Plain {
          return read(this[FIRST]);
        },
        set(this: Live, value: Plain): void {
          write(this[FIRST], value);
        },
      };
    }
    this.#shapes.set(id, made);
    return made;
  }

  #read(slot: number): Plain {
    if (this.#touches && this.#keyed[slot]) this.#touches.onRead(slot);
    const value = this.#values[slot] as Plain;
    if (typeof value !== 'object' || value === null || this.#noted[slot] === this.#era)
      return value;
    this.#note(slot);
    const copy = clone(value);
    this.#values[slot] = copy;
    return copy;
  }

  #write(slot: number, value: Plain): void {
    if (this.#touches && this.#keyed[slot]) {
      // To write what is there depends on it, and changes nothing.
      if (value === this.#values[slot]) this.#touches.onRead(slot);
      else this.#touches.onWrite(slot, value);
    }
    if (this.#noted[slot] !== this.#era) this.#note(slot);
    this.#values[slot] = value;
  }

  #note(slot: number): void {
    this.#noted[slot] = this.#era;
    const at = this.#length++;
    this.#slots[at] = slot;
    this.#olds[at] = this.#values[slot] as Plain;
    this.#oldLows[at] = this.#lows[slot] as number;
    this.#oldHighs[at] = this.#highs[slot] as number;
  }

  // --- going back

  /** The lanes of the key of what a slot holds. */
  keyAt(slot: number): { readonly low: number; readonly high: number } {
    return { low: this.#lows[slot] as number, high: this.#highs[slot] as number };
  }
  /** What a slot holds, and how many there are. */
  readonly valueAt = (slot: number): Plain => this.#values[slot] as Plain;
  get size(): number {
    return this.#values.length;
  }

  /** To which `undo` goes back. */
  mark(): number {
    this.commit(); // reads since the last one were noted, too, and would be forgotten behind the mark
    return this.#length;
  }

  /** Takes note of what has changed. */
  commit(): void {
    let kept = this.#committed;
    for (let at = kept; at < this.#length; at++) {
      const slot = this.#slots[at] as number;
      if (!this.#settle(at, slot)) continue;
      this.#slots[kept] = slot;
      this.#olds[kept] = this.#olds[at] as Plain;
      this.#oldLows[kept] = this.#oldLows[at] as number;
      this.#oldHighs[kept] = this.#oldHighs[at] as number;
      kept += 1;
    }
    this.#length = kept;
    this.#committed = kept;
    this.#era += 1;
  }

  /** The key of what a slot holds now; false when it is what it was. */
  #settle(at: number, slot: number): boolean {
    const value = this.#values[slot] as Plain;
    const old = this.#olds[at] as Plain;
    if (isSame(value, old)) {
      this.#values[slot] = old;
      return false;
    }
    keyOf(value);
    const { low, high } = lanes;
    if (low === this.#oldLows[at] && high === this.#oldHighs[at]) {
      this.#values[slot] = old;
      return false;
    }
    this.#put(slot, low, high);
    // Lists and objects are changed where they are: nobody was told.
    if (this.#touches && this.#keyed[slot]) this.#touches.onWrite(slot, value);
    return true;
  }

  #put(slot: number, low: number, high: number): void {
    if (this.#keyed[slot]) {
      const place = ~slot; // words of an arena have the others
      const oldLow = this.#lows[slot] as number;
      const oldHigh = this.#highs[slot] as number;
      this.low = (this.low + mixLow(place, low) - mixLow(place, oldLow)) | 0;
      this.high = (this.high + mixHigh(place, high) - mixHigh(place, oldHigh)) | 0;
    }
    this.#lows[slot] = low;
    this.#highs[slot] = high;
  }

  /** Puts the records back to what they were at a mark. */
  undo(mark: number): void {
    while (this.#length > mark) {
      const at = --this.#length;
      const slot = this.#slots[at] as number;
      this.#values[slot] = this.#olds[at] as Plain;
      this.#put(slot, this.#oldLows[at] as number, this.#oldHighs[at] as number);
    }
    this.#olds.length = this.#length;
    this.#committed = this.#length;
    this.#era += 1;
  }
}

type PlainObject = Readonly<Record<string, Plain>>;

const isObject = (value: Plain): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list of records, as kvm.vcpus; an empty list is taken as a value. */
const isRecordList = (value: Plain): value is readonly PlainObject[] =>
  Array.isArray(value) && value.length > 0 && value.every(isObject);
