// An event of the log: its sentence, and whom it is about.
import { type EventNames, eventText } from '../../workers/client.ts';
import type { Catalogue } from '../../workers/protocol.ts';
import type { RowIn } from '../../workers/sections.ts';
import { threadPath, vcpuPath, vmOf } from '../entity.ts';

export type EventRow = RowIn<'log', 'events'>;
/** What sentences are made with. */
export interface Words extends Pick<Catalogue, 'eventKinds' | 'topology'> {
  readonly names: EventNames;
}

/** The event in words; a kind that the catalogue does not know gives its number. */
export function sentence(event: EventRow, words: Words): string {
  const kind = words.eventKinds[event.kind];
  return kind ? eventText(kind.text, event, words.names) : `event of kind ${event.kind}`;
}

/** Path of the entity that the sentence is about: the one it names first; '' if the event has none. */
export function eventEntity(event: EventRow, words: Words): string {
  const text = words.eventKinds[event.kind]?.text ?? '';
  const { vms, threadsPerCore } = words.topology;
  const first = /\{([tv])/.exec(text)?.[1] ?? (event.vcpu >= 0 ? 'v' : 't');
  if (first === 'v' && event.vcpu >= 0 && vms.length > 0)
    return vcpuPath(vmOf(event.vcpu, words), event.vcpu);
  return event.thread >= 0 ? threadPath(event.thread, threadsPerCore) : '';
}
