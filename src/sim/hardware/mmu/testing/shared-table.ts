// Threads of one core over one hashed page table that a test edits step by step, as a hypervisor would.
import type { Access } from '../../../engine/api.ts';
import { TLB_ENTRIES } from '../../../engine/layout.ts';
import { assemble } from '../../../isa/assemble.ts';
import { LPCR, MSR } from '../../bits.ts';
import { Hardware, type Translation } from '../../hardware.ts';
import { modelOf } from '../../testing/flat-thread.ts';
import { layoutOf } from '../context.ts';
import {
  avpnOf,
  compute_tlbie_rb,
  encodePageShifts,
  fromLayout,
  HPTE_BYTES,
  HPTE_V_VALID,
  hptHash,
  hptMask,
  type PageShifts,
  ptegIndex,
  type Segment,
  toLayout,
  VRMA_SEGMENT,
} from '../hpte.ts';
import { SLB_ESID } from '../segment.ts';

const MB = 1 << 20;
const PLACE = { patb: 0x10000, hpt: 0x40000 } as const;
/** Two instructions, at this address in real mode: RMOR is 0, and the VRMA has a page for them. */
const CODE = 0x1000;
const LPID = 7;

export const SEGMENTS = [
  { segment: { b: 0, vsid: 0x12345n }, esid: 1n << 28n, word: 0x12345n << 12n, base: 12 },
  {
    segment: { b: 1, vsid: 0x6789n },
    esid: 1n << 40n,
    word: (1n << 62n) | (0x6789n << 24n) | 0x110n,
    base: 16,
  },
] as const satisfies readonly { segment: Segment; esid: bigint; word: bigint; base: number }[];

/** A page by segment number and its number in there; 4 KB pages in segment 0, 64 KB pages in segment 1. */
export interface PageOf {
  readonly segment: 0 | 1;
  readonly page: number;
}
export const eaOf = ({ segment, page }: PageOf): bigint => {
  const { esid, base } = SEGMENTS[segment];
  return esid + (BigInt(page) << BigInt(base));
};

export class SharedTable {
  readonly hw: Hardware;
  /** Access kinds of the misses that came to the hook and were served. */
  readonly served: Access[] = [];

  constructor(cpu: 'p7' | 'p9', translation?: Translation) {
    const hw = new Hardware(modelOf(cpu), 1, 4 * MB, () => {}, translation);
    this.hw = hw;
    const miss = hw.miss.bind(hw);
    hw.miss = (t, access, size) => {
      const done = miss(t, access, size);
      if (done) this.served.push(access);
      return done;
    };
    hw.arena.write64(PLACE.patb + 16 * LPID, BigInt(PLACE.hpt));
    const made = assemble('stb r3, 0(r4)\n lbz r3, 0(r4)\n');
    if (!made.ok) throw new Error('SharedTable: does not assemble');
    hw.arena.writeBytes(CODE, made.image);
    this.#write(VRMA_SEGMENT, BigInt(CODE), 12, 0, BigInt(CODE) | 0x182n);
    for (let t = 0; t < hw.threads; t++) this.#enter(t);
  }

  #enter(t: number): void {
    const { hw } = this;
    hw.set(t, 'SDR1', BigInt(PLACE.hpt));
    hw.set(t, 'PTCR', BigInt(PLACE.patb));
    hw.set(t, 'LPIDR', BigInt(LPID));
    hw.set(t, 'LPCR', LPCR.VPM1);
    SEGMENTS.forEach(({ esid, word }, entry) => {
      hw.arena.setSlb(t, entry, 'vsid', word);
      hw.arena.setSlb(t, entry, 'esid', esid | SLB_ESID.V);
    });
  }

  /** Maps a page to a real address (a multiple of its size) in a slot of its primary group; R=C=0, read and write. */
  map(at: PageOf, real: number, slot = 3, protection = 2n): void {
    const { segment, base } = SEGMENTS[at.segment];
    this.#write(segment, eaOf(at), base, slot, BigInt(real) | protection);
  }
  /** Number of the page's entry in the table. */
  indexOf(at: PageOf, slot = 3): number {
    const { segment, base } = SEGMENTS[at.segment];
    return ptegIndex(hptHash(segment, eaOf(at), base), hptMask(18), false) * 8 + slot;
  }
  /** Real address of the page's entry. */
  entry(at: PageOf, slot = 3): number {
    return PLACE.hpt + this.indexOf(at, slot) * HPTE_BYTES;
  }
  setValid(at: PageOf, valid: boolean): void {
    const entry = this.entry(at);
    const v = this.hw.arena.read64(entry) & ~HPTE_V_VALID;
    this.hw.arena.write64(entry, v | (valid ? HPTE_V_VALID : 0n));
  }
  /** RB for the page's entry, valid or not. */
  rb(at: PageOf): bigint {
    const [v, r] = [0, 8].map((offset) => this.hw.arena.read64(this.entry(at) + offset));
    const old = fromLayout(layoutOf(this.hw), { v: v ?? 0n, r: r ?? 0n });
    return compute_tlbie_rb(old.v, old.r, this.indexOf(at));
  }
  tlbie(at: PageOf): void {
    this.hw.tlbie(0, this.rb(at), LPID);
  }
  tlbiel(t: number, at: PageOf): void {
    this.hw.tlbiel(t, this.rb(at), LPID);
  }

  /** Thread `t` stores or loads a byte; the value, or the vector of the interrupt as text. */
  store(t: number, at: PageOf, value: number): string {
    this.hw.arena.setGpr(t, 3, BigInt(value));
    return this.#run(t, at, CODE) ? 'stored' : this.#vector(t);
  }
  load(t: number, at: PageOf, modes = 0n): number | string {
    return this.#run(t, at, CODE + 4, modes) ? Number(this.hw.arena.gpr(t, 3)) : this.#vector(t);
  }

  #run(t: number, at: PageOf, nia: number, modes = 0n): boolean {
    this.hw.setMsr(t, MSR.SF | MSR.ME | MSR.DR | modes);
    this.hw.arena.setNia(t, BigInt(nia));
    this.hw.arena.setGpr(t, 4, eaOf(at));
    this.hw.run(t, 1, 1);
    return this.hw.arena.nia(t) === BigInt(nia + 4);
  }
  #vector(t: number): string {
    return this.hw.arena.nia(t).toString(16);
  }

  #write(segment: Segment, ea: bigint, base: number, slot: number, r: bigint): void {
    const size: PageShifts = { base, actual: base };
    const lp = encodePageShifts(size);
    const pteg = ptegIndex(hptHash(segment, ea, base), hptMask(18), false);
    const v = avpnOf(segment, ea, base) | lp.v | HPTE_V_VALID | (BigInt(segment.b) << 62n);
    const bytes = toLayout(layoutOf(this.hw), { v, r: r | lp.r });
    const at = PLACE.hpt + (pteg * 8 + slot) * HPTE_BYTES;
    this.hw.arena.write64(at + 8, bytes.r);
    this.hw.arena.write64(at, bytes.v);
  }
}

/** More pages than the TLB has entries. */
export const MANY_PAGES = TLB_ENTRIES + 20;
