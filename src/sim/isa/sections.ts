// Sections and the one flat image they make: code, then data, then zeros, each in the order of the source.
import { Fault, type Token } from './expression.ts';

/** Image sizes beyond this are a mistake in the source. */
export const MAX_IMAGE = 64 * 1024 * 1024;

/** Hold the symbols of .lcomm and .comm, behind all others of their kind. */
const COMMON_SECTIONS: readonly string[] = ['.bss 1', 'COMMON'];

export type SectionKind = 'code' | 'data' | 'zeros';
const ORDER: readonly SectionKind[] = ['code', 'data', 'zeros'];

/** The bytes of a section so far. */
class ImageWriter {
  private bytes = new Uint8Array(0);
  size = 0;
  private readonly littleEndian: boolean;
  private readonly kind: SectionKind;

  constructor(littleEndian: boolean, kind: SectionKind) {
    this.littleEndian = littleEndian;
    this.kind = kind;
  }

  /** Room for `count` zero bytes; returns their offset. */
  reserve(count: number, blame: Token): number {
    const at = this.size;
    if (count > MAX_IMAGE - at) {
      throw new Fault('ASM_TOO_BIG', blame, `the image would exceed ${MAX_IMAGE} bytes`);
    }
    this.size += count;
    return at;
  }

  fill(count: number, byte: number, blame: Token): void {
    const at = this.reserve(count, blame);
    if (byte !== 0) this.writable(blame).fill(byte, at, at + count);
  }

  /** The low `size` bytes of a value, in the image's byte order. */
  value(value: bigint, size: number, blame: Token): void {
    this.repeat(1, value, size, blame);
  }

  /** The same value `count` times; of `size` bytes the value takes the first `used`, the others are 0. */
  repeat(count: number, value: bigint, size: number, blame: Token, used = size): void {
    const at = this.reserve(count * size, blame);
    if (value === 0n) return;
    const bytes = this.writable(blame);
    for (let i = 0; i < count * size; i++) {
      const byte = i % size;
      if (byte >= used) continue;
      const low = this.littleEndian ? byte : used - 1 - byte;
      bytes[at + i] = Number((value >> BigInt(8 * low)) & 0xffn);
    }
  }

  /** Puts the bytes into `image` from `at`; what was only reserved is zero. */
  copyTo(image: Uint8Array, at: number): void {
    image.set(this.bytes.subarray(0, this.size), at);
  }

  private writable(blame: Token): Uint8Array {
    if (this.kind === 'zeros') {
      throw new Fault('ASM_BSS_DATA', blame, 'this section holds zeros only');
    }
    if (this.size > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.size, 2 * this.bytes.length, 4096));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    return this.bytes;
  }
}

class Section {
  readonly name: string;
  readonly kind: SectionKind;
  /** Address of the first byte in this pass. */
  readonly base: bigint;
  readonly out: ImageWriter;
  /** The largest alignment asked for; the section starts at a multiple of it. */
  alignment = 1;

  constructor(name: string, kind: SectionKind, base: bigint, littleEndian: boolean) {
    this.name = name;
    this.kind = kind;
    this.base = base;
    this.out = new ImageWriter(littleEndian, kind);
  }

  align(alignment: number, blame: Token): void {
    if (alignment > MAX_IMAGE) {
      throw new Fault('ASM_TOO_BIG', blame, `nothing is aligned to more than ${MAX_IMAGE} bytes`);
    }
    this.alignment = Math.max(this.alignment, alignment);
  }
}

function usualKind(name: string): SectionKind {
  if (/^\.(text|init|fini)\b/.test(name)) return 'code';
  return /^\.(s?bss|tbss)\b/.test(name) ? 'zeros' : 'data';
}

/** The sections of one pass. Their addresses are those that the pass before found. */
export class Layout {
  readonly base: bigint;
  private readonly littleEndian: boolean;
  private readonly earlier: ReadonlyMap<string, bigint>;
  private readonly sections = new Map<string, Section>();
  private readonly stack: { current: Section; last: Section }[] = [];
  current: Section;
  private last: Section;

  constructor(base: bigint, littleEndian: boolean, earlier: Layout | null) {
    this.base = base;
    this.littleEndian = littleEndian;
    this.earlier = earlier?.places() ?? new Map();
    // As GNU as does: these come first in their kinds, whenever they are used.
    this.current = this.get('.text', null);
    for (const name of ['.data', '.bss']) this.get(name, null);
    this.current.alignment = 4;
    this.last = this.current;
  }

  get out(): ImageWriter {
    return this.current.out;
  }

  /** Where the next byte goes. */
  get address(): bigint {
    return this.current.base + BigInt(this.out.size);
  }

  /** Goes on at the end of a section; `kind` is what a new one is, when its name does not say. */
  enter(name: string, kind: SectionKind | null = null): void {
    this.last = this.current;
    this.current = this.get(name, kind);
  }

  previous(): void {
    [this.current, this.last] = [this.last, this.current];
  }

  push(name: string, kind: SectionKind | null): void {
    this.stack.push({ current: this.current, last: this.last });
    this.enter(name, kind);
  }

  /** Back to where `push` was; false when there is no such place. */
  pop(): boolean {
    const top = this.stack.pop();
    if (top === undefined) return false;
    this.current = top.current;
    this.last = top.last;
    return true;
  }

  /** True when every section lies where this pass took it to be. */
  get settled(): boolean {
    const places = this.places();
    return [...this.sections.values()].every(({ name, base }) => places.get(name) === base);
  }

  /** All bytes from the base; null when they are too many. */
  image(): Uint8Array | null {
    const placed = this.inOrder().filter((section) => section.out.size > 0);
    const places = this.places();
    const offset = ({ name }: Section) => Number((places.get(name) ?? this.base) - this.base);
    const last = placed.at(-1);
    const size = last === undefined ? 0 : offset(last) + last.out.size;
    if (size > MAX_IMAGE) return null;
    const image = new Uint8Array(size);
    for (const section of placed) section.out.copyTo(image, offset(section));
    return image;
  }

  private get(name: string, kind: SectionKind | null): Section {
    const known = this.sections.get(name);
    if (known !== undefined) return known;
    const base = this.earlier.get(name) ?? this.base;
    const section = new Section(name, kind ?? usualKind(name), base, this.littleEndian);
    this.sections.set(name, section);
    return section;
  }

  private inOrder(): Section[] {
    const rank = ({ name, kind }: Section) =>
      10 * ORDER.indexOf(kind) + COMMON_SECTIONS.indexOf(name);
    return [...this.sections.values()].sort((a, b) => rank(a) - rank(b));
  }

  /**
   * Address of each section: behind the one before it, aligned; the first one is not moved. The first of a kind is
   * aligned for all of its kind, as linkers do.
   */
  private places(): Map<string, bigint> {
    let end = this.base;
    const places = new Map<string, bigint>();
    const placed = this.inOrder();
    const largest = new Map<SectionKind, number>();
    for (const { kind, alignment } of placed) {
      largest.set(kind, Math.max(alignment, largest.get(kind) ?? 1));
    }
    for (const { name, kind, alignment: own, out } of placed) {
      const alignment = largest.get(kind) ?? own;
      largest.delete(kind); // the next ones of this kind have their own
      const gap = end === this.base ? 0n : BigInt.asUintN(64, -end) % BigInt(alignment);
      places.set(name, end + gap);
      end += gap + BigInt(out.size);
    }
    return places;
  }
}
