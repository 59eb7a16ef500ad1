// How an interrupt reaches a server, and what becomes of one that cannot. A server presents the most favoured one
// that its CPPR lets through. What is not presented waits: a message as REJECTED, a level as ASSERTED without SENT, an
// IPI in MFRR. One that loses its place to a better one is delivered anew at once, for its route may have changed.
// Source: PAPR 7.3.10; kernel book3s_xics.c (icp_deliver_irq), QEMU hw/intc/xics.c (icp_irq, icp_check_ipi, icp_resend).
import {
  icpOf,
  NO_PRIORITY,
  type Source,
  STATUS,
  sourceOf,
  XICS_IPI,
  type Xics,
} from './records.ts';

/** True while a source wants to be presented and is not. */
function isWaiting({ lsi, status }: Source): boolean {
  if (!lsi) return (status & (STATUS.REJECTED | STATUS.MASKED_PENDING)) !== 0;
  return (status & (STATUS.ASSERTED | STATUS.SENT)) === STATUS.ASSERTED;
}

/** Presents a source to its server if it may be; else it waits there, or as MASKED_PENDING until it is unmasked. */
export function deliver(xics: Xics, source: Source): void {
  const { server, number, priority } = source;
  const icp = icpOf(xics, server);
  const masked = priority === NO_PRIORITY;
  if (priority >= icp.cppr || priority >= icp.pending_priority || masked) {
    if (source.lsi) source.status &= ~STATUS.SENT;
    else {
      source.status &= ~(STATUS.REJECTED | STATUS.MASKED_PENDING);
      source.status |= masked ? STATUS.MASKED_PENDING : STATUS.REJECTED;
    }
    return;
  }
  if (source.lsi) source.status |= STATUS.SENT;
  else source.status &= ~(STATUS.REJECTED | STATUS.MASKED_PENDING);
  const displaced = icp.xisr;
  icp.xisr = number;
  icp.pending_priority = priority;
  redeliver(xics, displaced);
}

/** Delivers a source that waits. */
export function deliverWaiting(xics: Xics, source: Source): void {
  if (isWaiting(source)) deliver(xics, source);
}

/**
 * What becomes of an interrupt that is no longer presented: its source rejects it, and a level that has dropped since is
 * not sent again. 0 is none; an IPI is still in MFRR.
 */
export function redeliver(xics: Xics, number: number): void {
  const source = sourceOf(xics, number);
  if (!source) return;
  if (source.lsi) source.status &= ~STATUS.SENT;
  else source.status |= STATUS.REJECTED;
  deliverWaiting(xics, source);
}

/** Presents the IPI that MFRR asks for, if it may be. */
export function checkIpi(xics: Xics, server: number): void {
  const icp = icpOf(xics, server);
  if (icp.mfrr >= icp.cppr || icp.mfrr >= icp.pending_priority) return;
  const displaced = icp.xisr;
  icp.xisr = XICS_IPI;
  icp.pending_priority = icp.mfrr;
  redeliver(xics, displaced);
}

/** What waits for this server asks again, the IPI first. */
export function resend(xics: Xics, server: number): void {
  checkIpi(xics, server);
  for (const source of xics.sources) if (source.server === server) deliverWaiting(xics, source);
}
