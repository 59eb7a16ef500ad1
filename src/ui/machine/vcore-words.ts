// What a vcore is doing, in words: for labels and for the table twin.
import { vcorePath } from '../entity.ts';
import { vmLetter } from '../theme/vm.ts';
import { type VcoreRow, type VcpuRow, vcpuName } from './face.ts';

/** Numbers of the set bits of a map. */
const bitsOf = (map: number): number[] =>
  Array.from({ length: 8 }, (_, i) => i).filter((i) => (map >> i) & 1);

/** Whose tasks sleep on which wait queue: 'vcore.wq A0 · cpu_run A1 A2'. */
export function sleepers(row: VcoreRow, vcpus: readonly VcpuRow[]): string {
  const members = vcpus.filter((v) => v.vcore === row.vcore && v.vm === row.vm);
  const queues = [...new Set(members.map((v) => v.waits))].filter((queue) => queue !== '');
  const lists = queues.map((queue) =>
    [queue, ...members.filter((v) => v.waits === queue).map(vcpuName)].join(' '),
  );
  return lists.join(' · ');
}

const runnerName = ({ vm, runner }: VcoreRow): string =>
  runner < 0 ? 'none' : vcpuName({ vm, vcpu: runner });

/** A vcore as a sentence, for its label. */
export function vcoreSentence(row: VcoreRow, waits: string): string {
  const threads = (map: number): string =>
    row.map ? `threads ${bitsOf(map).join(' ') || 'none'}` : String(bitsOf(map).length);
  const parts = [
    `vcore ${row.vcore} of VM ${vmLetter(row.vm)}: ${row.state}`,
    row.core < 0 ? 'on no core' : `on core ${row.core}`,
    `entered ${threads(row.entered)}`,
    `began to leave ${threads(row.left)}`,
    `in_guest ${row.in_guest}`,
    `napping_threads ${bitsOf(row.napping).join(' ') || 'none'}`,
    `runner ${runnerName(row)}`,
    `n_runnable ${row.n_runnable}`,
    `n_busy ${row.n_busy}`,
    `n_woken ${row.n_woken}`,
    `nap_count ${row.nap_count}`,
  ];
  return `${[...parts, ...(waits === '' ? [] : [`asleep: ${waits}`])].join('; ')}.`;
}

/** Rows of the table twin; the columns are VCORE_COLUMNS. */
export function vcoreCells(row: VcoreRow, vcpus: readonly VcpuRow[]): string[] {
  const threads = (map: number): string =>
    row.map ? bitsOf(map).join(' ') || '–' : String(bitsOf(map).length);
  return [
    vcorePath(row.vm, row.vcore),
    row.state,
    row.core < 0 ? '–' : `core${row.core}`,
    String(row.threads),
    threads(row.entered),
    threads(row.left),
    String(row.in_guest),
    bitsOf(row.napping).join(' ') || '–',
    String(row.n_runnable),
    String(row.n_busy),
    String(row.n_woken),
    String(row.nap_count),
    runnerName(row),
    sleepers(row, vcpus) || '–',
  ];
}
export const VCORE_COLUMNS = [
  'vcore',
  'vcore_state',
  'core',
  'vcpus',
  'entered',
  'began to leave',
  'in_guest',
  'napping_threads',
  'n_runnable',
  'n_busy',
  'n_woken',
  'nap_count',
  'runner',
  'asleep',
] as const;
