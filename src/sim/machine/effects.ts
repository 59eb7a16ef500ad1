// What an event does to the machine itself: counters, the cause of a trap, the clock of a thread that it wakes.
import type { Hardware } from '../hardware/hardware.ts';
import { SLOT } from '../hardware/slots.ts';
import { KIND } from '../trace/events.ts';
import type { MachineRecord, Records } from './records.ts';

/** An event as the hardware or the host tells it. */
interface Told {
  readonly kind: number;
  readonly thread: number;
  readonly a: number;
  readonly b: number;
}

/** Events that may wake thread `a`. */
const ROUSING: readonly number[] = [KIND.msgsnd, KIND.ipi, KIND.irq];

/** Applies an event to the machine's records. */
export function applyEvent(hw: Hardware, records: Records, { kind, thread, a, b }: Told): void {
  countEvent(records.machine, kind, a, b);
  if (ROUSING.includes(kind)) rouse(hw, records, a, thread);
  if (kind === KIND.msgsndp) for (const t of rungBy(hw, thread)) rouse(hw, records, t, thread);
  const cpu = kind === KIND.interrupt ? records.host.cpus[thread] : undefined;
  if (cpu) cpu.trap = a;
}

/** Threads that a guest's doorbell may have rung: on POWER8 those of the core with a bit in DPDES. */
function rungBy(hw: Hardware, sender: number): number[] {
  if (hw.model.doorbellScope !== 'core') return [];
  return hw.coreOf(sender).filter((t) => !hw.arena.isZero(t, SLOT.DPDES));
}

/** An IPI reaches a halted thread no earlier than it was sent. */
function rouse(hw: Hardware, { machine, host }: Records, target: number, sender: number): void {
  if (!host.cpus[target]?.stopped) return;
  const sent = sender >= 0 ? hw.now(sender) : machine.cycle;
  hw.arena.setClock(target, Math.max(hw.arena.clock(target), sent));
}

/** Adds an event to the counters. */
function countEvent(machine: MachineRecord, kind: number, a: number, b: number): void {
  switch (kind) {
    case KIND.kvm_guest_enter:
      machine.guest_entries += 1;
      break;
    case KIND.kvm_guest_exit:
      machine.guest_exits += 1;
      tally(machine.exits_by_reason, a);
      break;
    case KIND.partition_switch:
      machine.partition_switches += 1;
      break;
    case KIND.msgsnd:
    case KIND.ipi:
      machine.ipis += 1;
      break;
    case KIND.interrupt:
      if (b === 0) tally(machine.own_interrupts, a);
      break;
  }
}

function tally(counts: Record<string, number>, vector: number): void {
  const name = vector.toString(16).toUpperCase();
  counts[name] = (counts[name] ?? 0) + 1;
}
