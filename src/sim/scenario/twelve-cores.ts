// A whole POWER8 machine at work: twelve cores, each with a guest of its own on its eight threads. It opens by its link
// (`s=twelve-cores`); it is not offered in the list, because each run of it is long.
import { anatomyObserver, type Monitor } from './anatomy-monitor.ts';
import { powersOff, violation } from './checks.ts';
import { GUEST_SMT_P8 } from './guest-smt-p8.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 1 << 20;
const CORES = 12;
const THREADS = 8;
const { guest, vcpus, virtualSmt, memory } = GUEST_SMT_P8;

const apart: Check<Monitor> = {
  name: 'partitions-apart',
  what: 'on each core one partition at a time: no thread runs in the partition of another guest',
  goal: false,
  needs: [],
  test: (m) => violation(m, 'one-partition'),
};

export const TWELVE_CORES: Scenario<Monitor> = {
  id: 'twelve-cores',
  title: 'Twelve guests on twelve POWER8 cores',
  summary:
    'Twelve virtual machines with eight vcpus each, and a core of eight threads for each of them. In every guest a doorbell goes round by msgsndp; who waits naps in H_CEDE.',
  cpu: 'p8',
  cores: CORES,
  online: Array.from({ length: CORES }, (_, core) => core * THREADS),
  guest,
  vcpus,
  virtualSmt,
  memory,
  guests: Array.from({ length: CORES - 1 }, () => ({ guest, vcpus, virtualSmt, memory })),
  realBytes: CORES * memory + 32 * MB,
  stepLimit: 10_000_000,
  script: [],
  patches: [],
  opens: (m) => m.k.vmms.length === CORES && m.k.vmms.every(({ running }) => running === 1),
  observer: anatomyObserver,
  checks: [powersOff, apart],
  offShows: {},
};
