import { expect, test } from 'vitest';
import { goto, type StepDef, step } from '../host/routine.ts';
import type { KvmCtx } from './context.ts';
import { vmOf } from './context.ts';
import type { EntryLocals } from './hcall-steps.ts';
import { guestRpte, readHpte, storeR, storeV } from './hpt.ts';
import type { Edit } from './patches.ts';
import { detach, rmapOfHpte, unlockRmap } from './rmap.ts';
import { Storms } from './testing/storm.ts';

const instead = (routine: string, label: string, run: StepDef<KvmCtx, EntryLocals>[2]): Edit => ({
  routine,
  replace: label,
  by: step<KvmCtx, EntryLocals>([label, 'a mutation', run], 'virtual'),
});

/** One line of the hypervisor broken on purpose, and what the storm says about it. */
const MUTATIONS: readonly [name: string, mutation: Edit, says: RegExp][] = [
  [
    'H_REMOVE forgets the tlbie',
    { routine: 'kvmppc_h_remove', remove: 'tlbie' },
    /the TLB of thread 3 keeps what HPTE \d+ was/,
  ],
  [
    'H_PROTECT forgets the tlbie',
    { routine: 'kvmppc_h_protect', remove: 'tlbie' },
    /the TLB of thread 3 keeps what HPTE \d+ was/,
  ],
  [
    'H_CLEAR_MOD forgets the tlbie',
    { routine: 'kvmppc_h_clear_mod', remove: 'tlbie' },
    /the TLB of thread 3 keeps what HPTE \d+ was/,
  ],
  [
    'do_tlbies does one tlbie of a batch',
    instead('do_tlbies', 'tlbie', () => undefined),
    /the TLB of thread 3 keeps what HPTE \d+ was/,
  ],
  [
    'H_REMOVE does not wait for the lock of the entry',
    { routine: 'kvmppc_h_remove', remove: 'lock' },
    /cannot be explained|is in state|ring/,
  ],
  [
    'H_ENTER takes a slot without looking again under its lock',
    { routine: 'kvmppc_h_enter', remove: 'is_free' },
    /cannot be explained|has no ring|ring of page|instead of|is absent/,
  ],
  [
    'H_REMOVE leaves the entry in the ring',
    { routine: 'kvmppc_h_remove', remove: 'remove_revmap_chain' },
    /never ends|ring|locked/,
  ],
  [
    'R and C get lost when an entry is removed',
    instead('kvmppc_h_remove', 'remove_revmap_chain', (k, l) => {
      detach(k, vmOf(k, l.vcpu), l.index, l.rmap);
      unlockRmap(k, l.rmap);
    }),
    /cannot be explained/,
  ],
  [
    'H_PROTECT stores the R and C that it read before the tlbie',
    instead('kvmppc_h_protect', 'invalidate', (k, l) => {
      const vm = vmOf(k, l.vcpu);
      const { v, r } = readHpte(k, vm, l.index);
      storeR(k, vm, l.index, { v, r: r & ~0x180n });
      storeV(k, vm, l.index, (v & ~1n) | 0x20n);
    }),
    /cannot be explained/,
  ],
  [
    'the second entry of a page makes a ring of its own',
    instead('kvmppc_h_enter', 'lock_rmap', (k, l) => {
      k.hw.arena.write64(l.rmap, 1n << 63n);
    }),
    /ring/,
  ],
  [
    'H_ENTER uses the guest address as a real one',
    instead('kvmppc_h_enter', 'store_r', (k, l) => {
      const { pteh, ptel } = l as unknown as { pteh: bigint; ptel: bigint };
      const vm = vmOf(k, l.vcpu);
      const rpn = 0x0ffffffffffff000n;
      const r = (ptel & ~rpn) | (guestRpte(k, vm, l.index) & rpn);
      storeR(k, vm, l.index, { v: pteh, r });
    }),
    /which is not the guest's|instead of/,
  ],
  [
    'a slot is freed while H_ENTER still uses it',
    { routine: 'kvmppc_core_prepare_memory_region_hv', remove: 'synchronize_srcu' },
    /which is not the guest's|is in state|ring|instead of/,
  ],
  [
    'a slot goes away and its entries stay',
    instead('kvmppc_core_prepare_memory_region_hv', 'flush_memslot', () => goto('free')),
    /which is not the guest's|is in state|ring|instead of/,
  ],
];

test.each(MUTATIONS)('when %s, a storm breaks', (_, mutation, says) => {
  const storms = new Storms('p9', [mutation]);
  let broken: string[] = [];
  for (let seed = 1; seed <= 3000 && broken.length === 0; seed++) {
    try {
      broken = storms.run(seed);
    } catch (error) {
      broken = [String(error)];
    }
  }
  expect(broken.join('\n')).toMatch(says);
});

test('requests of one H_BULK_REMOVE for the same entry are told apart', () => {
  const storms = new Storms('p9');
  expect([50_556, 60_719].flatMap((seed) => storms.run(seed))).toEqual([]);
});

test('storms reach every step of every routine on the page table', () => {
  for (const cpu of ['p9', 'p7']) {
    const storms = new Storms(cpu);
    for (let seed = 1; seed <= 300; seed++) storms.run(seed);
    const missing = storms.world.missing().filter((name) => !name.startsWith('kvmppc_h_set_dabr'));
    expect(missing).toEqual([]);
  }
});

test('rmapOfHpte finds no word for what is no memory', () => {
  const { world } = new Storms('p9');
  expect(rmapOfHpte(world.k, world.vm, 0n, 0x80000000n)).toBe(-1);
  expect(rmapOfHpte(world.k, world.vm, 0n, 0x3000n)).toBe(
    (world.vm.memslots[0]?.rmap ?? 0) + 3 * 8,
  );
});
