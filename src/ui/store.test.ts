import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Catalogue, RemoteCommands, Result, Status } from '../workers/protocol.ts';
import { attach, uiStore } from './store.ts';

const CATALOGUE = {
  spec: { scenario: 'virt-doorbell' },
  topology: { doorbells: true, cores: 2, threadsPerCore: 2, vms: [{ id: 1, vcpus: 4 }] },
  program: { source: 'start: b start' },
} as unknown as Catalogue;
const STATUS = { step: 5, running: false, busy: '', error: null } as unknown as Status;
const ok = <T>(value: T): Promise<Result<T>> => Promise.resolve({ ok: true, value });
const refused = (message: string): Promise<Result<never>> =>
  Promise.resolve({ ok: false, error: { code: 'X', message, hint: 'try that' } });

const wake = vi.fn();
const start = uiStore.getInitialState();
/** Attaches a worker that answers as told; the answers have arrived when the returned function resolves. */
function withWorker(commands: Partial<RemoteCommands>): () => Promise<void> {
  attach(commands as RemoteCommands, wake);
  return () => vi.waitFor(() => expect(uiStore.getState().pending).toBe(0));
}

beforeEach(() => {
  uiStore.setState(start, true);
  attach(null, wake);
  wake.mockClear();
});

describe('a command', () => {
  it('keeps the page from being idle until it is answered, and asks for a picture before and after', async () => {
    const settled = withWorker({ step: () => ok(null) });
    uiStore.setState({ idle: true });
    uiStore.getState().send.step('event', 1);
    expect(uiStore.getState()).toMatchObject({ pending: 1, idle: false });
    await settled();
    expect(wake).toHaveBeenCalledTimes(2);
  });

  it('that is refused becomes an error notice with its hint, and the catalogue stays', async () => {
    const settled = withWorker({ load: () => refused('There is no scenario x.') });
    uiStore.setState({ catalogue: CATALOGUE });
    uiStore.getState().send.load({ scenario: 'x', cpu: '', off: [], seed: 0 });
    await settled();
    const { notices, catalogue } = uiStore.getState();
    expect(notices).toMatchObject([
      { kind: 'error', text: 'There is no scenario x.', hint: 'try that' },
    ]);
    expect(catalogue).toBe(CATALOGUE);
  });

  it('that loads a scenario introduces it, and the next one ends the introduction', async () => {
    const settled = withWorker({ load: () => ok(CATALOGUE), step: () => ok(null) });
    uiStore.getState().send.load({ scenario: 'x', cpu: '', off: [], seed: 0 });
    await settled();
    expect(uiStore.getState().introduces).toBe(true);
    uiStore.getState().send.step('event', 1);
    expect(uiStore.getState().introduces).toBe(false);
  });

  it('that loads a CPU without doorbells shows the code path in the place of their view', async () => {
    const topology = { ...CATALOGUE.topology, doorbells: false };
    const settled = withWorker({ load: () => ok({ ...CATALOGUE, topology }) });
    const spec = { scenario: 'x', cpu: '', off: [], seed: 0 };
    uiStore.setState({ view: 'doorbells', centre: 'doorbells' });
    uiStore.getState().send.load(spec);
    await settled();
    expect(uiStore.getState().centre).toBe('doorbells'); // asked for
    uiStore.setState({ view: 'machine' });
    uiStore.getState().send.load(spec);
    await settled();
    expect(uiStore.getState().centre).toBe('code');
  });

  it('that opens a link introduces the scenario only when the link names no step', async () => {
    const settled = withWorker({ open: () => ok(CATALOGUE) });
    uiStore.getState().send.open('s=x&at=main@4');
    await settled();
    expect(uiStore.getState().introduces).toBe(false);
    uiStore.getState().send.open('s=x');
    await settled();
    expect(uiStore.getState().introduces).toBe(true);
  });

  it('that makes the worker throw is reported as a crash', async () => {
    const settled = withWorker({ goto: () => Promise.reject(new Error('assert: r1')) });
    uiStore.getState().send.goto(9);
    await settled();
    expect(uiStore.getState().crashed).toContain('assert: r1');
  });

  it('answered by a worker that has been replaced does not count', async () => {
    let answer: (value: Result<null>) => void = () => {};
    withWorker({ goto: () => new Promise((resolve) => (answer = resolve)) });
    uiStore.getState().send.goto(9);
    withWorker({});
    uiStore.setState({ pending: 0 });
    answer({ ok: true, value: null });
    await Promise.resolve();
    await Promise.resolve();
    expect(uiStore.getState().pending).toBe(0);
  });

  it('of an injection says what was done, until the next command', async () => {
    const settled = withWorker({ inject: () => ok('Doorbell sent.'), step: () => ok(null) });
    uiStore.getState().send.inject({ kind: 'dec', vcpu: 1 });
    await settled();
    expect(uiStore.getState().notices.map((n) => n.text)).toEqual(['Doorbell sent.']);
    uiStore.getState().send.step('instr', 1);
    expect(uiStore.getState().notices).toEqual([]);
    await settled();
  });
});

describe('opening a link', () => {
  it('in a fresh page falls back to the default scenario and keeps the message', async () => {
    const open = vi.fn((f: string) => (f === '' ? ok(CATALOGUE) : refused('Broken link.')));
    const settled = withWorker({ open });
    uiStore.getState().send.open('s=%%%');
    await settled();
    expect(open.mock.calls.flat()).toEqual(['s=%%%', '']);
    expect(uiStore.getState().catalogue).toBe(CATALOGUE);
    expect(uiStore.getState().notices.map((n) => n.text)).toEqual(['Broken link.']);
  });

  it('that is broken leaves the running work alone', async () => {
    const open = vi.fn(() => refused('Broken link.'));
    const settled = withWorker({ open });
    uiStore.setState({ catalogue: CATALOGUE });
    uiStore.getState().send.open('s=%%%');
    await settled();
    expect(open).toHaveBeenCalledTimes(1);
  });
});

describe('a frame', () => {
  it('replaces the sections that came and keeps the others', () => {
    const { showFrame } = uiStore.getState();
    const console = [{ vm: 1, text: 'a' }];
    showFrame(STATUS, { log: { console, tasks: [], events: [] } }, false);
    showFrame(STATUS, { checks: { checks: [], counters: [], anatomy: [] } }, true);
    expect(uiStore.getState().sections.log?.console).toBe(console);
    expect(uiStore.getState().idle).toBe(true);
  });

  it('shows an error of the machine once, however often it comes', () => {
    const error = { code: 'HASH', message: 'The hash differs.' };
    for (let i = 0; i < 3; i++) uiStore.getState().showFrame({ ...STATUS, error }, {}, true);
    expect(uiStore.getState().notices).toHaveLength(1);
  });
});

describe('the selection and the layout', () => {
  it('a centre view chosen stays in the centre when another view has the focus', () => {
    uiStore.getState().setView('code');
    uiStore.getState().setView('inspector');
    expect(uiStore.getState()).toMatchObject({ view: 'inspector', centre: 'code' });
  });

  it('the scale stays readable', () => {
    uiStore.getState().setScale(9);
    expect(uiStore.getState().scale).toBe(2);
    uiStore.getState().setScale(0);
    expect(uiStore.getState().scale).toBe(0.75);
  });

  it('a new speed is sent on while the machine runs, and only then', async () => {
    const run = vi.fn(() => Promise.resolve());
    const settled = withWorker({ run });
    uiStore.getState().setSpeed(50);
    expect(run).not.toHaveBeenCalled();
    uiStore.setState({ status: { ...STATUS, running: true } });
    uiStore.getState().setSpeed(100);
    expect(run).toHaveBeenCalledWith(100);
    await settled();
  });

  it('keeps no more than three messages', () => {
    const { notify } = uiStore.getState();
    for (const text of ['a', 'b', 'c', 'd', 'd']) notify('error', text);
    expect(uiStore.getState().notices.map((n) => n.text)).toEqual(['b', 'c', 'd']);
  });
});

describe('a scenario that has been opened', () => {
  const picture = (...vcpus: number[]) =>
    ({ machine: { threads: vcpus.map((vcpu, thread) => ({ thread, vcpu })) } }) as never;

  /** Opens one whose first picture has these vcpus on its threads, with `focus` in focus. */
  async function opened(focus: string, ...vcpus: number[]): Promise<string> {
    const settled = withWorker({ load: () => ok(CATALOGUE) });
    uiStore.setState({ focus });
    uiStore.getState().send.load({ scenario: 'x', cpu: '', off: [], seed: 0 });
    await settled();
    uiStore.getState().showFrame(STATUS, picture(...vcpus), true);
    return uiStore.getState().focus;
  }

  it('is looked at where it has a vcpu, not at a first thread that idles', async () => {
    expect(await opened('core0/t0', -1, -1, 3)).toBe('core1/t0');
    expect(await opened('core0/t0', 0, -1, 3)).toBe('core0/t0');
    expect(await opened('core0/t0', -1, -1)).toBe('core0/t0');
    expect(await opened('core0/t1', -1, -1, 3)).toBe('core0/t1');
  });

  it('is not looked at where only the machine before had a thread or a vcpu', async () => {
    expect(await opened('core2/t0', -1, -1, 3)).toBe('core1/t0');
    expect(await opened('core0/t3', -1, -1, 3)).toBe('core1/t0');
    expect(await opened('vm2/vcpu1', -1, -1, 3)).toBe('core1/t0');
    expect(await opened('vm1/vcpu4', -1, -1)).toBe('core0/t0');
    expect(await opened('vm1/vcpu3', -1, -1, 3)).toBe('vm1/vcpu3');
    expect(await opened('fn/kvmppc_run_core', -1, -1, 3)).toBe('fn/kvmppc_run_core');
  });

  it('is looked at anew once only', async () => {
    await opened('core0/t1', -1, -1, 3);
    uiStore.setState({ focus: 'core0/t0' });
    uiStore.getState().showFrame(STATUS, picture(-1, -1, 3), true);
    expect(uiStore.getState().focus).toBe('core0/t0');
  });
});

describe('a run that stops at a breakpoint', () => {
  const hit = { thread: 'core0/t1', vcpu: 'vm1/vcpu2', text: 'loop on thread 1' };
  const stopped = { ...STATUS, breakpoint: hit };
  const run = async (focus: string): Promise<void> => {
    const settled = withWorker({ run: () => Promise.resolve(), step: () => ok(null) });
    uiStore.setState({ focus });
    uiStore.getState().send.run();
    await settled();
  };

  it('takes the focus to the vcpu that stands there, unless it is in focus already', async () => {
    await run('core0/t0');
    uiStore.getState().showFrame(stopped, {}, true);
    expect(uiStore.getState().focus).toBe('vm1/vcpu2');
    await run('core0/t1');
    uiStore.getState().showFrame(stopped, {}, true);
    expect(uiStore.getState().focus).toBe('core0/t1');
  });

  it('does so once, and a step to that place does not', async () => {
    await run('core0/t0');
    uiStore.getState().send.step('instr', 1);
    await vi.waitFor(() => expect(uiStore.getState().pending).toBe(0));
    uiStore.getState().showFrame(stopped, {}, true);
    expect(uiStore.getState().focus).toBe('core0/t0');
  });
});

describe('the draft of the program', () => {
  it('equal to what the machine runs is none', () => {
    uiStore.setState({ catalogue: CATALOGUE });
    uiStore.getState().setDraft('start: nop');
    expect(uiStore.getState().draft).toBe('start: nop');
    uiStore.getState().setDraft('start: b start');
    expect(uiStore.getState().draft).toBeNull();
  });

  it('with mistakes is not sent; they are shown', async () => {
    const mistake = { code: 'ASM_SYNTAX', line: 1, column: 1, text: '', message: 'no' } as const;
    const setProgram = vi.fn(() => ok(CATALOGUE));
    const settled = withWorker({ check: () => Promise.resolve([mistake]), setProgram });
    uiStore.getState().send.setProgram('start: bad', []);
    expect(uiStore.getState().idle).toBe(false);
    await settled();
    expect(setProgram).not.toHaveBeenCalled();
    expect(uiStore.getState()).toMatchObject({
      mistakes: [mistake],
      notices: [{ kind: 'info', text: 'Not assembled: the program has mistakes.' }],
    });
  });

  it('goes when it has been assembled, and stays when that is refused or more was typed', async () => {
    const loaded = { ...CATALOGUE, program: { source: 'start: nop' } } as unknown as Catalogue;
    const check = () => Promise.resolve([]);
    const settled = withWorker({ check, setProgram: () => refused('no') });
    uiStore.setState({ catalogue: CATALOGUE, draft: 'start: nop' });
    uiStore.getState().send.setProgram('start: nop', []);
    await settled();
    expect(uiStore.getState().draft).toBe('start: nop');
    withWorker({ check, setProgram: () => ok(loaded) });
    uiStore.getState().send.setProgram('start: nop', []);
    uiStore.getState().setDraft('start: nop # more');
    await settled();
    expect(uiStore.getState().draft).toBe('start: nop # more');
    uiStore.getState().setDraft('start: nop');
    expect(uiStore.getState().draft).toBeNull();
  });
});

describe('the page table looked at', () => {
  it('follows a focus on an entry, and keeps the thread whose TLB is shown', () => {
    const { setFocus } = uiStore.getState();
    setFocus('core0/t2');
    setFocus('vm2/hpt/pteg17/1');
    expect(uiStore.getState().hpt).toMatchObject({ vm: 2, slot: 137, thread: 'core0/t2' });
    setFocus('fn/kvmppc_h_enter');
    setFocus('vm1/vcpu3');
    expect(uiStore.getState().hpt).toMatchObject({ vm: 2, slot: 137, thread: 'vm1/vcpu3' });
  });

  it('asks for a picture when something else is looked at', () => {
    uiStore.setState({ idle: true });
    uiStore.getState().lookAtHpt({ slot: 3 });
    expect(wake).toHaveBeenCalledOnce();
    expect(uiStore.getState()).toMatchObject({ idle: false, hpt: { slot: 3 } });
  });
});
