// real-mode-put-tce: TCE tables in the kernel, H_PUT_TCE in real mode, DMA through them (scenarios.md, seed 002, kernel
// commit 54738c09).

import { MAPPED_PAGES, TCE_DMA } from '../guest/tce-dma.ts';
import { HCALL } from '../kvm/hcall.ts';
import type { Machine } from '../machine/machine.ts';
import { KIND } from '../trace/events.ts';
import { processAt } from '../vmm/process.ts';
import { anatomyObserver, type Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { memoryScenario } from './memory-checks.ts';
import type { Check, Scenario } from './scenario.ts';

type M = Machine<Monitor>;

/** What became of H_PUT_TCE. */
export interface TceCounts {
  /** Answered, and how many of these by user space. */
  done: number;
  by_user: number;
  /** Partition switches while they were answered. */
  switches: number;
  /** Partition switches until the last one was made. */
  before: number;
}

const broken = (why: string) => ({ why, where: 'vm1/vcpu0' });

function countsOf(m: M): TceCounts {
  if (!m.monitor.tce) throw new Error('real-mode-put-tce: no counts in its monitor');
  return m.monitor.tce;
}

const observer: Scenario<Monitor>['observer'] = {
  ...anatomyObserver,
  init: () => ({
    ...anatomyObserver.init(),
    tce: { done: 0, by_user: 0, switches: 0, before: 0 },
  }),
  onEvent(m, kind, thread, vcpu, a, b) {
    anatomyObserver.onEvent(m, kind, thread, vcpu, a, b);
    const { tce } = m.monitor;
    if (!tce) return;
    // The guest leaves by 0xC00 before anybody knows which hcall it makes.
    if (kind === KIND.kvm_guest_exit) tce.before = m.m.partition_switches;
    if (kind === KIND.kvm_userspace_exit && a === HCALL.H_PUT_TCE) tce.by_user += 1;
    if (kind !== KIND.kvm_hcall_exit || a !== HCALL.H_PUT_TCE) return;
    tce.done += 1;
    tce.switches += m.m.partition_switches - tce.before;
  },
};

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'dma-works',
    what: 'the device works on the bytes of mapped pages, also across two pages that are no neighbours',
    goal: true,
    needs: ['worked', 'wrong_results'],
    test: (m, symbols) => {
      if (guestWord(m, symbols.get('wrong_results') ?? 0n) !== 0)
        return broken('the guest found an answer or bytes that it did not expect');
      const worked = guestWord(m, symbols.get('worked') ?? 0n);
      return worked === 2 ? HOLDS : broken(`${worked} of 2 units so far`);
    },
  },
  {
    name: 'dma-refused',
    what: 'through a cleared or a read-only TCE the device is refused, says so, and memory stays as it was',
    goal: true,
    needs: ['refused'],
    test: (m, symbols) => {
      const told = guestWord(m, symbols.get('refused') ?? 0n);
      const { refused } = processAt(m.k, 0).vmm.vio;
      return told === 3 && refused === 3
        ? HOLDS
        : broken(`${refused} accesses refused, ${told} of 3 units reported so far`);
    },
  },
  {
    name: 'no-switch-for-tces',
    what: 'H_PUT_TCE is answered in real mode: user space never sees it, the partition stays the guest’s',
    goal: false,
    needs: [],
    test: (m) => {
      const { by_user, done, switches } = countsOf(m);
      if (by_user === 0 && switches === 0) return HOLDS;
      return broken(`${by_user} of ${done} H_PUT_TCE went to user space, ${switches} switches`);
    },
  },
  {
    name: 'user-space-shares-table',
    what: 'user space has the table of the kernel mapped: its reset is what H_GET_TCE reads',
    goal: true,
    needs: ['reset'],
    test: (m, symbols) => {
      const { fd, tcet } = processAt(m.k, 0).vmm.vio;
      if (tcet && fd < 0) return broken('the kernel has no table: user space keeps its own');
      return guestWord(m, symbols.get('reset') ?? 0n) === 1
        ? HOLDS
        : broken('the guest has not seen the reset yet');
    },
  },
];

export const REAL_MODE_PUT_TCE: Scenario<Monitor> = memoryScenario({
  id: 'real-mode-put-tce',
  title: 'DMA through a TCE table',
  summary: `A driver maps pages for a virtual I/O device by H_PUT_TCE, which real mode answers, and takes them away again. The device reaches what is mapped and nothing else; ${MAPPED_PAGES} pages are mapped and unmapped without a partition switch.`,
  guest: TCE_DMA,
  devices: { vio: true },
  patches: ['real-mode-put-tce'],
  opens: (m) => processAt(m.k, 0).vmm.vio.qsize > 0,
  observer,
  checks,
  offShows: { 'real-mode-put-tce': ['no-switch-for-tces', 'user-space-shares-table'] },
});
