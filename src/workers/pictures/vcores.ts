// Virtual cores that run as a whole on one core (until POWER8), and where the tasks of their vcpus sleep.
import type { Vcore } from '../../sim/kvm/records.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import type { RowIn } from '../sections.ts';

/** True where all threads of a core are in one partition, so that a vcore runs as a whole. */
export const runsWhole = (m: Machine): boolean => m.spec.model.family !== 'p9';

/** States of a vcore in which it has a core (enum of kvmppc_vcore.vcore_state). */
const DOCKED: readonly string[] = ['VCORE_STARTING', 'VCORE_RUNNING', 'VCORE_EXITING'];

/** `n` low bits: what a counter of threads looks like as a map. */
const low = (n: number): number => (1 << n) - 1;

/** The task that executes the vcore is current on the core: one that has been pre-empted has left it. */
function isExecuted(m: Machine, { pcpu, runner }: Vcore): boolean {
  const task = m.k.kvm.vcpus[runner]?.task ?? -1;
  return task >= 0 && m.host.cpus[pcpu]?.curr === task;
}

/** Rows of the vcores; none where each vcpu runs by itself. */
export function vcoreRows(m: Machine): RowIn<'machine', 'vcores'>[] {
  if (!runsWhole(m)) return [];
  return m.k.kvm.vcores.map((vcore, id) => {
    const members = m.k.kvm.vcpus.filter((vcpu) => vcpu.vcore === id);
    const docked = DOCKED.includes(vcore.vcore_state) && isExecuted(m, vcore);
    const entered = vcore.entry_exit_count & 0xff;
    const left = (vcore.entry_exit_count >> 8) & 0xff;
    const map = m.spec.model.family === 'p8';
    return {
      vcore: id,
      vm: (members[0]?.vm ?? 0) + 1,
      core: docked ? Math.floor(vcore.pcpu / m.spec.model.threadsPerCore) : -1,
      state: vcore.vcore_state,
      threads: members.length,
      entered: map ? entered : low(entered),
      left: map ? left : low(left),
      map: map ? 1 : 0,
      in_guest: vcore.in_guest,
      napping: vcore.napping_threads,
      n_runnable: vcore.n_runnable,
      n_busy: vcore.n_busy,
      n_woken: vcore.n_woken,
      nap_count: vcore.nap_count,
      runner: vcore.runner,
    };
  });
}

/** Wait queue on which the task of a vcpu sleeps, '' while it does not. */
export function waitQueue(m: Machine, v: number): string {
  const vcpu = m.k.kvm.vcpus[v];
  if (!vcpu) return '';
  if (vcpu.rcuwait) return 'rcuwait';
  if (vcpu.cpu_run) return 'cpu_run';
  return vcpu.task >= 0 && m.k.kvm.vcores[vcpu.vcore]?.wq === vcpu.task ? 'vcore.wq' : '';
}
