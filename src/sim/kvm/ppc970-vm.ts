// VMs on the PowerPC 970: HID4 with the partition, real mode in an area of the pool, guest memory that is pinned, for
// there are no notifiers and no storage interrupts to the hypervisor. Source: arch/powerpc/kvm/{book3s_hv.c,
// book3s_64_mmu_hv.c}, Linux 3.6.

import { HUGE_PAGE } from '../host/memory.ts';
import {
  BASE,
  call,
  goto,
  type Mode,
  type Routine,
  ret,
  routine,
  variant,
} from '../host/routine.ts';
import { type KvmCtx, lastVm, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { H_PARAMETER, H_TOO_HARD, HCALL } from './hcall.ts';
import { hEnter } from './hcall-enter.ts';
import { hcallRoutines } from './hcall-table.ts';
import { hptePageSize } from './hpt.ts';
import { gfnToMemslot, hostPage } from './memslot.ts';
import { RUN_ROUTINES_P7 } from './p7-run.ts';
import { doHcallP7 } from './p7-run-hcall.ts';
import { createVmP7 } from './p7-vm.ts';
import { withLpid } from './ppc970-state.ts';
import type { Memslot } from './records.ts';
import { setupHtabRma } from './rma.ts';
import { gfnOf } from './rmap.ts';

export const createVm970 = variant<KvmCtx, { ret: number }>(createVmP7, {
  lpcr: [
    'hid4',
    'lpcr := HID4 of the host with the LPID: there is no LPCR',
    (k) => {
      const vm = lastVm(k);
      vm.host_lpcr = k.hw.get(k.tid, 'HID4');
      vm.host_sdr1 = k.hw.get(k.tid, 'SDR1');
      vm.lpcr = withLpid(vm.host_lpcr, vm.lpid);
    },
  ],
});

// --- pinned pages

/** The slot with the host page of a guest page pinned in it. */
function pin(k: KvmCtx, vcpu: number, wanted: Memslot, page: number): void {
  const vm = vmOf(k, vcpu);
  if (wanted.slot_phys.includes(page)) return;
  const pinned = { ...wanted, slot_phys: [...wanted.slot_phys, page] };
  vm.memslots = vm.memslots.map((slot) => (slot.id === wanted.id ? pinned : slot));
}

/** Slot and 16 MB host page that an H_ENTER of this vcpu names, or null: it is not memory. */
function namedPage(k: KvmCtx, vcpu: number): { slot: Memslot; page: number } | null {
  const [v = 0n, r = 0n] = vcpuOf(k, vcpu).gpr.slice(6, 8);
  const psize = hptePageSize(k, { v, r });
  const gfn = gfnOf(r, psize);
  const slot = psize === 0 ? null : gfnToMemslot(vmOf(k, vcpu), gfn);
  if (!slot) return null;
  const real = hostPage(slot, gfn);
  return { slot, page: real - (real % HUGE_PAGE) };
}

export const setupHtabRma970 = variant<KvmCtx, { vcpu: number; page: number }>(setupHtabRma, {
  use_count: [
    BASE,
    [
      'slot_phys',
      'slot_phys of each page of the area: they are pinned as long as it is held',
      (k, l) => {
        const slot = gfnToMemslot(vmOf(k, l.vcpu), 0n);
        const rma = slot && k.host.memory.rmas[slot.rma];
        if (!rma) return;
        const inArea = slot.pages.filter((page) => page >= rma.base && page < rma.base + rma.size);
        for (const page of inArea) pin(k, l.vcpu, gfnToMemslot(vmOf(k, l.vcpu), 0n) ?? slot, page);
      },
      20,
    ],
  ],
});

/** H_ENTER in real mode, and in virtual mode by the name that its body has since 3.9. */
const hEnter970 = (mode: Mode, name: string): Routine<KvmCtx> =>
  variant<KvmCtx, VcpuLocals & { code: number }>(
    hEnter(mode),
    {
      memslot: [
        [
          'slot_phys',
          'slot_phys of the page: memory that is not pinned? H_TOO_HARD, real mode cannot pin it',
          (k, l) => {
            const named = namedPage(k, l.vcpu);
            return named && !named.slot.slot_phys.includes(named.page)
              ? ret(H_TOO_HARD)
              : undefined;
          },
          8,
        ],
        BASE,
      ],
      absent: [
        'no_memory',
        'no memory: H_PARAMETER, for an access would not come to the hypervisor',
        (_k, l) => {
          l.code = H_PARAMETER;
          return goto('srcu_read_unlock');
        },
        6,
      ],
    },
    { name },
  );

const virtmodeHEnter = routine<KvmCtx, VcpuLocals>(
  'kvmppc_virtmode_h_enter',
  {
    source: 'arch/powerpc/kvm/book3s_64_mmu_hv.c',
    mode: 'virtual',
    about: 'H_ENTER of a page that real mode could not pin: pin it, and try again.',
  },
  [
    [
      'get_guest_page',
      'kvmppc_get_guest_page: get_user_pages_fast pins the host page; slot_phys := its address',
      (k, l) => {
        const named = namedPage(k, l.vcpu);
        if (named) pin(k, l.vcpu, named.slot, named.page);
      },
      60,
    ],
    [
      'h_enter',
      'kvmppc_do_h_enter: the steps of kvmppc_h_enter, in virtual mode',
      (_k, l) => call('kvmppc_do_h_enter', { vcpu: l.vcpu }),
      4,
    ],
    ['done', 'its answer', (_k, l) => ret(l.ret), 2],
  ],
);

const doHcall970 = variant<KvmCtx, VcpuLocals>(doHcallP7, {
  dispatch: [
    [
      'h_enter',
      'H_ENTER, which was too hard for real mode? kvmppc_virtmode_h_enter',
      (k, l) => {
        if (vcpuOf(k, l.vcpu).run.nr !== HCALL.H_ENTER) return goto('dispatch');
        return call('kvmppc_virtmode_h_enter', { vcpu: l.vcpu });
      },
      4,
    ],
    ['h_entered', 'as it answers', () => goto('result'), 2],
    BASE,
  ],
});

/** Routines by name in place of those of POWER7. */
const replace = (
  routines: readonly Routine<KvmCtx>[],
  by: Routine<KvmCtx>,
): readonly Routine<KvmCtx>[] => routines.map((each) => (each.name === by.name ? by : each));

/** The run loop, with its own hcalls. */
export const RUN_ROUTINES_970: readonly Routine<KvmCtx>[] = [
  ...replace(RUN_ROUTINES_P7, doHcall970),
  virtmodeHEnter,
  hEnter970('virtual', 'kvmppc_do_h_enter'),
];

/** The hcalls of real mode. */
export const HCALL_ROUTINES_970 = replace(
  hcallRoutines('real'),
  hEnter970('real', 'kvmppc_h_enter'),
);
