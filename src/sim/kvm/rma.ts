// Where a guest's real mode is, on CPUs before POWER8: a real mode area (RMA) that is contiguous in host memory, or
// the virtual real mode area (VRMA) in its page table. Source: arch/powerpc/kvm/book3s_hv.c (lpcr_rmls,
// kvmppc_hv_setup_htab_rma, kvm_vm_ioctl_allocate_rma), book3s_hv_builtin.c (kvm_alloc_rma), Linux 3.6.
//
// Real mode adds RMOR to an address below a limit that RMLS selects. So the area must be contiguous and its size one of
// a few, which a host whose memory is fragmented cannot find: it is set aside at boot. Every later CPU has the VRMA,
// where 16 MB pages from anywhere will do.

import { LPCR } from '../hardware/bits.ts';
import type { CpuModel } from '../hardware/cpu-model.ts';
import { HUGE_PAGE, type Rma, reserveRma } from '../host/memory.ts';
import { goto, ret, routine } from '../host/routine.ts';
import { type KvmCtx, vmOf } from './context.ts';
import { EINVAL, EPERM } from './errno.ts';
import { gfnToMemslot } from './memslot.ts';
import type { Memslot, Vm } from './records.ts';
import { mapVrmaPage } from './vm.ts';

const MB = 2 ** 20;
/** RMLS by size: the sizes that exist. 32 MB from version 2.06 on. */
const RMLS: ReadonlyMap<number, bigint> = new Map([
  [32 * MB, 8n],
  [64 * MB, 3n],
  [128 * MB, 7n],
  [256 * MB, 4n],
  [1024 * MB, 2n],
  [16 * 1024 * MB, 1n],
  [256 * 1024 * MB, 0n],
]);
const RMLS_SHIFT = 26n;
/** HID4 of the PowerPC 970: RMLS in two parts, RMOR in units of 64 MB. */
const HID4 = { RMLS_LOW: 61n, RMLS_HIGH: 5n, RMOR: 41n } as const;
const RMOR_UNIT = 26n;

/** lpcr_rmls: the code of a size in bytes; null: there is none. */
export function lpcrRmls(model: CpuModel, size: number): bigint | null {
  return model.version === '2.02' && size === 32 * MB ? null : (RMLS.get(size) ?? null);
}

export const kvmRmaInit = routine<KvmCtx, { ret: number }>(
  'kvm_rma_init',
  {
    source: 'arch/powerpc/kvm/book3s_hv_builtin.c',
    mode: 'virtual',
    about: 'kvm_rma_count= areas of kvm_rma_size= bytes, each aligned to its size, set aside.',
  },
  [
    [
      'kvm_rma_count',
      'the next area, of boot memory; onto the list of free ones',
      (k) => {
        const { memory } = k.host;
        if (memory.rmas.length >= memory.kvm_rma_count) return ret();
        reserveRma(memory);
        return goto('kvm_rma_count');
      },
      40,
    ],
  ],
);

/** The RMA that user space has mapped at guest address 0 from its start, or null. */
function rmaOf(k: KvmCtx, slot: Memslot): Rma | null {
  const rma = k.host.memory.rmas[slot.rma];
  return rma && slot.pages[0] === rma.base ? rma : null;
}

/** kvmppc_hv_setup_htab_rma: bits of LPCR, or of HID4, and RMOR for real mode in an area. */
export function realModeRegisters(
  model: CpuModel,
  lpcr: bigint,
  rmls: bigint,
  base: number,
): { lpcr: bigint; rmor: bigint } {
  if (model.version === '2.02') {
    const halves = ((rmls >> 2n) << HID4.RMLS_HIGH) | ((rmls & 3n) << HID4.RMLS_LOW);
    const rmor = (BigInt(base) >> RMOR_UNIT) << HID4.RMOR;
    return { lpcr: lpcr | halves | rmor, rmor: 0n };
  }
  const offset = lpcr & ~(LPCR.VPM0 | LPCR.VRMA_L | LPCR.RMLS);
  return { lpcr: offset | (rmls << RMLS_SHIFT), rmor: BigInt(base) };
}

const slotAtZero = (vm: Vm): Memslot | null => gfnToMemslot(vm, 0n);

export const setupHtabRma = routine<KvmCtx, { vcpu: number; page: number }>(
  'kvmppc_hv_setup_htab_rma',
  {
    source: 'arch/powerpc/kvm/book3s_hv.c, book3s_64_mmu_hv.c (kvmppc_map_vrma), Linux 3.6',
    mode: 'virtual',
    about:
      'First KVM_RUN: real mode of the guest, in the RMA that is mapped at address 0 or by the VRMA.',
  },
  [
    [
      'memslot',
      'memory at guest address 0? else -EINVAL. A real mode area mapped there?',
      (k, l) => {
        const slot = slotAtZero(vmOf(k, l.vcpu));
        if (!slot) return ret(EINVAL);
        if (rmaOf(k, slot)) return goto('rmls');
        return k.hw.model.version === '2.02' ? ret(EPERM) : undefined;
      },
      12,
    ],
    [
      'vrma_slb_v',
      'no: the VRMA, with 16 MB base pages. vrma_slb_v := 1 TB | VSID 0x1ffffff | L',
      (k, l) => {
        vmOf(k, l.vcpu).vrma_slb_v = 0x4001ffffff000100n;
        l.page = 0;
      },
      6,
    ],
    [
      'vrmasd',
      'LPCR[VRMASD] := L, where the hardware looks',
      (k, l) => {
        vmOf(k, l.vcpu).lpcr |= LPCR.VRMA_L;
      },
      6,
    ],
    [
      'map',
      'kvmppc_map_vrma: H_ENTER a bolted entry for the next 16 MB page, in slot 7 of its primary PTEG',
      (k, l) => {
        mapVrmaPage(k, vmOf(k, l.vcpu), BigInt(l.page) * BigInt(HUGE_PAGE));
        l.page += 1;
      },
      60,
    ],
    [
      'next_page',
      'until the whole memory slot is mapped',
      (k, l) => {
        const pages = slotAtZero(vmOf(k, l.vcpu))?.pages.length ?? 0;
        return goto(l.page < pages ? 'map' : 'ready');
      },
      4,
    ],
    [
      'rmls',
      'yes: RMLS of the smaller of area and slot; a size that has no code: -EINVAL. VPM0 := 0, RMOR := base',
      (k, l) => {
        const { model } = k.hw;
        const vm = vmOf(k, l.vcpu);
        const slot = slotAtZero(vm);
        const rma = slot && rmaOf(k, slot);
        if (!rma) throw new Error('kvmppc_hv_setup_htab_rma: the RMA has gone');
        const rmls = lpcrRmls(model, Math.min(rma.size, slot.pages.length * HUGE_PAGE));
        if (rmls === null) return ret(EINVAL);
        Object.assign(vm, realModeRegisters(model, vm.lpcr, rmls, rma.base));
        return undefined;
      },
      20,
    ],
    [
      'use_count',
      'use_count += 1: the VM holds the area as long as it lives',
      (k, l) => {
        const slot = slotAtZero(vmOf(k, l.vcpu));
        const rma = slot && rmaOf(k, slot);
        if (rma) rma.use_count += 1;
      },
      6,
    ],
    [
      'ready',
      'rma_setup_done := 1',
      (k, l) => {
        vmOf(k, l.vcpu).mmu_ready = 1;
        return ret();
      },
    ],
  ],
);
