// One entry of a hashed page table and its PTE group: the real and the guest's view, its fields, its reverse-map chain.
import { layoutOf } from '../../sim/hardware/mmu/context.ts';
import {
  fromLayout,
  HPTE_V_ABSENT,
  HPTE_V_HVLOCK,
  HPTE_V_VALID,
  type Hpte,
} from '../../sim/hardware/mmu/hpte.ts';
import { guestRpte, hpteAddress, links } from '../../sim/kvm/hpt.ts';
import type { Vm } from '../../sim/kvm/records.ts';
import type { HptSummary } from '../../sim/machine/hpt-summary.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { SLOTS, SUMMARY, slotName } from '../../sim/trace/hpt.ts';
import type { RowIn } from '../sections.ts';
import { fieldsOf, pageOf, pageText } from './hpte-fields.ts';

/** Other entries of a chain that are named. */
const MOST_CHAIN = 64;

/** Entry `slot` of a VM's table: the real one in the hardware's layout, and the guest's as H_READ shows it. */
export function entryOf(
  m: Machine,
  vm: Vm,
  slot: number,
): { readonly hpte: Hpte; readonly guest: Hpte } {
  const at = hpteAddress(vm, slot);
  const hpte = { v: m.hw.arena.read64(at), r: m.hw.arena.read64(at + 8) };
  const { v } = fromLayout(layoutOf(m.hw), hpte);
  const shown = v & ~(HPTE_V_HVLOCK | HPTE_V_ABSENT);
  const guestV = (v & HPTE_V_ABSENT) === 0n ? shown : shown | HPTE_V_VALID;
  return { hpte, guest: { v: guestV, r: guestRpte(m.k, vm, slot) } };
}

/** The eight entries of the PTEG in which `slot` lies; none when there is no such entry. */
export function slotRows(
  m: Machine,
  vm: Vm,
  summary: HptSummary,
  slot: number,
): RowIn<'hpt', 'slots'>[] {
  if (!isEntry(summary, slot)) return [];
  const first = slot - (slot % SLOTS);
  return Array.from({ length: SLOTS }, (_, i) => {
    const at = first + i;
    const { hpte, guest } = entryOf(m, vm, at);
    return {
      slot: at,
      address: hpteAddress(vm, at),
      bits: summary.at(at),
      ...hpte,
      guest_v: guest.v,
      guest_rpte: guest.r,
      page: pageText(hpte),
      real: pageOf(layoutOf(m.hw), hpte).at,
      chain: chainText(m, vm, summary, at),
    };
  });
}

const isEntry = (summary: HptSummary, slot: number): boolean =>
  Number.isInteger(slot) && slot >= 0 && slot < summary.entries;

/** The other entries of the reverse-map ring; '' when there are none or the ring is being changed. */
function chainText(m: Machine, vm: Vm, summary: HptSummary, slot: number): string {
  if ((summary.at(slot) & SUMMARY.VALID) === 0) return '';
  const others: string[] = [];
  let { forw } = links(m.k, vm, slot);
  while (forw !== slot && others.length < MOST_CHAIN) {
    if (!isEntry(summary, forw) || (summary.at(forw) & SUMMARY.VALID) === 0) return '';
    others.push(slotName(forw));
    forw = links(m.k, vm, forw).forw;
  }
  return others.join(', ');
}

/** Bit fields of an entry in both views; none when there is no such entry. */
export function entryFields(
  m: Machine,
  vm: Vm,
  summary: HptSummary,
  slot: number,
): RowIn<'hpt', 'fields'>[] {
  if (!isEntry(summary, slot)) return [];
  const { hpte, guest } = entryOf(m, vm, slot);
  return [...fieldsOf('real', layoutOf(m.hw), hpte), ...fieldsOf('guest', 'old', guest)];
}
