// A hardware thread in guest real mode for tests: a partition table, a hashed page table and one 16 MB page of code,
// all made by hand.
import { assemble } from '../../isa/assemble.ts';
import { LPCR, MSR } from '../bits.ts';
import { CPU_MODELS } from '../cpu-model.ts';
import { Hardware } from '../hardware.ts';

const MB = 1 << 20;
/** Real addresses: partition table, HPT of 2^18 bytes, and the page that backs guest address 0. */
export const PLACE = { patb: 0x10000, hpt: 0x40000, guest: 16 * MB } as const;

export interface Emitted {
  readonly kind: number;
  readonly thread: number;
  readonly a: number;
  readonly b: number;
}

export interface GuestThread {
  readonly hw: Hardware;
  readonly emitted: Emitted[];
  readonly symbols: ReadonlyMap<string, bigint>;
}

/** Hardware of one core in which thread 0 is about to run `text` at guest address 0x1000, HV=0, all facilities on. */
export function guestThread(text = 'nop', cores = 1): GuestThread {
  const model = CPU_MODELS.get('p9');
  if (!model) throw new Error('guestThread: no POWER9');
  const emitted: Emitted[] = [];
  const hw = new Hardware(model, cores, 32 * MB, (kind, thread, a, b) =>
    emitted.push({ kind, thread, a, b }),
  );
  const made = assemble(`.org 0x1000\n${text}\n`);
  if (!made.ok) throw new Error(JSON.stringify(made.errors));
  hw.arena.writeBytes(PLACE.guest, made.image);
  // PS: the virtual real mode area has pages of 16 MB.
  hw.arena.write64(PLACE.patb + 16, BigInt(PLACE.hpt) | 0x80n);
  // EA 0 hashes to PTEG 2047 (all ones); AVPN = VSID 0x1ffffff, page 0; 1 TB segment, 16 MB page.
  writeHpte(hw, 2047, 0, 0x1ffffff000000n, PLACE.guest);
  hw.set(0, 'PTCR', BigInt(PLACE.patb));
  hw.set(0, 'LPIDR', 1n);
  hw.set(0, 'LPCR', LPCR.VPM1 | LPCR.HDICE);
  hw.set(0, 'HFSCR', 0x7ffn);
  hw.setMsr(0, MSR.SF | MSR.ME);
  hw.arena.setNia(0, 0x1000n);
  return { hw, emitted, symbols: made.symbols };
}

/** Writes a valid entry of a 16 MB page; `flags` go into doubleword 0 (bolted, large) and `second` into doubleword 1. */
export function writeHpte(
  hw: Hardware,
  pteg: number,
  slot: number,
  avpn: bigint,
  real: number,
  flags = 0n,
  second = 1n << 58n,
): number {
  const at = PLACE.hpt + pteg * 128 + slot * 16;
  hw.arena.write64(at, avpn | 0x15n | flags);
  hw.arena.write64(at + 8, BigInt(real) | second);
  return at;
}
