// Values of architected registers for pictures: of a hardware thread, or of a vcpu that is not in the guest.
import { readSpr } from '../../sim/hardware/spr-access.ts';
import { hasSpr, SPRS } from '../../sim/isa/spr.ts';
import type { Machine } from '../../sim/machine/machine.ts';

export const hex = (v: bigint, digits = 16): string => `0x${v.toString(16).padStart(digits, '0')}`;

/** 'r4=0x10' for a register that an instruction reads or writes; storage and unknown names are named only. */
export function registerText(m: Machine, owner: RegisterOwner, name: string): string {
  const value = registerValue(m, owner, name);
  return value === null ? name : `${name}=0x${value.toString(16)}`;
}

/** Bits of XER from the right. */
const XER_BITS: Readonly<Record<string, number>> = { SO: 31, OV: 30, CA: 29, OV32: 19, CA32: 18 };

/** A thread in the guest, or the vcpu whose registers are saved. */
export interface RegisterOwner {
  readonly thread: number;
  readonly vcpu: number;
  readonly inGuest: boolean;
}

/** Value of a register of at most 64 bits, or of a part of CR or XER; null when the name is of none that is known. */
export function registerValue(m: Machine, owner: RegisterOwner, name: string): bigint | null {
  const { thread: t, vcpu, inGuest } = owner;
  const saved = m.k.kvm.vcpus[vcpu];
  const gpr = /^r(\d+)$/.exec(name);
  if (gpr)
    return inGuest ? m.hw.arena.gpr(t, Number(gpr[1])) : (saved?.gpr[Number(gpr[1])] ?? null);
  const cr = /^cr(\d)(?:\.(lt|gt|eq|so))?$/.exec(name);
  if (cr || name === 'CR') {
    const image = inGuest ? m.hw.arena.cr(t) : (saved?.cr ?? 0);
    return cr ? partOfCr(image, Number(cr[1]), cr[2]) : BigInt(image >>> 0);
  }
  const xer = XER_BITS[name];
  if (xer !== undefined)
    return ((inGuest ? m.hw.arena.xer(t) : (saved?.xer ?? 0n)) >> BigInt(xer)) & 1n;
  if (!inGuest) {
    const known = { LR: saved?.lr, CTR: saved?.ctr, XER: saved?.xer, MSR: saved?.msr };
    return { ...known, NIA: saved?.pc }[name] ?? null;
  }
  return threadRegister(m, t, name);
}

function threadRegister(m: Machine, t: number, name: string): bigint | null {
  const fpr = /^f(\d+)$/.exec(name);
  if (fpr) return m.hw.arena.vsr(t, Number(fpr[1]), 0);
  if (name === 'NIA') return m.hw.arena.nia(t);
  if (name === 'FPSCR') return m.hw.arena.fpscr(t);
  if (name === 'VSCR') return BigInt(m.hw.arena.vscr(t));
  const slot = SPRS.findIndex((row) => row.name === name);
  const spr = SPRS[slot];
  return spr && hasSpr(m.hw.model.family, spr) ? readSpr(m.hw, t, slot) : null;
}

/** A field of CR, or one of its bits. */
function partOfCr(image: number, field: number, bit: string | undefined): bigint {
  const four = (image >>> (28 - 4 * field)) & 15;
  return BigInt(bit === undefined ? four : (four >>> (3 - CR_BITS.indexOf(bit))) & 1);
}

const CR_BITS = ['lt', 'gt', 'eq', 'so'];
