// Inputs that change an entry of a guest's hashed page table from outside, as a device that writes to memory by DMA
// would: the bytes change and nothing else. No lock is taken and no tlbie follows, so a TLB may go on translating by
// what the entry was.
import {
  HPTE_BYTES,
  HPTE_R_3_0_RPN,
  HPTE_R_C,
  HPTE_R_R,
  HPTE_V_HVLOCK,
  HPTE_V_VALID,
} from '../hardware/mmu/hpte.ts';
import { fail, type Result, succeed } from '../state/user-error.ts';
import { type HpteEdit, slotName } from '../trace/hpt.ts';
import type { VmmCtx } from '../vmm/records.ts';

/** An input about entry `slot` (PTEG * 8 + slot of the group) of the table of VM record `vm`. */
export interface HpteAction {
  readonly kind: 'hpte';
  readonly vm: number;
  readonly slot: number;
  readonly edit: HpteEdit;
}

const GUEST_PAGE = 1n << 24n;

const WORDS: Readonly<Record<HpteEdit, string>> = {
  invalidate: 'V := 0',
  lock: 'HVLOCK := 1',
  unlock: 'HVLOCK := 0',
  'clear-r': 'R := 0',
  'clear-c': 'C := 0',
  bad: 'valid, with a real page of the hypervisor',
};

/** Text of the input for lists and the log. */
export const hpteText = ({ vm, slot, edit }: HpteAction): string =>
  `HPTE ${slotName(slot)} of VM ${vm + 1}: ${WORDS[edit]}`;

/** Applies it; a refusal changes nothing. Codes: NO_VM, NO_HPT, NO_HPTE, NOT_VALID, NOTHING_TO_DO. */
export function applyHpte(k: VmmCtx, action: HpteAction): Result<string> {
  const { slot, edit } = action;
  const vm = k.kvm.vms[action.vm];
  if (!vm) return fail('NO_VM', `There is no VM ${action.vm + 1} yet.`, 'Run until it is created.');
  if (vm.hpt_order === 0)
    return fail('NO_HPT', `VM ${action.vm + 1} has no hashed page table yet.`, 'Run on.');
  const entries = 2 ** (vm.hpt_order - 4);
  if (!Number.isInteger(slot) || slot < 0 || slot >= entries)
    return fail('NO_HPTE', `The table has the entries 0 to ${entries - 1}, not ${slot}.`);
  const at = vm.hpt_base + HPTE_BYTES * slot;
  const [v, r] = [k.hw.arena.read64(at), k.hw.arena.read64(at + 8)];
  const [newV, newR] = edited(edit, v, r, vm.hpt_base);
  if (edit === 'invalidate' && (v & HPTE_V_VALID) === 0n)
    return fail('NOT_VALID', `The entry in ${slotName(slot)} is not valid.`);
  if (newV === v && newR === r)
    return fail('NOTHING_TO_DO', `Of the entry in ${slotName(slot)} that is already so.`);
  if (newR !== r) k.hw.arena.write64(at + 8, newR);
  if (newV !== v) k.hw.arena.write64(at, newV);
  return succeed(`${hpteText(action)}; no tlbie follows, so a TLB may keep what it holds`);
}

/** The two doublewords after an edit. */
function edited(edit: HpteEdit, v: bigint, r: bigint, hpt: number): readonly [bigint, bigint] {
  switch (edit) {
    case 'invalidate':
      return [v & ~HPTE_V_VALID, r];
    case 'lock':
      return [v | HPTE_V_HVLOCK, r];
    case 'unlock':
      return [v & ~HPTE_V_HVLOCK, r];
    case 'clear-r':
      return [v, r & ~HPTE_R_R];
    case 'clear-c':
      return [v, r & ~HPTE_R_C];
    case 'bad': {
      // The 16 MB page in which the table itself lies: memory that belongs to no guest.
      const page = (BigInt(hpt) / GUEST_PAGE) * GUEST_PAGE;
      return [v | HPTE_V_VALID, (r & ~HPTE_R_3_0_RPN) | page];
    }
  }
}
