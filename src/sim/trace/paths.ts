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

/** A place in an interrupt controller: a source or a presentation controller (server). VM 0 = the host's. */
export interface IrqPlace {
  readonly vm: number;
  readonly kind: 'irq' | 'icp';
  /** Of the source, or of the server. */
  readonly number: number;
}

const controller = (vm: number): string => (vm === 0 ? '' : `${vmPath(vm)}/`);

/** Path of interrupt source `number`: 'irq/0x1000' of the host, 'vm1/irq/0x1200' of a guest. */
export const sourcePath = (vm: number, number: number): string =>
  `${controller(vm)}irq/0x${number.toString(16).toUpperCase()}`;

/** Path of the presentation controller of `server`. */
export const icpPath = (vm: number, server: number): string => `${controller(vm)}icp/${server}`;

/** What a path of an interrupt controller names; null for any other path. */
export function irqPlaceOf(path: string): IrqPlace | null {
  const match = /^(?:vm(\d+)\/)?(?:irq\/0x([0-9A-Fa-f]{1,6})|icp\/(\d{1,6}))$/.exec(path);
  if (!match) return null;
  const [, vm = '0', source, server] = match;
  return source === undefined
    ? { vm: Number(vm), kind: 'icp', number: Number(server) }
    : { vm: Number(vm), kind: 'irq', number: Number.parseInt(source, 16) };
}
