// Guest entry on the PowerPC 970, as changes of the text of POWER7. Source: arch/powerpc/kvm/{book3s_hv_interrupts.S,
// book3s_hv_rmhandlers.S}, Linux 3.6. A processor has one thread, so nobody is counted, waited for or woken.
import { MMCR0, MSR } from '../hardware/bits.ts';
import { cpuOf, tell } from '../host/context.ts';
import { PPC_MSG } from '../host/records.ts';
import { BASE, call, goto, ret, variant } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { FAST_GUEST_RETURN, hvEntry, vcoreEntry } from './p7-entry.ts';
import { cedeReentry } from './p7-return.ts';
import { loadNamed, mfspr, mtspr } from './p7-state.ts';
import {
  flushTlb970,
  hid4Reserved,
  lockGuest,
  lockNative,
  PMCS_970,
  setHdice,
  unlockGuest,
  unlockNative,
} from './ppc970-state.ts';
import { EXTERNAL_PENDING, IRQPRIO } from './records.ts';

/** Keeps host registers in the PACA. */
function putAside(k: KvmCtx, names: readonly string[]): void {
  const cpu = cpuOf(k);
  cpu.hstate = { ...cpu.hstate, ...Object.fromEntries(names.map((n) => [n, mfspr(k, n)])) };
}

export const vcoreEntry970 = variant<KvmCtx, VcpuLocals>(vcoreEntry, {
  save_dscr_dabr: ['save_dabr', 'PACA: dabr := DABR', (k) => putAside(k, ['DABR'])],
  freeze_pmu: [
    'freeze_pmu',
    'MMCR0 := FC: the counters stand still; the host does not use them, so no more is saved',
    (k) => {
      putAside(k, ['MMCR0', 'MMCR1', 'MMCRA']);
      mtspr(k, 'MMCR0', MMCR0.FC);
    },
  ],
  hdec: [
    BASE,
    [
      'smp_send_reschedule',
      'an external interrupt is queued for the guest? an IPI to ourselves: it waits until the guest sets MSR[EE]',
      (k, l) => {
        if ((vcpuOf(k, l.vcpu).pending_exceptions & EXTERNAL_PENDING) === 0) return undefined;
        const to = { cpu: k.tid, message: PPC_MSG.RESCHEDULE };
        return call('smp_muxed_ipi_message_pass', to);
      },
      6,
    ],
  ],
});

export const hvEntry970 = variant<KvmCtx, VcpuLocals & { trap: number }>(
  hvEntry,
  {
    pmu: [
      'pmu',
      'PMC1-8, MMCR1, MMCRA, MMCR0 := guest, always, or it would see host counts',
      (k, l) => loadNamed(k, vcpuOf(k, l.vcpu), [...PMCS_970, 'MMCR1', 'MMCRA', 'MMCR0']),
      24,
    ],
    dscr: null,
    amr: null,
    entry_exit_count: null,
    primary: null,
    lpid_reserved: [lockNative, hid4Reserved, unlockNative, flushTlb970, lockGuest],
    lpid: [
      [
        'hid4',
        'HID4 := kvm.lpcr, with LPID, RMLS and RMOR of the guest; isync: it is in the partition of the guest',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          mtspr(k, 'HID4', vm.lpcr);
          tell(k, 'partition_switch', l.vcpu, 0, vm.lpid);
        },
      ],
      unlockGuest,
    ],
    in_guest: null,
    wait_in_guest: null,
    lpcr: null,
    rmor: null,
    tlb_check: [
      'hdice',
      'HID0[HDICE] := 1, with sync and six reads of HID0: HDEC may interrupt',
      (k) => setHdice(k, true),
      12,
    ],
    tlbiel: null,
    purr: null,
    handled: [
      'handled',
      'handled in real mode? back into the guest, in the same partition',
      (_k, l) => (l.ret === FAST_GUEST_RETURN ? goto('fast_guest_return') : undefined),
      4,
    ],
    kvm_end_cede: null,
    ended: null,
    done: ['done', 'to where the host was put aside', () => ret(), 2],
  },
  {
    about: 'Loads the guest into the processor, switches to its partition, and enters it.',
  },
);

export const cedeReentry970 = variant<KvmCtx, VcpuLocals>(cedeReentry, {
  external: [
    'external',
    'external interrupt queued, edge or level? with EE=1 it is delivered now; with EE=0 the IPI to ourselves waits',
    (k, l) => {
      const vcpu = vcpuOf(k, l.vcpu);
      if ((vcpu.pending_exceptions & EXTERNAL_PENDING) === 0) return goto('decrementer');
      return (vcpu.msr & MSR.EE) === 0n ? goto('srr') : undefined;
    },
  ],
  edge: [
    'edge',
    'of an edge that is all: it is no longer queued; a level stays until it is taken back',
    (k, l) => {
      vcpuOf(k, l.vcpu).pending_exceptions &= ~(1 << IRQPRIO.EXTERNAL);
    },
    4,
  ],
});
