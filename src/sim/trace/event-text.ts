// An event in words: the template of its kind with the event's numbers filled in.

/** What the places of a template stand for: {t} thread, {v} vcpu, {a} and {b} the arguments. */
export interface EventNumbers {
  readonly thread: number;
  readonly vcpu: number;
  readonly a: number;
  readonly b: number;
}

/** Names for numbers: the host's tasks, and the invariants that did not hold, in the order of their numbers. */
export interface EventNames {
  readonly tasks: readonly string[];
  readonly invariants: readonly string[];
}
const NO_NAMES: EventNames = { tasks: [], invariants: [] };

/** A number by the format after the colon of a place: hexadecimal, a character, a task, an invariant, or decimal. */
function format(value: number, style: string, names: EventNames): string {
  if (style === 'x' && value >= 0) return `0x${value.toString(16).toUpperCase()}`;
  if (style === 'c') return JSON.stringify(String.fromCharCode(value));
  if (style === 'n') return names.tasks[value] ?? `task ${value}`;
  if (style === 'i') return names.invariants[value] ?? String(value);
  return String(value);
}

/** The sentence of an event, e.g. 'vcpu 2 enters the guest on thread 1 at 0xA00'. */
export function eventText(template: string, event: EventNumbers, names = NO_NAMES): string {
  const values = { t: event.thread, v: event.vcpu, a: event.a, b: event.b };
  return template.replace(/\{([tvab])(?::(\w))?\}/g, (_, place: keyof typeof values, style = '') =>
    format(values[place], style, names),
  );
}
