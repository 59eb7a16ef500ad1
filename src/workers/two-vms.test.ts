import { beforeEach, expect, test } from 'vitest';
import type { Catalogue } from './protocol.ts';
import { SECTIONS } from './sections.ts';
import { Session } from './session.ts';
import { FakePace, sectionOf, statusOf } from './testing/session.ts';

let session: Session;
let catalogue: Catalogue;

beforeEach(async () => {
  session = new Session(new FakePace());
  const opened = await session.open('s=two-guests');
  if (!opened.ok) throw new Error(opened.error.message);
  catalogue = opened.value;
});

test('the catalogue names both VMs, and their vcpus by numbers that go on', async () => {
  const { topology, entities } = catalogue;
  expect(topology.vms.map(({ id, lpid, vcpus }) => [id, lpid, vcpus])).toEqual([
    [1, 1, 1],
    [2, 2, 1],
  ]);
  const paths = entities.map(({ path }) => path);
  for (const path of ['vm1', 'vm1/vcpu0', 'vm1/vcore0', 'vm2', 'vm2/vcpu1', 'vm2/vcore1'])
    expect(paths).toContain(path);
});

test('the machine view tells the VMs apart, also among the tasks that wait', async () => {
  const { vcpus, threads } = sectionOf(session, 'machine');
  expect(vcpus.map(({ vcpu, vm }) => [vcpu, vm])).toEqual([
    [0, 1],
    [1, 2],
  ]);
  const names = threads.flatMap(({ task_name, waiters }) => [task_name, waiters]).join(' ');
  expect(names).toMatch(/CPU 0\/KVM of VM 1|CPU 0\/KVM of VM 2/);
});

test('each VM has its console, its table and its records', async () => {
  await session.goto(1_000_000);
  const { console } = sectionOf(session, 'log');
  expect(console).toEqual([
    { vm: 1, text: expect.stringMatching(/^A waited /) },
    { vm: 2, text: expect.stringMatching(/^B waited /) },
  ]);
  expect(statusOf(session).ended).toBe('powered off');
  const of = (focus: string, name: string) =>
    sectionOf(session, 'inspect', { focus }).fields.find((field) => field.name === name)?.value;
  expect([of('vm1', 'lpid'), of('vm2', 'lpid')]).toEqual(['1', '2']);
  expect([of('vm2/vcpu1', 'vm'), of('vm2/vcpu1', 'vcpu_id')]).toEqual(['1', '0']);
});

test('every section can be drawn of every position and focus', async () => {
  for (const step of [0, 40, 200, 260, 420, 900, 2500]) {
    await session.goto(step);
    for (const focus of ['core0/t0', 'vm1/vcpu0', 'vm2/vcpu1', 'vm2/vcore1', 'vm2', '']) {
      for (const name of Object.keys(SECTIONS) as (keyof typeof SECTIONS)[])
        sectionOf(session, name, { focus });
    }
    expect(statusOf(session).error).toBeNull();
  }
});
