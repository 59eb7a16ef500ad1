import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import {
  arrow,
  busyMachine,
  catalogue,
  largeMachine,
  restingMachine,
  thread,
} from '../../../e2e/fixtures/machine.ts';
import { KIND } from '../../sim/trace/events.ts';
import { type Section, THREAD_MODES } from '../../workers/sections.ts';
import { slotFace, slotSentence, threadCells, vcpuSentence } from './face.ts';
import { layoutMachine } from './layout.ts';
import { MachineTable } from './MachineTable.tsx';
import { MachineView, type MachineViewProps } from './MachineView.tsx';
import { placeTokens } from './Tokens.tsx';

const draw = (machine: Section<'machine'>, set: Partial<MachineViewProps> = {}): string =>
  renderToString(
    <MachineView
      machine={machine}
      catalogue={catalogue()}
      focus=""
      hover=""
      width={504}
      height={552}
      unit={1}
      fast={false}
      counters={[{ name: 'guestEntries', value: 1234 }]}
      onFocus={() => {}}
      onHover={() => {}}
      onInject={() => {}}
      {...set}
    />,
  );

/** The markup of one slot or home. */
const item = (html: string, path: string): string => {
  const [, after = ''] = html.split(`data-path="${path}"`);
  return after.split('role="treeitem"')[0] ?? '';
};

describe('a slot of the Machine view', () => {
  const busy = draw(busyMachine());
  const resting = draw(restingMachine());

  it.each([
    ['guest', busy, 'core0/t0', 'mark-mode is-guest', 'var(--vm0)'],
    ['real mode', busy, 'core0/t1', 'mark-mode is-real', 'url(#pat-real)'],
    ['virtual mode', busy, 'core0/t2', 'mark-mode is-virt', 'fill="none"'],
    ['nap', busy, 'core0/t3', 'mark-mode is-nap', 'mark-moon'],
    ['host', resting, 'core0/t0', 'mark-mode is-host', 'var(--host-fill)'],
    ['offline', resting, 'core0/t3', 'mark-mode is-offline', 'url(#pat-offline)'],
  ])('draws %s by pattern', (_, html, path, mode, pattern) => {
    expect(item(html, path)).toContain(mode);
    expect(item(html, path)).toContain(pattern);
  });

  it('reads as dead where the kernel has died, with the reason, in picture and table', () => {
    const machine = restingMachine();
    const set = { mode: THREAD_MODES.indexOf('dead'), waiting: 'Oops: hypervisor state lost' };
    const threads = machine.threads.map((row) => (row.thread === 3 ? { ...row, ...set } : row));
    const dead = item(draw({ ...machine, threads }), 'core0/t3');
    expect(dead).toContain('core 0 thread 3 is dead');
    expect(dead).toContain('Oops: hypervisor state lost');
    expect(dead).toContain('mark-dead');
    expect(dead).not.toMatch(/offline|mach-wait/);
    const cells = threadCells(thread(3, set), catalogue());
    expect(cells).toEqual(expect.arrayContaining(['dead', 'Oops: hypervisor state lost']));
  });

  it('shows the guest instruction and pc, or the routine with its titled step', () => {
    expect(item(busy, 'core0/t0')).toContain('msgsndp r5');
    expect(item(busy, 'core0/t0')).toContain('pc 0x1A3C');
    expect(item(busy, 'core0/t1')).toContain('kvmhv_vcpu_entry_p9');
    expect(item(busy, 'core0/t1')).toContain('doorbell_request: set DPDES to 1');
  });

  it('marks a wait by its shape and says what it waits for', () => {
    expect(item(busy, 'core0/t2')).toContain('mach-wait');
    expect(item(busy, 'core0/t2')).toContain('cpu 1 to run the function');
  });

  it('says in a slot what wakes a nap, without a word that its shape says', () => {
    const machine = restingMachine();
    const set = { mode: THREAD_MODES.indexOf('nap'), waiting: 'nap: an IPI wakes it' };
    const threads = machine.threads.map((row) => (row.thread === 2 ? { ...row, ...set } : row));
    const slot = item(draw({ ...machine, threads }), 'core0/t2');
    expect(slot).toContain('>an IPI wakes it</tspan>');
    expect(slot).toContain('mach-wait');
  });

  it('gives pending interrupts their order and vector', () => {
    const slot = item(busy, 'core0/t1');
    expect(slot).toContain('0xE80 directed hypervisor doorbell, number 1 in the order');
    expect(slot).toContain(
      '0xA00 directed privileged doorbell, number 2 in the order of delivery, masked here',
    );
  });

  it('says expired for a decrementer below zero', () => {
    expect(item(busy, 'core0/t1')).toContain('expired');
    expect(item(busy, 'core0/t0')).not.toContain('expired');
  });

  it('has the notch only if its thread acts next', () => {
    expect(item(busy, 'core0/t0')).toContain('mach-next');
    expect(item(busy, 'core0/t1')).not.toContain('mach-next');
  });

  it('has one tab stop in the whole picture', () => {
    expect(busy.match(/tabindex="0"/gi)).toHaveLength(1);
  });

  it('outlines focus and hover without colour', () => {
    const html = draw(busyMachine(), { focus: 'core0/t2', hover: 'vm1/vcpu3' });
    expect(html).toMatch(/is-virt is-focus"[^>]*aria-selected="true"[^>]*data-path="core0\/t2"/);
    expect(html).toMatch(/mach-home is-hover"[^>]*data-path="vm1\/vcpu3"/);
  });
});

describe('vcpus in the Machine view', () => {
  const layout = layoutMachine(
    {
      cores: 1,
      threadsPerCore: 4,
      plaques: false,
      groups: [{ vm: 1, virtualCore: 0, vcpus: [0, 1, 2, 3], vcores: [] }],
    },
    504,
    524,
  );
  const places = (machine: Section<'machine'>) =>
    placeTokens(machine.vcpus, machine.threads, layout).map((p) => p.at);

  it('dock where their task runs, queue where it waits, and are at home otherwise', () => {
    expect(places(busyMachine())).toEqual(['dock', 'dock', 'dock', 'queue']);
    expect(places(restingMachine())).toEqual(['home', 'home', 'home', 'home']);
  });

  it('name their state and the reason at home', () => {
    const html = draw(restingMachine());
    expect(item(html, 'vm1/vcpu0')).toContain('sleeps in rcuwait');
    expect(item(html, 'vm1/vcpu1')).toContain('created');
    expect(item(html, 'vm1/vcpu2')).toContain('user');
    expect(html).toContain('mark-token is-ceded');
    expect(html).toContain('mark-token is-created');
  });

  it('queue as tokens, and other tasks by name', () => {
    const machine = restingMachine();
    const host = (waiters: string): string =>
      draw({ ...machine, threads: [thread(0, { waiters }), ...machine.threads.slice(1)] });
    expect(item(host('kworker/0'), 'core0/t0')).toMatch(/mach-host-name[^>]*>kwork…/);
    expect(item(host('CPU 3/KVM'), 'core0/t0')).toContain('mach-queue');
    // A vcpu's task that has not been in KVM_RUN yet has no token there.
    expect(item(host('CPU 3/KVM'), 'core0/t0')).toMatch(/mach-host-name[^>]*>CPU 3/);
  });

  it('leave the place where they are at their home', () => {
    expect(item(draw(busyMachine()), 'vm1/vcpu2')).toContain('core0/t2');
    expect(item(draw(busyMachine()), 'vm1/vcpu2')).toContain('mach-ghost');
  });
});

describe('a VM that has not been created', () => {
  it('has its virtual core and empty places already, so that nothing jumps later', () => {
    const html = draw({ ...busyMachine(), vcpus: [] });
    expect(html).toContain('virtual core 0 · 4 vcpus');
    expect(html.match(/has not been created/g)).toHaveLength(4);
    expect(html).not.toContain('data-path="vm1');
  });
});

describe('arrows of the Machine view', () => {
  it('tell an IPI from a doorbell by shape, and the last step from the one before', () => {
    const html = draw(busyMachine());
    expect(html).toContain('class="mach-arrow is-ipi"');
    expect(html).toContain('class="mach-arrow is-doorbell is-ghost"');
  });

  it('are left out when it runs too fast to follow, and for unknown ends', () => {
    const fast = draw(busyMachine(), { fast: true });
    expect(fast).not.toContain('mach-arrow');
    expect(fast).toContain('1,234 entries');
    const machine = { ...busyMachine(), arrows: [arrow({ kind: KIND.msgsnd, to: 'host' })] };
    expect(draw(machine)).not.toContain('mach-arrow');
  });
});

describe('the words of the Machine view', () => {
  it('say a slot as one sentence', () => {
    const [row] = busyMachine().threads;
    if (!row) throw new Error('no thread');
    expect(slotSentence(slotFace(row, catalogue(), true), 'vcpu A0')).toBe(
      'core 0 thread 0 runs guest code; vcpu A0 is docked; 0x1A3C: msgsndp r5; ' +
        'task CPU 0/KVM; LPID 1; DPDES 0; queued: CPU 3/KVM, kworker/0; acts next.',
    );
  });

  it('say a vcpu as one sentence', () => {
    const row = busyMachine().vcpus[3];
    if (!row) throw new Error('no vcpu');
    expect(vcpuSentence(row, 4)).toBe(
      'vcpu A3 is pre-empted; core0/t0; queued at cpu 0; thread 3 of virtual core 0; vcore 3; ' +
        'doorbell_request 1; saved dpdes 0.',
    );
  });

  it('give the LPID the partition that owns it', () => {
    expect(slotFace(thread(0, { lpid: 1 }), catalogue(), true).lpidVm).toBe(1);
    expect(slotFace(thread(0, { lpid: 0 }), catalogue(), true).lpidVm).toBe(0);
  });

  it('leave out what a dense slot does not show, so that it need not be drawn again', () => {
    expect(slotFace(thread(0, { dec: 5 }), catalogue(), false)).toEqual(
      slotFace(thread(0, { dec: 6, clock: 99 }), catalogue(), false),
    );
  });
});

describe('the table twin of the Machine view', () => {
  it('has the facts of the picture', () => {
    const html = renderToString(<MachineTable machine={busyMachine()} catalogue={catalogue()} />);
    for (const fact of [
      'core0/t1',
      'KVM real mode',
      'doorbell_request: set DPDES to 1',
      'waiting for cpu 1 to run the function',
      'msgsndp r5',
      'E80 A00·',
      'CPU 3/KVM, kworker/0',
      'vm1/vcpu3',
      'preempted',
      'queued at cpu 0',
      'msgsnd',
      'the step before',
    ]) {
      expect(html).toContain(fact);
    }
  });
});

describe('a machine of 96 threads', () => {
  it('shows every thread and vcpu', () => {
    const html = draw(largeMachine(12, 8, 1), { catalogue: catalogue(12, 8) });
    expect(html.match(/role="treeitem"/g)).toHaveLength(192);
  });
});
