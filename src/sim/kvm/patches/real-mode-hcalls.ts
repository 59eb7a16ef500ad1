// Kernel commit a8606e20: KVM: PPC: Handle some PAPR hcalls in the kernel.
import { goto, ret, step } from '../../host/routine.ts';
import type { KvmCtx, VcpuLocals } from '../context.ts';
import { vcpuOf } from '../context.ts';
import { HCALL } from '../hcall.ts';
import { hcallRoutines } from '../hcall-table.ts';
import { GUEST_EXIT } from '../p7-entry.ts';
import type { Patch } from '../patches.ts';

/** Off: the table of real mode has no hcall on the hashed page table; the kernel answers them, after a full exit. */
export const realModeHcalls: Patch = {
  id: 'real-mode-hcalls',
  title: 'Handle some PAPR hcalls in real mode',
  commit: 'a8606e20',
  summary:
    'H_ENTER, H_REMOVE, H_READ, H_PROTECT and H_BULK_REMOVE are answered early in the exit path, in the partition of the guest. Without it each is a full exit with two partition switches.',
  cpus: ['p7', 'p8'],
  off: [
    {
      routine: 'hcall_try_real_mode',
      replace: 'hcall_real_table',
      by: step<KvmCtx, VcpuLocals & { nr: number }>(
        [
          'hcall_real_table',
          'r3 is H_CEDE? nothing else has an entry: out of the guest',
          (k, l) => {
            l.nr = Number((vcpuOf(k, l.vcpu).gpr[3] ?? 0n) & 0xfffffffcn);
            return l.nr === HCALL.H_CEDE ? goto('handler') : ret(GUEST_EXIT);
          },
          6,
        ],
        'real',
      ),
    },
  ],
  variants: hcallRoutines('virtual'),
};
