import { beforeEach, expect, test } from 'vitest';
import { SECTIONS, THREAD_MODES } from './sections.ts';
import { Session } from './session.ts';
import { FakePace, sectionOf, statusOf } from './testing/session.ts';

let session: Session;

beforeEach(async () => {
  session = new Session(new FakePace());
  const opened = await session.open('s=book3s-hv');
  if (!opened.ok) throw new Error(opened.error.message);
});

test('a link without a CPU takes the scenario’s own, and opens where the guest begins', async () => {
  expect(statusOf(session).link).toMatch(/^s=book3s-hv&cpu=p7&at=main@/);
  expect(sectionOf(session, 'machine').threads[0]).toMatchObject({
    mode: THREAD_MODES.indexOf('guest'),
    lpid: 1,
    vcpu: 0,
  });
});

test('a page that changes to the scenario keeps neither the CPU nor the patches of the other', async () => {
  await session.open('s=virt-doorbell&patch=virt-doorbell:off');
  const spec = { scenario: 'book3s-hv', cpu: 'p9-dd23', off: ['virt-doorbell'], seed: 3 };
  const loaded = await session.load(spec);
  expect(loaded).toMatchObject({ ok: true, value: { spec: { cpu: 'p7', off: [], seed: 3 } } });
});

test('a preset is offered where the kernel has all of its patches: not on POWER8, which has some', async () => {
  const presets = async (link: string): Promise<string[]> => {
    const opened = await session.open(link);
    if (!opened.ok) throw new Error(opened.error.message);
    return opened.value.presets.map(({ id }) => id);
  };
  expect(await presets('s=book3s-hv')).toEqual(['historic-3.6']);
  expect(await presets('s=guest-smt-p8')).toEqual([]);
});

test('there are no doorbells: the section is empty, and the input is refused', async () => {
  expect(sectionOf(session, 'doorbells')).toMatchObject({ vcpus: [], matrix: [], threads: [] });
  const refused = await session.inject({ kind: 'doorbell', from: 0, to: 0 });
  expect(refused).toMatchObject({ ok: false, error: { code: 'NO_DOORBELLS' } });
});

test('an IPI takes the guest out by 0x500, and the machine view shows it', async () => {
  const done = await session.inject({ kind: 'exit', thread: 0 });
  expect(done).toMatchObject({ ok: true, value: expect.stringContaining('0x500') });
  const { threads, arrows } = sectionOf(session, 'machine');
  expect(threads[0]?.pending).toBe('500');
  expect(arrows).toContainEqual(expect.objectContaining({ label: 'IPI', to: 'core0/t0' }));
});

test('every section can be drawn of every position, of thread, vcpu, vcore and VM', async () => {
  for (const step of [0, 40, 200, 260, 420, 1500]) {
    await session.goto(step);
    const before = session.hash();
    for (const focus of ['core0/t0', 'core0/t3', 'vm1/vcpu0', 'vm1/vcore0', 'vm1', '']) {
      for (const name of Object.keys(SECTIONS) as (keyof typeof SECTIONS)[])
        sectionOf(session, name, { focus });
    }
    expect(statusOf(session).error).toBeNull();
    expect(session.hash()).toBe(before);
  }
});

test('the link of any moment leads a new session to the same state', async () => {
  await session.goto(900);
  await session.inject({ kind: 'dec', vcpu: 0 });
  await session.inject({ kind: 'preempt', thread: 0 });
  await session.step('phase', 1, 3);
  await session.step('op', -1, 2);
  const other = new Session(new FakePace());
  expect(await other.open(statusOf(session).link)).toMatchObject({ ok: true });
  expect(other.hash()).toBe(session.hash());
});
