// What must hold between virtual machines; source: partitions of Power ISA Book III, "Logical Partitioning".
import { TLB_ENTRIES } from '../engine/layout.ts';
import { tlbEntry } from '../hardware/mmu/tlb.ts';
import { vmOf } from '../kvm/context.ts';
import type { Machine } from '../machine/machine.ts';
import { vcpuEntity } from './entities.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

/** A TLB finds entries by LPID: where a guest enters, those that it can find are of its own page table. */
function ownTranslations(m: Machine<Watched>): Broken | null {
  if (m.k.kvm.vms.length < 2) return null;
  const t = m.k.tid;
  const v = m.host.cpus[t]?.kvm_vcpu ?? -1;
  if (v < 0) return null;
  const vm = vmOf(m.k, v);
  const lpid = Number(m.hw.get(t, 'LPIDR'));
  for (let i = 0; i < TLB_ENTRIES; i++) {
    const entry = tlbEntry(m.hw, t, i);
    if (entry === null || entry.lpid !== lpid) continue;
    if (entry.hpte >= vm.hpt_base && entry.hpte < vm.hpt_base + 2 ** vm.hpt_order) continue;
    const why = `vcpu ${v} enters on thread ${t}, whose TLB translates for it by the table of another VM`;
    return { why, where: vcpuEntity(m, v) };
  }
  return null;
}

export const VM_INVARIANTS: readonly Invariant[] = [
  {
    id: 'own-translations',
    what: "where a guest enters, no translation that it can find was made of another VM's page table",
    reads: ['kvm_guest_enter'],
    test: ownTranslations,
  },
];
