// Values of the places that an instruction names: registers and the storage it addresses, of a thread in the guest or
// of a vcpu that is not.
import { MSR } from '../../sim/hardware/bits.ts';
import { decode } from '../../sim/isa/decode.ts';
import { vmOf } from '../../sim/kvm/context.ts';
import { guestReal } from '../../sim/kvm/memslot.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { hex, type RegisterOwner as Owner, registerValue } from './registers.ts';

/** Bytes shown of storage, in their order. */
const SHOWN = 8;

/** Value of a register as text; '' when it is not known. */
export function placeText(m: Machine, owner: Owner, name: string): string {
  const vector = /^v(?:s(\d+)|(\d+))$/.exec(name);
  if (vector) {
    if (!owner.inGuest) return '';
    const n = vector[1] !== undefined ? Number(vector[1]) : 32 + Number(vector[2]);
    const [high, low] = [m.hw.arena.vsr(owner.thread, n, 0), m.hw.arena.vsr(owner.thread, n, 1)];
    return `${hex(high)}_${hex(low).slice(2)}`;
  }
  const value = registerValue(m, owner, name);
  return value === null ? '' : `0x${value.toString(16)}`;
}

/**
 * The storage that `word` addresses with the registers as they are now, read when called. '' when the address is not
 * known, the address alone when it is not a real one of the guest (MSR[DR]=1).
 */
export function memoryText(m: Machine, owner: Owner, word: number): () => string {
  const ea = effectiveAddress(m, owner, word);
  if (ea === null) return () => '';
  const msr = registerValue(m, owner, 'MSR') ?? 0n;
  const at = `at 0x${ea.toString(16)}`;
  const real = (msr & MSR.DR) === 0n ? guestReal(vmOf(m.k, owner.vcpu), ea, SHOWN) : -1;
  if (real < 0) return () => at;
  return () => {
    const words = [0, 4].map((by) => m.hw.arena.read32(real + by) >>> 0);
    return `${words.map((word) => word.toString(16).padStart(8, '0')).join(' ')} ${at}`;
  };
}

/** (RA|0) or RA plus displacement or RB; null when a register is not known. Book I 1.11.3. */
export function effectiveAddress(m: Machine, owner: Owner, word: number): bigint | null {
  const operands = decode(word)?.operands ?? {};
  const gpr = (n: number | undefined): bigint | null =>
    n === undefined ? 0n : registerValue(m, owner, `r${n}`);
  const { RA, RB, D, DS, DQ } = operands;
  const zero = operands.RA0 ?? operands.RAL ?? operands.RAS;
  const base = RA !== undefined ? gpr(RA) : zero === 0 ? 0n : gpr(zero);
  const displacement = D ?? DS ?? DQ;
  const offset = displacement !== undefined ? BigInt(displacement) : gpr(RB);
  if (base === null || offset === null) return null;
  return BigInt.asUintN(64, base + offset);
}
