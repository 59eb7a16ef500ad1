// What the texts of all CPUs have in common: user space, and guest memory behind the hcalls.
import type { Routine } from '../host/routine.ts';
import { emulateMmio, loadLastInst } from '../kvm/emulate-mmio.ts';
import { findLockHpte } from '../kvm/hpte-lookup.ts';
import { allocResetHpt } from '../kvm/htab.ts';
import { bookPageFault, hpteHvFault } from '../kvm/page-fault.ts';
import { allocRma } from '../kvm/rma-alloc.ts';
import { unmapRmapp } from '../kvm/rmap.ts';
import { doTlbies } from '../kvm/tlbie.ts';
import { DEVICE_ROUTINES } from '../vmm/devices.ts';
import { kvmCpuExec, qemuMain, vmStop } from '../vmm/qemu.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { spaprHypercall } from '../vmm/spapr.ts';
import { IOMMU_ROUTINES } from '../vmm/spapr-iommu.ts';
import { SPAPR_XICS_ROUTINES } from '../vmm/spapr-xics.ts';
import { VIO_ROUTINES } from '../vmm/vio-device.ts';

/** QEMU's part. */
export const USER_SPACE: readonly Routine<VmmCtx>[] = [
  qemuMain,
  kvmCpuExec,
  spaprHypercall,
  ...VIO_ROUTINES,
  ...SPAPR_XICS_ROUTINES,
  ...IOMMU_ROUTINES,
  vmStop,
];

/** Translations, faults, devices on the memory bus, page tables and real mode areas. */
export const STORAGE: readonly Routine<VmmCtx>[] = [
  doTlbies,
  unmapRmapp,
  findLockHpte,
  hpteHvFault,
  bookPageFault,
  emulateMmio,
  loadLastInst,
  ...DEVICE_ROUTINES,
  allocResetHpt,
  allocRma,
];
