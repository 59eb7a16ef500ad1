// Hypercalls in real mode on POWER7: answered on the way out, in the partition of the guest, if that is possible.
// Source: arch/powerpc/kvm/{book3s_hv_rmhandlers.S (hcall_try_real_mode, kvmppc_h_cede), book3s_hv_rm_mmu.c}.
import { LPCR, MSR } from '../hardware/bits.ts';
import { cpuOf, tell } from '../host/context.ts';
import { call, goto, NAP, ret, routine, unwind } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { H_TOO_HARD, HCALL } from './hcall.ts';
import { REAL_HCALLS } from './hcall-table.ts';
import { FAST_GUEST_RETURN, GUEST_EXIT, NO_NAP, ONE_EXIT } from './p7-entry.ts';
import { mfspr, mtspr, saveFp, saveGprs } from './p7-state.ts';
import { startCede, takeProd } from './p7-vcore.ts';

const RMHANDLERS_S = 'arch/powerpc/kvm/book3s_hv_rmhandlers.S';

/** hcall_real_table: the routine for each hcall that real mode handles. */
export const HCALL_REAL_TABLE: Readonly<Record<number, string>> = {
  ...REAL_HCALLS,
  [HCALL.H_CEDE]: 'kvmppc_h_cede',
};

export const hcallTryRealMode = routine<KvmCtx, VcpuLocals & { nr: number }>(
  'hcall_try_real_mode',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'sc 1: is there a real-mode handler for the number in r3?',
  },
  [
    [
      'problem_state',
      'from problem state? that is no hypercall: out of the guest',
      (k, l) => ((vcpuOf(k, l.vcpu).msr & MSR.PR) !== 0n ? ret(GUEST_EXIT) : undefined),
      4,
    ],
    [
      'hcall_real_table',
      'r3, its two low bits dropped, indexes the table; no entry: out of the guest',
      (k, l) => {
        l.nr = Number((vcpuOf(k, l.vcpu).gpr[3] ?? 0n) & 0xfffffffcn);
        return HCALL_REAL_TABLE[l.nr] === undefined ? ret(GUEST_EXIT) : undefined;
      },
      6,
    ],
    [
      'handler',
      'call the handler',
      (k, l) => {
        tell(k, 'kvm_hcall_enter', l.vcpu, l.nr);
        return call(HCALL_REAL_TABLE[l.nr] ?? '', { vcpu: l.vcpu });
      },
      8,
    ],
    [
      'too_hard',
      'H_TOO_HARD: out of the guest after all',
      (_k, l) => (l.ret === H_TOO_HARD ? goto('fallback') : undefined),
      4,
    ],
    [
      'result',
      'r3 := the result; back into the guest, in the same partition',
      (k, l) => {
        vcpuOf(k, l.vcpu).gpr[3] = BigInt.asUintN(64, BigInt(l.ret));
        tell(k, 'kvm_hcall_exit', l.vcpu, l.nr, l.ret);
        return ret(FAST_GUEST_RETURN);
      },
      6,
    ],
    ['fallback', 'hcall_real_fallback', () => ret(GUEST_EXIT), 2],
  ],
);

export const hCedeP7 = routine<KvmCtx, VcpuLocals & { entered: number }>(
  'kvmppc_h_cede',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'H_CEDE: nap in the guest’s partition while another thread works; alone, give the core back.',
  },
  [
    ['ceded', 'msr |= EE; ceded := 1; sync', (k, l) => startCede(k, l.vcpu), 8],
    [
      'prodded',
      'prodded already? then the prod is used up, ceded := 0, H_SUCCESS',
      (k, l) => takeProd(k, l.vcpu),
      6,
    ],
    [
      'success',
      'trap := 0, r3 := H_SUCCESS: the hcall is complete, whoever wakes the vcpu',
      (k, l) => {
        vcpuOf(k, l.vcpu).trap = 0;
        vcpuOf(k, l.vcpu).gpr[3] = 0n;
      },
      4,
    ],
    [
      'entered',
      'n := threads that have entered, of vcore.entry_exit_count',
      (k, l) => {
        l.entered = vcoreOf(k, l.vcpu).entry_exit_count & 0xff;
      },
      6,
    ],
    [
      'napping_threads',
      'atomically: would all n nap with this one? H_TOO_HARD, so that the host can sleep; else its bit is set',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        const napping = vcore.napping_threads | (1 << vcpuOf(k, l.vcpu).ptid);
        if (popcount(napping) >= l.entered) return ret(H_TOO_HARD);
        vcore.napping_threads = napping;
        cpuOf(k).napping = 1;
        return undefined;
      },
      10,
    ],
    [
      'entry_exit_count',
      'lwsync; has an exit begun meanwhile? then no nap: its IPI may have missed this thread',
      (k, l) => {
        if (vcoreOf(k, l.vcpu).entry_exit_count < ONE_EXIT) return undefined;
        return unwind(cpuOf(k).host_depth, NO_NAP);
      },
      6,
    ],
    ['nvgprs', 'r14-r31 of the guest saved', (k, l) => saveGprs(k, vcpuOf(k, l.vcpu), 14, 31), 18],
    ['fp', 'FP, VMX and VSX registers saved', (k, l) => saveFp(k, vcpuOf(k, l.vcpu)), 40],
    [
      'hwthread_req', // B8
      'PACA: hwthread_req := 1: the thread shall wake in kvm_start_guest',
      (k) => {
        cpuOf(k).hwthread_req = 1;
      },
      4,
    ],
    [
      'lpcr',
      'LPCR[PECE0], LPCR[PECE1] := 1: interrupts and the guest’s DEC wake it',
      (k) => mtspr(k, 'LPCR', mfspr(k, 'LPCR') | LPCR.PECE0 | LPCR.PECE1),
      8,
    ],
    [
      'nap',
      'ptesync; nap',
      (k, l) => {
        tell(k, 'cede_nap', l.vcpu, vcoreOf(k, l.vcpu).napping_threads);
        return NAP;
      },
      20,
    ],
  ],
);

/** How many bits are set. */
export function popcount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}
