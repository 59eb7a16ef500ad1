// What an entity path of the page means in the machine.
import type { Machine } from '../../sim/machine/machine.ts';

/** Thread, task and vcpu that a focus stands for; -1 = none. */
export interface Focus {
  readonly kind: 'thread' | 'vcpu' | 'vcore' | 'vm' | 'task' | 'other';
  readonly thread: number;
  readonly task: number;
  readonly vcpu: number;
}

/** The vcpu that stands for a vcore: the one whose task executes it, else its first. */
function memberOf(m: Machine, vcore: number): number {
  const runner = m.k.kvm.vcores[vcore]?.runner ?? -1;
  return runner >= 0 ? runner : m.k.kvm.vcpus.findIndex((vcpu) => vcpu.vcore === vcore);
}

export function focusOf(m: Machine, path: string): Focus {
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
