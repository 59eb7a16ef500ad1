import { beforeAll, describe, expect, test } from 'vitest';
import { type Locals, step } from '../host/routine.ts';
import type { KvmCtx } from '../kvm/context.ts';
import type { Edit } from '../kvm/patches.ts';
import { VM } from '../kvm/records.ts';
import type { Input } from '../machine/inputs.ts';
import { restore, save } from '../machine/snapshot.ts';
import { make } from '../state/schema.ts';
import { processAt } from '../vmm/process.ts';
import { anatomyObserver } from './anatomy-monitor.ts';
import { guestWord } from './checks.ts';
import type { Loaded, Monitor } from './index.ts';
import { checkResults, report } from './report.ts';
import type { Scenario } from './scenario.ts';
import { guestText, makeGuest } from './testing/make.ts';
import { TWO_OF_THEM } from './testing/two-vms.ts';

const MB = 1 << 20;
const [FIRST, SECOND] = [TWO_OF_THEM('A', 0x1111), TWO_OF_THEM('B', 0x2222)];

/** Two VMs of two vcpus each, with the same addresses and other values. */
function twoVms(
  machine: Partial<Scenario<Monitor>>,
  seed = 0,
  mutation: readonly Edit[] = [],
): Loaded<Monitor> {
  const vm = { vcpus: 2, virtualSmt: 1, memory: 32 * MB };
  const guests = [{ ...vm, guest: guestText(SECOND) }];
  return makeGuest(FIRST, { seed }, { ...vm, realBytes: 96 * MB, guests, ...machine }, mutation);
}

const P9 = { online: [0, 1, 2, 3] };
const P7 = { cpu: 'p7', cores: 2, online: [0, 4], observer: anatomyObserver };
const MACHINES = [
  ['POWER9, a thread for each vcpu', P9],
  ['POWER9, one thread for all', { online: [0] }],
  ['POWER7, two cores', P7],
  ['POWER7, one core for all', { ...P7, online: [0] }],
] as const;

describe.each(MACHINES)('two virtual machines on %s', (_name, machine) => {
  let loaded: Loaded<Monitor>;
  beforeAll(() => {
    loaded = twoVms(machine);
    loaded.machine.advance(Number.POSITIVE_INFINITY);
  });

  test('both finish, each with its own console', () => {
    const { k } = loaded.machine;
    expect(loaded.machine.endReason()).toBe('powered off');
    expect(processAt(k, 0).vmm.console).toBe('A kept it\n');
    expect(processAt(k, 1).vmm.console).toBe('B kept it\n');
    expect(report(loaded).console).toBe('vm1:\nA kept it\nvm2:\nB kept it\n');
  });

  test('neither sees what the other stores at the same address', () => {
    const at = loaded.symbols.get('mine') ?? 0n;
    expect([guestWord(loaded.machine, at, 1), guestWord(loaded.machine, at, 2)]).toEqual([
      0x1111, 0x2222,
    ]);
    expect(loaded.machine.m.violations).toEqual([]);
    expect(checkResults(loaded).find(({ name }) => name === 'powered-off')?.ok).toBe(true);
  });

  test('each has its partition, page table, memory and vcpus', () => {
    const { vms, vcpus } = loaded.machine.k.kvm;
    expect(vms.map(({ lpid }) => lpid)).toEqual([1, 2]);
    expect(vms[0]?.hpt_base).not.toBe(vms[1]?.hpt_base);
    const pages = vms.flatMap(({ memslots }) => memslots.flatMap((slot) => slot.pages));
    expect(new Set(pages).size).toBe(4);
    expect(vms.map((vm) => vm.vcpus)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(vcpus.map(({ vm, vcpu_id }) => [vm, vcpu_id])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
  });
});

test('a saved machine goes on as the other did', () => {
  const [one, other] = [twoVms(P7).machine, twoVms(P7).machine];
  one.advance(6000);
  restore(other, save(one));
  for (const machine of [one, other]) machine.advance(3000);
  expect(other.hash()).toBe(one.hash());
});

test.each([1, 2])('under schedule %i both finish, on either CPU', (seed) => {
  for (const machine of [P9, P7]) {
    const loaded = twoVms(machine, seed);
    loaded.machine.advance(Number.POSITIVE_INFINITY);
    expect(report(loaded).console).toBe('vm1:\nA kept it\nvm2:\nB kept it\n');
    expect(loaded.machine.m.violations).toEqual([]);
  }
});

test('with one LPID for both a guest meets what the other stored: by it the TLB tells them apart', () => {
  const sameLpid: Edit = {
    routine: 'kvmppc_core_init_vm_hv',
    replace: 'lpid',
    by: step<KvmCtx, Locals>(
      ['lpid', 'LPID 1 for every VM', (k) => void k.kvm.vms.push(make(VM, { lpid: 1 }))],
      'virtual',
    ),
  };
  const loaded = twoVms({ ...P7, online: [0] }, 0, [sameLpid]);
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  expect(report(loaded).console).not.toContain('A kept it');
  const [first] = loaded.machine.m.violations;
  expect(first).toMatchObject({ id: 'own-translations', where: 'vm1/vcpu0' });
});

test('the second is started when the first is up', () => {
  const { machine } = twoVms(P9);
  machine.advance(Number.POSITIVE_INFINITY, () => machine.k.kvm.vms.length === 2);
  const [first, second] = machine.k.vmms;
  expect([first?.running, second?.running]).toEqual([1, 0]);
});

test('a first VM that cannot be built stops there, and the second is never started', () => {
  const { machine } = twoVms({ ...P9, virtualSmt: 3 });
  machine.advance(Number.POSITIVE_INFINITY);
  expect(machine.k.vmms.map(({ stopped }) => stopped)).toEqual([
    'KVM_CAP_PPC_SMT: error -22 for virtual SMT mode 3',
    '',
  ]);
  expect(machine.endReason()).toBe('quiescent');
});

test('a doorbell of the user stays in its VM', () => {
  const { machine } = twoVms(P9);
  machine.advance(Number.POSITIVE_INFINITY, () => machine.k.kvm.vcpus.length === 4);
  const action: Input['action'] = { kind: 'doorbell', from: 1, to: 2 };
  const result = machine.inject(action);
  expect(result.ok ? '' : result.error.code).toBe('OTHER_VM');
});
