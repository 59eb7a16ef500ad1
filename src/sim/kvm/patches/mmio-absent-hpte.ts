// Kernel commit 697d3899: KVM: PPC: Implement MMIO emulation support for Book3S HV guests.
import { goto, step } from '../../host/routine.ts';
import type { KvmCtx } from '../context.ts';
import { H_PARAMETER } from '../hcall.ts';
import { initLpcrP7 } from '../p7-vm.ts';
import type { Patch } from '../patches.ts';

/** Off: H_ENTER of a page that is no memory is refused, and the guest gets its storage interrupts without anybody's help. */
export const mmioAbsentHpte: Patch = {
  id: 'mmio-absent-hpte',
  title: 'Implement MMIO emulation support',
  commit: '697d3899',
  summary:
    'H_ENTER of a page that is no memory makes an absent entry; an access comes to the hypervisor (LPCR[VPM1]), which lets user space emulate the device. Without it H_ENTER fails and no driver can map a device.',
  cpus: ['p7'],
  off: [
    {
      routine: 'kvmppc_h_enter',
      replace: 'absent',
      by: step<KvmCtx, { code: number }>(
        [
          'absent',
          'no memory: H_PARAMETER',
          (_k, l) => {
            l.code = H_PARAMETER;
            return goto('srcu_read_unlock');
          },
          6,
        ],
        'real',
      ),
    },
    {
      routine: 'kvmppc_core_init_vm_hv',
      replace: 'lpcr',
      by: step<KvmCtx, { ret: number }>(
        [
          'lpcr',
          'LPCR := host PECE and LPES bits | DPFD=4 | HDICE | VPM0: relocated accesses fault in the guest',
          (k) => initLpcrP7(k, 0n),
        ],
        'virtual',
      ),
    },
  ],
};
