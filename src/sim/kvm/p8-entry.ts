// Guest entry on POWER8: steps of the text of POWER7 in the order of Linux 4.4, and its own. Source: arch/powerpc/kvm/
// {book3s_hv_interrupts.S, book3s_hv_rmhandlers.S}.
//
// A thread says that it enters before it loads its guest, and waits for the primary when it has. A thread is known by its place in the core: ptid is fixed, and who has entered and who leaves are two bitmaps in one
// word, vcore.entry_exit_map, so that whoever leaves first knows whom to ring. The doorbells of a guest are the core's
// register DPDES, which the primary loads for all before anybody enters.
import { LPCR, MSR } from '../hardware/bits.ts';
import { IS, RB } from '../hardware/mmu/hpte.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, stackDepth, tell } from '../host/context.ts';
import { call, goto, ret, routine, stepsOf, tail, variant } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf, vmOf } from './context.ts';
import {
  CEDE_REENTRY,
  FAST_GUEST_RETURN,
  GUEST_EXIT,
  HDEC_SOON,
  hvEntry,
  isTlbStale,
  ONE_EXIT,
  putAside,
  RMHANDLERS_S,
  vcoreEntry,
} from './p7-entry.ts';
import { cedeReentry } from './p7-return.ts';
import { loadNamed, mfspr, mtspr } from './p7-state.ts';
import { DEBUG_P8, entryBit, FACILITIES_P8, PMU_P8 } from './p8-state.ts';
import { EXTERNAL_PENDING } from './records.ts';

/** Sets of the TLB, each flushed by a tlbiel of its own. */
const TLB_SETS = 512;

export const vcoreEntryP8 = variant<KvmCtx, VcpuLocals>(vcoreEntry, {
  save_dscr_dabr: ['save_dscr', 'PACA: host_dscr := DSCR', (k) => putAside(k, ['DSCR'])],
  done: [
    [
      'done',
      'a hypervisor doorbell ended the run: to the host vector 0xE80, which looks for messages',
      (k, l) =>
        vcpuOf(k, l.vcpu).trap === BOOK3S_INTERRUPT.H_DOORBELL
          ? call('doorbell_exception', { msr: cpuOf(k).hstate.MSR ?? 0n })
          : undefined,
      4,
    ],
    ['return', 'return to kvmppc_run_core', () => ret(), 2],
  ],
});

/** Steps that are those of POWER7, from one label to another. */
const asOnP7 = (first: string, last?: string) => stepsOf(hvEntry, first, last);

export const hvEntryP8 = routine<KvmCtx, VcpuLocals & { trap: number }>(
  'kvmppc_hv_entry',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'Counts the thread in, switches the core to the guest’s partition, loads the guest, and enters it.',
  },
  [
    [
      'host_r1',
      'PACA: host_r1',
      (k) => {
        cpuOf(k).hstate = { ...cpuOf(k).hstate, r1: k.hw.arena.gpr(k.tid, 1) };
        cpuOf(k).host_depth = stackDepth(k);
      },
      4,
    ],
    ...asOnP7('slb_clear'),
    [
      'entry_exit_map',
      'atomically: no exit bit is set? then our entry bit; else secondary_too_late',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        if (vcore.entry_exit_count >= ONE_EXIT) {
          tell(k, 'too_late', l.vcpu);
          return tail('secondary_too_late');
        }
        vcore.entry_exit_count |= entryBit(vcpuOf(k, l.vcpu).ptid);
        return undefined;
      },
      10,
    ],
    [
      'primary',
      'ptid 0? the primary thread switches the partition; the others load their guests meanwhile',
      (k, l) => (vcpuOf(k, l.vcpu).ptid === 0 ? undefined : goto('slb_load')),
      4,
    ],
    ...asOnP7('lpid_reserved', 'lpid'),
    [
      'dpdes',
      'DPDES := vcore.dpdes: the doorbells of all vcpus, bit by ptid',
      (k, l) => mtspr(k, 'DPDES', BigInt(vcoreOf(k, l.vcpu).dpdes)),
      8,
    ],
    ['vtb', 'VTB := vcore.vtb', (k, l) => mtspr(k, 'VTB', vcoreOf(k, l.vcpu).vtb), 6],
    [
      'in_guest',
      'vcore.in_guest := 1: waiting threads may follow',
      (k, l) => {
        vcoreOf(k, l.vcpu).in_guest = 1;
      },
      6,
    ],
    ...asOnP7('slb_load'),
    ...asOnP7('yield_count'),
    ...asOnP7('purr'),
    [
      'pmu',
      'PMC1-6, SIER, MMCR1, MMCR2, MMCRA, MMCR0 := guest, always, or it would see host counts',
      (k, l) => loadNamed(k, vcpuOf(k, l.vcpu), PMU_P8),
      26,
    ],
    ...asOnP7('fp', 'dscr'),
    [
      'facilities',
      'IAMR, PSPB, FSCR, TAR, event-based branches, transactions := guest',
      (k, l) => loadNamed(k, vcpuOf(k, l.vcpu), FACILITIES_P8),
      24,
    ],
    [
      'dawr',
      'DAWR0, DAWRX0, CIABR := guest',
      (k, l) => loadNamed(k, vcpuOf(k, l.vcpu), DEBUG_P8),
      8,
    ],
    ...asOnP7('dec'),
    [
      'sprg',
      'SPRG0-3 := guest',
      (k, l) => {
        vcpuOf(k, l.vcpu).sprg.forEach((value, n) => {
          mtspr(k, `SPRG${n}`, value);
        });
      },
      8,
    ],
    ...asOnP7('dar', 'amr'),
    ...asOnP7('ctrl'),
    ...asOnP7('wait_in_guest', 'rmor'),
    [
      'tlb_check',
      'did this vcpu run here last, and the thread run no other of the VM since? else its TLB is stale',
      (k, l) => (isTlbStale(k, l.vcpu) ? undefined : goto('hdec_check')),
      8,
    ],
    [
      'tlbiel',
      '512 x tlbiel, IS=2: every entry of this LPID, set by set',
      (k, l) => {
        k.hw.tlbielSets(k.tid, IS.LPID << RB.IS_SHIFT, TLB_SETS);
        tell(k, 'tlb_flush', l.vcpu, vmOf(k, l.vcpu).lpid);
      },
      TLB_SETS,
    ],
    [
      'hdec_check', // MODEL: 10 ticks, as on POWER7, not 512: the tick of the host is shorter here, too.
      'fewer than 10 ticks left in HDEC? then out again at once, with trap 0x980',
      (k, l) => {
        if (k.hw.hdec(k.tid) >= HDEC_SOON) return undefined;
        vcpuOf(k, l.vcpu).trap = BOOK3S_INTERRUPT.HV_DECREMENTER;
        return goto('guest_exit_cont');
      },
      4,
    ],
    ...asOnP7('cede_reentry', 'kvmppc_interrupt'),
    [
      'handled',
      'handled in real mode? back into the guest; something may have come for it: deliver_guest_interrupt',
      (_k, l) => {
        if (l.ret === FAST_GUEST_RETURN) return goto('fast_guest_return');
        if (l.ret === CEDE_REENTRY) return goto('cede_reentry');
        return l.ret === GUEST_EXIT ? goto('guest_exit_cont') : undefined;
      },
      4,
    ],
    ...asOnP7('kvm_end_cede', 'done'),
  ],
);

/** Threads come here again and again in one run: MER goes when nothing is queued any more. */
export const cedeReentryP8 = variant<KvmCtx, VcpuLocals>(cedeReentry, {
  external: [
    'external',
    'LPCR[MER] := is an external interrupt queued, edge or level? with EE=1 it is delivered now',
    (k, l) => {
      const vcpu = vcpuOf(k, l.vcpu);
      const queued = (vcpu.pending_exceptions & EXTERNAL_PENDING) !== 0;
      const lpcr = mfspr(k, 'LPCR');
      mtspr(k, 'LPCR', queued ? lpcr | LPCR.MER : lpcr & ~LPCR.MER);
      if (!queued) return goto('decrementer');
      return (vcpu.msr & MSR.EE) === 0n ? goto('srr') : undefined;
    },
  ],
});
