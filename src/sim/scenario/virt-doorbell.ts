// virt-doorbell: a doorbell crosses a virtual core on POWER9 (scenarios.md, seed 000, kernel commit 57900694).
import { DOORBELL_RING, LAPS } from '../guest/doorbell-ring.ts';
import { guestWord, HOLDS, powersOff, violation } from './checks.ts';
import { type DoorbellMonitor, doorbellObserver } from './doorbell-monitor.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 1 << 20;

const checks: readonly Check<DoorbellMonitor>[] = [
  {
    name: 'ring-completes',
    what: `the doorbell goes ${LAPS} times round the virtual core`,
    goal: true,
    needs: ['ring_count', 'ring_next'],
    test: (m, symbols) => {
      const word = (name: string): number => guestWord(m, symbols.get(name) ?? 0n);
      const [count, next] = [word('ring_count'), word('ring_next') | 0];
      if (count === 4 * LAPS) return HOLDS;
      if (next < 0)
        return {
          why: `the ring has not begun; ${m.endReason() || 'the guest is still starting'}`,
          where: 'vm1/vcpu0',
        };
      if (m.endReason() === '')
        return { why: `${count} of ${4 * LAPS} hops so far`, where: `vm1/vcpu${next}` };
      const from = (next + 3) % 4;
      return {
        why: `the ring stalls after ${count} of ${4 * LAPS} hops: vcpu ${next} never took the doorbell that vcpu ${from} sent`,
        where: `vm1/vcpu${next}`,
      };
    },
  },
  powersOff,
  {
    name: 'tir-matches',
    what: 'every handler at 0xA00 reads its own thread number from TIR',
    goal: false,
    needs: ['PERCPU'],
    test: (m, symbols) => {
      const percpu = symbols.get('PERCPU') ?? 0n;
      for (let v = 0; v < 4; v++) {
        const wrong = guestWord(m, percpu + BigInt(0x100 * v + 20));
        if (wrong)
          return { why: `vcpu ${v} read a wrong TIR ${wrong} times`, where: `vm1/vcpu${v}` };
      }
      return m.monitor.delivered.some((n) => n > 0) || m.endReason() === ''
        ? HOLDS
        : { why: 'no handler at 0xA00 ever ran', where: 'vm1' };
    },
  },
  {
    name: 'no-doorbell-lost',
    what: 'a doorbell stays pending until its target takes 0xA00 or clears it',
    goal: false,
    needs: [],
    test: (m) => violation(m, 'doorbell-lost'),
  },
  {
    name: 'no-doorbell-invented',
    what: 'each delivery has a send not yet consumed',
    goal: false,
    needs: [],
    test: (m) => violation(m, 'doorbell-invented'),
  },
  {
    name: 'dpdes-reads-true',
    what: 'each bit of a DPDES read was true at some instant within the read',
    goal: false,
    needs: [],
    test: (m) => violation(m, 'dpdes-read-true'),
  },
  {
    name: 'host-keeps-no-doorbell',
    what: 'the host takes no interrupt that was meant for a guest',
    goal: false,
    needs: [],
    test: (m) => violation(m, 'host-interrupt'),
  },
];

function variant(
  id: string,
  title: string,
  summary: string,
  cores: number,
  online: readonly number[],
): Scenario<DoorbellMonitor> {
  return {
    id,
    title,
    summary,
    cpu: 'p9-dd23',
    cores,
    online,
    vcpus: 4,
    virtualSmt: 4,
    memory: 32 * MB,
    realBytes: 48 * MB,
    guest: DOORBELL_RING,
    stepLimit: 400_000,
    // Work for a kworker now and then, so that doorbells and reads also meet pre-empted vcpus.
    script: [9000, 21000, 33000, 47000, 62000].map((cycle, i) => ({
      step: -1,
      cycle,
      user: false,
      action: { kind: 'preempt' as const, thread: online[(i + 1) % online.length] ?? 0 },
    })),
    patches: ['virt-doorbell'],
    // The ring is armed: all four vcpus have started and the first doorbell is about to be sent.
    // A program of the user's need not have a ring: then it is where it begins.
    opens: (m, symbols) => {
      const target = symbols.get('ring_target');
      return target === undefined ? m.m.guest_instructions > 0 : guestWord(m, target) !== 0;
    },
    observer: doorbellObserver,
    checks,
    offShows: {
      'virt-doorbell': ['ring-completes', 'powered-off', 'tir-matches', 'no-doorbell-lost'],
    },
  };
}

/** The scenario and its variants. */
export const VIRT_DOORBELL: readonly Scenario<DoorbellMonitor>[] = [
  variant(
    'virt-doorbell',
    'A doorbell crosses a virtual core',
    'Four vcpus of one virtual core on the four independent threads of a POWER9 core. A doorbell goes round them; vcpu 0 reads DPDES.',
    1,
    [0, 1, 2, 3],
  ),
  variant(
    'virt-doorbell-2threads',
    'A doorbell crosses a virtual core: two threads for four vcpus',
    'The same guest on two online threads: vcpus share them by time slices, so doorbells also wait for pre-empted ones.',
    1,
    [0, 1],
  ),
  variant(
    'virt-doorbell-2cores',
    'A doorbell crosses a virtual core that spans two cores',
    'The same virtual core on threads of two physical cores: POWER9 does not care where its threads are.',
    2,
    [0, 1, 4, 5],
  ),
  variant(
    'virt-doorbell-4cores',
    'A doorbell crosses a virtual core: one thread on each of four cores',
    'One vcpu per core: the guest sees four threads of one core, the machine runs them on four cores.',
    4,
    [0, 4, 8, 12],
  ),
];
