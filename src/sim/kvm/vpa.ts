// Areas in guest memory that a vcpu shares with the hypervisor: virtual processor area, dispatch trace log, SLB shadow.
// H_REGISTER_VPA only leaves the address; before its next entry the vcpu's runner pins the page and uses it.
// Source: arch/powerpc/kvm/book3s_hv.c, arch/powerpc/include/asm/lppaca.h, Linux 3.6; PAPR 14.11.
import { now } from '../host/context.ts';
import { HUGE_PAGE } from '../host/memory.ts';
import { goto, type Routine, ret, routine } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { findVcpu, type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf, vmOf } from './context.ts';
import { H_PARAMETER, H_RESOURCE, H_SUCCESS } from './hcall.ts';
import { guestReal } from './memslot.ts';
import type { Vcpu, Vm, VpaArea } from './records.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';
/** Offsets in struct lppaca. */
export const LPPACA = {
  SIZE: 4,
  STATUS: 9,
  PMCREGS_IN_USE: 0xbb,
  YIELD_COUNT: 0x100,
  DTL_IDX: 0x218,
};
/** shared_proc in the status byte. */
const SHARED_PROC = 2;
/** sizeof of what is registered: struct lppaca, struct dtl_entry, and what every area has at its start. */
const SIZEOF = { LPPACA: 1024, DTL_ENTRY: 48, REG_VPA: 8 } as const;
const CACHE_LINE = 128n;
/** Subfunctions of H_REGISTER_VPA, from bit 45 of its flags on. */
const SUBFUNCTION = {
  REG_VPA: 1n,
  REG_DTL: 2n,
  REG_SLB: 3n,
  DEREG_VPA: 5n,
  DEREG_DTL: 6n,
  DEREG_SLB: 7n,
} as const;
const FUNC_SHIFT = 45n;
const FUNC_MASK = 7n;

/** Is one of its areas to be pinned before the next entry? */
export const updatePending = ({ vpa, dtl, slb_shadow }: Vcpu): boolean =>
  (vpa.update_pending | dtl.update_pending | slb_shadow.update_pending) !== 0;

/** vpa_is_registered: now, or from the next update on. */
const isRegistered = ({ update_pending, next_gpa, pinned_addr }: VpaArea): boolean =>
  (update_pending ? next_gpa : pinned_addr) !== 0;

/** yield_count as the guest sees it: odd while the vcpu does not run; 0 without a VPA. */
export function yieldCount(k: KvmCtx, { vpa }: Vcpu): number {
  return vpa.pinned_addr ? k.hw.arena.read32(vpa.pinned_addr + LPPACA.YIELD_COUNT) : 0;
}

/** yield_count + 1, at each entry and at each exit. */
export function bumpYieldCount(k: KvmCtx, vcpu: Vcpu): void {
  if (vcpu.vpa.pinned_addr === 0) return;
  const at = vcpu.vpa.pinned_addr + LPPACA.YIELD_COUNT;
  k.hw.arena.write32(at, (yieldCount(k, vcpu) + 1) >>> 0);
}

/** pmcregs_in_use: must the exit save the counters? Without a VPA it always does. */
export function pmcregsInUse(k: KvmCtx, { vpa }: Vcpu): boolean {
  if (vpa.pinned_addr === 0) return true;
  return k.hw.arena.read8(vpa.pinned_addr + LPPACA.PMCREGS_IN_USE) !== 0;
}

/** kvmppc_pin_guest_page: real address of a guest address and the bytes from there to the end of its host page. */
function pinGuestPage(vm: Vm, gpa: bigint): { at: number; left: number } {
  const at = guestReal(vm, gpa, SIZEOF.REG_VPA);
  return { at, left: HUGE_PAGE - Number(gpa % BigInt(HUGE_PAGE)) };
}

// --- before an entry

/** kvmppc_update_vpa: the page is pinned; one that is no longer memory counts as none. */
function updateVpa(k: KvmCtx, vcpu: Vcpu, area: VpaArea): void {
  const vm = k.kvm.vms[vcpu.vm];
  area.update_pending = 0;
  const { at, left } = vm ? pinGuestPage(vm, BigInt(area.next_gpa)) : { at: NONE, left: 0 };
  const usable = area.next_gpa !== 0 && at !== NONE && area.len <= left;
  area.pinned_addr = usable ? at : 0;
  area.pinned_end = usable ? at + area.len : 0;
}

const updateVpas = routine<KvmCtx, VcpuLocals>(
  'kvmppc_update_vpas',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Pins the pages of what the guest has registered since the last run.',
  },
  [
    [
      'vpa',
      'under vpa_update_lock: a VPA to update? kvmppc_update_vpa',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if (!vcpu.vpa.update_pending) return goto('dtl');
        updateVpa(k, vcpu, vcpu.vpa);
        return undefined;
      },
      20,
    ],
    [
      'pinned', // B27
      'there is one: init_vpa; none that could be pinned, or none any more: the guest has no VPA',
      (k, l) => (vcpuOf(k, l.vcpu).vpa.pinned_addr === 0 ? goto('dtl') : undefined),
      2,
    ],
    [
      'init_vpa',
      'init_vpa: shared_proc := 1, yield_count := 1: it is not running',
      (k, l) => {
        const { pinned_addr } = vcpuOf(k, l.vcpu).vpa;
        const status = k.hw.arena.read8(pinned_addr + LPPACA.STATUS);
        k.hw.arena.write8(pinned_addr + LPPACA.STATUS, status | SHARED_PROC);
        k.hw.arena.write32(pinned_addr + LPPACA.YIELD_COUNT, 1);
      },
      8,
    ],
    [
      'dtl',
      'a DTL to update? the next entry is its first',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if (!vcpu.dtl.update_pending) return;
        updateVpa(k, vcpu, vcpu.dtl);
        vcpu.dtl_ptr = vcpu.dtl.pinned_addr;
        vcpu.dtl_index = 0;
      },
      20,
    ],
    [
      'slb_shadow',
      'an SLB shadow buffer to update?',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if (vcpu.slb_shadow.update_pending) updateVpa(k, vcpu, vcpu.slb_shadow);
        return ret();
      },
      20,
    ],
  ],
);

const createDtlEntry = routine<KvmCtx, VcpuLocals & { stolen: number }>(
  'kvmppc_create_dtl_entry',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Writes into the guest’s log that the vcpu is dispatched, and what time was stolen.',
  },
  [
    [
      'stolen',
      'stolen time since its last entry; no log or no VPA? nothing to write',
      (k, l) => {
        const [vcpu, vcore] = [vcpuOf(k, l.vcpu), vcoreOf(k, l.vcpu)];
        l.stolen = vcore.stolen_tb - vcpu.stolen_logged;
        vcpu.stolen_logged = vcore.stolen_tb;
        return vcpu.dtl_ptr && vcpu.vpa.pinned_addr ? undefined : ret();
      },
      8,
    ],
    [
      'entry',
      'the entry: reason 7, processor, stolen time, time base, pc and msr',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const at = vcpu.dtl_ptr;
        const { arena } = k.hw;
        const processor = vcoreOf(k, l.vcpu).pcpu + vcpu.ptid;
        arena.write32(at, (7 << 24) | (processor & 0xffff));
        arena.write32(at + 4, l.stolen >>> 0);
        arena.write64(at + 8, 0n);
        arena.write64(at + 16, BigInt(now(k)));
        arena.write64(at + 24, 0n);
        arena.write64(at + 32, vcpu.pc);
        arena.write64(at + 40, vcpu.msr);
        const next = at + SIZEOF.DTL_ENTRY;
        vcpu.dtl_ptr = next >= vcpu.dtl.pinned_end ? vcpu.dtl.pinned_addr : next;
      },
      20,
    ],
    [
      'dtl_idx',
      'smp_wmb; VPA: dtl_idx := entries written: the guest may read this one',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.dtl_index += 1;
        k.hw.arena.write64(vcpu.vpa.pinned_addr + LPPACA.DTL_IDX, BigInt(vcpu.dtl_index));
        return ret();
      },
      6,
    ],
  ],
);

// --- H_REGISTER_VPA

type Change = { readonly area: 'vpa' | 'dtl' | 'slb_shadow'; readonly len: number };

/** What a subfunction changes, or the code with which it is refused. */
function changeOf(target: Vcpu, func: bigint, len: number): Change | number {
  const { vpa, dtl, slb_shadow } = target;
  const hasVpa = isRegistered(vpa);
  switch (func) {
    case SUBFUNCTION.REG_VPA:
      return len < SIZEOF.LPPACA ? H_PARAMETER : { area: 'vpa', len };
    case SUBFUNCTION.REG_DTL:
      if (len < SIZEOF.DTL_ENTRY) return H_PARAMETER;
      return hasVpa ? { area: 'dtl', len: len - (len % SIZEOF.DTL_ENTRY) } : H_RESOURCE;
    case SUBFUNCTION.REG_SLB:
      return hasVpa ? { area: 'slb_shadow', len } : H_RESOURCE;
    case SUBFUNCTION.DEREG_VPA:
      return isRegistered(dtl) || isRegistered(slb_shadow) ? H_RESOURCE : { area: 'vpa', len };
    case SUBFUNCTION.DEREG_DTL:
      return { area: 'dtl', len };
    case SUBFUNCTION.DEREG_SLB:
      return { area: 'slb_shadow', len };
    default:
      return H_PARAMETER;
  }
}

type RegisterLocals = VcpuLocals & { target: number; func: bigint; gpa: bigint; len: number };

const hRegisterVpa = routine<KvmCtx, RegisterLocals>(
  'do_h_register_vpa',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'H_REGISTER_VPA: notes the area of a vcpu; it is used from its next entry on.',
  },
  [
    [
      'target',
      'r5: number of a vcpu; none has it: H_PARAMETER. r4: the subfunction',
      (k, l) => {
        const [flags = 0n, vcpuid = 0n, gpa = 0n] = vcpuOf(k, l.vcpu).run.args;
        l.target = vcpuid >> 32n ? NONE : findVcpu(k, vmOf(k, l.vcpu), Number(vcpuid));
        if (l.target === NONE) return ret(H_PARAMETER);
        l.func = (flags >> FUNC_SHIFT) & FUNC_MASK;
        Object.assign(l, { gpa: 0n, len: 0 });
        if (l.func < SUBFUNCTION.REG_VPA || l.func > SUBFUNCTION.REG_SLB) return goto('change');
        l.gpa = gpa;
        return gpa === 0n || gpa % CACHE_LINE !== 0n ? ret(H_PARAMETER) : undefined;
      },
      10,
    ],
    [
      'length',
      'r6: a new area, on a cache line; its length stands in it and must fit into the page; else H_PARAMETER',
      (k, l) => {
        const { at, left } = pinGuestPage(vmOf(k, l.vcpu), l.gpa);
        if (at === NONE) return ret(H_PARAMETER);
        const word = k.hw.arena.read32(at + LPPACA.SIZE);
        l.len = l.func === SUBFUNCTION.REG_VPA ? word >>> 16 : word;
        return l.len > left || l.len < SIZEOF.REG_VPA ? ret(H_PARAMETER) : undefined;
      },
      16,
    ],
    [
      'change',
      'under vpa_update_lock: a log or a shadow needs a VPA, a VPA stays while they exist; update_pending := 1',
      (k, l) => {
        const target = vcpuOf(k, l.target);
        const change = changeOf(target, l.func, l.len);
        if (typeof change === 'number') return ret(change);
        const noted = { next_gpa: Number(l.gpa), len: change.len, update_pending: 1 };
        target[change.area] = { ...target[change.area], ...noted };
        return ret(H_SUCCESS);
      },
      16,
    ],
  ],
);

/** The routines of this file. */
export const VPA_ROUTINES: readonly Routine<KvmCtx>[] = [updateVpas, createDtlEntry, hRegisterVpa];
