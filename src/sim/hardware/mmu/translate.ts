// What a miss of the fast cache leads to: R and C in the table, an entry in the TLB, a fast translation, or a storage
// interrupt.
import { Access } from '../../engine/api.ts';
import { PAGE } from '../../engine/layout.ts';
import type { HwThreadId } from '../../state/ids.ts';
import type { Hardware } from '../hardware.ts';
import { SLOT } from '../slots.ts';
import { HPTE_C_BYTE, HPTE_R_BYTE, HPTE_R_C, HPTE_R_R } from './hpte.ts';
import { fillTlb, type TlbEntry } from './tlb.ts';
import { explainWalk, type StorageFault } from './walk.ts';

/** EngineHooks.miss: gives the engine the page of `ea`, or raises the storage interrupt. */
export function translate(hw: Hardware, t: HwThreadId, ea: bigint, access: Access): boolean {
  const { result } = explainWalk(hw, t, ea, access);
  if (result.kind === 'fault') {
    storageInterrupt(hw, t, ea, access, result.fault);
    return false;
  }
  let writable = true;
  if (result.kind === 'page') {
    const made = result.from === 'tlb' ? result.entry : record(hw, t, result.entry, access);
    if (result.from === 'hpt') fillTlb(hw, t, made);
    writable = result.mayStore && (made.r & HPTE_R_C) !== 0n;
  }
  const page = Math.floor(result.real / PAGE);
  if (access === Access.fetch) hw.engine.mapFetch(t, ea, page);
  else hw.mapData(t, ea, page, writable);
  return true;
}

/** Sets R, and C for a store, by single-byte stores to the HPTE; the TLB entry with them. */
function record(hw: Hardware, t: HwThreadId, entry: TlbEntry, access: Access): TlbEntry {
  const { hpte, r } = entry;
  const change = access === Access.store ? HPTE_R_C : 0n;
  const made = r | HPTE_R_R | change;
  if ((r & HPTE_R_R) === 0n) {
    hw.arena.store8(t, hpte + HPTE_R_BYTE, Number((made >> 8n) & 0xffn));
  }
  if ((change & ~r) !== 0n) hw.arena.store8(t, hpte + HPTE_C_BYTE, Number(made & 0xffn));
  return { ...entry, r: made };
}

function storageInterrupt(
  hw: Hardware,
  t: HwThreadId,
  ea: bigint,
  access: Access,
  { vector, hypervisor, status, vsidWord }: StorageFault,
): void {
  const { arena } = hw;
  const fetch = access === Access.fetch;
  if (!fetch) arena.setSpr(t, hypervisor ? SLOT.HDAR : SLOT.DAR, ea);
  if (!fetch && status !== null) {
    arena.setSpr(t, hypervisor ? SLOT.HDSISR : SLOT.DSISR, status);
  }
  if (hypervisor && hw.model.version === '3.0') arena.setSpr(t, SLOT.ASDR, vsidWord);
  hw.interrupt(t, vector, arena.nia(t), fetch ? (status ?? 0n) : 0n);
}
