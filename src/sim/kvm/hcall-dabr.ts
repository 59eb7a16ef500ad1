// H_SET_DABR: the guest's data address breakpoint. Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S (kvmppc_h_set_dabr).
import { type Mode, type Routine, ret, routine, spin } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf } from './context.ts';
import { H_SUCCESS } from './hcall.ts';

export const hSetDabr = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, VcpuLocals>(
    'kvmppc_h_set_dabr',
    {
      source: 'arch/powerpc/kvm/book3s_hv_rmhandlers.S',
      mode,
      about: 'H_SET_DABR(dabr): where a load or store of the guest is a breakpoint.',
    },
    [
      [
        'vcpu_dabr',
        'vcpu.dabr := r4, for the next entry',
        (k, l) => {
          const vcpu = vcpuOf(k, l.vcpu);
          vcpu.spr = { ...vcpu.spr, DABR: vcpu.gpr[4] ?? 0n };
        },
        6,
      ],
      [
        'mtspr',
        'mtspr DABR, r4',
        (k, l) => k.hw.set(k.tid, 'DABR', vcpuOf(k, l.vcpu).gpr[4] ?? 0n),
        6,
      ],
      [
        'read_back',
        'until it reads back: POWER7 may need more than one try; H_SUCCESS',
        (k, l) =>
          k.hw.get(k.tid, 'DABR') === vcpuOf(k, l.vcpu).spr.DABR
            ? ret(H_SUCCESS)
            : spin('waiting for DABR to take the value'),
        6,
      ],
    ],
  );
