// What real mode does with an interrupt that left the guest on POWER7: answer it there if possible, else out of the guest.
// Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S, Linux 3.6.
import { LPCR, MSR, SRR1_CAUSES } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT, vectorRow } from '../hardware/vectors.ts';
import { cpuOf, tell } from '../host/context.ts';
import { call, goto, ret, routine } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf } from './context.ts';
import { KVM_INST_FETCH_FAILED } from './emulate-mmio.ts';
import { FAST_GUEST_RETURN, GUEST_EXIT } from './p7-entry.ts';
import { reflect } from './p7-hdsi.ts';
import { takeEdge } from './p7-return.ts';
import { mfspr, saveGprs } from './p7-state.ts';

const RMHANDLERS_S = 'arch/powerpc/kvm/book3s_hv_rmhandlers.S';

/** Interrupts whose save/restore pair is HSRR0/1 (tag bit 1 in the assembly); an external one is LPES0=0's. */
const byHsrr = (vector: number): boolean =>
  vector === BOOK3S_INTERRUPT.EXTERNAL || vectorRow(vector).regs === 'H';

export const interruptP7 = routine<KvmCtx, VcpuLocals>(
  'kvmppc_interrupt',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'Every interrupt that leaves the guest comes here first: saved, and handled in real mode if possible.',
  },
  [
    [
      'save',
      'r0-r13, CR, LR and SRR0/1 of the guest are saved; r1, r13 are the host’s again',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        saveGprs(k, vcpu, 0, 13);
        vcpu.cr = k.hw.arena.cr(k.tid);
        vcpu.lr = mfspr(k, 'LR');
        vcpu.srr0 = mfspr(k, 'SRR0');
        vcpu.srr1 = mfspr(k, 'SRR1');
        k.hw.arena.setGpr(k.tid, 1, cpuOf(k).hstate.r1 ?? 0n);
        k.hw.arena.setGpr(k.tid, 13, mfspr(k, 'HSPRG0'));
      },
      20,
    ],
    [
      'pc',
      'pc, msr := HSRR0/1 or SRR0/1 by vector; trap := vector; PACA: in_guest := NONE',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.trap = cpuOf(k).trap;
        const pair = byHsrr(vcpu.trap) ? 'HSRR' : 'SRR';
        vcpu.pc = mfspr(k, `${pair}0`);
        vcpu.msr = mfspr(k, `${pair}1`) & ~SRR1_CAUSES;
        cpuOf(k).in_guest = 0;
        tell(k, 'kvm_guest_exit', l.vcpu, vcpu.trap);
      },
      8,
    ],
    [
      'last_inst',
      'last_inst := HEIR for 0xE40, else unknown; CTR, XER saved',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.heir = mfspr(k, 'HEIR');
        const known = vcpu.trap === BOOK3S_INTERRUPT.H_EMUL_ASSIST;
        vcpu.last_inst = known ? Number(vcpu.heir) : KVM_INST_FETCH_FAILED;
        vcpu.ctr = mfspr(k, 'CTR');
        vcpu.xer = mfspr(k, 'XER');
      },
      8,
    ],
    [
      'dispatch',
      'which of them can real mode answer?',
      (k, l) => {
        switch (vcpuOf(k, l.vcpu).trap) {
          case BOOK3S_INTERRUPT.H_DATA_STORAGE:
          case BOOK3S_INTERRUPT.H_INST_STORAGE:
            return goto('storage');
          case BOOK3S_INTERRUPT.HV_DECREMENTER:
            return goto('hdec');
          case BOOK3S_INTERRUPT.SYSCALL:
            return goto('syscall');
          case BOOK3S_INTERRUPT.EXTERNAL:
            return goto('external');
          default:
            return ret(GUEST_EXIT);
        }
      },
      6,
    ],
    [
      'storage',
      '0xE00, 0xE20: kvmppc_hdsi, kvmppc_hisi',
      (_k, l) => call('kvmppc_hdsi', { vcpu: l.vcpu }),
      4,
    ],
    ['after_storage', 'as it decided', (_k, l) => ret(l.ret), 2],
    [
      'hdec',
      '0x980 although HDEC has time left? stale: back into the guest',
      (k) => ret(k.hw.hdec(k.tid) > 0 ? FAST_GUEST_RETURN : GUEST_EXIT),
      4,
    ],
    [
      'syscall',
      '0xC00: hcall_try_real_mode',
      (_k, l) => call('hcall_try_real_mode', { vcpu: l.vcpu }),
      4,
    ],
    ['after_syscall', 'as it decided', (_k, l) => ret(l.ret), 2],
    [
      'external', // B6: MER of the register, not of kvm.lpcr
      '0x500 with guest MSR[EE]=1 and LPCR[MER]=1? bounce_ext_interrupt: the guest takes it; else the host must',
      (k, l) => {
        const mer = (mfspr(k, 'LPCR') & LPCR.MER) !== 0n;
        return mer && (vcpuOf(k, l.vcpu).msr & MSR.EE) !== 0n ? undefined : ret(GUEST_EXIT);
      },
      6,
    ],
    [
      'edge', // B31
      'of an edge that is all: it is no longer queued; a level stays until it is taken back',
      (k, l) => takeEdge(k, l.vcpu),
      4,
    ],
    [
      'bounce_ext_interrupt',
      'SRR0/1 := pc, msr; pc := 0x500',
      (k, l) => {
        reflect(k, l.vcpu, BOOK3S_INTERRUPT.EXTERNAL);
        return ret(FAST_GUEST_RETURN);
      },
      6,
    ],
  ],
);
