// Entity paths, the way every part names what it shows: 'core0/t1', 'vm1/vcpu2'. VMs are numbered from 1; threads, vcpus
// and vcores over the whole machine, so the number of a vcpu alone says which it is.
import { SLOTS } from './hpt.ts';

/** Path of hardware thread `thread`. */
export const threadPath = (thread: number, threadsPerCore: number): string =>
  `core${Math.floor(thread / threadsPerCore)}/t${thread % threadsPerCore}`;

/** Path of VM `vm`. */
export const vmPath = (vm: number): string => `vm${vm}`;

/** Path of a vcpu of VM `vm`. */
export const vcpuPath = (vm: number, vcpu: number): string => `${vmPath(vm)}/vcpu${vcpu}`;

/** Path of a vcore of VM `vm`. */
export const vcorePath = (vm: number, vcore: number): string => `${vmPath(vm)}/vcore${vcore}`;

/** Path of entry `slot` (PTEG * 8 + slot of the group) of the hashed page table of VM `vm`. */
export const hptePath = (vm: number, slot: number): string =>
  `${vmPath(vm)}/hpt/pteg${Math.floor(slot / SLOTS)}/${slot % SLOTS}`;
