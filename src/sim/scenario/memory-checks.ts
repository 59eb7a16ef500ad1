// What the scenarios about the hashed page table share: the machine, and promises that hold for every table.
import { HPTE_R_RPN, HPTE_V_HVLOCK, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { HUGE_PAGE } from '../host/memory.ts';
import { hptePageSize, npte, readHpte } from '../kvm/hpt.ts';
import type { Vm } from '../kvm/records.ts';
import type { Machine } from '../machine/machine.ts';
import { anatomyObserver, type Monitor } from './anatomy-monitor.ts';
import { HOLDS } from './checks.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 1 << 20;

/** Calls `look` with every slot of the guest's table until it answers something. */
function firstSlot<M>(
  m: Machine<M>,
  look: (vm: Vm, slot: number, v: bigint, r: bigint) => string,
): string {
  const [vm] = m.k.kvm.vms;
  if (!vm || vm.hpt_order === 0) return '';
  for (let slot = 0; slot < npte(vm); slot++) {
    if (m.hw.arena.read64(vm.hpt_base + 16 * slot) === 0n) continue;
    const { v, r } = readHpte(m.k, vm, slot);
    const why = look(vm, slot, v, r);
    if (why !== '') return why;
  }
  return '';
}

const isOwn = (vm: Vm, real: number): boolean =>
  vm.memslots.some(({ pages }) => pages.some((page) => real >= page && real < page + HUGE_PAGE));

/** Promises for the guest's table at any time. */
export const hptChecks: readonly Check<unknown>[] = [
  {
    name: 'maps-own-memory',
    what: 'every valid entry maps a real page of the guest’s own memory',
    goal: false,
    needs: [],
    test: (m) => {
      const why = firstSlot(m, (vm, slot, v, r) => {
        if ((v & HPTE_V_VALID) === 0n) return '';
        const size = hptePageSize(m.k, { v, r });
        const real = Number(((r & HPTE_R_RPN) / BigInt(size || 1)) * BigInt(size));
        const inside = size > 0 && isOwn(vm, real) && isOwn(vm, real + size - 1);
        return inside ? '' : `slot ${slot} maps ${size} bytes at 0x${real.toString(16)}`;
      });
      return why === '' ? HOLDS : { why, where: 'vm1' };
    },
  },
  {
    name: 'locks-free-at-rest',
    what: 'no entry is locked once the guest has stopped',
    goal: false,
    needs: [],
    test: (m) => {
      if (m.endReason() === '') return HOLDS;
      const why = firstSlot(m, (_vm, slot, v) =>
        (v & HPTE_V_HVLOCK) === 0n ? '' : `slot ${slot} is still locked`,
      );
      return why === '' ? HOLDS : { why, where: 'vm1' };
    },
  },
];

/** A scenario on one POWER7 core, if nothing else is said, with 32 MB of guest memory. */
export function memoryScenario(
  own: Pick<Scenario<Monitor>, 'id' | 'title' | 'summary' | 'guest' | 'opens' | 'checks'> &
    Partial<Scenario<Monitor>>,
): Scenario<Monitor> {
  return {
    cpu: 'p7',
    cores: 1,
    online: [0],
    vcpus: 1,
    virtualSmt: 1,
    memory: 32 * MB,
    realBytes: 48 * MB,
    stepLimit: 400_000,
    script: [],
    patches: [],
    observer: anatomyObserver,
    offShows: {},
    ...own,
  };
}
