// Values of architected registers for pictures: of a hardware thread, or of a vcpu that is not in the guest.
import { readSpr } from '../../sim/hardware/system-helpers.ts';
import { SPRS } from '../../sim/isa/spr.ts';
import type { Machine } from '../../sim/machine/machine.ts';

export const hex = (v: bigint, digits = 16): string => `0x${v.toString(16).padStart(digits, '0')}`;

/** 'r4=0x10' for a register that an instruction reads or writes; storage and unknown names are named only. */
export function registerText(
  m: Machine,
  thread: number,
  vcpu: number,
  inGuest: boolean,
  name: string,
): string {
  const value = registerValue(m, thread, vcpu, inGuest, name);
  return value === null ? name : `${name}=0x${value.toString(16)}`;
}

function registerValue(
  m: Machine,
  t: number,
  vcpu: number,
  inGuest: boolean,
  name: string,
): bigint | null {
  const saved = m.k.kvm.vcpus[vcpu];
  const gpr = /^r(\d+)$/.exec(name);
  if (gpr)
    return inGuest ? m.hw.arena.gpr(t, Number(gpr[1])) : (saved?.gpr[Number(gpr[1])] ?? null);
  const cr = /^cr(\d)$/.exec(name);
  if (cr) {
    const image = inGuest ? m.hw.arena.cr(t) : (saved?.cr ?? 0);
    return BigInt((image >>> (28 - 4 * Number(cr[1]))) & 15);
  }
  const xer = { SO: 31, OV: 30, CA: 29, OV32: 19, CA32: 18 }[name];
  if (xer !== undefined)
    return ((inGuest ? m.hw.arena.xer(t) : (saved?.xer ?? 0n)) >> BigInt(xer)) & 1n;
  if (!inGuest)
    return { LR: saved?.lr, CTR: saved?.ctr, XER: saved?.xer, MSR: saved?.msr }[name] ?? null;
  const slot = SPRS.findIndex((row) => row.name === name);
  return slot < 0 ? null : readSpr(m.hw, t, slot);
}
