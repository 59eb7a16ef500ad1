// Entity paths, the way every view names what it shows: 'core0/t1', 'vm1/vcpu2', 'fn/kvmppc_run_vcpu'.

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

/** Name of the routine that a path names, '' if it names none. */
export const routineOf = (path: string): string => (path.startsWith('fn/') ? path.slice(3) : '');
