// A hardware thread with drawn segments, pages, keys and mode for one access, made by writing the registers and bytes
// that an architecture-abiding system would have, or almost.
import { Access } from '../../../engine/api.ts';
import { assemble } from '../../../isa/assemble.ts';
import { MSR } from '../../bits.ts';
import { Hardware, type Translation } from '../../hardware.ts';
import { modelOf } from '../../testing/flat-thread.ts';
import { layoutOf } from '../context.ts';
import {
  avpnOf,
  encodePageShifts,
  HPTE_BYTES,
  HPTE_V_SECONDARY,
  HPTE_V_VALID,
  type Hpte,
  hptHash,
  hptMask,
  ptegIndex,
  type Segment,
  toLayout,
  VRMA_SEGMENT,
} from '../hpte.ts';
import { SLB_ESID } from '../segment.ts';
import type { Cpu } from './architecture.ts';

export const MEMORY = 1 << 21;
/** Real addresses: partition table, HPT of 2^18 bytes, offset of real mode areas. */
const PLACE = { patb: 0x10000, hpt: 0x40000, area: 0x20000 } as const;
/** Where two instructions lie in every real mode; the PowerPC 970's has no offset as small as ours. */
const CODE_EA = 0x1000n;
const CODE_REAL = PLACE.area + Number(CODE_EA);
const LPID = 5;

export const SIZES = [
  { base: 12, actual: 12, llp: 0n },
  { base: 12, actual: 16, llp: 0n },
  { base: 12, actual: 24, llp: 0n },
  { base: 16, actual: 16, llp: 0x110n },
  { base: 16, actual: 24, llp: 0x110n },
  { base: 24, actual: 24, llp: 0x100n },
] as const;

/** What a storage interrupt writes. */
export const FAULT_REGISTERS = 'DAR DSISR HDAR HDSISR ASDR SRR0 SRR1 HSRR0 HSRR1'.split(' ');

/** What is drawn for one access. */
export interface Draw {
  readonly terabyte: boolean;
  readonly size: number;
  readonly esid: number;
  readonly vsid: bigint;
  readonly offset: bigint;
  /** Ks, Kp, N and C of the segment, at bits 8-11 and 7. */
  readonly flags: number;
  readonly hv: boolean;
  readonly pr: boolean;
  readonly relocate: boolean;
  readonly lpcr: bigint;
  readonly amr: bigint;
  readonly iamr: bigint;
  /** The entry: group, slot, RPN, protection bits, and what is wrong with it. */
  readonly secondary: boolean;
  readonly slot: number;
  readonly rpn: bigint;
  readonly protection: bigint;
  readonly wrong: 'nothing' | 'invalid' | 'avpn' | 'b' | 'h' | 'lp' | 'l';
  /** Bits of a second entry that differ from the first, in a slot of the same group. */
  readonly decoy: bigint;
  readonly decoySlot: number;
  /** Distance of the address from the segment that the SLB has. */
  readonly astray: 0 | 1;
}

export interface Prepared {
  readonly hw: Hardware;
  readonly ea: bigint;
  /** Real addresses of the two entries. */
  readonly entries: readonly number[];
}

/** One Hardware per CPU, reused: making one costs more than a case. */
export class RandomMachines {
  readonly #translation: Translation | undefined;
  readonly #known = new Map<Cpu, Hardware>();
  #fetching = false;

  /** @param translation instead of the hardware's own */
  constructor(translation?: Translation) {
    this.#translation = translation;
  }

  prepare(cpu: Cpu, d: Draw, access: Access): Prepared {
    const hw = this.#hardware(cpu);
    clear(hw);
    const segment = segmentFor(cpu, d);
    const { base, actual, llp } = sizeFor(cpu, d);
    const shift = segment.b === 1 ? 40n : 28n;
    const esid = BigInt(d.esid) << shift;
    const ea =
      ((BigInt(d.esid + d.astray) << shift) | BigInt.asUintN(Number(shift), d.offset)) & ~7n;
    const vsidShift = segment.b === 1 ? 24n : 12n;
    const flags = BigInt(d.flags) << 7n;
    const vsidWord =
      (BigInt(segment.b) << 62n) | (segment.vsid << vsidShift) | (flags & 0xe80n) | llp;
    hw.arena.setSlb(0, 3, 'vsid', vsidWord);
    hw.arena.setSlb(0, 3, 'esid', esid | SLB_ESID.V);
    // An entry that is not valid must not count.
    hw.arena.setSlb(0, 1, 'vsid', vsidWord ^ 0x1000n);
    hw.arena.setSlb(0, 1, 'esid', esid);
    const entries = writeEntries(hw, d, segment, { base, actual }, ea);
    setRegisters(hw, d, access);
    return { hw, ea, entries };
  }

  #hardware(cpu: Cpu): Hardware {
    const known = this.#known.get(cpu);
    if (known !== undefined) return known;
    const hw = new Hardware(modelOf(cpu), 1, MEMORY, () => {}, this.#translation);
    hw.engine.stopBefore(() => this.#fetching);
    this.#known.set(cpu, hw);
    return hw;
  }

  /** Executes a load or store of one byte at `ea`, or fetches from there without executing; says whether it was done. */
  attempt({ hw, ea }: Prepared, access: Access): boolean {
    this.#fetching = access === Access.fetch;
    const at = this.#fetching ? ea : access === Access.store ? CODE_EA : CODE_EA + 4n;
    hw.arena.setNia(0, at);
    hw.arena.setGpr(0, 4, ea);
    hw.arena.setGpr(0, 3, 0x5an);
    hw.run(0, 1, 1);
    return hw.arena.nia(0) === (this.#fetching ? ea : at + 4n);
  }
}

const segmentFor = (cpu: Cpu, d: Draw): Segment => {
  const large = d.terabyte && cpu !== '970';
  return { b: large ? 1 : 0, vsid: BigInt.asUintN(large ? 28 : 37, d.vsid) };
};
function sizeFor(cpu: Cpu, d: Draw) {
  const size = SIZES[d.size] ?? SIZES[0];
  if (cpu !== '970') return size;
  // It has pages of 4 KB and 16 MB alone.
  return size.base === 24 ? size : SIZES[0];
}

/** As after reset, with nothing left of the case before. */
function clear(hw: Hardware): void {
  const { arena } = hw;
  for (let entry = 0; entry < hw.model.slbEntries; entry++) {
    arena.setSlb(0, entry, 'esid', 0n);
    arena.setSlb(0, entry, 'vsid', 0n);
  }
  for (let entry = 0; entry < 64; entry++) {
    for (let word = 0; word < 4; word++) arena.setTlb64(0, entry, word, 0n);
  }
  arena.setTlbNext(0, 0);
  for (const name of FAULT_REGISTERS) hw.set(0, name, 0n);
  hw.engine.flushThread(0);
  arena.writeBytes(PLACE.hpt, new Uint8Array(1 << 18));
}

function writeEntries(
  hw: Hardware,
  d: Draw,
  segment: Segment,
  size: { base: number; actual: number },
  ea: bigint,
): number[] {
  const mask = hptMask(18);
  const lp = encodePageShifts(size);
  const rpn = ((d.rpn << 12n) >> BigInt(size.actual)) << BigInt(size.actual);
  let v = avpnOf(segment, ea, size.base) | lp.v | HPTE_V_VALID | (BigInt(segment.b) << 62n);
  let r = rpn | lp.r | d.protection;
  if (d.secondary) v |= HPTE_V_SECONDARY;
  const broken: Record<Draw['wrong'], [bigint, bigint]> = {
    nothing: [0n, 0n],
    invalid: [1n, 0n],
    avpn: [0x80n, 0n],
    b: [1n << 62n, 0n],
    h: [2n, 0n],
    lp: [0n, 0x5000n],
    l: [4n, 0n],
  };
  const [dv, dr] = broken[d.wrong];
  [v, r] = [v ^ dv, r ^ dr];
  const pteg = ptegIndex(hptHash(segment, ea, size.base), mask, d.secondary);
  const write = (slot: number, hpte: Hpte): number => {
    const at = PLACE.hpt + (pteg * 8 + slot) * HPTE_BYTES;
    const bytes = toLayout(layoutOf(hw), hpte);
    hw.arena.write64(at, bytes.v);
    hw.arena.write64(at + 8, bytes.r);
    return at;
  };
  const decoy = write(d.decoySlot, { v: v ^ d.decoy, r: r ^ (1n << 12n) });
  const entry = write(d.slot, { v, r });
  writeCode(hw, mask);
  return [entry, decoy];
}

/** The instructions, for whoever fetches by the virtual real mode area. */
function writeCode(hw: Hardware, mask: bigint): void {
  const pteg = ptegIndex(hptHash(VRMA_SEGMENT, CODE_EA, 12), mask, false);
  const v = avpnOf(VRMA_SEGMENT, CODE_EA, 12) | HPTE_V_VALID | (1n << 62n);
  const code = toLayout(layoutOf(hw), { v, r: BigInt(CODE_REAL) | 0x182n });
  hw.arena.write64(PLACE.hpt + pteg * 128, code.v);
  hw.arena.write64(PLACE.hpt + pteg * 128 + 8, code.r);
  const made = assemble('stb r3, 0(r4)\n lbz r3, 0(r4)\n');
  if (!made.ok) throw new Error('writeCode: does not assemble');
  for (const real of [Number(CODE_EA), CODE_REAL]) hw.arena.writeBytes(real, made.image);
}

function setRegisters(hw: Hardware, d: Draw, access: Access): void {
  const word = BigInt(PLACE.hpt);
  hw.set(0, 'SDR1', word);
  hw.set(0, 'PTCR', BigInt(PLACE.patb));
  hw.set(0, 'LPIDR', BigInt(LPID));
  hw.arena.write64(PLACE.patb + 16 * LPID, word);
  hw.set(0, 'LPCR', d.lpcr & hw.model.lpcr);
  hw.set(0, 'HRMOR', BigInt(PLACE.area));
  hw.set(0, 'RMOR', BigInt(PLACE.area));
  hw.set(0, 'HID4', 0n);
  hw.set(0, 'AMR', d.amr);
  hw.set(0, 'IAMR', d.iamr);
  const relocate = d.relocate ? (access === Access.fetch ? MSR.IR : MSR.DR) : 0n;
  const mode = (d.hv ? MSR.HV : 0n) | (d.pr && !d.hv ? MSR.PR : 0n);
  hw.setMsr(0, MSR.SF | MSR.ME | relocate | mode);
}
