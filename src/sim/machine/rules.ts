// Rules that the hardware relies on and software broke: events of the hardware that are violations.
import { eventText } from '../trace/event-text.ts';
import { EVENT_KINDS, KIND } from '../trace/events.ts';

const RULES: Readonly<Record<number, string>> = {
  [KIND.partition_conflict]: 'one-partition',
  [KIND.hypervisor_in_partition]: 'one-partition',
  [KIND.tlbie_conflict]: 'tlbie-in-flight',
  [KIND.tlb_not_flushed]: 'tlb-flushed',
  [KIND.no_such_register]: 'register-exists',
};

/** The rule that an event says was broken, and its sentence; null for all other events. */
export function brokenRule(
  kind: number,
  thread: number,
  a: number,
  b: number,
): { readonly id: string; readonly why: string } | null {
  const id = RULES[kind];
  const text = EVENT_KINDS[kind]?.text ?? '';
  return id === undefined ? null : { id, why: eventText(text, { thread, vcpu: -1, a, b }) };
}
