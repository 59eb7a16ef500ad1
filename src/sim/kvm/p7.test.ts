import { beforeEach, describe, expect, test } from 'vitest';
import { LPCR, MSR } from '../hardware/bits.ts';
import { cpuOf } from '../host/context.ts';
import { PPC_MSG } from '../host/records.ts';
import { Play } from '../host/testing/play.ts';
import { xicsWakeCpu } from '../host/xics.ts';
import { ROUTINES_P7 } from '../machine/text-p7.ts';
import { makeLoaded } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { RESUME, vcoreOf, vcpuOf, vmOf } from './context.ts';
import { EBUSY } from './errno.ts';
import { FAST_GUEST_RETURN, GUEST_EXIT } from './p7-entry.ts';
import { IRQPRIO } from './records.ts';

let k: VmmCtx;
/** Two vcpus, each of them a vcore; threads 0 and 4 are online. */
beforeEach(() => {
  k = makeLoaded({ scenario: 'book3s-hv-2cores' }).machine.k;
  new Play(k, 0, ROUTINES_P7, 'qemu_main').until('qemu_main/qemu_thread_create');
  new Play(k, 0, ROUTINES_P7, 'kvmppc_hv_setup_htab_rma', { vcpu: 0 }).finish();
  for (const cpu of k.host.cpus) if (!cpu.online) cpu.hwthread_state = 'KVM_HWTHREAD_IN_NAP';
});

const play = (tid: number, name: string, vcpu = 0) => new Play(k, tid, ROUTINES_P7, name, { vcpu });

/** kvmppc_run_core on a thread, with vcpu 0 as the only runnable one. */
function runCore(tid: number): Play<VmmCtx> {
  const lists = { runnable_threads: [0], n_runnable: 1, n_busy: 0, lock: cpuOf(k, tid).curr };
  Object.assign(vcoreOf(k, 0), lists);
  Object.assign(vcpuOf(k, 0), { state: 'KVMPPC_VCPU_RUNNABLE', ret: RESUME.GUEST, ceded: 0 });
  return new Play(k, tid, ROUTINES_P7, 'kvmppc_run_core', { vcpu: 0, i: 0 });
}

/** Enters the guest on thread 0, and has it interrupted there. */
function interrupted(vector: number, msr: bigint): Play<VmmCtx> {
  Object.assign(vcpuOf(k, 0), { pc: 0x2000n, msr });
  const run = runCore(0).until('fast_guest_return/vector');
  k.hw.deliver(0, vector);
  cpuOf(k, 0).trap = vector;
  return run;
}

describe('kvmppc_run_core', () => {
  test('refuses with -EBUSY while a sibling thread is online, and runs nothing', () => {
    cpuOf(k, 1).online = 1;
    const run = runCore(0);
    run.finish();
    expect(vcpuOf(k, 0)).toMatchObject({ ret: EBUSY, state: 'KVMPPC_VCPU_BUSY_IN_HOST' });
    expect(run.trace.filter((step) => step.startsWith('__kvmppc'))).toEqual([]);
    expect(vcoreOf(k, 0).vcore_state).toBe('VCORE_INACTIVE');
  });

  test('goes back at once when HDEC is about to expire: no guest ran, trap is 0', () => {
    k.hw.setDec(0, 9);
    const run = runCore(0);
    run.finish();
    expect(vcpuOf(k, 0).ret).toBe(RESUME.GUEST);
    expect(run.trace).toContain('hdec_soon/lpid');
    expect(run.trace).not.toContain('fast_guest_return/hrfid');
    expect(vcpuOf(k, 0).trap).toBe(0);
  });

  test('flushes the TLB once, and again only behind another vcpu of the VM or on another thread', () => {
    const flushes = (tid: number): boolean => {
      const run = runCore(tid).until('fast_guest_return/hrfid');
      const flushed = run.trace.includes('kvmppc_hv_entry/tlbiel');
      k.hw.setMsr(tid, k.hw.msr(tid) | MSR.HV);
      return flushed;
    };
    expect([flushes(0), flushes(0), flushes(4), flushes(4), flushes(0)]).toEqual([
      ...[true, false, true, false, true],
    ]);
    const slot = vcpuOf(k, 0).last_cpu;
    vmOf(k, 0).last_vcpu[slot] = 1;
    expect(flushes(0)).toBe(true);
  });
});

describe('the way out', () => {
  /** The exit of vcpu 0, which had these DAR and MMCRA, by an interrupt. */
  function left(vector: number): VmmCtx {
    const run = interrupted(vector, MSR.SF);
    k.hw.set(0, 'DAR', 0x1234n);
    k.hw.set(0, 'MMCRA', 1n);
    vcpuOf(k, 0).fault_dar = 7n;
    run.until('hdec_soon/dabr');
    return k;
  }

  test('keeps DAR as that of the fault, unless the hypervisor has one of its own', () => {
    expect(vcpuOf(left(0x500), 0)).toMatchObject({ dar: 0x1234n, fault_dar: 0x1234n });
  });

  test('stops the performance monitor, MMCRA too, so that SDAR stays', () => {
    expect(left(0x500).hw.get(0, 'MMCRA')).toBe(0n);
    expect(vcpuOf(k, 0).spr.MMCRA).toBe(1n);
  });

  test('rings threads that nap in the order of their numbers', () => {
    const vcore = vcoreOf(k, 0);
    Object.assign(vcore, { entry_exit_count: 3, napping_threads: 0b1100, in_guest: 1 });
    const run = new Play(k, 0, ROUTINES_P7, 'hdec_soon', { vcpu: 0, trap: 0xc00 });
    run.until('hdec_soon/ipi').step();
    expect(k.host.xics.icps.map(({ mfrr }) => mfrr).slice(0, 4)).toEqual([255, 255, 4, 255]);
  });
});

describe('kvmppc_cede_reentry', () => {
  const reenter = (msr: bigint): void => {
    Object.assign(vcpuOf(k, 0), { pc: 0x2000n, msr, ceded: 1 });
    play(0, 'kvmppc_cede_reentry').finish();
  };
  const queue = (...priorities: number[]) => {
    vcpuOf(k, 0).pending_exceptions = priorities.reduce((bits, n) => bits | (1 << n), 0);
  };
  const mer = () => k.hw.get(0, 'LPCR') & LPCR.MER;

  test('delivers a level when EE=1, leaves it queued, and asks for another look by MER', () => {
    queue(IRQPRIO.EXTERNAL_LEVEL);
    reenter(MSR.SF | MSR.EE);
    expect(vcpuOf(k, 0)).toMatchObject({ pc: 0x500n, srr0: 0x2000n, ceded: 0 });
    expect(vcpuOf(k, 0).pending_exceptions).toBe(1 << IRQPRIO.EXTERNAL_LEVEL);
    expect(k.hw.get(0, 'SRR0')).toBe(0x2000n);
    expect(mer()).toBe(LPCR.MER);
  });

  test('delivers an edge once: it is no longer queued, and MER asks for no more', () => {
    queue(IRQPRIO.EXTERNAL);
    reenter(MSR.SF | MSR.EE);
    expect(vcpuOf(k, 0)).toMatchObject({ pc: 0x500n, srr0: 0x2000n, pending_exceptions: 0 });
    expect(mer()).toBe(0n);
  });

  test('delivers an edge together with a level, which stays', () => {
    queue(IRQPRIO.EXTERNAL, IRQPRIO.EXTERNAL_LEVEL);
    reenter(MSR.SF | MSR.EE);
    expect(vcpuOf(k, 0).pending_exceptions).toBe(1 << IRQPRIO.EXTERNAL_LEVEL);
    expect(mer()).toBe(LPCR.MER);
  });

  test('leaves it to MER when EE=0', () => {
    queue(IRQPRIO.EXTERNAL);
    reenter(MSR.SF);
    expect(vcpuOf(k, 0).pc).toBe(0x2000n);
    expect(mer()).toBe(LPCR.MER);
  });

  test('delivers the decrementer when it has run out and EE=1', () => {
    k.hw.setDec(0, 0);
    reenter(MSR.SF);
    expect(vcpuOf(k, 0).pc).toBe(0x2000n);
    reenter(MSR.SF | MSR.EE);
    expect(vcpuOf(k, 0)).toMatchObject({ pc: 0x900n, srr0: 0x2000n });
    expect(mer()).toBe(0n);
  });
});

describe('kvmppc_interrupt', () => {
  /** What it decides, to the caller in kvmppc_hv_entry. */
  function decision(run: Play<VmmCtx>): number {
    run.until('kvmppc_hv_entry/handled');
    const before = run.trace.length;
    run.step();
    run.step();
    return run.trace[before + 1] === 'kvmppc_hv_entry/fast_guest_return'
      ? FAST_GUEST_RETURN
      : GUEST_EXIT;
  }

  test('an HDEC that was given more time meanwhile is stale: back into the guest', () => {
    const run = interrupted(0x980, MSR.SF);
    expect(decision(run)).toBe(FAST_GUEST_RETURN);
    expect(vcpuOf(k, 0).pc).toBe(0x2000n);
  });

  test('an HDEC that has run out ends the run', () => {
    const run = interrupted(0x980, MSR.SF);
    k.hw.setHdec(0, -1);
    expect(decision(run)).toBe(GUEST_EXIT);
  });

  test('an external interrupt is the host’s', () => {
    xicsWakeCpu(k, 0);
    expect(decision(interrupted(0x500, MSR.SF | MSR.EE))).toBe(GUEST_EXIT);
    expect(vcpuOf(k, 0)).toMatchObject({ trap: 0x500, pc: 0x2000n });
  });

  test('with MER and EE set it is bounced to the guest', () => {
    vcpuOf(k, 0).pending_exceptions = 1 << IRQPRIO.EXTERNAL;
    xicsWakeCpu(k, 0);
    const run = interrupted(0x500, MSR.SF);
    k.hw.set(0, 'HSRR1', MSR.SF | MSR.EE);
    expect(decision(run)).toBe(FAST_GUEST_RETURN);
    expect(vcpuOf(k, 0)).toMatchObject({ pc: 0x500n, srr0: 0x2000n });
  });

  test('an illegal instruction comes with its word', () => {
    const run = interrupted(0xe40, MSR.SF);
    k.hw.set(0, 'HEIR', 0x1234n);
    expect(decision(run)).toBe(GUEST_EXIT);
    expect(vcpuOf(k, 0).last_inst).toBe(0x1234);
  });
});

describe('kvmppc_h_cede', () => {
  test('a prod that came before is used up, and the guest goes on', () => {
    vcpuOf(k, 0).prodded = 1;
    expect(play(0, 'kvmppc_h_cede').finish()).toBe(0);
    expect(vcpuOf(k, 0)).toMatchObject({ prodded: 0, ceded: 0 });
  });
});

describe('kvmppc_handle_exit', () => {
  const handle = (trap: number, msr = MSR.SF): number => {
    Object.assign(vcpuOf(k, 0), { trap, msr, pc: 0x2000n });
    return play(0, 'kvmppc_handle_exit_hv').finish();
  };

  test('leaves a trap that nothing handles to user space', () => {
    expect(handle(0x200)).toBe(RESUME.HOST);
    expect(vcpuOf(k, 0).run).toMatchObject({ exit_reason: 'KVM_EXIT_UNKNOWN', nr: 0x200 });
  });

  test('gives sc 1 of problem state back as a system call', () => {
    expect(handle(0xc00, MSR.SF | MSR.PR)).toBe(RESUME.GUEST);
    expect(vcpuOf(k, 0)).toMatchObject({ pc: 0xc00n, srr0: 0x2000n });
  });
});

describe('a kick', () => {
  test('of a vcpu on another core is a reschedule IPI to that thread', () => {
    Object.assign(vcpuOf(k, 1), { cpu: 4, thread_cpu: 4 });
    play(0, 'kvmppc_fast_vcpu_kick_hv', 1).finish();
    expect(cpuOf(k, 4).ipi_messages).toBe(1 << PPC_MSG.RESCHEDULE);
    expect(k.hw.arena.inputs(4)).not.toBe(0);
  });

  test('of a vcpu that is nowhere tells nobody', () => {
    const kick = play(0, 'kvmppc_fast_vcpu_kick_hv', 1);
    kick.finish();
    expect(kick.trace.at(-1)).toBe('kvmppc_fast_vcpu_kick_hv/cpu');
  });
});
