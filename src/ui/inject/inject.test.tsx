import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { InjectView } from './InjectView.tsx';
import { forkText, HPTE_TEXT, targets } from './options.ts';

const TOPOLOGY = {
  cpu: 'p9-dd23',
  cores: 1,
  threadsPerCore: 4,
  doorbells: true,
  wholeVcores: false,
  vms: [],
};
type Threads = Parameters<typeof targets>[2];
type Vcpus = Parameters<typeof targets>[3];
const threads = [0, 1, 2, 3].map((thread) => ({
  thread,
  vcpu: thread === 1 ? 2 : -1,
  task_name: thread === 1 ? 'CPU 2/KVM' : `swapper/${thread}`,
})) as unknown as Threads;
const vcpus = [0, 1, 2, 3].map((vcpu) => ({
  vcpu,
  vm: 1,
  thr: vcpu,
  thread: vcpu === 2 ? 1 : -1,
})) as unknown as Vcpus;

describe('inject targets', () => {
  it('a thread brings the vcpu docked on it', () => {
    expect(targets('core0/t1', TOPOLOGY, threads, vcpus)).toMatchObject({ thread: 1, vcpu: 2 });
  });

  it('a vcpu brings the thread it is on', () => {
    expect(targets('vm1/vcpu2', TOPOLOGY, threads, vcpus)).toMatchObject({ thread: 1, vcpu: 2 });
  });

  it('a vcore brings the vcpu whose task executes it', () => {
    const rows = vcpus.map((row) => ({ ...row, vcore: 5, runner: row.vcpu === 2 ? 1 : 0 }));
    expect(targets('vm1/vcore5', TOPOLOGY, threads, rows)).toMatchObject({ thread: 1, vcpu: 2 });
  });

  it('anything else starts at the first thread and vcpu', () => {
    expect(targets('fn/kvmppc_run_vcpu', TOPOLOGY, threads, vcpus)).toMatchObject({
      thread: 0,
      vcpu: 0,
    });
  });
});

describe('the inject menu', () => {
  const draw = (doorbells: boolean) =>
    renderToString(
      <InjectView
        targets={targets('vm1/vcpu2', TOPOLOGY, threads, vcpus)}
        doorbells={doorbells}
        fork={forkText(412, 5000, 'main')}
        onInject={() => {}}
      />,
    );
  const html = draw(true);

  it('offers no doorbell where the CPU has none', () => {
    expect(html).toContain('Send a doorbell');
    expect(draw(false)).not.toContain('Send a doorbell');
    expect(draw(false)).toContain('Let DEC expire');
  });

  it('is preset to the focused vcpu, with the next one as target', () => {
    expect(html).toMatch(/from vcpu.*?<option value="2" selected="">A2 \(thread 2\)/s);
    expect(html).toMatch(/to vcpu.*?<option value="3" selected="">A3 \(thread 3\)/s);
  });

  it('says in kernel words what each input does', () => {
    for (const word of [
      'doorbell_request',
      '0x980',
      '0xE80',
      'need_resched',
      'kvmppc_decrementer_wakeup',
    ]) {
      expect(html).toContain(word);
    }
  });

  it('offers the edits of a page table entry only where it was opened for one', () => {
    expect(html).not.toContain('Bad entry');
    const entry = renderToString(
      <InjectView
        targets={targets('vm1/hpt/pteg2/1', TOPOLOGY, threads, vcpus)}
        fork={forkText(412, 5000, 'main')}
        doorbells
        hpte={{ vm: 1, slot: 17 }}
        onInject={() => {}}
      />,
    );
    for (const { title, says } of Object.values(HPTE_TEXT)) {
      expect(entry).toContain(title);
      expect(entry).toContain(says);
    }
  });

  it('says that injecting in the past forks a branch, and that it does not at the end', () => {
    expect(html).toContain('starts a new branch');
    expect(forkText(5000, 5000, 'main')).not.toContain('new branch');
  });
});
