// Interrupts that leave the guest on POWER8, H_CEDE and the exit, as changes of the text of POWER7. Source:
// arch/powerpc/kvm/{book3s_hv_rmhandlers.S, book3s_hv_builtin.c}, Linux 4.4.
//
// The first thread to leave rings each of the others by name, in the guest or napping, with a hypervisor doorbell; the
// doorbell alone says nothing, so a thread that takes one looks at vcore.entry_exit_map, and at what came for its vcpu.
import { LPCR } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, tell } from '../host/context.ts';
import { BASE, call, goto, ret, variant } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { H_TOO_HARD } from './hcall.ts';
import { CEDE_REENTRY, GUEST_EXIT, ONE_EXIT } from './p7-entry.ts';
import { hdecSoon, lowestBit, savePmu } from './p7-exit.ts';
import { hCedeP7, popcount } from './p7-hcall.ts';
import { interruptP7 } from './p7-interrupt.ts';
import { mfspr, mtspr, saveNamed } from './p7-state.ts';
import {
  DEBUG_P8,
  entryBit,
  exitBit,
  FACILITIES_P8,
  hostIpi,
  ipiThread,
  PMU_P8,
} from './p8-state.ts';

export const interruptP8 = variant<KvmCtx, VcpuLocals>(interruptP7, {
  dispatch: [
    [
      'dispatch_doorbell',
      '0xE80? another thread, or a kick',
      (k, l) =>
        vcpuOf(k, l.vcpu).trap === BOOK3S_INTERRUPT.H_DOORBELL ? goto('doorbell') : undefined,
      4,
    ],
    BASE,
  ],
  external: [
    [
      'doorbell',
      '0xE80: PACA host_ipi? then the host must act; else it was another thread or a kick',
      (k) => (hostIpi(k) ? ret(GUEST_EXIT) : goto('maybe_reenter_guest')),
      6,
    ],
    ['external', '0x500: kvmppc_read_intr', () => call('kvmppc_read_intr'), 4],
  ],
  edge: [
    'after_read_intr',
    'the host must act? out of the guest',
    (_k, l) => (l.ret > 0 ? ret(GUEST_EXIT) : undefined),
    4,
  ],
  bounce_ext_interrupt: [
    'maybe_reenter_guest',
    'has an exit begun? then out of the guest, else deliver_guest_interrupt',
    (k, l) => ret(vcoreOf(k, l.vcpu).entry_exit_count < ONE_EXIT ? CEDE_REENTRY : GUEST_EXIT),
    6,
  ],
});

export const hCedeP8 = variant<KvmCtx, VcpuLocals & { entered: number }>(hCedeP7, {
  entered: [
    'entered',
    'the threads that have entered: low byte of vcore.entry_exit_map',
    (k, l) => {
      l.entered = vcoreOf(k, l.vcpu).entry_exit_count & 0xff;
    },
    6,
  ],
  napping_threads: [
    'napping_threads',
    'atomically: would all of them nap with this one? H_TOO_HARD, so that the host can sleep; else its bit is set',
    (k, l) => {
      const vcore = vcoreOf(k, l.vcpu);
      const napping = vcore.napping_threads | entryBit(vcpuOf(k, l.vcpu).ptid);
      if (napping === l.entered) return ret(H_TOO_HARD);
      vcore.napping_threads = napping;
      cpuOf(k).napping = 1;
      return undefined;
    },
    10,
  ],
  fp: [
    BASE,
    [
      'dec', // B23
      'dec_expires := DEC + TB; DEC := min(DEC, HDEC), for HDEC does not wake a thread',
      (k, l) => {
        const { arena } = k.hw;
        vcpuOf(k, l.vcpu).dec_expires = arena.decExpires(k.tid);
        const first = Math.min(arena.decExpires(k.tid), arena.hdecExpires(k.tid));
        k.hw.setDecExpires(k.tid, first);
      },
      8,
    ],
  ],
  lpcr: [
    'lpcr',
    'run latch off; LPCR[PECE0], [PECE1], [PECEDH], [PECEDP] := 1: doorbells of both kinds wake it, too',
    (k) => {
      mtspr(k, 'CTRL', 0n);
      const wakes = LPCR.PECE0 | LPCR.PECE1 | LPCR.PECEDH | LPCR.PECEDP;
      mtspr(k, 'LPCR', mfspr(k, 'LPCR') | wakes);
    },
    8,
  ],
});

type ExitLocals = VcpuLocals & { trap: number; old: number; threads: number };

export const hdecSoonP8 = variant<KvmCtx, ExitLocals>(hdecSoon, {
  entry_exit_count: [
    'kvmhv_commence_exit',
    'atomically our exit bit in vcore.entry_exit_map: from now on no thread enters',
    (k, l) => {
      const vcore = vcoreOf(k, l.vcpu);
      l.old = vcore.entry_exit_count;
      vcore.entry_exit_count |= exitBit(vcpuOf(k, l.vcpu).ptid);
      k.hw.arena.clearReservation(k.tid);
      l.threads = l.old & ~entryBit(vcpuOf(k, l.vcpu).ptid);
      if (l.old < ONE_EXIT) tell(k, 'core_exit', l.vcpu, l.trap, popcount(l.threads));
    },
    10,
  ],
  first: [
    'first',
    'an exit bit was set before? then all know it',
    (_k, l) => (l.old < ONE_EXIT ? undefined : goto('primary')),
    4,
  ],
  hdec_zero: [
    'kvmhv_interrupt_vcore',
    'every other thread that has entered is to be rung, unless it is HDEC that ends the run for all',
    (_k, l) => (l.trap === BOOK3S_INTERRUPT.HV_DECREMENTER ? goto('primary') : undefined),
    4,
  ],
  napping_threads: null,
  ipi: [
    'kvmhv_rm_send_ipi',
    'msgsnd to each of them, one by one: 0xE80 in the guest, and the end of a nap',
    (k, l) => {
      if (l.threads === 0) return undefined;
      const ptid = lowestBit(l.threads);
      l.threads &= ~entryBit(ptid);
      ipiThread(k, k.tid - vcpuOf(k, l.vcpu).ptid + ptid);
      return goto('kvmhv_rm_send_ipi');
    },
    8,
  ],
  in_guest: [
    [
      'dpdes',
      'vcore.dpdes := DPDES: doorbells that no vcpu has taken yet',
      (k, l) => {
        vcoreOf(k, l.vcpu).dpdes = Number(mfspr(k, 'DPDES'));
      },
      8,
    ],
    ['clear_dpdes', 'DPDES := 0: the host would take them', (k) => mtspr(k, 'DPDES', 0n), 8],
    [
      'vtb',
      'vcore.vtb := VTB',
      (k, l) => {
        vcoreOf(k, l.vcpu).vtb = mfspr(k, 'VTB');
      },
      6,
    ],
    BASE,
  ],
  amr: [
    'amr',
    'AMR, UAMOR saved; both := 0',
    (k, l) => {
      saveNamed(k, vcpuOf(k, l.vcpu), ['AMR', 'UAMOR']);
      for (const name of ['AMR', 'UAMOR']) mtspr(k, name, 0n);
    },
    8,
  ],
  dscr: [
    BASE,
    [
      'facilities',
      'TAR, FSCR, PSPB, IAMR, event-based branches, transactions saved; IAMR, PSPB, TCSCR, WORT := 0',
      (k, l) => {
        saveNamed(k, vcpuOf(k, l.vcpu), [...FACILITIES_P8, ...DEBUG_P8]);
        for (const name of ['IAMR', 'PSPB', 'TCSCR', 'WORT']) mtspr(k, name, 0n);
      },
      24,
    ],
    [
      'dawr',
      'DAWRX0, CIABR := 0: no watchpoint of the guest is left',
      (k) => {
        for (const name of ['DAWRX0', 'CIABR']) mtspr(k, name, 0n);
      },
      8,
    ],
  ],
  pmu: [
    'pmu',
    'counters and MMCRs of the guest saved, but with pmcregs_in_use=0 in its VPA only MMCR0 := FC; MMCR0 := FC, MMCRA := 0',
    (k, l) => savePmu(k, vcpuOf(k, l.vcpu), PMU_P8),
    26,
  ],
  dabr: null,
});
