// Historic mistakes about what a guest gets and what it leaves behind (numbers: B1 to B31 of the reference, section 13):
// its interrupts, its prods, its registers, its VPA.
import { LPCR, MSR } from '../../hardware/bits.ts';
import { cpuOf } from '../../host/context.ts';
import { call, goto, ret, type StepDef, step, tail } from '../../host/routine.ts';
import { NONE } from '../../state/ids.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from '../context.ts';
import { GUEST_EXIT } from '../p7-entry.ts';
import { mtspr } from '../p7-state.ts';
import { isDoorbellPending, type ListLocals, nextVcpu } from '../p7-vcore.ts';
import type { Patch } from '../patches.ts';
import { bumpYieldCount } from '../vpa.ts';

const real = <L>(def: StepDef<KvmCtx, L>) => step<KvmCtx, L>(def, 'real');
const virtual = <L>(def: StepDef<KvmCtx, L>) => step<KvmCtx, L>(def, 'virtual');

const b6: Patch = {
  id: 'b6-mer-register',
  title: 'Bounce an external interrupt by MER of the register',
  commit: 'historic',
  fixed: '3.2',
  summary:
    'An external interrupt that LPCR[MER] raised goes straight back to the guest that has just enabled interrupts. Tested in kvm.lpcr, which never has MER, it takes the whole core out of the guest first.',
  cpus: ['p7'],
  off: [
    {
      routine: 'kvmppc_interrupt',
      replace: 'external',
      by: real<VcpuLocals>([
        'external',
        '0x500 with guest MSR[EE]=1 and MER in kvm.lpcr? bounce_ext_interrupt; else the host must',
        (k, l) => {
          const mer = (vmOf(k, l.vcpu).lpcr & LPCR.MER) !== 0n;
          return mer && (vcpuOf(k, l.vcpu).msr & MSR.EE) !== 0n ? undefined : ret(GUEST_EXIT);
        },
        6,
      ]),
    },
  ],
};

/** Something but a prod has come for a ceded vcpu. */
const hasException = (k: KvmCtx, v: number): boolean =>
  vcpuOf(k, v).pending_exceptions !== 0 || isDoorbellPending(k, v);

const b7: Patch = {
  id: 'b7-prod-kick',
  title: 'H_PROD kicks the vcpu that it prods',
  commit: 'historic',
  fixed: '4.18',
  summary:
    'H_PROD looks whether its target has ceded, and wakes it. It looked at the caller, which never has, so that the target noticed the prod only at its next H_CEDE.',
  cpus: ['p7', 'p8'],
  off: [
    {
      routine: 'kvmppc_h_prod',
      replace: 'kick',
      by: virtual<VcpuLocals & { target: number }>([
        'kick',
        'has this vcpu ceded? then kick the target',
        (k, l) =>
          vcpuOf(k, l.vcpu).ceded
            ? call('kvmppc_fast_vcpu_kick_hv', { vcpu: l.target })
            : undefined,
        4,
      ]),
    },
    {
      routine: 'kvmppc_run_vcpu',
      replace: 'n_ceded',
      by: virtual<ListLocals & { n_ceded: number }>([
        'n_ceded',
        'for each vcpu of the list: has it ceded, and no exception come for it? one has: ceded := 0',
        (k, l) => {
          const v = nextVcpu(k, l);
          if (v === NONE) return goto('all_ceded');
          if (hasException(k, v)) vcpuOf(k, v).ceded = 0;
          l.n_ceded += vcpuOf(k, v).ceded;
          return goto('n_ceded');
        },
        4,
      ]),
    },
    {
      routine: 'kvmppc_vcore_blocked',
      replace: 'all_idle',
      by: virtual<ListLocals>([
        'all_idle',
        'for each vcpu of the list: not idle after all, or an exception has come for it? then no sleep',
        (k, l) => {
          const v = nextVcpu(k, l);
          if (v === NONE) return call('schedule');
          const stays = vcpuOf(k, v).ceded === 0 || hasException(k, v);
          return goto(stays ? 'finish_wait' : 'all_idle');
        },
        4,
      ]),
    },
  ],
};

const b13: Patch = {
  id: 'b13-dscr',
  title: 'Save the guest’s DSCR where its vcpu is',
  commit: 'historic',
  fixed: '3.12',
  summary:
    'The exit keeps DSCR of the guest in its vcpu. Stored by the wrong base register it went elsewhere, and the guest found an old value.',
  cpus: ['p7'],
  off: [
    {
      routine: 'hdec_soon',
      replace: 'dscr',
      by: real<VcpuLocals>([
        'dscr',
        // MODEL: the stray store, at a small address that follows from the layout of struct kvm_vcpu, is left out.
        'DSCR to where host_dscr points, and not into the vcpu; DSCR := host_dscr',
        (k) => mtspr(k, 'DSCR', cpuOf(k).hstate.DSCR ?? 0n),
        6,
      ]),
    },
  ],
};

const b27: Patch = {
  id: 'b27-vpa-null',
  title: 'No init_vpa without a VPA',
  commit: 'historic',
  fixed: '3.12',
  summary:
    'A VPA that cannot be pinned, or is registered no more, has no address to be initialised at. Without the test the kernel follows a null pointer.',
  cpus: ['p7'],
  off: [
    {
      routine: 'kvmppc_update_vpas',
      before: 'init_vpa',
      insert: virtual<VcpuLocals>([
        'null_vpa',
        'init_vpa follows pinned_addr, whatever it is',
        (k, l) =>
          vcpuOf(k, l.vcpu).vpa.pinned_addr === 0
            ? tail('die', { why: 'init_vpa follows a null pointer' })
            : undefined,
        2,
      ]),
    },
    {
      routine: 'kvmppc_update_vpas',
      replace: 'pinned',
      by: virtual<VcpuLocals>(['pinned', 'a VPA was updated: init_vpa', () => undefined, 2]),
    },
  ],
};

const b29: Patch = {
  id: 'b29-yield-count',
  title: 'Count an entry in the VPA only when the thread has entered',
  commit: 'historic',
  fixed: '3.13',
  summary:
    'yield_count grows behind the test for threads that come too late. Before it such a thread has counted an entry and no exit, and its vcpu looks as if it ran.',
  cpus: ['p7'],
  off: [
    { routine: 'kvmppc_hv_entry', remove: 'yield_count' },
    {
      routine: 'kvmppc_hv_entry',
      before: 'dar',
      insert: real<VcpuLocals>([
        'yield_count',
        'VPA: yield_count + 1, even: it runs',
        (k, l) => bumpYieldCount(k, vcpuOf(k, l.vcpu)),
        4,
      ]),
    },
  ],
};

const b31: Patch = {
  id: 'b31-edge-twice',
  title: 'Deliver an edge of an external interrupt once',
  commit: 'historic',
  fixed: '3.12',
  summary:
    'The assembly that delivers an external interrupt takes an edge off the queue. Without it the edge stays, and the guest gets the same interrupt again.',
  cpus: ['p7'],
  off: [
    { routine: 'kvmppc_cede_reentry', remove: 'edge' },
    { routine: 'kvmppc_interrupt', remove: 'edge' },
  ],
};

/** Mistakes about what a guest gets and leaves behind. */
export const GUEST_PATCHES: readonly Patch[] = [b6, b7, b13, b27, b29, b31];
