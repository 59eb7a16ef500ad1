// What the kernel does on POWER7 with the reason of an exit. Source: arch/powerpc/kvm/book3s_hv.c, Linux 3.6.
import { MSR } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { goto, ret, variant } from '../host/routine.ts';
import { type KvmCtx, RESUME, type VcpuLocals, vcpuOf } from './context.ts';
import { injectInterrupt } from './exceptions.ts';
import { handleExit } from './exit.ts';

export const handleExitP7 = variant<KvmCtx, VcpuLocals>(handleExit, {
  dispatch: [
    'dispatch',
    'by vcpu.trap',
    (k, l) => {
      const vcpu = vcpuOf(k, l.vcpu);
      switch (vcpu.trap) {
        case BOOK3S_INTERRUPT.HV_DECREMENTER:
        case BOOK3S_INTERRUPT.EXTERNAL:
        case BOOK3S_INTERRUPT.PERFMON:
          return goto('resume');
        case BOOK3S_INTERRUPT.SYSCALL:
          return goto((vcpu.msr & MSR.PR) !== 0n ? 'syscall' : 'papr_hcall');
        case BOOK3S_INTERRUPT.H_EMUL_ASSIST:
          return goto('illegal');
        case BOOK3S_INTERRUPT.H_DATA_STORAGE:
        case BOOK3S_INTERRUPT.H_INST_STORAGE:
          return goto('page_fault');
        default:
          return goto('unknown');
      }
    },
    8,
  ],
  resume: [
    'resume',
    '0x980, 0x500, 0xF00: only the host was concerned; resume the guest',
    () => ret(RESUME.GUEST),
    4,
  ],
  fac_unavail: [
    'syscall',
    'sc 1 from problem state is none: the guest gets 0xC00, as for a system call of its own',
    (k, l) => {
      injectInterrupt(vcpuOf(k, l.vcpu), BOOK3S_INTERRUPT.SYSCALL);
      return ret(RESUME.GUEST);
    },
    8,
  ],
  fac_msgp: null,
  emulated: null,
  storage: null,
  hpte_hv_fault: null,
  decide: null,
  reflect: null,
});
