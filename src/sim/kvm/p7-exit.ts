// Guest exit on POWER7, in the order of the assembly. Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S, Linux 3.6.
//
// A core leaves the guest as a whole. Whoever is first sets HDEC to 0, which all threads share, and wakes those that nap;
// everybody counts itself out, and the primary switches the partition when all have.

import { MMCR0 } from '../hardware/bits.ts';
import { NEVER } from '../hardware/hardware.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, tell } from '../host/context.ts';
import { goto, ret, routine, spin } from '../host/routine.ts';
import { HOST_SLB } from '../host/slb.ts';
import { xicsWakeCpu } from '../host/xics.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf, vmOf } from './context.ts';
import { LPID_RSVD, ONE_EXIT } from './p7-entry.ts';
import {
  clearSlb,
  loadSlb,
  mfspr,
  mtspr,
  PMCS,
  readSlb,
  saveFp,
  saveGprs,
  saveNamed,
} from './p7-state.ts';
import type { Vcpu } from './records.ts';
import { bumpYieldCount, pmcregsInUse } from './vpa.ts';

const RMHANDLERS_S = 'arch/powerpc/kvm/book3s_hv_rmhandlers.S';
const DABRX_HOST = 7n;

export const guestExitCont = routine<KvmCtx, VcpuLocals>(
  'guest_exit_cont',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'Out of the guest: what changes by itself is saved while the thread still is the guest’s.',
  },
  [
    [
      'dec_expires',
      'dec_expires := DEC + TB: the guest decrementer as an absolute time',
      (k, l) => {
        vcpuOf(k, l.vcpu).dec_expires = k.hw.arena.decExpires(k.tid);
      },
      6,
    ],
    [
      'dar',
      'DAR, DSISR saved, also as those of the fault, but for 0xE00, which has its own',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.dar = mfspr(k, 'DAR');
        vcpu.dsisr = mfspr(k, 'DSISR');
        if (vcpu.trap === BOOK3S_INTERRUPT.H_DATA_STORAGE) return;
        vcpu.fault_dar = vcpu.dar;
        vcpu.fault_dsisr = vcpu.dsisr;
      },
      6,
    ],
    [
      'ctrl',
      'CTRL saved, run latch on',
      (k, l) => {
        saveNamed(k, vcpuOf(k, l.vcpu), ['CTRL']);
        mtspr(k, 'CTRL', 1n);
      },
      6,
    ],
    [
      'slb_read',
      'slbmfee, slbmfev: the valid SLB entries of the guest are saved',
      (k, l) => {
        vcpuOf(k, l.vcpu).slb = readSlb(k);
      },
      32,
    ],
    [
      'purr',
      'PURR, SPURR saved; the host’s go on by what the guest used',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const before = { ...vcpu.spr };
        saveNamed(k, vcpu, ['PURR', 'SPURR']);
        for (const name of ['PURR', 'SPURR']) {
          const used = (vcpu.spr[name] ?? 0n) - (before[name] ?? 0n);
          mtspr(k, name, BigInt.asUintN(64, (cpuOf(k).hstate[name] ?? 0n) + used));
        }
      },
      10,
    ],
    ['slb_clear', 'slbmte 0,0; slbia: no segment of the guest is left', clearSlb, 16],
    ['done', 'on to hdec_soon', () => ret(), 2],
  ],
);

export const hdecSoon = routine<
  KvmCtx,
  VcpuLocals & { trap: number; old: number; threads: number }
>(
  'hdec_soon',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'Back to the partition of the host when every thread is out, then the rest of the registers.',
  },
  [
    [
      'entry_exit_count',
      'lwsync; atomically one more exit has begun: from now on no thread enters; lwsync',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        l.old = vcore.entry_exit_count;
        vcore.entry_exit_count += ONE_EXIT;
        k.hw.arena.clearReservation(k.tid);
      },
      10,
    ],
    [
      'first',
      'the first to leave, and others have entered? it must tell them',
      (_k, l) => (l.old < ONE_EXIT && l.old > 1 ? undefined : goto('primary')),
      4,
    ],
    [
      'hdec_zero',
      'HDEC := 0, unless it has run out anyway: all threads share it, and those in the guest take 0x980',
      (k, l) => {
        tell(k, 'core_exit', l.vcpu, l.trap, l.old - 1);
        if (l.trap !== BOOK3S_INTERRUPT.HV_DECREMENTER) k.hw.setHdec(k.tid, 0);
      },
      6,
    ],
    [
      'napping_threads', // B30: the bit of this ptid, not of another
      'which others nap in H_CEDE? HDEC does not wake them',
      (k, l) => {
        const { ptid } = vcpuOf(k, l.vcpu);
        l.threads = vcoreOf(k, l.vcpu).napping_threads & ~(1 << ptid);
      },
      6,
    ],
    [
      'ipi', // B3
      'an IPI to each of them, one by one: MFRR := IPI_PRIORITY',
      (k, l) => {
        if (l.threads === 0) return undefined;
        const ptid = lowestBit(l.threads);
        l.threads &= ~(1 << ptid);
        xicsWakeCpu(k, k.tid - vcpuOf(k, l.vcpu).ptid + ptid);
        return goto('ipi');
      },
      8,
    ],
    [
      'primary',
      'ptid 0? the primary thread switches the partition, the others wait for it',
      (k, l) => (vcpuOf(k, l.vcpu).ptid === 0 ? undefined : goto('wait_in_guest')),
      4,
    ],
    [
      'gather',
      'wait until as many threads have left as had entered',
      (k, l) => {
        const count = vcoreOf(k, l.vcpu).entry_exit_count;
        return count >> 8 === (count & 0xff) ? undefined : spin('waiting for the other threads');
      },
      6,
    ],
    [
      'lpid_reserved',
      'LPID := 1023, the reserved one; ptesync',
      (k) => mtspr(k, 'LPIDR', LPID_RSVD),
    ],
    ['sdr1', 'SDR1 := host_sdr1', (k, l) => mtspr(k, 'SDR1', vmOf(k, l.vcpu).host_sdr1)],
    [
      'lpid',
      'LPID := 0; isync: the core is in the partition of the host',
      (k, l) => {
        mtspr(k, 'LPIDR', 0n);
        tell(k, 'partition_switch', l.vcpu, vmOf(k, l.vcpu).lpid, 0);
      },
    ],
    [
      'in_guest',
      'vcore.in_guest := 0: waiting threads may go home',
      (k, l) => {
        vcoreOf(k, l.vcpu).in_guest = 0;
      },
      6,
    ],
    [
      'hdec',
      'HDEC := maximum',
      (k) => {
        k.hw.setHdec(k.tid, NEVER);
        return goto('lpcr');
      },
      6,
    ],
    [
      'wait_in_guest',
      'secondary thread: wait until the primary has switched the partition',
      (k, l) =>
        vcoreOf(k, l.vcpu).in_guest
          ? spin('waiting for the primary thread to switch the partition back')
          : undefined,
      6,
    ],
    [
      'lpcr',
      'LPCR := host_lpcr: HDICE is off',
      (k, l) => mtspr(k, 'LPCR', vmOf(k, l.vcpu).host_lpcr),
    ],
    ['slb_host', 'slbmte of the bolted entries of the host', (k) => loadSlb(k, HOST_SLB), 12],
    [
      'amr',
      'AMR, UAMOR saved; AMR := 0',
      (k, l) => {
        saveNamed(k, vcpuOf(k, l.vcpu), ['AMR', 'UAMOR']);
        mtspr(k, 'AMR', 0n);
      },
      8,
    ],
    [
      'dscr',
      'DSCR saved; DSCR := host_dscr',
      (k, l) => {
        saveNamed(k, vcpuOf(k, l.vcpu), ['DSCR']);
        mtspr(k, 'DSCR', cpuOf(k).hstate.DSCR ?? 0n);
      },
      6,
    ],
    ['nvgprs', 'r14-r31 of the guest saved', (k, l) => saveGprs(k, vcpuOf(k, l.vcpu), 14, 31), 18],
    [
      'sprg',
      'SPRG0-3 of the guest saved',
      (k, l) => {
        vcpuOf(k, l.vcpu).sprg = [0, 1, 2, 3].map((n) => mfspr(k, `SPRG${n}`));
      },
      8,
    ],
    ['fp', 'FP, VMX and VSX registers saved', (k, l) => saveFp(k, vcpuOf(k, l.vcpu)), 40],
    [
      'yield_count',
      'VPA: yield_count + 1, odd: it does not run',
      (k, l) => bumpYieldCount(k, vcpuOf(k, l.vcpu)),
      4,
    ],
    [
      'pmu',
      'PMC1-6, MMCRs of the guest saved, but with pmcregs_in_use=0 in its VPA only MMCR0 := FC; MMCR0 := FC, MMCRA := 0',
      (k, l) => savePmu(k, vcpuOf(k, l.vcpu), [...PMCS, 'MMCR0', 'MMCR1', 'MMCRA']),
      24,
    ],
    [
      'secondary',
      'ptid 0? the host needs more of it; the others nap',
      (k, l) => (vcpuOf(k, l.vcpu).ptid === 0 ? undefined : ret()),
      4,
    ],
    [
      'dabr',
      'DABR := host, DABRX := 7',
      (k) => {
        mtspr(k, 'DABR', cpuOf(k).hstate.DABR ?? 0n);
        mtspr(k, 'DABRX', DABRX_HOST);
      },
      8,
    ],
    ['sprg3', 'SPRG3 := host: the number of this cpu', (k) => mtspr(k, 'SPRG3', BigInt(k.tid)), 4],
    [
      'dec',
      'DEC := host dec_expires - TB',
      (k) => {
        k.hw.setDecExpires(k.tid, Number(cpuOf(k).hstate.dec_expires ?? BigInt(NEVER)));
      },
      6,
    ],
    [
      'host_pmu',
      'MMCR1, MMCRA := host; the counters stand still',
      (k) => {
        for (const name of ['MMCR1', 'MMCRA']) mtspr(k, name, cpuOf(k).hstate[name] ?? 0n);
        return ret();
      },
      8,
    ],
  ],
);

/** Saves the registers of the performance monitor, if the guest uses it, and stops it. */
export function savePmu(k: KvmCtx, vcpu: Vcpu, names: readonly string[]): void {
  if (pmcregsInUse(k, vcpu)) saveNamed(k, vcpu, names);
  else vcpu.spr = { ...vcpu.spr, MMCR0: MMCR0.FC };
  mtspr(k, 'MMCR0', MMCR0.FC);
  mtspr(k, 'MMCRA', 0n);
}

/** Place of the lowest bit that is set: threads are rung in the order of their numbers. */
export const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);
