import { describe, expect, test } from 'vitest';
import { alone, GAP } from '../guest/alone.ts';
import { DECREMENTER_STORM, TICKS } from '../guest/decrementer-storm.ts';
import { IPI_RING, LAPS } from '../guest/ipi-ring.ts';
import { LATE_JOIN, PIECES } from '../guest/late-join.ts';
import { ONE_SPINS, WAKES } from '../guest/one-spins.ts';
import { PING_PONG, ROUNDS } from '../guest/ping-pong.ts';
import { PERCPU_WORD, THREADS } from '../guest/smt.ts';
import { JOBS, WORK_QUEUE } from '../guest/work-queue.ts';
import { anatomyObserver } from './anatomy-monitor.ts';
import { guestWord } from './checks.ts';
import type { Loaded, Monitor } from './index.ts';
import { report } from './report.ts';
import type { Scenario } from './scenario.ts';
import { makeGuest } from './testing/make.ts';

const MB = 1 << 20;

/** POWER7 with a core for each vcpu, POWER9 with a thread for each, and POWER9 with one for all. */
const MACHINES: Readonly<Record<string, Partial<Scenario<Monitor>>>> = {
  'four POWER7 cores': { cpu: 'p7', cores: 4, online: [0, 4, 8, 12], observer: anatomyObserver },
  'four POWER9 threads': { online: [0, 1, 2, 3], virtualSmt: 4 },
  'one POWER9 thread': { online: [0], virtualSmt: 4 },
};

function run(guest: string, machine: Partial<Scenario<Monitor>>, seed: number): Loaded<Monitor> {
  const whole = { vcpus: 4, virtualSmt: 1, realBytes: 96 * MB, ...machine, guest };
  const loaded = makeGuest('', { seed }, { stepLimit: 600_000, ...whole });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  return loaded;
}

const word = ({ machine, symbols }: Loaded<Monitor>, name: string): number =>
  guestWord(machine, symbols.get(name) ?? -1n);

/** A counter of each vcpu. */
function counters(loaded: Loaded<Monitor>, name: keyof typeof PERCPU_WORD): number[] {
  const at = loaded.symbols.get('PERCPU') ?? -1n;
  return Array.from({ length: THREADS }, (_, v) =>
    guestWord(loaded.machine, at + BigInt(0x100 * v + PERCPU_WORD[name])),
  );
}
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

/** Programs, what they print, and what must hold of their counters. */
const GUESTS: readonly (readonly [string, string, string, (l: Loaded<Monitor>) => void])[] = [
  [
    'a work queue',
    WORK_QUEUE,
    `jobs sum ${hex((JOBS * (JOBS - 1)) / 2, 4)}\n`,
    (l) => {
      expect(word(l, 'sum')).toBe((JOBS * (JOBS - 1)) / 2);
      expect(sum(counters(l, 'WORK'))).toBe(JOBS);
      expect(sum(counters(l, 'IPIS'))).toBeGreaterThan(THREADS);
      expect(word(l, 'lock_word')).toBe(0);
    },
  ],
  [
    'two pairs that prod each other',
    PING_PONG,
    `turns ${hex(2 * ROUNDS, 2)}\n`,
    (l) => expect(counters(l, 'WORK')).toEqual(new Array(THREADS).fill(ROUNDS)),
  ],
  [
    'a storm of decrementers',
    DECREMENTER_STORM,
    'storm over: 4\n',
    (l) => expect(Math.min(...counters(l, 'TICKS'))).toBeGreaterThanOrEqual(TICKS),
  ],
  [
    'one that spins while three sleep',
    ONE_SPINS,
    'slept well: 3\n',
    (l) => expect(counters(l, 'TICKS')).toEqual([0, WAKES, WAKES, WAKES]),
  ],
  [
    'one that joins late',
    LATE_JOIN,
    'all 4 are here\n',
    (l) => {
      expect(counters(l, 'WORK')).toEqual(new Array(THREADS).fill(PIECES));
      expect(word(l, 'joined')).toBeGreaterThan(word(l, 'started'));
    },
  ],
  [
    'a ring of IPIs',
    IPI_RING,
    `hops ${hex(LAPS * THREADS, 2)}\n`,
    (l) => expect(word(l, 'hops')).toBe(LAPS * THREADS),
  ],
];

describe.each(Object.entries(MACHINES))('on %s', (_machine, machine) => {
  test.each(GUESTS)('%s comes to its end', (_name, guest, printed, holds) => {
    const loaded = run(guest, machine, 1);
    expect(report(loaded).console).toBe(printed);
    expect(loaded.machine.endReason()).toBe('powered off');
    expect(loaded.machine.m.violations).toEqual([]);
    expect(word(loaded, 'online')).toBe(THREADS);
    holds(loaded);
  });
});

test('two guests on one core each wait while the other runs', () => {
  const vm = { vcpus: 1, virtualSmt: 1, memory: 32 * MB };
  const guests = [{ ...vm, guest: alone('B') }];
  const core = { ...vm, cpu: 'p7', cores: 1, online: [0], observer: anatomyObserver };
  const loaded = run(alone('A'), { ...core, guests }, 0);
  expect(report(loaded).console).toMatch(/vm1:\nA waited 0[1-9]\nvm2:\nB waited 0[1-9]\n/);
  const longest = loaded.symbols.get('longest') ?? -1n;
  for (const vm of [1, 2]) expect(guestWord(loaded.machine, longest, vm)).toBeGreaterThan(GAP);
  expect(loaded.machine.m.violations).toEqual([]);
});
