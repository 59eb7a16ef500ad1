// Entity paths, the way every view names what it shows: 'core0/t1', 'vm1/vcpu2', 'fn/kvmppc_run_vcpu'.
import { SLOTS } from '../workers/sections.ts';

/** Path of hardware thread `thread` (machine-wide number). */
export const threadPath = (thread: number, threadsPerCore: number): string =>
  `core${Math.floor(thread / threadsPerCore)}/t${thread % threadsPerCore}`;

/** Path of a vcpu of VM `vm` (ids start at 1). */
export const vcpuPath = (vm: number, vcpu: number): string => `vm${vm}/vcpu${vcpu}`;

/** Path of a routine by its kernel name. */
export const routinePath = (name: string): string => `fn/${name}`;

/** Machine-wide number of the thread that a path names, -1 if it names none. */
export function threadOf(path: string, threadsPerCore: number): number {
  const match = /^core(\d+)\/t(\d+)$/.exec(path);
  return match ? Number(match[1]) * threadsPerCore + Number(match[2]) : -1;
}

/** Number of the vcpu that a path names, -1 if it names none. */
export function vcpuOf(path: string): number {
  const match = /^vm\d+\/vcpu(\d+)$/.exec(path);
  return match ? Number(match[1]) : -1;
}

/** Path of entry `slot` (PTEG * 8 + slot of the group) of the hashed page table of VM `vm`. */
export const hptePath = (vm: number, slot: number): string =>
  `vm${vm}/hpt/pteg${Math.floor(slot / SLOTS)}/${slot % SLOTS}`;

/** True for threads and vcpus: they have an SLB and a TLB. */
export const isTranslator = (path: string): boolean =>
  /^(core\d+\/t\d+|vm\d+\/vcpu\d+)$/.test(path);

/** VM and entry that a path names; a PTEG stands for its first entry. */
export function hpteOf(path: string): { readonly vm: number; readonly slot: number } | null {
  const match = /^vm(\d+)\/hpt\/pteg(\d{1,8})(?:\/([0-7]))?$/.exec(path);
  if (!match) return null;
  return { vm: Number(match[1]), slot: Number(match[2]) * SLOTS + Number(match[3] ?? 0) };
}

/** Name of the routine that a path names, '' if it names none. */
export const routineOf = (path: string): string => (path.startsWith('fn/') ? path.slice(3) : '');
