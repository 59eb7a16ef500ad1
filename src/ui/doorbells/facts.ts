// Words for the Doorbells view: where a doorbell is, and what a cell of the matrix means.

import type { Catalogue } from '../../workers/protocol.ts';
import { type RowIn, VCPU_STATES, type VcpuState } from '../../workers/sections.ts';
import { threadPath, vmOf } from '../entity.ts';
import { vmLetter } from '../theme/vm.ts';
import { shortCount } from '../transport/speed.ts';

export type DoorbellVcpu = RowIn<'doorbells', 'vcpus'>;
export type MatrixCell = RowIn<'doorbells', 'matrix'>;
export type PathStage = RowIn<'doorbells', 'path'>;
export type DpdesRead = RowIn<'doorbells', 'reads'>;
export type ThreadBits = RowIn<'doorbells', 'threads'>;

export const stateOf = (row: DoorbellVcpu): VcpuState => VCPU_STATES[row.state] ?? 'created';

/** 'A2': letter of the VM and the vcpu's number. */
export const nameOf = (vcpu: number, catalogue: Catalogue): string =>
  `${vmLetter(vmOf(vcpu, catalogue))}${vcpu}`;

/** Where the doorbell of a vcpu is held, for the label of its row. */
export function holdersOf(row: DoorbellVcpu): string {
  const holders = [
    row.doorbell_request > 0 ? 'doorbell_request' : '',
    row.saved_dpdes > 0 ? 'the saved dpdes of its vcore' : '',
    row.hw_dpdes > 0 ? 'the DPDES of its hardware thread' : '',
  ].filter((text) => text !== '');
  if (row.pending === 0) return 'no doorbell pending';
  return holders.length === 0
    ? 'a doorbell is pending, but no place holds it'
    : `a doorbell is pending in ${holders.join(' and ')}`;
}

/** Path of the thread a vcpu runs on, '–' if none. */
export const placeOf = (row: DoorbellVcpu, catalogue: Catalogue): string =>
  row.thread < 0 ? '–' : threadPath(row.thread, catalogue.topology.threadsPerCore);

/** Is the doorbell emulation on in this run? POWER8 needs none: its doorbells reach every thread of the core. */
export const emulated = (catalogue: Catalogue): boolean =>
  catalogue.patches.find((p) => p.id === 'virt-doorbell')?.on ?? false;

/** How the guests of this run ring. */
export function ringingWords(catalogue: Catalogue): string {
  if (emulated(catalogue)) return 'HFSCR[MSGP] = 0: guests trap';
  const off = catalogue.patches.some((p) => p.id === 'virt-doorbell');
  return off ? 'patch off: HFSCR[MSGP] = 1' : 'the hardware rings within the core';
}

/** The step of the newest send, -1 if nothing was sent: its cell is marked. */
export const lastSend = (matrix: readonly MatrixCell[]): number =>
  matrix.reduce((last, cell) => (cell.sent > 0 ? Math.max(last, cell.last_step) : last), -1);

/** A count in a column of the matrix, which has room for five digits; the twin has all. */
export const countText = (n: number): string => (n < 100_000 ? String(n) : shortCount(n));

/** Label of a matrix cell: what was sent, and what the button does. */
export function cellSentence(cell: MatrixCell, from: string, to: string): string {
  const times = cell.sent === 1 ? 'once' : `${cell.sent} times`;
  const history =
    cell.sent > 0
      ? `${from} rang ${to} ${times}, last at step ${cell.last_step}`
      : `${from} never rang ${to}`;
  return `${history}. Send msgsndp from ${from} to ${to}.`;
}

/** Was each bit of a DPDES read that vcpu's state at some instant of the read? */
export const truthOf = (read: DpdesRead): string =>
  read.wrong === '' ? 'every bit' : `not ${read.wrong}`;
