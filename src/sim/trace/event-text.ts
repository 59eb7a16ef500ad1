// An event in words: the template of its kind with the event's numbers filled in.

/** What the places of a template stand for: {t} thread, {v} vcpu, {a} and {b} the arguments. */
export interface EventNumbers {
  readonly thread: number;
  readonly vcpu: number;
  readonly a: number;
  readonly b: number;
}

/** A number by the format after the colon of a place: 'x' hexadecimal, 'c' the character, '' decimal. */
function format(value: number, style: string): string {
  if (style === 'x' && value >= 0) return `0x${value.toString(16).toUpperCase()}`;
  if (style === 'c') return JSON.stringify(String.fromCharCode(value));
  return String(value);
}

/**
 * The sentence of an event, e.g. 'vcpu 2 enters the guest on thread 1 at 0xA00'. `tasks`: names of the host's tasks
 * by number, for places with the format 'n'.
 */
export function eventText(
  template: string,
  event: EventNumbers,
  tasks: readonly string[] = [],
): string {
  const values = { t: event.thread, v: event.vcpu, a: event.a, b: event.b };
  return template.replace(/\{([tvab])(?::(\w))?\}/g, (_, place: keyof typeof values, style = '') =>
    style === 'n'
      ? (tasks[values[place]] ?? `task ${values[place]}`)
      : format(values[place], style),
  );
}
