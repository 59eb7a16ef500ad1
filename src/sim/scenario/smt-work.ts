// Four vcpus that work together on the threads of one core: a queue of jobs under a lock, pairs that wake each other,
// and one that comes when the others work already.
import { LATE_JOIN, PIECES } from '../guest/late-join.ts';
import { PING_PONG, ROUNDS } from '../guest/ping-pong.ts';
import { THREADS } from '../guest/smt.ts';
import { JOBS, WORK_QUEUE } from '../guest/work-queue.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { hostChecks } from './book3s-hv.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { coreOf, total } from './core-monitor.ts';
import type { Check, Scenario } from './scenario.ts';
import { eachVcpu, FOUR_THREADS } from './smt-siblings.ts';

const broken = (why: string, where = 'vm1/vcore0') => ({ why, where });

/** A word of the guest has this value at the end. */
const becomes = (name: string, what: string, symbol: string, value: number): Check<Monitor> => ({
  name,
  what,
  goal: true,
  needs: [symbol],
  test: (m, symbols) => {
    const now = guestWord(m, symbols.get(symbol) ?? 0n);
    return now === value ? HOLDS : broken(`it is ${now}, not ${value} so far`);
  },
});

const napped = (m: Parameters<Scenario<Monitor>['opens']>[0]): boolean => total(coreOf(m).naps) > 0;

export const SMT_WORK: readonly Scenario<Monitor>[] = [
  {
    ...FOUR_THREADS,
    id: 'work-queue',
    title: 'Four threads share a queue of jobs',
    summary:
      'Four vcpus take jobs from a queue under a spin lock of lwarx and stwcx. One posts them and wakes the others by IPI; who finds the queue empty sleeps in H_CEDE.',
    guest: WORK_QUEUE,
    script: [],
    patches: [],
    opens: napped,
    checks: [
      powersOff,
      becomes(
        'each-job-once',
        `each of the ${JOBS} jobs is done once: the sum of their numbers is right`,
        'sum',
        (JOBS * (JOBS - 1)) / 2,
      ),
      eachVcpu('shared', 'every vcpu does some of the jobs', 'WORK', 1),
      becomes('lock-free', 'the lock is free at the end', 'lock_word', 0),
      ...hostChecks,
    ],
    offShows: {},
  },
  {
    ...FOUR_THREADS,
    id: 'ping-pong',
    title: 'Pairs that wake each other by H_PROD',
    summary:
      'Two pairs of vcpus take turns: whose turn it is works a little and prods the other one, which sleeps in H_CEDE. A prod that comes before its sleeper has gone to sleep is not lost.',
    guest: PING_PONG,
    script: [],
    patches: [],
    opens: napped,
    checks: [
      powersOff,
      eachVcpu('turns-taken', `each vcpu takes its ${ROUNDS} turns`, 'WORK', ROUNDS),
      ...hostChecks,
    ],
    offShows: {},
  },
  {
    ...FOUR_THREADS,
    id: 'late-join',
    title: 'A fourth vcpu joins three that work',
    summary:
      'Three vcpus compute when the first of them starts the fourth. Its task comes to a vcore that is about to run again, and gets the next thread of the core.',
    guest: LATE_JOIN,
    script: [],
    patches: [],
    opens: (m) => m.m.guest_entries > 2,
    checks: [
      powersOff,
      eachVcpu('work-done', `each vcpu does its ${PIECES} pieces of work`, 'WORK', PIECES),
      becomes('all-online', 'all vcpus have come', 'online', THREADS),
      ...hostChecks,
    ],
    offShows: {},
  },
];
