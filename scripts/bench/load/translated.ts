// A guest with translation off and on: a program that does nothing but load and store, and what a TLB miss costs.
import { MSR } from '../../../src/sim/hardware/bits.ts';
import type { Hardware } from '../../../src/sim/hardware/hardware.ts';
import {
  avpnOf,
  HPTE_BYTES,
  HPTE_R_C,
  HPTE_R_M,
  HPTE_R_R,
  HPTE_V_VALID,
  hptHash,
  hptMask,
  PTEG_ENTRIES,
  ptegIndex,
  type Segment,
  toLayout,
} from '../../../src/sim/hardware/mmu/hpte.ts';
import { SLB_ESID } from '../../../src/sim/hardware/mmu/segment.ts';
import { guestThread, PLACE } from '../../../src/sim/hardware/testing/guest-thread.ts';
import { PROGRAMS } from './programs.ts';

const SEGMENT: Segment = { b: 0, vsid: 0x1234n };
const PAGE_SHIFT = 12;
const HPT_ORDER = 18;
/** PP of a page that may be read and written by all. */
const PP_ALL = 2n;
/** Guest memory that is mapped, in pages of 4 KB; what a program uses begins at DATA. */
const PAGES = 1024;
const DATA = 0x20000n;
const SAMPLES = 100;
const SLICE = 1_000_000;
const WARM_UP = 20;
/** More than anyone waits for. */
const FOREVER = 1n << 40n;

/** Enters a page of the segment; there is room in its primary group. */
function mapPage(hw: Hardware, ea: bigint): void {
  const hash = hptHash(SEGMENT, ea, PAGE_SHIFT);
  const group = ptegIndex(hash, hptMask(HPT_ORDER), false) * PTEG_ENTRIES;
  const slots = Array.from(
    { length: PTEG_ENTRIES },
    (_, i) => PLACE.hpt + (group + i) * HPTE_BYTES,
  );
  const at = slots.find((slot) => hw.arena.read64(slot) === 0n);
  if (at === undefined) throw new Error('mapPage: the group is full');
  const v = avpnOf(SEGMENT, ea, PAGE_SHIFT) | HPTE_V_VALID;
  const r = (BigInt(PLACE.guest) + ea) | HPTE_R_R | HPTE_R_C | HPTE_R_M | PP_ALL;
  const made = toLayout('new', { v, r });
  hw.arena.write64(at, made.v);
  hw.arena.write64(at + 8, made.r);
}

/** A guest's thread at the start of a program that runs for ever, its first 4 MB mapped where they are. */
export function translatedGuest(text: string, on: boolean): Hardware {
  const { hw } = guestThread(text);
  for (let page = 0; page < PAGES; page++) mapPage(hw, BigInt(page) << BigInt(PAGE_SHIFT));
  hw.arena.setSlb(0, 0, 'vsid', SEGMENT.vsid << 12n);
  hw.arena.setSlb(0, 0, 'esid', SLB_ESID.V);
  if (on) hw.setMsr(0, hw.msr(0) | MSR.IR | MSR.DR);
  hw.arena.setGpr(0, 3, FOREVER);
  hw.arena.setGpr(0, 4, DATA);
  return hw;
}

/** Million instructions per second, slice by slice. */
function rates(hw: Hardware): number[] {
  const slice = (): number => {
    const start = performance.now();
    let ran = 0;
    while (ran < SLICE) ran += hw.run(0, SLICE - ran, 1);
    return SLICE / (performance.now() - start) / 1000;
  };
  for (let i = 0; i < WARM_UP; i++) slice();
  return Array.from({ length: SAMPLES }, slice);
}

/** One doubleword of each of so many pages, over and over; three instructions a page. */
const touch = (pages: number): string => `
1: li r7,${pages}
  mtctr r7
  mr r8,r4
2: ld r9,0(r8)
  addi r8,r8,4096
  bdnz 2b
  b 1b
`;
const TOUCHED = 3;
/** Pages that the TLB holds, beside the code's, and many more than it holds. */
const FEW = 32;
const MANY = 512;

/** Million instructions per second with translation off and on, and nanoseconds of a TLB miss. */
export function measureTranslated(): Record<string, number[]> {
  const copy = PROGRAMS.find(({ id }) => id === 'copy');
  if (!copy) throw new Error('measureTranslated: no program');
  const nanoseconds = (pages: number): number[] =>
    rates(translatedGuest(touch(pages), true)).map((mips) => (1000 / mips) * TOUCHED);
  const hits = nanoseconds(FEW);
  const hit = hits.reduce((sum, one) => sum + one, 0) / hits.length;
  return {
    off: rates(translatedGuest(copy.text, false)),
    on: rates(translatedGuest(copy.text, true)),
    miss: nanoseconds(MANY).map((one) => one - hit),
  };
}
