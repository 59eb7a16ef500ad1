// A storage interrupt of a guest that came to the hypervisor: is it the guest's own, a device, or over by now?
// Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c (kvmppc_hpte_hv_fault), book3s_64_mmu_hv.c
// (kvmppc_book3s_hv_page_fault).
import { DSISR, MSR } from '../hardware/bits.ts';
import {
  HPTE_R_G,
  HPTE_R_KEY,
  HPTE_R_N,
  HPTE_R_PP,
  HPTE_R_PP0,
  HPTE_R_RPN,
  HPTE_V_ABSENT,
  HPTE_V_HVLOCK,
  HPTE_V_VALID,
  hpteKey,
} from '../hardware/mmu/hpte.ts';
import { SLB_VSID } from '../hardware/mmu/segment.ts';
import { HUGE_PAGE, PAGE_SHIFT } from '../host/memory.ts';
import { call, goto, ret, routine, spin } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { EFAULT } from './errno.ts';
import { asMemory, withHostPage } from './hcall-enter.ts';
import {
  guestRpte,
  hptePageSize,
  readHpte,
  storeR,
  storeV,
  tryLockHpte,
  unlockHpte,
} from './hpt.ts';
import { gfnToMemslot, hostPage, rmapWord } from './memslot.ts';
import { addRevmapChain, gfnOf, HPTE_RC, RMAP, tryLockRmap, unlockRmap } from './rmap.ts';

/** Results of kvmppc_hpte_hv_fault; a positive one is the status that the guest gets with its own interrupt. */
export const HV_FAULT = { RETRY: 0, KERNEL: -1, MMIO: -2 } as const;

/** HSRR1 of a fetch that is not allowed: no-execute or guarded. */
const N_OR_G = 0x10000000n;

interface FaultLocals extends VcpuLocals {
  ea: bigint;
  /** VSID word of the segment. */
  slb_v: bigint;
  /** HDSISR, or HSRR1's causes. */
  status: bigint;
  /** 1: a load or store, 0: a fetch. */
  data: number;
  index: number;
}

const readAllowed = (pp: bigint, key: boolean): boolean =>
  key ? pp >= 1n && pp <= 3n : pp <= 3n || pp === 6n;
const writeAllowed = (pp: bigint, key: boolean): boolean => (key ? pp === 2n : pp <= 2n);

/** What forbids the access by the guest's view of the entry, as a status bit; 0n: nothing does. */
function forbidden(k: KvmCtx, l: FaultLocals, gr: bigint): bigint {
  const { msr, spr } = vcpuOf(k, l.vcpu);
  const key = (l.slb_v & ((msr & MSR.PR) !== 0n ? SLB_VSID.KP : SLB_VSID.KS)) !== 0n;
  const pp = (gr & HPTE_R_PP) | ((gr & HPTE_R_PP0) >> 61n);
  if (l.data === 0) {
    if ((gr & (HPTE_R_N | HPTE_R_G)) !== 0n) return N_OR_G;
    return readAllowed(pp, key) ? 0n : DSISR.PROT;
  }
  const store = (l.status & DSISR.STORE) !== 0n;
  if (!(store ? writeAllowed : readAllowed)(pp, key)) return DSISR.PROT;
  if ((msr & MSR.DR) === 0n) return 0n;
  const bits = ((spr.AMR ?? 0n) >> BigInt(62 - 2 * hpteKey(gr))) & 3n;
  return (bits & (store ? 2n : 1n)) === 0n ? 0n : DSISR.KEY;
}

export const hpteHvFault = routine<KvmCtx, FaultLocals>(
  'kvmppc_hpte_hv_fault',
  {
    source: 'arch/powerpc/kvm/book3s_hv_rm_mmu.c',
    mode: 'real',
    about:
      'Whose storage interrupt: 0 nobody’s any more, -1 for the kernel, -2 for it with the instruction, else the guest’s.',
  },
  [
    [
      'find',
      'kvmppc_hv_find_lock_hpte: a valid entry, or for a missing page also an absent one',
      (k, l) => {
        const missing = (l.status & DSISR.NOHPTE) !== 0n;
        return call('kvmppc_hv_find_lock_hpte', {
          vm: vcpuOf(k, l.vcpu).vm,
          ea: l.ea,
          slb_v: l.slb_v,
          valid: missing ? HPTE_V_VALID | HPTE_V_ABSENT : HPTE_V_VALID,
        });
      },
      6,
    ],
    [
      'found',
      'none: the guest has mapped nothing there, or no longer what was forbidden: try again',
      (_k, l) => {
        l.index = l.ret;
        if (l.index >= 0) return undefined;
        return ret((l.status & DSISR.NOHPTE) !== 0n ? Number(l.status) : HV_FAULT.RETRY);
      },
      4,
    ],
    [
      'unlock',
      'its two doublewords are kept in vcpu.pgfault_*; unlock_hpte. A missing page that is there by now: try again',
      (k, l) => {
        const vm = vmOf(k, l.vcpu);
        const { v, r } = readHpte(k, vm, l.index);
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.pgfault_addr = l.ea;
        vcpu.pgfault_index = l.index;
        vcpu.pgfault_hpte = [v & ~HPTE_V_HVLOCK, r];
        unlockHpte(k, vm, l.index);
        const there = (l.status & DSISR.NOHPTE) !== 0n && (v & HPTE_V_VALID) !== 0n;
        return there ? ret(HV_FAULT.RETRY) : undefined;
      },
      10,
    ],
    [
      'permission',
      'PP and key, N and G, AMR: forbidden by the guest’s view of the entry? then it is the guest’s',
      (k, l) => {
        const refused = forbidden(k, l, guestRpte(k, vmOf(k, l.vcpu), l.index));
        if (refused === 0n) return undefined;
        return ret(Number((l.status & ~DSISR.NOHPTE) | refused));
      },
      10,
    ],
    [
      'key_31',
      'data access with MSR[IR]=1 to a page of key 31: most likely a device, its instruction will be needed',
      (k, l) => {
        const { msr, pgfault_hpte } = vcpuOf(k, l.vcpu);
        const device = ((pgfault_hpte[1] ?? 0n) & HPTE_R_KEY) === HPTE_R_KEY;
        const wanted = l.data === 1 && (msr & MSR.IR) !== 0n && device;
        return ret(wanted ? HV_FAULT.MMIO : HV_FAULT.KERNEL);
      },
      4,
    ],
  ],
);

/** Doubleword 1 of the fault's entry as the hardware shall see it, with the R and C bits that the host knows. */
function hostView(k: KvmCtx, vcpu: number, v: bigint, rc: bigint): bigint {
  const vm = vmOf(k, vcpu);
  const gr = guestRpte(k, vm, vcpuOf(k, vcpu).pgfault_index);
  const psize = hptePageSize(k, { v, r: gr });
  const slot = gfnToMemslot(vm, gfnOf(gr, psize));
  if (!slot) throw new Error('hostView: the memory slot went away under a reader');
  const r = withHostPage(gr, psize, hostPage(slot, gfnOf(gr, psize)));
  return asMemory(k, r) & (rc | ~HPTE_RC);
}

interface PageFaultLocals extends VcpuLocals {
  ea: bigint;
  dsisr: bigint;
  /** Real address of the page's reverse-map word. */
  rmap: number;
}

export const bookPageFault = routine<KvmCtx, PageFaultLocals>(
  'kvmppc_book3s_hv_page_fault',
  {
    source: 'arch/powerpc/kvm/book3s_64_mmu_hv.c',
    mode: 'virtual',
    about:
      'The entry that real mode found: a page that is no memory is a device; absent memory comes back.',
  },
  [
    [
      'pgfault_addr',
      'is it the address that real mode looked up? else the guest tries again',
      (k, l) => (vcpuOf(k, l.vcpu).pgfault_addr === l.ea ? undefined : goto('resume')),
      6,
    ],
    [
      'lock_hpte',
      'lock the entry',
      (k, l) => {
        const { pgfault_index } = vcpuOf(k, l.vcpu);
        return tryLockHpte(k, vmOf(k, l.vcpu), pgfault_index)
          ? undefined
          : spin(`waiting for the lock of HPTE ${pgfault_index}`);
      },
      8,
    ],
    [
      'unchanged',
      'unlock; both doublewords as they were? else the guest tries again',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const { v, r } = readHpte(k, vmOf(k, l.vcpu), vcpu.pgfault_index);
        unlockHpte(k, vmOf(k, l.vcpu), vcpu.pgfault_index);
        const [oldV, oldR] = vcpu.pgfault_hpte;
        return (v & ~HPTE_V_HVLOCK) === oldV && r === oldR ? undefined : goto('resume');
      },
      12,
    ],
    [
      'memslot',
      'gfn_to_memslot of the guest’s page: none? then kvmppc_hv_emulate_mmio',
      (k, l) => {
        const vm = vmOf(k, l.vcpu);
        const vcpu = vcpuOf(k, l.vcpu);
        const [v = 0n] = vcpu.pgfault_hpte;
        const gr = guestRpte(k, vm, vcpu.pgfault_index);
        const psize = BigInt(hptePageSize(k, { v, r: gr }));
        const gpa = (gr & HPTE_R_RPN & ~(psize - 1n)) | (l.ea & (psize - 1n));
        if (gfnToMemslot(vm, gpa >> BigInt(PAGE_SHIFT))) return goto('memory');
        const is_store = (l.dsisr & DSISR.STORE) !== 0n ? 1 : 0;
        return call('kvmppc_hv_emulate_mmio', { vcpu: l.vcpu, gpa, ea: l.ea, is_store });
      },
      16,
    ],
    ['emulated', 'as it says', (_k, l) => ret(l.ret), 2],
    [
      'memory',
      'memory: a valid entry is used again; an absent one gets the host’s page back. Too large for it: -EFAULT',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const [v = 0n] = vcpu.pgfault_hpte;
        if ((v & HPTE_V_ABSENT) === 0n) return goto('resume');
        const vm = vmOf(k, l.vcpu);
        const psize = hptePageSize(k, { v, r: guestRpte(k, vm, vcpu.pgfault_index) });
        if (psize > HUGE_PAGE) return ret(EFAULT);
        vm.srcu += 1;
        return undefined;
      },
      6,
    ],
    [
      'lock_again',
      'lock the entry',
      (k, l) => {
        const { pgfault_index } = vcpuOf(k, l.vcpu);
        return tryLockHpte(k, vmOf(k, l.vcpu), pgfault_index)
          ? undefined
          : spin(`waiting for the lock of HPTE ${pgfault_index}`);
      },
      8,
    ],
    [
      'check_again',
      'still as it was, and still memory? else unlock, and the guest tries again',
      (k, l) => {
        const vm = vmOf(k, l.vcpu);
        const vcpu = vcpuOf(k, l.vcpu);
        const { v, r } = readHpte(k, vm, vcpu.pgfault_index);
        const [oldV, oldR] = vcpu.pgfault_hpte;
        const gr = guestRpte(k, vm, vcpu.pgfault_index);
        const gfn = gfnOf(gr, hptePageSize(k, { v, r: gr }));
        const slot = gfnToMemslot(vm, gfn);
        if ((v & ~HPTE_V_HVLOCK) === oldV && r === oldR && slot) {
          l.rmap = rmapWord(slot, gfn);
          return undefined;
        }
        unlockHpte(k, vm, vcpu.pgfault_index);
        return goto('srcu_read_unlock');
      },
      10,
    ],
    [
      'lock_rmap',
      'lock_rmap of the page',
      (k, l) =>
        tryLockRmap(k, l.rmap) ? undefined : spin('waiting for the lock of a reverse-map word'),
      8,
    ],
    [
      'add_revmap_chain',
      'into the ring of the page; unlock_rmap; doubleword 1 := the guest’s bits with the page of the host',
      (k, l) => {
        const vm = vmOf(k, l.vcpu);
        const { pgfault_index } = vcpuOf(k, l.vcpu);
        addRevmapChain(k, vm, pgfault_index, l.rmap);
        const rc = (k.hw.arena.read64(l.rmap) >> RMAP.RC_SHIFT) & HPTE_RC;
        unlockRmap(k, l.rmap);
        const v = readHpte(k, vm, pgfault_index).v;
        const r = hostView(k, l.vcpu, v, rc);
        storeR(k, vm, pgfault_index, { v, r });
      },
      12,
    ],
    [
      'valid',
      'eieio; doubleword 0: VALID instead of ABSENT, unlocked; ptesync',
      (k, l) => {
        const vm = vmOf(k, l.vcpu);
        const { pgfault_index } = vcpuOf(k, l.vcpu);
        const { v } = readHpte(k, vm, pgfault_index);
        storeV(k, vm, pgfault_index, (v & ~(HPTE_V_ABSENT | HPTE_V_HVLOCK)) | HPTE_V_VALID);
      },
      8,
    ],
    [
      'srcu_read_unlock',
      'srcu_read_unlock',
      (k, l) => {
        vmOf(k, l.vcpu).srcu -= 1;
      },
      4,
    ],
    ['resume', 'RESUME_GUEST: the instruction is executed again', () => ret(0), 2],
  ],
);
