// What an entity path of the page means in the machine.
import { findVcpu, vmAt } from '../../sim/kvm/context.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { vcpuEntity } from '../../sim/scenario/entities.ts';
import { irqPlaceOf } from '../../sim/trace/paths.ts';
import { type Icp, type Source, sourceOf, type Xics } from '../../sim/xics/records.ts';

/** Thread, task and vcpu that a focus stands for; -1 = none. */
export interface Focus {
  readonly kind: 'thread' | 'vcpu' | 'vcore' | 'vm' | 'task' | 'irq' | 'other';
  readonly thread: number;
  readonly task: number;
  readonly vcpu: number;
}

/** The vcpu that stands for a vcore: the one whose task executes it, else its first. */
function memberOf(m: Machine, vcore: number): number {
  const runner = m.k.kvm.vcores[vcore]?.runner ?? -1;
  return runner >= 0 ? runner : m.k.kvm.vcpus.findIndex((vcpu) => vcpu.vcore === vcore);
}

/** The interrupt controller of the host (VM 0) or of a guest, if there is one. */
const xicsOf = (m: Machine, vm: number): Xics | undefined =>
  vm === 0 ? m.host.xics : m.k.vmms[vm - 1]?.xics;

/** The source that a path names, if any, and the presentation controller: the named one, or the one it is sent to. */
export function irqAt(
  m: Machine,
  path: string,
): { vm: number; source: Source | undefined; server: number; icp: Icp } | null {
  const place = irqPlaceOf(path);
  const xics = place && xicsOf(m, place.vm);
  if (!xics) return null;
  const source = place.kind === 'irq' ? sourceOf(xics, place.number) : undefined;
  const server = source?.server ?? place.number;
  const icp = xics.icps[server];
  return icp && (source || place.kind === 'icp') ? { vm: place.vm, source, server, icp } : null;
}

/** What an interrupt's server interrupts: the thread, or the vcpu. */
function irqFocus(m: Machine, path: string): Focus {
  const at = irqAt(m, path);
  const none: Focus = { kind: 'irq', thread: -1, task: -1, vcpu: -1 };
  if (!at) return none;
  if (at.vm === 0) return { ...focusOf(m, m.threadPath(at.server)), kind: 'irq' };
  const vcpu = findVcpu(m.k, vmAt(m.k, at.vm - 1), at.server);
  return vcpu < 0 ? none : { ...focusOf(m, vcpuEntity(m, vcpu)), kind: 'irq' };
}

export function focusOf(m: Machine, path: string): Focus {
  if (irqPlaceOf(path)) return irqFocus(m, path);
  const thread = /^core(\d+)\/t(\d+)$/.exec(path);
  if (thread) {
    const t = Number(thread[1]) * m.spec.model.threadsPerCore + Number(thread[2]);
    const task = m.host.cpus[t]?.curr ?? -1;
    const has = m.host.cpus[t]?.kvm_vcpu ?? -1;
    return {
      kind: 'thread',
      thread: m.host.cpus[t] ? t : -1,
      task,
      vcpu: has >= 0 ? has : (m.host.tasks[task]?.vcpu ?? -1),
    };
  }
  const vcpu = /^vm\d+\/(vcpu|vcore)(\d+)$/.exec(path);
  if (vcpu) {
    const v = vcpu[1] === 'vcore' ? memberOf(m, Number(vcpu[2])) : Number(vcpu[2]);
    const has = m.host.cpus.findIndex((cpu) => cpu.kvm_vcpu === v);
    const kind = vcpu[1] === 'vcore' ? 'vcore' : 'vcpu';
    // A thread that KVM has given it executes for it, in whatever task; else its own task does.
    if (has >= 0 && v >= 0)
      return { kind, thread: has, task: m.host.cpus[has]?.curr ?? -1, vcpu: v };
    const task = m.host.tasks.findIndex((t) => t.kind === 'vcpu' && t.vcpu === v);
    const cpu = m.host.tasks[task]?.cpu ?? -1;
    const running = m.host.cpus[cpu]?.curr === task;
    return {
      kind,
      thread: running ? cpu : -1,
      task,
      vcpu: v,
    };
  }
  const task = /^task(\d+)$/.exec(path);
  if (task && m.host.tasks[Number(task[1])]) {
    const id = Number(task[1]);
    const cpu = m.host.tasks[id]?.cpu ?? -1;
    return {
      kind: 'task',
      thread: m.host.cpus[cpu]?.curr === id ? cpu : -1,
      task: id,
      vcpu: m.host.tasks[id]?.vcpu ?? -1,
    };
  }
  return { kind: /^vm\d+$/.test(path) ? 'vm' : 'other', thread: -1, task: -1, vcpu: -1 };
}
