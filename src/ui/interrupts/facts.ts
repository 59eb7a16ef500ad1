// Words for the Interrupts view: numbers as the manuals write them, and what a box stands for.
import type { RowIn } from '../../workers/sections.ts';

export type IrqSource = RowIn<'interrupts', 'sources'>;
export type IrqServer = RowIn<'interrupts', 'icps'>;

/** Priority of a masked source, and of "none". */
export const NO_PRIORITY = 0xff;
/** The source number of an IPI. */
export const XICS_IPI = 2;

/** A byte as two digits: priorities, CPPR, MFRR. */
export const byte = (n: number): string => n.toString(16).toUpperCase().padStart(2, '0');
export const irqNumber = (n: number): string => `0x${n.toString(16).toUpperCase()}`;
/** What an EOI can name: a source, or the IPI. */
export const endsOf = (numbers: readonly number[]): readonly (readonly [number, string])[] => [
  ...numbers.map((number) => [number, irqNumber(number)] as const),
  [XICS_IPI, 'the IPI'],
];
/** XIRR: CPPR, then the source. */
export const xirrText = ({ cppr, xisr }: IrqServer): string =>
  `${byte(cppr)} ${xisr.toString(16).toUpperCase().padStart(6, '0')}`;

/** What a server presents: 'IPI', a source, or nothing. */
export function presentedText({ xisr }: IrqServer): string {
  if (xisr === 0) return 'nothing';
  return xisr === XICS_IPI ? 'the IPI' : `interrupt ${irqNumber(xisr)}`;
}

/** 'MSI, prio 05' or 'LSI, masked'. */
export const kindText = ({ lsi, priority }: IrqSource): string =>
  `${lsi ? 'LSI' : 'MSI'}, ${priority === NO_PRIORITY ? 'masked' : `prio ${byte(priority)}`}`;

/** A server with nothing routed to it, requested of it or presented: it needs no more than a line. */
export const isQuiet = (server: IrqServer, sources: readonly IrqSource[]): boolean =>
  server.xisr === 0 &&
  server.mfrr === NO_PRIORITY &&
  server.queued === '' &&
  !sources.some((source) => source.server === server.server);

/** How a source and its server are connected: presented, waiting for it, masked, or quiet. */
export function edgeOf(source: IrqSource): 'presented' | 'waits' | 'masked' | 'quiet' {
  if (source.presented >= 0) return 'presented';
  if (source.priority === NO_PRIORITY) return 'masked';
  return source.status !== 0 ? 'waits' : 'quiet';
}

/** Label of a source's box. */
export const sourceLabel = (source: IrqSource): string =>
  `interrupt ${irqNumber(source.number)}: ${kindText(source)}, to server ${source.server}; ${source.words}`;

/** Label of a server's box. */
export function serverLabel(server: IrqServer): string {
  const ipi = server.mfrr === NO_PRIORITY ? '' : `, IPI of priority ${byte(server.mfrr)} requested`;
  const next = server.words === '' ? '' : `; ${server.words}`;
  return `server ${server.server}: presents ${presentedText(server)}, CPPR ${byte(server.cppr)}${ipi}${next}`;
}

/** Something on the way into a target; `open`: an interrupt passes it. */
export interface Gate {
  readonly name: 'line' | 'queue' | 'MER' | 'EE';
  readonly text: string;
  readonly open: boolean;
}

/**
 * What an interrupt passes at its target. A thread: its line, and MSR[EE] (–: it masks none). A vcpu:
 * KVM's queue, LPCR[MER] while it runs (else the next entry decides), MSR[EE].
 */
export function gatesOf({ vcpu, line, queued, mer, ee }: IrqServer): readonly Gate[] {
  const first: Gate =
    vcpu < 0
      ? { name: 'line', text: line ? 'line up' : 'line down', open: line === 1 }
      : { name: 'queue', text: queueText(queued), open: queued !== '' };
  const mediated: Gate = { name: 'MER', text: `MER ${mer}`, open: mer === 1 };
  const mask: Gate = { name: 'EE', text: `EE ${ee < 0 ? '–' : ee}`, open: ee !== 0 };
  return [first, ...(mer < 0 ? [] : [mediated]), mask];
}

function queueText(queued: string): string {
  if (queued === '') return 'none';
  return queued.includes(',') ? 'both' : queued;
}

/** An interrupt has come as far as the target of this server. */
export const isAsked = ({ xisr, queued }: IrqServer): boolean => xisr !== 0 || queued !== '';

/** The same in words. */
export const targetText = (row: IrqServer): string =>
  gatesOf(row)
    .map(({ text }) => text)
    .join(' · ');
