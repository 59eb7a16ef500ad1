// What an entity path names: 'core0/t1', 'vm1/vcpu2', 'fn/kvmppc_run_vcpu'.
import type { Catalogue } from '../workers/protocol.ts';
import { type Section, SLOTS, threadPath, vcpuPath } from '../workers/sections.ts';

export {
  hptePath,
  icpPath,
  irqPlaceOf,
  sourcePath,
  threadPath,
  vcorePath,
  vcpuPath,
} from '../workers/sections.ts';

/** VM of a vcpu: vcpus are numbered through all VMs, in the catalogue's order. */
export function vmOf(vcpu: number, { topology }: Pick<Catalogue, 'topology'>): number {
  let first = 0;
  for (const vm of topology.vms) {
    if (vcpu < first + vm.vcpus) return vm.id;
    first += vm.vcpus;
  }
  return 1;
}

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

/** Number of the vcore that a path names, -1 if it names none. */
export function vcoreOf(path: string): number {
  const match = /^vm\d+\/vcore(\d+)$/.exec(path);
  return match ? Number(match[1]) : -1;
}

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

/** The machine has the thread or the vcpu that a path names, or the path names something else. */
function hasEntity(path: string, catalogue: Pick<Catalogue, 'topology'>): boolean {
  const { cores, threadsPerCore, vms } = catalogue.topology;
  const thread = threadOf(path, threadsPerCore);
  if (thread >= 0)
    return thread < cores * threadsPerCore && path === threadPath(thread, threadsPerCore);
  const vcpu = vcpuOf(path);
  if (vcpu < 0) return true;
  const count = vms.reduce((sum, vm) => sum + vm.vcpus, 0);
  return vcpu < count && path === vcpuPath(vmOf(vcpu, catalogue), vcpu);
}

/**
 * What to look at in a scenario's first picture: what the machine before had and this one has not, or a first thread
 * that idles, is nothing where another thread has a vcpu.
 */
export function whereItHappens(
  focus: string,
  machine: Section<'machine'> | undefined,
  catalogue: Pick<Catalogue, 'topology'>,
): string {
  const { threads } = machine ?? { threads: [] };
  const { threadsPerCore } = catalogue.topology;
  const first = threadPath(0, threadsPerCore);
  const here = hasEntity(focus, catalogue) ? focus : first;
  const seen = threads.find(({ vcpu }) => vcpu >= 0);
  const idles = here === first && threads[0]?.vcpu === -1;
  return seen && idles ? threadPath(seen.thread, threadsPerCore) : here;
}
