// The state of an XICS: one presentation controller (ICP) for each server, and the sources (ICS).
// Source: PAPR 7.3.10 (interrupt presentation); QEMU hw/intc/xics.c for the names that `info pic` prints.
import { count, type RecordOf, record, word } from '../state/schema.ts';

/** Priority of "none", and MFRR without an IPI. */
export const NO_PRIORITY = 0xff;
/** Source number of the IPI; 0 = spurious. */
export const XICS_IPI = 2;
/** MFRR with which the host sends an IPI. */
export const IPI_PRIORITY = 4;
/** Priority of a device in the host. */
export const DEFAULT_PRIORITY = 5;
/** The source in XIRR, below CPPR. */
export const XISR_MASK = 0xffffff;

export const ICP = record('icp', {
  cppr: count(
    'XIRR, EOI',
    'current processor priority: only more favoured (lower) ones interrupt',
    NO_PRIORITY,
  ),
  xisr: count('the controller', 'source that is presented, 0 = none'),
  mfrr: count('senders of IPIs', 'priority of the IPI that is requested, 0xff = none', NO_PRIORITY),
  pending_priority: count('the controller', 'priority of the presented source', NO_PRIORITY),
});
export type Icp = RecordOf<typeof ICP>;

export const SOURCE = record('source', {
  number: count('creation', 'interrupt number'),
  server: count('ibm,set-xive', 'ICP to which it is sent'),
  priority: count('ibm,set-xive, ibm,int-off', 'its priority, 0xff = masked', NO_PRIORITY),
  saved_priority: count(
    'ibm,set-xive, ibm,int-off',
    'priority that ibm,int-on restores',
    NO_PRIORITY,
  ),
  status: word('the controller', 'XICS_STATUS_* bits'),
  lsi: count('creation', '1 = level-sensitive'),
});
export type Source = RecordOf<typeof SOURCE>;

/** XICS_STATUS_*; of a message (MSI) the last two count, of a level (LSI) the first two. */
export const STATUS = { ASSERTED: 1, SENT: 2, REJECTED: 4, MASKED_PENDING: 8 } as const;

/** One interrupt controller: the host's, or that of a guest. */
export interface Xics {
  icps: Icp[];
  sources: Source[];
}

/** The presentation controller of a server; a number that does not exist is the caller's mistake. */
export function icpOf(xics: Xics, server: number): Icp {
  const icp = xics.icps[server];
  if (!icp) throw new Error(`icpOf: no server ${server}`);
  return icp;
}

/** The source with a number; the IPI has none. */
export const sourceOf = (xics: Xics, number: number): Source | undefined =>
  xics.sources.find((source) => source.number === number);
