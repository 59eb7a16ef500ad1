// An event as a sentence: the template of its kind with the numbers filled in.
import type { Catalogue } from '../../workers/protocol.ts';
import type { RowIn } from '../../workers/sections.ts';
import { threadPath, vcpuPath } from '../entity.ts';
import { hex } from '../marks/text.ts';

export type EventRow = RowIn<'log', 'events'>;
export type Words = Pick<Catalogue, 'eventKinds' | 'topology'>;

/** A number as text by the format after the colon of a place: 'x' hexadecimal, 'c' the character, '' decimal. */
function format(value: number, style: string): string {
  if (style === 'x') return value < 0 ? String(value) : hex(value);
  if (style === 'c') return JSON.stringify(String.fromCharCode(value));
  return String(value);
}

/**
 * The event in words, e.g. 'vcpu 2 enters the guest on thread 1 at 0xA00'. Places of a template: {t} thread,
 * {v} vcpu, {a} and {b} the arguments. A kind that the catalogue does not know gives its number.
 */
export function sentence(event: EventRow, words: Words): string {
  const kind = words.eventKinds[event.kind];
  if (!kind) return `event of kind ${event.kind}`;
  const values: Readonly<Record<string, number>> = {
    t: event.thread,
    v: event.vcpu,
    a: event.a,
    b: event.b,
  };
  return kind.text.replace(/\{([tvab])(?::(\w+))?\}/g, (_, place: string, style = '') =>
    format(values[place] ?? 0, style),
  );
}

/** Path of the entity that the sentence is about: the one it names first; '' if the event has none. */
export function eventEntity(event: EventRow, words: Words): string {
  const text = words.eventKinds[event.kind]?.text ?? '';
  const { vms, threadsPerCore } = words.topology;
  const [vm] = vms;
  const first = /\{([tv])/.exec(text)?.[1] ?? (event.vcpu >= 0 ? 'v' : 't');
  if (first === 'v' && event.vcpu >= 0 && vm) return vcpuPath(vm.id, event.vcpu);
  return event.thread >= 0 ? threadPath(event.thread, threadsPerCore) : '';
}
