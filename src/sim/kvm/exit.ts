// What KVM does with the reason of an exit, and the hcalls it handles itself.
// Source: arch/powerpc/kvm/book3s_hv.c (kvmppc_handle_exit_hv, kvmppc_pseries_do_hcall, kvmppc_cede).
import { DSISR, FACILITY, MSR } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { tell } from '../host/context.ts';
import { call, goto, ret, routine } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { findVcpu, type KvmCtx, RESUME, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { injectInterrupt, queueIllegal } from './exceptions.ts';
import { H_PARAMETER, H_SUCCESS, H_TOO_HARD, HCALL } from './hcall.ts';
import { KERNEL_HCALLS } from './hcall-table.ts';
import { HV_FAULT } from './page-fault.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';
/** EMULATE_FAIL of the emulator, as its routine returns it; every other value resumes. */
export const EMULATE_FAIL = 1;

export const handleExit = routine<KvmCtx, VcpuLocals>(
  'kvmppc_handle_exit_hv',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Why did the guest leave? Resume it, emulate, or go on to an hcall or to user space.',
  },
  [
    [
      'dispatch',
      'by vcpu.trap',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        switch (vcpu.trap) {
          case BOOK3S_INTERRUPT.HV_DECREMENTER:
          case BOOK3S_INTERRUPT.H_DOORBELL:
            return goto('resume');
          case BOOK3S_INTERRUPT.SYSCALL:
            return goto((vcpu.msr & MSR.PR) !== 0n ? 'illegal' : 'papr_hcall');
          case BOOK3S_INTERRUPT.H_FAC_UNAVAIL:
            return goto('fac_unavail');
          case BOOK3S_INTERRUPT.H_EMUL_ASSIST:
            return goto('illegal');
          case BOOK3S_INTERRUPT.H_DATA_STORAGE:
          case BOOK3S_INTERRUPT.H_INST_STORAGE:
            return goto('storage');
          default:
            return goto('unknown');
        }
      },
      8,
    ],
    [
      'resume',
      '0x980, 0xE80: only the host was concerned; resume the guest',
      () => ret(RESUME.GUEST),
      4,
    ],
    [
      'papr_hcall',
      '0xC00: KVM_EXIT_PAPR_HCALL with r3-r12, for the kernel first and then user space',
      (k, l) => {
        const { run, gpr } = vcpuOf(k, l.vcpu);
        run.exit_reason = 'KVM_EXIT_PAPR_HCALL';
        run.nr = Number((gpr[3] ?? 0n) & 0xffffffffn);
        run.args = gpr.slice(4, 13);
        tell(k, 'kvm_hcall_enter', l.vcpu, run.nr);
        return ret(RESUME.HOST);
      },
      12,
    ],
    [
      'fac_unavail',
      '0xF80: which facility does HFSCR name?',
      (k, l) =>
        vcpuOf(k, l.vcpu).hfscr >> 56n === BigInt(FACILITY.MSGP) ? undefined : goto('illegal'),
      4,
    ],
    [
      'fac_msgp',
      'MSGP: emulate msgsndp, msgclrp, TIR and DPDES',
      (_k, l) => call('kvmppc_emulate_doorbell_instr', { vcpu: l.vcpu }),
      4,
    ],
    [
      'emulated',
      'emulated: resume after the instruction',
      (_k, l) => (l.ret === EMULATE_FAIL ? undefined : ret(RESUME.GUEST)),
      4,
    ],
    [
      'illegal',
      'kvmppc_core_queue_program: the guest gets 0x700, illegal instruction',
      (k, l) => {
        queueIllegal(vcpuOf(k, l.vcpu));
        return ret(RESUME.GUEST);
      },
      8,
    ],
    [
      'unknown',
      'KVM_EXIT_UNKNOWN: nothing in the kernel handles this trap',
      (k, l) => {
        const { run, trap } = vcpuOf(k, l.vcpu);
        run.exit_reason = 'KVM_EXIT_UNKNOWN';
        run.nr = trap;
        return ret(RESUME.HOST);
      },
      8,
    ],
    [
      'storage',
      '0xE00, 0xE20: no page, or of data a protection fault? else the guest’s own',
      (k, l) => {
        const causes = isData(k, l.vcpu) ? DSISR.NOHPTE | DSISR.PROT : DSISR.NOHPTE;
        return (vcpuOf(k, l.vcpu).fault_dsisr & causes) !== 0n ? undefined : goto('reflect');
      },
      4,
    ],
    [
      'hpte_hv_fault',
      'kvmppc_hpte_hv_fault, with the segment that ASDR names',
      (k, l) => {
        const { fault_dar, fault_dsisr, fault_gpa } = vcpuOf(k, l.vcpu);
        return call('kvmppc_hpte_hv_fault', {
          vcpu: l.vcpu,
          ea: fault_dar,
          slb_v: fault_gpa,
          status: fault_dsisr,
          data: isData(k, l.vcpu) ? 1 : 0,
        });
      },
      6,
    ],
    [
      'decide',
      '0: resume; -1, -2: the kernel’s; else a status for the guest',
      (k, l) => {
        if (l.ret === HV_FAULT.RETRY) return ret(RESUME.GUEST);
        if (l.ret < 0) return goto('page_fault');
        vcpuOf(k, l.vcpu).fault_dsisr = BigInt(l.ret);
        return undefined;
      },
      4,
    ],
    [
      'reflect',
      'kvmppc_core_queue_data_storage, _inst_storage: the guest gets 0x300 or 0x400',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if (isData(k, l.vcpu)) {
          vcpu.dar = vcpu.fault_dar;
          vcpu.dsisr = vcpu.fault_dsisr;
          injectInterrupt(vcpu, BOOK3S_INTERRUPT.DATA_STORAGE);
        } else injectInterrupt(vcpu, BOOK3S_INTERRUPT.INST_STORAGE, vcpu.fault_dsisr);
        return ret(RESUME.GUEST);
      },
      8,
    ],
    [
      'page_fault',
      'kvmppc_book3s_hv_page_fault',
      (k, l) => {
        const { fault_dar, fault_dsisr } = vcpuOf(k, l.vcpu);
        const dsisr = isData(k, l.vcpu) ? fault_dsisr : 0n;
        return call('kvmppc_book3s_hv_page_fault', { vcpu: l.vcpu, ea: fault_dar, dsisr });
      },
      6,
    ],
    ['page_faulted', 'as it says', (_k, l) => ret(l.ret), 2],
  ],
);

const isData = (k: KvmCtx, vcpu: number): boolean =>
  vcpuOf(k, vcpu).trap === BOOK3S_INTERRUPT.H_DATA_STORAGE;

export const cede = routine<KvmCtx, VcpuLocals>(
  'kvmppc_cede',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'H_CEDE: the vcpu has nothing to do until something comes for it.',
  },
  [
    [
      'set_ee',
      'MSR[EE] := 1: it can be interrupted when it wakes',
      (k, l) => {
        vcpuOf(k, l.vcpu).msr |= MSR.EE;
      },
      4,
    ],
    [
      'ceded',
      'ceded := 1; smp_mb',
      (k, l) => {
        vcpuOf(k, l.vcpu).ceded = 1;
        tell(k, 'cede', l.vcpu);
      },
      8,
    ],
    [
      'prodded',
      'prodded already? then the prod is used up and ceded := 0',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if (vcpu.prodded) {
          vcpu.prodded = 0;
          vcpu.ceded = 0;
        }
        return ret();
      },
      6,
    ],
  ],
);

export const doHcall = routine<KvmCtx, VcpuLocals & { target: number }>(
  'kvmppc_pseries_do_hcall',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Hcalls that KVM handles in the kernel; the rest is too hard and goes to user space.',
  },
  [
    [
      'dispatch',
      'by the hcall number in r3',
      (k, l) => {
        const { nr } = vcpuOf(k, l.vcpu).run;
        if (nr === HCALL.H_PROD) return goto('prod_target');
        return KERNEL_HCALLS[nr] === undefined ? ret(RESUME.HOST) : goto('hpt_hcall');
      },
      6,
    ],
    [
      'prod_target',
      'H_PROD: find the vcpu that r4 names',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        l.target = findVcpu(k, vmOf(k, l.vcpu), Number((vcpu.run.args[0] ?? 0n) & 0xffffffffn));
        if (l.target !== NONE) return undefined;
        return goto('parameter');
      },
      8,
    ],
    [
      'prodded',
      'target.prodded := 1; smp_mb',
      (k, l) => {
        vcpuOf(k, l.target).prodded = 1;
        tell(k, 'prod', l.target);
      },
      8,
    ],
    [
      'kick',
      'has it ceded? then kick it',
      (k, l) =>
        vcpuOf(k, l.target).ceded
          ? call('kvmppc_fast_vcpu_kick_hv', { vcpu: l.target })
          : undefined,
      4,
    ],
    [
      'success',
      'r3 := H_SUCCESS; back into the guest',
      (k, l) => {
        finishHcall(k, l.vcpu, H_SUCCESS);
        return ret(RESUME.GUEST);
      },
      4,
    ],
    [
      'parameter',
      'no such vcpu: r3 := H_PARAMETER; back into the guest',
      (k, l) => {
        finishHcall(k, l.vcpu, H_PARAMETER);
        return ret(RESUME.GUEST);
      },
      4,
    ],
    [
      'hpt_hcall',
      'an hcall on the hashed page table or a TCE table: call its routine',
      (k, l) => call(KERNEL_HCALLS[vcpuOf(k, l.vcpu).run.nr] ?? '', { vcpu: l.vcpu }),
      4,
    ],
    [
      'hpt_result',
      'r3 := its result; back into the guest. H_TOO_HARD: to user space',
      (k, l) => {
        if (l.ret === H_TOO_HARD) return ret(RESUME.HOST);
        finishHcall(k, l.vcpu, l.ret);
        return ret(RESUME.GUEST);
      },
      4,
    ],
  ],
);

/** Puts an hcall's return code into r3. */
export function finishHcall(k: KvmCtx, vcpu: number, code: number): void {
  const { run, gpr } = vcpuOf(k, vcpu);
  gpr[3] = BigInt.asUintN(64, BigInt(code));
  tell(k, 'kvm_hcall_exit', vcpu, run.nr, code);
}
