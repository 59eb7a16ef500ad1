// What must happen in time where threads nap in the guest (POWER7, POWER8): an exit calls all of them, for HDEC wakes none.
// Source: I5 of the reference; arch/powerpc/kvm/book3s_hv_rmhandlers.S.
import { NEVER } from '../hardware/hardware.ts';
import { HALTED } from '../host/records.ts';
import { exitCount } from '../kvm/p7-vcore.ts';
import type { Machine } from '../machine/machine.ts';
import { NONE } from '../state/ids.ts';
import { vcoreEntity } from './entities.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

/** Cycles within which an exit has called the threads that nap. */
const CALLED = 2000;

/** The vcores that leave the guest, and since when. */
function* leaving(m: M): Generator<[vcore: number, since: number]> {
  for (const [key, { cycle }] of Object.entries(m.monitor.at_exit)) {
    const vcore = m.k.kvm.vcores[Number(key)];
    const leaves = vcore?.in_guest === 1 && exitCount(vcore) > 0;
    if (leaves) yield [Number(key), cycle];
  }
}

function waitForCalls(m: M): number {
  let next = NEVER;
  for (const [, since] of leaving(m))
    if (since + CALLED >= m.m.cycle) next = Math.min(next, since + CALLED + 1);
  return next;
}

function napperCalled(m: M): Broken | null {
  for (const [i, since] of leaving(m)) {
    if (m.m.cycle - since <= CALLED) continue;
    const pcpu = m.k.kvm.vcores[i]?.pcpu ?? NONE;
    const t = m.hw.coreOf(pcpu).find((u) => {
      const cpu = m.host.cpus[u];
      return cpu?.napping === 1 && cpu.stopped === HALTED.NAP;
    });
    if (t === undefined) continue;
    const why = `vcore ${i} has been leaving the guest for ${m.m.cycle - since} cycles, and thread ${t} naps in it`;
    return { why, where: vcoreEntity(m, i) };
  }
  return null;
}

export const CALL_INVARIANTS: readonly Invariant[] = [
  {
    id: 'napper-called',
    what: 'when a core begins to leave the guest, every thread that naps in it is called',
    reads: ['core_exit'],
    test: napperCalled,
    wait: waitForCalls,
  },
];
