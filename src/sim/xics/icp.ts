// Rules of the presentation controllers. A function changes records alone; `isRaised` says what the output line of a
// server then is, and who owns the controller drives the line. Source: PAPR 7.3.10; kernel icp-native.c for registers.

import { type Icp, NO_PRIORITY, STATUS, XICS_IPI, type Xics } from './records.ts';

export function icpOf(xics: Xics, server: number): Icp {
  const icp = xics.icps[server];
  if (!icp) throw new Error(`icpOf: no server ${server}`);
  return icp;
}

/** The external interrupt line of a server. */
export const isRaised = (icp: Icp): boolean => icp.xisr !== 0;

/** XIRR: CPPR in the top byte, the presented source below. */
export const xirrOf = (icp: Icp): number => ((icp.cppr << 24) | icp.xisr) >>> 0;

/** A source asks to be presented; it is rejected when it is not favoured enough. */
export function present(xics: Xics, server: number, number: number, priority: number): void {
  const icp = icpOf(xics, server);
  if (priority >= icp.cppr || (icp.xisr !== 0 && icp.pending_priority <= priority)) {
    reject(xics, server, number);
    return;
  }
  const old = icp.xisr;
  icp.xisr = number;
  icp.pending_priority = priority;
  if (old !== 0) reject(xics, server, old);
}

/** A rejected IPI stays in MFRR; a source comes back with the next resend. */
function reject(xics: Xics, _server: number, number: number): void {
  const source = xics.sources.find((s) => s.number === number);
  if (number === XICS_IPI || !source) return;
  source.status |= STATUS.REJECTED;
  if (source.lsi) source.status &= ~STATUS.SENT;
}

/** Writes MFRR: requests an IPI, or takes the request back (which does not withdraw one that is presented). */
export function setMfrr(xics: Xics, server: number, mfrr: number): void {
  const icp = icpOf(xics, server);
  icp.mfrr = mfrr;
  if (mfrr < icp.cppr) checkIpi(xics, server);
}

function checkIpi(xics: Xics, server: number): void {
  const icp = icpOf(xics, server);
  if (icp.xisr !== 0 && icp.pending_priority <= icp.mfrr) return;
  const old = icp.xisr;
  icp.xisr = XICS_IPI;
  icp.pending_priority = icp.mfrr;
  if (old !== 0) reject(xics, server, old);
}

/** Reads XIRR: the presented interrupt is accepted, its priority becomes CPPR. Returns XIRR as it was. */
export function accept(xics: Xics, server: number): number {
  const icp = icpOf(xics, server);
  const xirr = xirrOf(icp);
  if (icp.xisr !== 0) icp.cppr = icp.pending_priority;
  icp.xisr = 0;
  icp.pending_priority = NO_PRIORITY;
  return xirr;
}

/** Writes CPPR. */
export function setCppr(xics: Xics, server: number, cppr: number): void {
  const icp = icpOf(xics, server);
  const old = icp.cppr;
  icp.cppr = cppr;
  if (cppr < old && icp.xisr !== 0 && cppr <= icp.pending_priority) {
    const rejected = icp.xisr;
    icp.xisr = 0;
    icp.pending_priority = NO_PRIORITY;
    reject(xics, server, rejected);
  } else if (cppr > old && icp.xisr === 0) resend(xics, server);
}

/** Writes XIRR: end of the interrupt in its low bytes, and CPPR. */
export function eoi(xics: Xics, server: number, xirr: number): void {
  const icp = icpOf(xics, server);
  icp.cppr = xirr >>> 24;
  if (icp.xisr === 0) resend(xics, server);
}

/** What waits for this server asks again. */
function resend(xics: Xics, server: number): void {
  const icp = icpOf(xics, server);
  if (icp.mfrr < icp.cppr) checkIpi(xics, server);
  for (const source of xics.sources) {
    if (source.server !== server || (source.status & STATUS.REJECTED) === 0) continue;
    source.status &= ~STATUS.REJECTED;
    if (source.priority !== NO_PRIORITY) present(xics, server, source.number, source.priority);
  }
}
