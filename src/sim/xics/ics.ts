// Sources of interrupts: their lines, and what firmware calls (RTAS) change of them.
// Source: PAPR 7.3.10 (ibm,set-xive and kin); QEMU hw/intc/xics.c (ics_set_irq, ics_write_xive), hw/ppc/spapr_rtas.c.
import { deliver, deliverWaiting } from './deliver.ts';
import { NO_PRIORITY, type Source, STATUS, type Xics } from './records.ts';

/** A device raises or drops its line. A message is one event at each rise; one that comes while one waits adds none. */
export function setIrq(xics: Xics, source: Source, level: boolean): void {
  if (!source.lsi) {
    if (level) deliver(xics, source);
    return;
  }
  source.status = level ? source.status | STATUS.ASSERTED : source.status & ~STATUS.ASSERTED;
  deliverWaiting(xics, source);
}

/** ics_write_xive: what waits goes the new way; what is presented stays where it is. */
export function writeXive(
  xics: Xics,
  source: Source,
  server: number,
  priority: number,
  saved = priority,
): void {
  source.server = server;
  source.priority = priority;
  source.saved_priority = saved;
  deliverWaiting(xics, source);
}

/** ibm,int-off: masks the source; ibm,int-on will restore its priority. */
export function intOff(xics: Xics, source: Source): void {
  writeXive(xics, source, source.server, NO_PRIORITY, source.priority);
}

/** ibm,int-on. */
export function intOn(xics: Xics, source: Source): void {
  writeXive(xics, source, source.server, source.saved_priority);
}
