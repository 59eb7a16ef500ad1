// Invalidation of a guest's translations in the TLBs. Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c (do_tlbies,
// global_invalidates).
import { MSR } from '../hardware/bits.ts';
import { RB } from '../hardware/mmu/hpte.ts';
import { tell } from '../host/context.ts';
import { call, goto, ret, routine, type StepOutcome, spin } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, vcpuOf, vmAt, vmOf } from './context.ts';
import { H_LOCAL } from './hcall.ts';

/**
 * Whether tlbiel on this thread is enough: in real mode, when the guest says so or has one vcpu only; its entry on
 * another thread flushes that one. In the kernel the thread is in the host's partition, so no tlbiel can be meant.
 */
function isLocal(k: KvmCtx, vcpu: number, flags: bigint): boolean {
  if ((k.hw.msr(k.tid) & (MSR.IR | MSR.DR)) !== 0n) return false;
  return (flags & H_LOCAL) !== 0n || vmOf(k, vcpu).vcpus.length === 1;
}

/** Calls do_tlbies for an hcall of `vcpu`. */
export const callTlbies = (k: KvmCtx, vcpu: number, flags: bigint, rb: bigint[]): StepOutcome =>
  call('do_tlbies', { vm: vcpuOf(k, vcpu).vm, rb, local: isLocal(k, vcpu, flags) ? 1 : 0 });

/** LPID, and L of the instruction; the PowerPC 970 has no LPID in its TLB, and L there instead of in RB. */
const operands = (k: KvmCtx, vm: number, rb: bigint): [lpid: number, large: boolean] =>
  k.hw.model.version === '2.02' ? [0, (rb & RB.L) !== 0n] : [vmAt(k, vm).lpid, false];

interface TlbiesLocals {
  vm: number;
  /** RB of each tlbie. */
  rb: bigint[];
  local: number;
}

export const doTlbies = routine<KvmCtx, TlbiesLocals>(
  'do_tlbies',
  {
    source: 'arch/powerpc/kvm/book3s_hv_rm_mmu.c',
    mode: 'real',
    about: 'Takes translations out of the TLB of every thread, or of this one.',
  },
  [
    [
      'local',
      'only this thread can have them: ptesync, tlbiel, ptesync',
      (k, l) => {
        if (l.local === 0) return undefined;
        for (const rb of l.rb) k.hw.tlbiel(k.tid, rb, ...operands(k, l.vm, rb));
        return ret();
      },
      12,
    ],
    [
      'tlbie_lock',
      'kvm.tlbie_lock: one tlbie of the VM at a time',
      (k, l) => {
        const vm = vmAt(k, l.vm);
        if (vm.tlbie_lock !== NONE) return spin(`waiting for the tlbie of thread ${vm.tlbie_lock}`);
        vm.tlbie_lock = k.tid;
        return undefined;
      },
      8,
    ],
    [
      'tlbie',
      'ptesync; tlbie of the next entry, with the LPID of the guest',
      (k, l) => {
        const [rb = 0n, ...others] = l.rb;
        k.hw.tlbie(k.tid, rb, ...operands(k, l.vm, rb));
        tell(k, 'tlbie', NONE, Number(rb >> 12n));
        l.rb = others;
        return others.length > 0 ? goto('tlbie') : undefined;
      },
      40,
    ],
    [
      'tlbsync',
      'eieio; tlbsync; ptesync: it is done on every thread',
      (k) => k.hw.tlbsync(k.tid),
      40,
    ],
    [
      'unlock',
      'tlbie_lock := 0',
      (k, l) => {
        vmAt(k, l.vm).tlbie_lock = NONE;
        return ret();
      },
      6,
    ],
  ],
);
