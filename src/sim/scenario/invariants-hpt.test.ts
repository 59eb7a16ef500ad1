import { expect, test } from 'vitest';
import { type StepDef, step } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vmOf } from '../kvm/context.ts';
import { guestRpte, readHpte, setGuestRpte, storeR, storeV } from '../kvm/hpt.ts';
import type { Edit } from '../kvm/patches.ts';
import { addRevmapChain, HPTE_RC, removeRevmapChain, unlockRmap } from '../kvm/rmap.ts';
import { PAGE_GUEST } from '../kvm/testing/page-guest.ts';
import { HPT_INVARIANTS } from './invariants-hpt.ts';
import { makeGuest } from './testing/make.ts';
import { type Mutation, untested, violations } from './testing/mutations.ts';

type Locals = VcpuLocals & { index: number; rmap: number; pteh: bigint; ptel: bigint; v: bigint };

const instead = (routine: string, label: string, run: StepDef<KvmCtx, Locals>[2]): Edit => ({
  routine,
  replace: label,
  by: step<KvmCtx, Locals>([label, 'a mutation', run], 'virtual'),
});

/** One line of the hypervisor broken on purpose; only the invariant of that name may notice it. */
const MUTATIONS: readonly Mutation[] = [
  [
    'H_ENTER uses the guest address as a real one',
    'hpte-bounds',
    "maps 0x5000, which is not the guest's",
    instead('kvmppc_h_enter', 'store_r', (k, l) => {
      const vm = vmOf(k, l.vcpu);
      const rpn = 0x0ffffffffffff000n;
      const r = (l.ptel & ~rpn) | (guestRpte(k, vm, l.index) & rpn);
      storeR(k, vm, l.index, { v: l.pteh, r });
    }),
  ],
  [
    'H_ENTER leaves ABSENT set',
    'hpte-state',
    'is VALID and ABSENT at once',
    instead('kvmppc_h_enter', 'store_v', (k, l) =>
      storeV(k, vmOf(k, l.vcpu), l.index, l.pteh | 0x20n),
    ),
  ],
  [
    'H_ENTER forgets the ring',
    'hpte-ring',
    'is valid, but not in the ring of its page',
    instead('kvmppc_h_enter', 'add_revmap_chain', (k, l) => unlockRmap(k, l.rmap)),
  ],
  [
    'H_ENTER forgets to unlock',
    'hpte-locks',
    'stays locked',
    instead('kvmppc_h_enter', 'store_v', (k, l) =>
      storeV(k, vmOf(k, l.vcpu), l.index, l.pteh | 0x40n),
    ),
  ],
  [
    'H_ENTER forgets to unlock the rmap word',
    'hpte-locks',
    'the rmap word of its page stays locked',
    instead('kvmppc_h_enter', 'add_revmap_chain', (k, l) =>
      addRevmapChain(k, vmOf(k, l.vcpu), l.index, l.rmap),
    ),
  ],
  [
    'H_ENTER stays a reader of the memory slots',
    'hpte-locks',
    'a reader of the memory slots never left',
    instead('kvmppc_h_enter', 'memslot', (k, l) => {
      vmOf(k, l.vcpu).srcu += 2;
    }),
  ],
  [
    'H_REMOVE forgets R and C',
    'hpte-rc',
    'is gone, and R or C that hardware has set with it',
    instead('kvmppc_h_remove', 'remove_revmap_chain', (k, l) => {
      removeRevmapChain(k, vmOf(k, l.vcpu), l.index, l.rmap, 0n);
      unlockRmap(k, l.rmap);
    }),
  ],
  [
    'H_REMOVE tells only the guest of R and C',
    'hpte-rc',
    'is gone, and R or C that hardware has set with it',
    instead('kvmppc_h_remove', 'remove_revmap_chain', (k, l) => {
      const vm = vmOf(k, l.vcpu);
      removeRevmapChain(k, vm, l.index, l.rmap, 0n);
      setGuestRpte(
        k,
        vm,
        l.index,
        guestRpte(k, vm, l.index) | (readHpte(k, vm, l.index).r & HPTE_RC),
      );
      unlockRmap(k, l.rmap);
    }),
  ],
  [
    'H_REMOVE does no tlbie',
    'stale-tlb',
    'has changed, but thread 0 still translates by what it was',
    { routine: 'kvmppc_h_remove', remove: 'tlbie' },
  ],
];

const violationsOf = (mutation: readonly Edit[]): Record<string, string> =>
  violations(makeGuest(PAGE_GUEST, {}, { vcpus: 1 }, mutation), 20_000);

test.each(MUTATIONS)('when %s, exactly %s fires: %s', (_, id, why, mutation) => {
  expect(violationsOf([mutation])).toEqual({ [id]: expect.stringContaining(why) });
});

test('none fires without a mutation', () => {
  expect(violationsOf([])).toEqual({});
});

test('every invariant has a mutation that makes it fire', () => {
  expect(untested(HPT_INVARIANTS, MUTATIONS)).toEqual([]);
});
