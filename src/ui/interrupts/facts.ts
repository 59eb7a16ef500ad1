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

/** The second line of what a server interrupts. */
export function targetText({ vcpu, line, queued, mer, ee }: IrqServer): string {
  if (vcpu < 0) return `line ${line ? 'up' : 'down'} · EE ${ee}`;
  const has = queued === '' ? 'none' : queued;
  return mer < 0 ? `${has} · EE ${ee}` : `${has} · MER ${mer} · EE ${ee}`;
}
