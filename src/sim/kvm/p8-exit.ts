// Interrupts that leave the guest on POWER8 and H_CEDE, as changes of the text of POWER7, and the exit, its steps in the
// order of Linux 4.4. Source: arch/powerpc/kvm/{book3s_hv_rmhandlers.S, book3s_hv_builtin.c}.
//
// The first thread to leave rings each of the others by name, in the guest or napping, with a hypervisor doorbell; the
// doorbell alone says nothing, so a thread that takes one looks at vcore.entry_exit_map, and at what came for its vcpu.
import { LPCR } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, tell } from '../host/context.ts';
import { BASE, call, goto, ret, routine, stepsOf, variant } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { H_TOO_HARD } from './hcall.ts';
import { CEDE_REENTRY, GUEST_EXIT, ONE_EXIT, RMHANDLERS_S } from './p7-entry.ts';
import { guestExitCont, hdecSoon, lowestBit, savePmu } from './p7-exit.ts';
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

/** Steps that are those of POWER7, of the first part of the exit or of the second. */
const asOnP7 = (first: string, last?: string) => stepsOf(guestExitCont, first, last);
const later = (first: string, last?: string) => stepsOf(hdecSoon, first, last);

type ExitLocals = VcpuLocals & { trap: number; old: number; threads: number };

export const guestExitContP8 = routine<KvmCtx, ExitLocals>(
  'guest_exit_cont',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'Out of the guest: the first thread to leave rings the others, then all save their guests.',
  },
  [
    ...asOnP7('dar'),
    [
      'kvmhv_commence_exit',
      'atomically our exit bit in vcore.entry_exit_map: from now on no thread enters',
      (k, l) => {
        const [vcore, { trap, ptid }] = [vcoreOf(k, l.vcpu), vcpuOf(k, l.vcpu)];
        l.old = vcore.entry_exit_count;
        vcore.entry_exit_count |= exitBit(ptid);
        k.hw.arena.clearReservation(k.tid);
        l.threads = l.old & ~entryBit(ptid);
        if (l.old < ONE_EXIT) tell(k, 'core_exit', l.vcpu, trap, popcount(l.threads));
      },
      10,
    ],
    [
      'first',
      'an exit bit was set before? then all know it',
      (_k, l) => (l.old < ONE_EXIT ? undefined : goto('ctrl')),
      4,
    ],
    [
      'kvmhv_interrupt_vcore',
      'every other thread that has entered is to be rung, unless it is HDEC that ends the run for all',
      (k, l) =>
        vcpuOf(k, l.vcpu).trap === BOOK3S_INTERRUPT.HV_DECREMENTER ? goto('ctrl') : undefined,
      4,
    ],
    [
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
    ...asOnP7('ctrl', 'purr'),
    ...asOnP7('dec_expires'),
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
      'amr',
      'AMR, UAMOR saved; both := 0',
      (k, l) => {
        saveNamed(k, vcpuOf(k, l.vcpu), ['AMR', 'UAMOR']);
        for (const name of ['AMR', 'UAMOR']) mtspr(k, name, 0n);
      },
      8,
    ],
    ...later('dscr', 'yield_count'),
    [
      'pmu',
      'counters and MMCRs of the guest saved, but with pmcregs_in_use=0 in its VPA only MMCR0 := FC; MMCR0 := FC, MMCRA := 0',
      (k, l) => savePmu(k, vcpuOf(k, l.vcpu), PMU_P8),
      26,
    ],
    ...asOnP7('slb_clear'),
    [
      'dawr',
      'DAWRX0, CIABR := 0: no watchpoint of the guest is left',
      (k) => {
        for (const name of ['DAWRX0', 'CIABR']) mtspr(k, name, 0n);
        return ret();
      },
      8,
    ],
  ],
);

export const hdecSoonP8 = routine<KvmCtx, ExitLocals>(
  'hdec_soon',
  {
    source: `${RMHANDLERS_S} (kvmhv_switch_to_host)`,
    mode: 'real',
    about:
      'Back to the partition of the host when every thread is out, then what is left of the host.',
  },
  [
    ...later('primary', 'lpid'),
    [
      'dpdes',
      'vcore.dpdes := DPDES: doorbells that no vcpu has taken yet',
      (k, l) => {
        vcoreOf(k, l.vcpu).dpdes = Number(mfspr(k, 'DPDES'));
      },
      8,
    ],
    [
      'vtb',
      'vcore.vtb := VTB',
      (k, l) => {
        vcoreOf(k, l.vcpu).vtb = mfspr(k, 'VTB');
      },
      6,
    ],
    ['clear_dpdes', 'DPDES := 0: the host would take them', (k) => mtspr(k, 'DPDES', 0n), 8],
    ...later('in_guest', 'slb_host'),
    ...later('secondary'),
    ...later('sprg3'),
    [
      'host_pmu',
      'MMCR1, MMCRA := host; the counters stand still',
      (k) => {
        for (const name of ['MMCR1', 'MMCRA']) mtspr(k, name, cpuOf(k).hstate[name] ?? 0n);
      },
      8,
    ],
    ...later('dec'),
    [
      'hwthread_req',
      'PACA: hwthread_req := 0, which a nap has set',
      (k) => {
        cpuOf(k).hwthread_req = 0;
        return ret();
      },
      4,
    ],
  ],
);
