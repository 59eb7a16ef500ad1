import { describe, expect, test } from 'vitest';
import { cpuOf } from '../host/context.ts';
import { Play } from '../host/testing/play.ts';
import { ROUTINES_P7 } from '../machine/text-p7.ts';
import type { Loaded, Monitor } from '../scenario/index.ts';
import { makeLoaded } from '../scenario/testing/make.ts';
import { threadsGuest } from '../scenario/testing/threads.ts';
import { KIND } from '../trace/events.ts';
import { vcoreOf, vcpuOf, vmOf } from './context.ts';
import { guestReal } from './memslot.ts';
import { LPPACA, yieldCount } from './vpa.ts';

/** Labels of the steps that run on the way, 'routine/label'. */
function ran({ machine }: Loaded<Monitor>): Set<string> {
  const seen = new Set<string>();
  machine.storyboard.onStep = (routine, label) => seen.add(`${routine}/${label}`);
  machine.advance(Number.POSITIVE_INFINITY);
  return seen;
}

/** vcpu 1 is started and comes when the only other vcpu sleeps for ever. */
const STARTS_AND_SLEEPS = `
main:   li      r3, 1
        bl      start_cpu
1:      bl      cede
        b       1b
secondary:
        bl      power_off
`;

test('a vcpu that starts while its vcore sleeps wakes the runner, and runs', () => {
  const loaded = threadsGuest(STARTS_AND_SLEEPS, 2);
  expect(ran(loaded)).toContain('kvmppc_run_vcpu/wake_wq');
  expect(loaded.machine.endReason()).toBe('powered off');
  expect(loaded.machine.m.violations).toEqual([]);
});

describe('kvmppc_run_vcpu', () => {
  test('waits for vcore.lock, and says who holds it', () => {
    const { k } = makeLoaded({ scenario: 'guest-smt' }).machine;
    new Play(k, 0, ROUTINES_P7, 'qemu_main').until('qemu_main/qemu_thread_create');
    vcoreOf(k, 1).lock = vcpuOf(k, 2).task;
    const run = new Play(k, 0, ROUTINES_P7, 'kvmppc_run_vcpu', { vcpu: 1 });
    run.step();
    expect(run.spinning).toBe('waiting for vcore.lock, which CPU 2/KVM holds');
    vcoreOf(k, 1).lock = -1;
    run.step();
    expect(vcoreOf(k, 1).lock).toBe(cpuOf(k, 0).curr);
    expect(run.next).toBe('kvmppc_run_vcpu/runnable');
  });

  test('takes vcpus of one virtual core together, and those of the next one apart', () => {
    const { k } = threadsGuest('main: b main\nsecondary: b secondary', 6, {
      cores: 2,
      online: [0, 4],
    }).machine;
    new Play(k, 0, ROUTINES_P7, 'qemu_main').until('qemu_main/qemu_thread_create');
    expect(k.kvm.vcpus.map(({ vcore }) => vcore)).toEqual([0, 0, 0, 0, 1, 1]);
    const sizes = k.kvm.vcores.map(({ first_vcpuid, num_threads }) => [first_vcpuid, num_threads]);
    expect(sizes).toEqual([
      [0, 4],
      [4, 2],
    ]);
  });
});

/** vcpu 0 registers a VPA and a log of 4 entries, leaves twice for the console, and works. */
const WITH_VPA = `
        .equ    H_REGISTER_VPA, 0xdc
main:   lis     r14, 1                        # the VPA at 0x10000, the log at 0x10400
        li      r3, 1024
        sth     r3, 4(r14)
        li      r3, 192
        stw     r3, 0x404(r14)
        mr      r6, r14
        li      r4, 1
        bl      register
        addi    r6, r14, 0x400
        li      r4, 2
        bl      register
        bl      report
        li      r3, 300
        bl      spin
        bl      report
        bl      power_off
register:
        li      r3, H_REGISTER_VPA
        sldi    r4, r4, 45
        li      r5, 0
        sc      1
        blr
`;

test('a registered VPA counts entries and exits of its vcpu, the log its dispatches', () => {
  const loaded = threadsGuest(WITH_VPA, 1);
  const { machine } = loaded;
  machine.advance(100_000, () => machine.k.kvm.vcpus[0]?.vpa.pinned_addr !== 0);
  const parities = new Set<string>();
  machine.advance(100_000, () => {
    const vcpu = machine.k.kvm.vcpus[0];
    if (!vcpu || vcpu.thread_cpu < 0) return false;
    const where = machine.hw.inGuest(vcpu.thread_cpu) ? 'guest' : '';
    if (where) parities.add(`${where} ${yieldCount(machine.k, vcpu) % 2}`);
    return false;
  });
  const entered = machine.events
    .last(1000)
    .filter(({ kind }) => kind === KIND.kvm_guest_enter).length;
  expect([...parities]).toEqual(['guest 0']);
  const vcpu = vcpuOf(machine.k, 0);
  expect(yieldCount(machine.k, vcpu) % 2).toBe(1);
  const vpa = guestReal(vmOf(machine.k, 0), 0x10000n, 8);
  const index = Number(machine.hw.arena.read64(vpa + LPPACA.DTL_IDX));
  expect(index).toBe(vcpu.dtl_index);
  expect(index).toBeGreaterThan(1);
  expect(index).toBeLessThan(entered);
  expect(machine.hw.arena.read8(guestReal(vmOf(machine.k, 0), 0x10400n, 8))).toBe(7);
});
