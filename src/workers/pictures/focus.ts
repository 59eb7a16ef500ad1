// What an entity path of the page means in the machine.
import type { Machine } from '../../sim/machine/machine.ts';

/** Thread, task and vcpu that a focus stands for; -1 = none. */
export interface Focus {
  readonly kind: 'thread' | 'vcpu' | 'vcore' | 'vm' | 'task' | 'other';
  readonly thread: number;
  readonly task: number;
  readonly vcpu: number;
}

export function focusOf(m: Machine, path: string): Focus {
  const thread = /^core(\d+)\/t(\d+)$/.exec(path);
  if (thread) {
    const t = Number(thread[1]) * m.spec.model.threadsPerCore + Number(thread[2]);
    const task = m.host.cpus[t]?.curr ?? -1;
    return {
      kind: 'thread',
      thread: m.host.cpus[t] ? t : -1,
      task,
      vcpu: m.host.tasks[task]?.vcpu ?? -1,
    };
  }
  const vcpu = /^vm\d+\/(vcpu|vcore)(\d+)$/.exec(path);
  if (vcpu) {
    const v = Number(vcpu[2]);
    const task = m.host.tasks.findIndex((t) => t.kind === 'vcpu' && t.vcpu === v);
    const cpu = m.host.tasks[task]?.cpu ?? -1;
    const running = m.host.cpus[cpu]?.curr === task;
    return {
      kind: vcpu[1] === 'vcore' ? 'vcore' : 'vcpu',
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
