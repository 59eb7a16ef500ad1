// What a slot and a home say, in words and plain values. Flat, so that a slot is drawn again only when something
// that it shows has changed.
import type { Catalogue } from '../../workers/protocol.ts';
import {
  type RowIn,
  THREAD_MODES,
  type ThreadMode,
  VCPU_STATES,
  type VcpuState,
} from '../../workers/sections.ts';
import { threadPath, vcpuPath } from '../entity.ts';
import { compact, hex } from '../marks/text.ts';
import { type ModeWords, modeWords, STATE_WORDS } from '../marks/words.ts';
import { vmLetter } from '../theme/vm.ts';

export type ThreadRow = RowIn<'machine', 'threads'>;
export type VcpuRow = RowIn<'machine', 'vcpus'>;
export type VcoreRow = RowIn<'machine', 'vcores'>;

export interface SlotFace {
  readonly path: string;
  /** 't1': the thread's number in its core. */
  readonly label: string;
  readonly mode: ThreadMode;
  readonly words: ModeWords;
  readonly task: string;
  /** VM whose vcpu's task is current here, 0 = none. */
  readonly vm: number;
  readonly lpid: number;
  /** VM that owns the LPID, 0 = the host. */
  readonly lpidVm: number;
  /** Routine or guest address. */
  readonly where: string;
  /** Step title, guest instruction, or what it waits for. */
  readonly what: string;
  readonly waiting: boolean;
  readonly dpdes: number;
  readonly pending: string;
  readonly dec: number;
  readonly hdec: number;
  readonly next: boolean;
  readonly waiters: string;
}

export const modeOf = (row: ThreadRow): ThreadMode => THREAD_MODES[row.mode] ?? 'offline';
export const stateOf = (row: { readonly state: number }): VcpuState =>
  VCPU_STATES[row.state] ?? 'created';

/** The face of one slot. Timers are left at 0 where the slot has no room for them (`timers` false). */
export function slotFace(row: ThreadRow, catalogue: Catalogue, timers: boolean): SlotFace {
  const mode = modeOf(row);
  const { threadsPerCore, vms, wholeVcores } = catalogue.topology;
  return {
    path: threadPath(row.thread, threadsPerCore),
    label: `t${row.thread % threadsPerCore}`,
    mode,
    words: modeWords(mode, !wholeVcores),
    task: row.task_name,
    vm: Math.max(0, row.vm),
    lpid: row.lpid,
    lpidVm: vms.find((vm) => vm.lpid === row.lpid)?.id ?? 0,
    ...doing(row, mode, catalogue),
    dpdes: row.dpdes,
    pending: row.pending,
    dec: timers ? row.dec : 0,
    hdec: timers ? row.hdec : 0,
    next: row.next === 1,
    waiters: row.waiters,
  };
}

/** What a thread executes now: guest code, a routine's step, or nothing. */
function doing(row: ThreadRow, mode: ThreadMode, catalogue: Catalogue) {
  if (mode === 'guest') return { where: hex(row.pc), what: row.insn, waiting: false };
  const routine = catalogue.routines[row.routine];
  if (mode === 'dead') return { where: routine?.name ?? '', what: row.waiting, waiting: false };
  const waiting = row.waiting !== '';
  const where = routine?.name ?? (mode === 'offline' ? '' : row.task_name);
  return { where, what: waiting ? row.waiting : (routine?.steps[row.step]?.title ?? ''), waiting };
}

/** A slot as a sentence, for its label. */
export function slotSentence(face: SlotFace, docked: string): string {
  const parts = [
    `${face.path.replace('core', 'core ').replace('/t', ' thread ')} ${face.words.clause}`,
  ];
  if (docked !== '') parts.push(`${docked} is docked`);
  if (face.what !== '') parts.push(face.where === '' ? face.what : `${face.where}: ${face.what}`);
  if (face.task !== '') parts.push(`task ${face.task}`);
  parts.push(`LPID ${face.lpid}`);
  if (face.dpdes >= 0) parts.push(`DPDES ${face.dpdes}`);
  if (face.pending !== '') parts.push(`pending ${face.pending}`);
  if (face.waiters !== '') parts.push(`queued: ${face.waiters}`);
  if (face.next) parts.push('acts next');
  return `${parts.join('; ')}.`;
}

/** What a token shows. */
export interface TokenFace {
  readonly vm: number;
  readonly vcpu: number;
  readonly state: VcpuState;
  /** Its task executes the vcore. */
  readonly runner: boolean;
}
export const tokenFace = (row: VcpuRow): TokenFace => ({
  vm: row.vm,
  vcpu: row.vcpu,
  state: stateOf(row),
  runner: row.runner === 1,
});

/** Every plain value of two faces is the same. */
export function sameFace<T extends object>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => a[key] === b[key]);
}

/** Short name of a vcpu: letter of its VM and its number. */
export const vcpuName = (row: { readonly vm: number; readonly vcpu: number }): string =>
  `${vmLetter(row.vm)}${row.vcpu}`;

/** A vcpu as a sentence, for its label. */
export function vcpuSentence(row: VcpuRow, threadsPerCore: number): string {
  const parts = [`vcpu ${vcpuName(row)} ${STATE_WORDS[stateOf(row)]}`];
  if (row.thread >= 0) parts.push(threadPath(row.thread, threadsPerCore));
  if (row.runner === 1) parts.push('its task executes the vcore');
  if (row.why !== '') parts.push(row.why);
  if (row.waits !== '') parts.push(`its task sleeps on ${row.waits}`);
  parts.push(`thread ${row.thr} of virtual core ${row.virtual_core}`, `vcore ${row.vcore}`);
  if (row.dpdes >= 0)
    parts.push(`doorbell_request ${row.doorbell_request}`, `saved dpdes ${row.dpdes}`);
  return `${parts.join('; ')}.`;
}

/** A doorbell bit, '–' where the CPU has none. */
const bitText = (bit: number): string => (bit < 0 ? '–' : String(bit));

/** Rows of the table twin for hardware threads; the columns are THREAD_COLUMNS. */
export function threadCells(row: ThreadRow, catalogue: Catalogue): string[] {
  const face = slotFace(row, catalogue, true);
  const vm = row.vm;
  return [
    face.path,
    face.words.label,
    vm > 0 && row.vcpu >= 0 ? vcpuName({ vm, vcpu: row.vcpu }) : '–',
    face.task,
    String(row.lpid),
    face.where,
    face.what,
    hex(row.msr),
    bitText(row.dpdes),
    bitText(row.dhdes),
    compact(row.dec),
    compact(row.hdec),
    row.pending || '–',
    row.waiters || '–',
    compact(row.clock),
    face.next ? 'next' : '',
  ];
}
export const THREAD_COLUMNS = [
  'thread',
  'mode',
  'vcpu',
  'task',
  'LPIDR',
  'at',
  'does',
  'MSR',
  'DPDES',
  'DHDES',
  'DEC',
  'HDEC',
  'pending',
  'queued',
  'cycles',
  'acts',
] as const;

/** Rows of the table twin for vcpus; the columns are VCPU_COLUMNS. */
export function vcpuCells(row: VcpuRow, threadsPerCore: number): string[] {
  return [
    vcpuPath(row.vm, row.vcpu),
    vcpuName(row),
    stateOf(row),
    row.thread < 0 ? '–' : threadPath(row.thread, threadsPerCore),
    row.why,
    row.waits || '–',
    String(row.virtual_core),
    String(row.thr),
    String(row.vcore),
    String(row.ceded),
    String(row.prodded),
    bitText(row.doorbell_request),
    bitText(row.dpdes),
    hex(row.pc),
  ];
}
export const VCPU_COLUMNS = [
  'vcpu',
  'name',
  'state',
  'thread',
  'why',
  'task sleeps on',
  'virtual core',
  'thr',
  'vcore',
  'ceded',
  'prodded',
  'doorbell_request',
  'saved dpdes',
  'pc',
] as const;
