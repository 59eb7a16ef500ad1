// One sentence about the last step, for the live region and the status line.
import type { Machine } from '../../sim/machine/machine.ts';
import { eventText } from '../../sim/trace/event-text.ts';
import { EVENT_KINDS } from '../../sim/trace/events.ts';

/** 'step 412, core 0 thread 2: …' */
export function sentence(m: Machine): string {
  const t = m.m.last_thread;
  if (m.step === 0 || t < 0)
    return 'step 0: the host is idle, QEMU is about to create the virtual machine';
  const per = m.spec.model.threadsPerCore;
  const events = m.events.last(6).filter((e) => e.step === m.step - 1);
  const tasks = m.host.tasks.map(({ comm }) => comm);
  const names = { tasks, invariants: m.m.violations.map(({ id }) => id) };
  const told = events.map((e) => eventText(EVENT_KINDS[e.kind]?.text ?? '', e, names)).join('; ');
  return `step ${m.step}, core ${Math.floor(t / per)} thread ${t % per}: ${told || standing(m, t)}`;
}

function standing(m: Machine, t: number): string {
  const cpu = m.host.cpus[t];
  const task = m.host.tasks[cpu?.curr ?? -1];
  // POWER7 gives threads to vcpus whose task sleeps meanwhile; the task that is current there is another's.
  const vcpu = cpu && cpu.kvm_vcpu >= 0 ? cpu.kvm_vcpu : (task?.vcpu ?? '?');
  if (m.hw.inGuest(t))
    return `guest code of vcpu ${vcpu}, next at 0x${m.hw.arena.nia(t).toString(16)}`;
  const frame = task?.stack.at(-1);
  const step = m.program.get(frame?.routine ?? '')?.steps.get(frame?.label ?? '');
  return `${task?.comm ?? ''} in ${frame?.routine ?? ''}, next: ${step?.title ?? ''}`;
}
