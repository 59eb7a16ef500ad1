import { expect, test } from 'vitest';
import { alone, GAP } from '../guest/alone.ts';
import { DECREMENTER_STORM, TICKS } from '../guest/decrementer-storm.ts';
import { IPI_RING, ipiRing, LAPS } from '../guest/ipi-ring.ts';
import { LATE_JOIN, PIECES } from '../guest/late-join.ts';
import { lockHolder, TURNS, VPAS } from '../guest/lock-holder.ts';
import { ONE_SPINS, WAKES } from '../guest/one-spins.ts';
import { PING_PONG, pingPong, ROUNDS } from '../guest/ping-pong.ts';
import { PERCPU_WORD, THREADS } from '../guest/smt.ts';
import { JOBS, WORK_QUEUE, workQueue } from '../guest/work-queue.ts';
import { anatomyObserver } from './anatomy-monitor.ts';
import { guestWord } from './checks.ts';
import type { Loaded, Monitor } from './index.ts';
import { report } from './report.ts';
import type { Scenario } from './scenario.ts';
import { makeGuest } from './testing/make.ts';

const MB = 1 << 20;

/** POWER7 with a core for all vcpus, for two and for one; POWER9 with a thread for each and one for all. */
const MACHINES: Readonly<Record<string, Partial<Scenario<Monitor>>>> = {
  'one POWER7 core': { cpu: 'p7', cores: 1, online: [0], virtualSmt: 4, observer: anatomyObserver },
  'two POWER7 cores of two threads': {
    cpu: 'p7-smt2',
    cores: 2,
    online: [0, 2],
    virtualSmt: 2,
    observer: anatomyObserver,
  },
  'four POWER7 cores': { cpu: 'p7', cores: 4, online: [0, 4, 8, 12], observer: anatomyObserver },
  'four POWER9 threads': { online: [0, 1, 2, 3], virtualSmt: 4 },
  'one POWER9 thread': { online: [0], virtualSmt: 4 },
};

function make(guest: string, machine: Partial<Scenario<Monitor>>, seed: number): Loaded<Monitor> {
  const whole = { vcpus: 4, virtualSmt: 1, realBytes: 96 * MB, ...machine, guest };
  return makeGuest('', { seed }, { stepLimit: 600_000, ...whole });
}

function run(guest: string, machine: Partial<Scenario<Monitor>>, seed: number): Loaded<Monitor> {
  const loaded = make(guest, machine, seed);
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

/** Every program on one POWER7 core, and each on another of the machines. */
const [ONE_CORE = '', ...OTHERS] = Object.keys(MACHINES);
const RUNS = GUESTS.flatMap((guest, i) => [
  [guest[0], ONE_CORE, guest] as const,
  [guest[0], OTHERS[i % OTHERS.length] ?? '', guest] as const,
]);

test.each(RUNS)('%s comes to its end on %s', (_name, machine, [, guest, printed, holds]) => {
  const loaded = run(guest, MACHINES[machine] ?? {}, 1);
  expect(report(loaded).console).toBe(printed);
  expect(loaded.machine.endReason()).toBe('powered off');
  expect(loaded.machine.m.violations).toEqual([]);
  expect(word(loaded, 'online')).toBe(THREADS);
  holds(loaded);
});

test('a decrementer that nobody set comes once, and the program goes on', () => {
  const core = { cpu: 'p7', cores: 1, online: [0], virtualSmt: 4, observer: anatomyObserver };
  const script = [
    { step: -1, cycle: 20_000, user: false, action: { kind: 'dec', vcpu: 0 } },
  ] as const;
  const loaded = run(PING_PONG, { ...core, script }, 0);
  expect(loaded.machine.endReason()).toBe('powered off');
  expect(counters(loaded, 'TICKS')).toEqual([1, 0, 0, 0]);
});

test('the input that ends a sleeper’s DEC leaves the DEC that another vcpu has loaded at its entry', () => {
  const core = { cpu: 'p7-smt2', cores: 1, online: [0], virtualSmt: 2, observer: anatomyObserver };
  const { machine } = make(DECREMENTER_STORM, core, 0);
  const { host, k, hw } = machine;
  const entering = (): boolean =>
    !host.cpus[0]?.in_guest &&
    (host.cpus[0]?.hrtimers.length ?? 0) > 0 &&
    k.kvm.vcpus.some(
      (vcpu) => vcpu.thread_cpu === 0 && vcpu.dec_expires === hw.arena.decExpires(0),
    );
  machine.advance(100_000, entering);
  expect(entering()).toBe(true);
  const before = hw.arena.decExpires(0);
  const sleeper = host.cpus[0]?.hrtimers[0]?.arg ?? -1;
  expect(machine.inject({ kind: 'dec', vcpu: sleeper }).ok).toBe(true);
  expect(hw.arena.decExpires(0)).toBe(before);
  machine.advance(Number.POSITIVE_INFINITY);
  expect(machine.endReason()).toBe('powered off');
  expect(machine.m.violations).toEqual([]);
});

test('who gives its slice to a lock holder that does not run, spins less', () => {
  const shared = { cpu: 'p7', cores: 1, online: [0], vcpus: 2, observer: anatomyObserver };
  const [spinning, conferring] = [false, true].map((confer) =>
    run(lockHolder(confer, 2), shared, 0),
  ) as [Loaded<Monitor>, Loaded<Monitor>];
  expect(sum(counters(spinning, 'CONFERS'))).toBe(0);
  expect(sum(counters(conferring, 'CONFERS'))).toBeGreaterThan(0);
  expect(sum(counters(conferring, 'SPINS'))).toBeLessThan(sum(counters(spinning, 'SPINS')) / 4);
  for (const loaded of [spinning, conferring]) {
    expect(loaded.machine.endReason()).toBe('powered off');
    expect(loaded.machine.m.violations).toEqual([]);
    expect(counters(loaded, 'WORK').slice(0, 2)).toEqual([TURNS, TURNS]);
    const yields = guestWord(loaded.machine, BigInt(VPAS.AT + VPAS.YIELD_COUNT));
    expect(yields % 2).toBe(1); // it does not run any more
  }
});

/** Programs for two vcpus and little to do: for searches through all interleavings. */
const SMALL: readonly (readonly [string, string, string])[] = [
  ['a work queue', workQueue(2, 4, 2), 'jobs sum 0006\n'],
  ['a pair that prods each other', pingPong(2, 2), 'turns 04\n'],
  ['a ring of IPIs', ipiRing(2, 2), 'hops 04\n'],
];
test.each(SMALL)('%s is small, too', (_name, guest, printed) => {
  const loaded = run(guest, { vcpus: 2, online: [0, 1], virtualSmt: 2 }, 0);
  expect(report(loaded).console).toBe(printed);
  expect(loaded.machine.m.violations).toEqual([]);
});

test('two guests of four vcpus share the four threads of a core by time slices', () => {
  const vm = { vcpus: 4, virtualSmt: 4, memory: 32 * MB };
  const guests = [{ ...vm, guest: PING_PONG }];
  const core = { ...vm, cpu: 'p7', cores: 1, online: [0], observer: anatomyObserver, guests };
  const loaded = run(WORK_QUEUE, { ...core, realBytes: 128 * MB }, 0);
  const { k, m } = loaded.machine;
  expect(k.vmms.map(({ console }) => console)).toEqual([
    `jobs sum ${hex((JOBS * (JOBS - 1)) / 2, 4)}\n`,
    `turns ${hex(2 * ROUNDS, 2)}\n`,
  ]);
  expect(k.kvm.vcpus.map(({ vm: of, vcore }) => [of, vcore])).toEqual([
    ...new Array(4).fill([0, 0]),
    ...new Array(4).fill([1, 1]),
  ]);
  expect(m.violations).toEqual([]);
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
