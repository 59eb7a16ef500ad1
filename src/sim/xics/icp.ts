// Registers of the presentation controllers. A function changes records alone; `isRaised` says what the output line of
// a server then is, and who owns the controller drives the line. Source: PAPR 7.3.10; kernel icp-native.c.
import { checkIpi, deliverWaiting, redeliver, resend } from './deliver.ts';
import { type Icp, icpOf, NO_PRIORITY, STATUS, sourceOf, XISR_MASK, type Xics } from './records.ts';

/** The external interrupt line of a server. */
export const isRaised = (icp: Icp): boolean => icp.xisr !== 0;

/** XIRR as XIRR poll and H_IPOLL give it: CPPR in the top byte, the presented source below. */
export const xirrOf = (icp: Icp): number => ((icp.cppr << 24) | icp.xisr) >>> 0;

/** Writes MFRR: requests an IPI, or takes the request back (which does not withdraw one that is presented). */
export function setMfrr(xics: Xics, server: number, mfrr: number): void {
  icpOf(xics, server).mfrr = mfrr;
  checkIpi(xics, server);
}

/**
 * Reads XIRR: the presented interrupt is accepted, its priority becomes CPPR. Returns XIRR as it was. Without one
 * nothing changes (kernel book3s_xics.c; QEMU sets CPPR to 0xff).
 */
export function accept(xics: Xics, server: number): number {
  const icp = icpOf(xics, server);
  const xirr = xirrOf(icp);
  if (icp.xisr !== 0) icp.cppr = icp.pending_priority;
  icp.xisr = 0;
  icp.pending_priority = NO_PRIORITY;
  return xirr;
}

/** Writes CPPR: one that is presented and not favoured enough goes back; a less favoured CPPR lets others in. */
export function setCppr(xics: Xics, server: number, cppr: number): void {
  const icp = icpOf(xics, server);
  icp.cppr = cppr;
  if (icp.xisr === 0) resend(xics, server);
  else if (cppr <= icp.pending_priority) {
    const rejected = icp.xisr;
    icp.xisr = 0;
    icp.pending_priority = NO_PRIORITY;
    redeliver(xics, rejected);
  }
}

/** Writes XIRR: end of the interrupt in its low bytes, and CPPR. A level that is still asserted comes again. */
export function eoi(xics: Xics, server: number, xirr: number): void {
  const source = sourceOf(xics, xirr & XISR_MASK);
  if (source?.lsi) source.status &= ~STATUS.SENT;
  setCppr(xics, server, xirr >>> 24);
  if (source?.lsi) deliverWaiting(xics, source);
}
