// Synthetic rows of the machine section: 96 hardware threads with a vcpu each, and a vcore for each core. In every
// picture each thread does something else, each vcore has other counts, and the vcpus of one core have changed places.
import { ROUTINES } from '../../../src/sim/machine/text-p9.ts';
import { mix32 } from '../../../src/sim/state/hash.ts';
import { KIND } from '../../../src/sim/trace/events.ts';
import {
  type RowIn,
  type Section,
  THREAD_MODES,
  VCPU_STATES,
} from '../../../src/workers/sections.ts';

const THREADS = 96;
const THREADS_PER_CORE = 8;
const VIRTUAL_SMT = 4;
const ARROWS = 8;
const GUEST = THREAD_MODES.indexOf('guest');

/** The machine section of picture `n`. */
export function busyMachine(n: number): Section<'machine'> {
  const ids = Array.from({ length: THREADS }, (_, id) => id);
  return {
    threads: ids.map((thread) => threadRow(n, thread)),
    vcpus: ids.map((vcpu) => vcpuRow(n, vcpu)),
    vcores: ids.slice(0, THREADS / THREADS_PER_CORE).map((core) => vcoreRow(n, core)),
    arrows: ids.slice(0, ARROWS).map((i) => ({
      kind: KIND.msgsnd,
      from: path(mix32(n, i) % THREADS),
      to: path(mix32(n, i, 1) % THREADS),
      label: 'msgsnd',
      age: i % 2,
    })),
  };
}

/** Thread of a vcpu and vcpu of a thread: the same number, but for one core, whose vcpus stand in reverse. */
function placeOf(n: number, id: number): number {
  const core = Math.floor(id / THREADS_PER_CORE);
  if (core !== n % (THREADS / THREADS_PER_CORE)) return id;
  return (2 * core + 1) * THREADS_PER_CORE - 1 - id;
}

const path = (thread: number): string =>
  `core${Math.floor(thread / THREADS_PER_CORE)}/t${thread % THREADS_PER_CORE}`;

function threadRow(n: number, thread: number): RowIn<'machine', 'threads'> {
  const chance = mix32(n, thread, 2);
  const mode = 1 + (chance % (THREAD_MODES.length - 1)); // any but offline
  const vcpu = placeOf(n, thread);
  const routine = chance % ROUTINES.length;
  const guest = mode === GUEST;
  return {
    thread,
    core: Math.floor(thread / THREADS_PER_CORE),
    mode,
    task: vcpu,
    task_name: `CPU ${vcpu}/KVM`,
    vm: 1,
    vcpu,
    lpid: guest ? 1 : 0,
    routine: guest ? -1 : routine,
    step: guest ? -1 : chance % (ROUTINES[routine]?.steps.length ?? 1),
    waiting: chance % 5 === 0 ? `waiting for thread ${chance % THREADS}` : '',
    pc: BigInt(0x1000 + 4 * (chance % 1024)),
    insn: guest ? `addi    r3,r3,${chance % 100}` : '',
    msr: 0x8000000000001000n,
    dpdes: chance & 1,
    dhdes: (chance >>> 1) & 1,
    dec: chance % 1000,
    hdec: chance % 4000,
    pending: chance % 3 === 0 ? '980 E80·' : '',
    clock: 64 * n,
    next: thread === n % THREADS ? 1 : 0,
    waiters: '',
  };
}

function vcpuRow(n: number, vcpu: number): RowIn<'machine', 'vcpus'> {
  const chance = mix32(n, vcpu, 3);
  return {
    vcpu,
    vm: 1,
    vcore: Math.floor(vcpu / THREADS_PER_CORE),
    virtual_core: Math.floor(vcpu / VIRTUAL_SMT),
    thr: vcpu % VIRTUAL_SMT,
    state: chance % VCPU_STATES.length,
    thread: placeOf(n, vcpu),
    ceded: chance & 1,
    prodded: (chance >>> 1) & 1,
    doorbell_request: (chance >>> 2) & 1,
    dpdes: (chance >>> 3) & 1,
    pc: BigInt(0x1000 + 4 * (chance % 1024)),
    runner: (chance >>> 4) & 1,
    waits: '',
    why: `runs on thread ${chance % THREADS}`,
  };
}

/** The vcore of a core: by turns it is on its core and away. */
function vcoreRow(n: number, core: number): RowIn<'machine', 'vcores'> {
  const chance = mix32(n, core, 4);
  const docked = (n + core) % 4 !== 0;
  return {
    vcore: core,
    vm: 1,
    core: docked ? core : -1,
    state: docked ? 'VCORE_RUNNING' : 'VCORE_SLEEPING',
    threads: THREADS_PER_CORE,
    entered: docked ? 0xff : 0,
    left: chance & 0xff,
    map: 1,
    in_guest: docked ? 1 : 0,
    napping: (chance >>> 8) & 0xff,
    n_runnable: chance % THREADS_PER_CORE,
    n_busy: (chance >>> 4) % THREADS_PER_CORE,
    n_woken: 0,
    nap_count: 0,
    runner: core * THREADS_PER_CORE,
  };
}
