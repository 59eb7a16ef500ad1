// What entry and exit of the PowerPC 970 share: HID4 in place of LPCR, LPID and RMOR, the two locks, the whole TLB.
// Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S (sections for CPU_FTR_ARCH_201), Linux 3.6.
//
// A tlbie acts on the processors that run the sender's partition, and HID4 says which that is. So nobody may be in the
// middle of one, in the partition that a processor leaves or in the one that it enters: each change of HID4 is made
// under the lock under which that partition's tlbies are made, with the reserved LPID between the two changes.
// TLB entries have no LPID. Whoever comes empties the TLB, while it is in the reserved partition.
import { HID0_HDICE, HID4_LPID } from '../hardware/bits.ts';
import { tell } from '../host/context.ts';
import { type StepDef, spin } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, type VcpuLocals, vmOf } from './context.ts';
import { mfspr, mtspr, PMCS } from './p7-state.ts';

/** LPID that no partition has: all bits of the field. */
export const LPID_RSVD_970 = 63;
/** Counters of the performance monitor. */
export const PMCS_970 = [...PMCS, 'PMC7', 'PMC8'] as const;
/** Congruence classes of the TLB, each emptied by a tlbiel of its own. */
const TLB_CLASSES = 256;

/** LPID in its two fields of HID4. */
const hid4Lpid = (lpid: number): bigint =>
  ((BigInt(lpid) & HID4_LPID.LOW) << HID4_LPID.LOW_SHIFT) | (BigInt(lpid) >> 4n);

/** HID4 with another LPID. */
export const withLpid = (hid4: bigint, lpid: number): bigint =>
  (hid4 & ~hid4Lpid(LPID_RSVD_970)) | hid4Lpid(lpid);

export type Step970 = StepDef<KvmCtx, VcpuLocals & { trap: number }>;

// --- locks

export const lockNative: Step970 = [
  'native_tlbie_lock',
  'native_tlbie_lock: no other processor is in a tlbie of the host’s partition',
  (k) => {
    const { memory } = k.host;
    if (memory.native_tlbie_lock !== NONE)
      return spin(`waiting for native_tlbie_lock, which thread ${memory.native_tlbie_lock} holds`);
    memory.native_tlbie_lock = k.tid;
    return undefined;
  },
  8,
];

export const unlockNative: Step970 = [
  'native_tlbie_unlock',
  'native_tlbie_lock := 0',
  (k) => {
    k.host.memory.native_tlbie_lock = NONE;
  },
  4,
];

export const lockGuest: Step970 = [
  'tlbie_lock',
  'kvm.tlbie_lock: no other processor is in a tlbie of the guest’s partition',
  (k, l) => {
    const vm = vmOf(k, l.vcpu);
    if (vm.tlbie_lock !== NONE)
      return spin(`waiting for kvm.tlbie_lock, which thread ${vm.tlbie_lock} holds`);
    vm.tlbie_lock = k.tid;
    return undefined;
  },
  8,
];

export const unlockGuest: Step970 = [
  'tlbie_unlock',
  'kvm.tlbie_lock := 0',
  (k, l) => {
    vmOf(k, l.vcpu).tlbie_lock = NONE;
  },
  4,
];

// --- the switch

export const hid4Reserved: Step970 = [
  'hid4_reserved',
  'HID4 := kvm.lpcr with LPID 63, the reserved one; isync',
  (k, l) => mtspr(k, 'HID4', withLpid(vmOf(k, l.vcpu).lpcr, LPID_RSVD_970)),
];

export const flushTlb970: Step970 = [
  'tlbiel',
  '256 x tlbiel: the whole TLB, for its entries do not say whose they are; ptesync',
  (k, l) => {
    k.hw.tlbielSets(k.tid, 0n, TLB_CLASSES);
    tell(k, 'tlb_flush', l.vcpu, LPID_RSVD_970);
  },
  TLB_CLASSES,
];

/** HID0[HDICE], written with six reads behind. */
export function setHdice(k: KvmCtx, on: boolean): void {
  const hid0 = mfspr(k, 'HID0');
  mtspr(k, 'HID0', on ? hid0 | HID0_HDICE : hid0 & ~HID0_HDICE);
}
