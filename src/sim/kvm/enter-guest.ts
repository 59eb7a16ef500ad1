// The assembly around hrfid on POWER9. Source: arch/powerpc/kvm/book3s_64_entry.S, Linux 6.1.
import { MSR } from '../hardware/bits.ts';
import { tell } from '../host/context.ts';
import { ENTER_GUEST, ret, routine } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf } from './context.ts';
import { loadSprs, saveSprs } from './entry.ts';

export const enterGuest = routine<KvmCtx, VcpuLocals>(
  'kvmppc_p9_enter_guest',
  {
    source: 'arch/powerpc/kvm/book3s_64_entry.S',
    mode: 'real',
    about: 'The assembly: guest GPRs in, hrfid, and at the interrupt guest GPRs out.',
  },
  [
    [
      'load_gprs',
      'load r0-r31, CR, XER, LR, CTR of the guest',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.gpr.forEach((value, n) => {
          k.hw.arena.setGpr(k.tid, n, value);
        });
        k.hw.arena.setCr(k.tid, vcpu.cr);
        loadSprs(k.hw, k.tid, { XER: vcpu.xer, LR: vcpu.lr, CTR: vcpu.ctr });
        vcpu.entries += 1;
      },
      34,
    ],
    [
      'hrfid',
      'hrfid: MSR := HSRR1 with HV=0, NIA := HSRR0; the guest runs',
      (k, l) => {
        k.hw.setMsr(k.tid, k.hw.get(k.tid, 'HSRR1') & ~MSR.HV);
        k.hw.arena.setNia(k.tid, k.hw.get(k.tid, 'HSRR0'));
        tell(k, 'kvm_guest_enter', l.vcpu, Number(k.hw.arena.nia(k.tid)));
        return ENTER_GUEST;
      },
    ],
    [
      'kvmppc_p9_exit_interrupt',
      'an interrupt came to the hypervisor: save r0-r31, CR, XER, LR, CTR',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.gpr = vcpu.gpr.map((_, n) => k.hw.arena.gpr(k.tid, n));
        vcpu.cr = k.hw.arena.cr(k.tid);
        const { XER = 0n, LR = 0n, CTR = 0n } = saveSprs(k.hw, k.tid, ['XER', 'LR', 'CTR']);
        Object.assign(vcpu, { xer: XER, lr: LR, ctr: CTR });
      },
      34,
    ],
    [
      'nullify_gprs',
      'clear r0-r31: the host must not compute with guest values',
      (k) => {
        for (let n = 0; n < 32; n++) k.hw.arena.setGpr(k.tid, n, 0n);
        k.hw.arena.clearReservation(k.tid);
        return ret();
      },
    ],
  ],
);
