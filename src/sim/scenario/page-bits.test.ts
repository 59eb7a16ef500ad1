import { expect, test } from 'vitest';
import { HPTE_V_HVLOCK } from '../hardware/mmu/hpte.ts';
import { step } from '../host/routine.ts';
import { type KvmCtx, vcpuOf, vmOf } from '../kvm/context.ts';
import { storeR, storeV } from '../kvm/hpt.ts';
import type { Edit } from '../kvm/patches.ts';
import { report } from './report.ts';
import { makeLoaded } from './testing/make.ts';

/** The machine at its end, and the report. */
function ended(mutation: readonly Edit[] = [], off: readonly string[] = []) {
  const loaded = makeLoaded({ scenario: 'page-bits', off }, mutation);
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const result = report(loaded);
  const failed = result.checks.filter(({ ok }) => !ok).map(({ name }) => name);
  return { ...loaded, ...result, failed };
}

test('the guest sees R and C come and go, and is refused what it may not touch', () => {
  const { failed, violations, position, console: text, machine } = ended();
  expect(failed).toEqual([]);
  expect(violations).toEqual([]);
  expect(position.ended).toBe('powered off');
  expect(text.split('\n')).toEqual([
    'translation on',
    'load  R=1 C=0',
    'store R=1 C=1',
    'clrR  R=0 C=1',
    'clrC  R=0 C=0',
    'load  R=1 C=0',
    'store R=1 C=1',
    'grant R=1 C=1',
    '1 TB segment',
    'no-execute',
    'task done',
    'entered 07',
    'refused 04',
    '',
  ]);
  // Two segments by 0x380 and the task's system call are the guest's own; the pages come by HDSI and HISI.
  expect(machine.m.own_interrupts).toEqual({ '380': 2, C00: 1 });
  expect(machine.m.exits_by_reason).toMatchObject({ E00: 9, E20: 3 });
});

test('without invalidation the hardware does not set R again', () => {
  const { checks } = ended([], ['experiment-tlbie']);
  expect(checks.find(({ name }) => name === 'bits-follow-accesses')?.why).toMatch(/^note 5 was 0x/);
});

test('H_CLEAR_REF that leaves R alone breaks the check', () => {
  const { failed } = ended([{ routine: 'kvmppc_h_clear_ref', remove: 'clear_ref' }]);
  expect(failed).toContain('bits-follow-accesses');
});

/** The page that the guest named goes into the table, not the host's behind it. */
const FOREIGN: Edit = {
  routine: 'kvmppc_h_enter',
  replace: 'store_r',
  by: step<KvmCtx, { vcpu: number; index: number; pteh: bigint }>(
    [
      'store_r',
      'doubleword 1 as the guest gave it',
      (k, l) => {
        const r = vcpuOf(k, l.vcpu).gpr[7] ?? 0n;
        storeR(k, vmOf(k, l.vcpu), l.index, { v: l.pteh, r });
      },
      6,
    ],
    'real',
  ),
};

test('an H_ENTER that takes the address of the guest for a real one maps foreign memory, and the check says so', () => {
  expect(ended([FOREIGN]).failed).toContain('maps-own-memory');
});

/** The entry comes into force with its lock held. */
const LOCKED: Edit = {
  routine: 'kvmppc_h_enter',
  replace: 'store_v',
  by: step<KvmCtx, { vcpu: number; index: number; pteh: bigint }>(
    [
      'store_v',
      'doubleword 0, still locked',
      (k, l) => storeV(k, vmOf(k, l.vcpu), l.index, l.pteh | HPTE_V_HVLOCK),
      12,
    ],
    'real',
  ),
};

test('a lock that is never dropped stops the guest, and the check says so', () => {
  const { failed, checks } = ended([LOCKED]);
  expect(failed).toContain('locks-free-at-rest');
  expect(checks.find(({ name }) => name === 'locks-free-at-rest')?.why).toMatch(
    /^HPTE \d+ stays locked/,
  );
});
