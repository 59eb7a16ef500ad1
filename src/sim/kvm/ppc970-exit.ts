// What leaves the guest on the PowerPC 970, and the exit, as changes of the text of POWER7. Storage interrupts and
// illegal instructions are the guest's own there. Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S, Linux 3.6.
import { MMCR0, SRR1_CAUSES } from '../hardware/bits.ts';
import { NEVER } from '../hardware/hardware.ts';
import { BOOK3S_INTERRUPT, vectorRow } from '../hardware/vectors.ts';
import { cpuOf, tell } from '../host/context.ts';
import { goto, ret, variant } from '../host/routine.ts';
import { HOST_SLB_970 } from '../host/slb.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { KVM_INST_FETCH_FAILED } from './emulate-mmio.ts';
import { H_TOO_HARD } from './hcall.ts';
import { GUEST_EXIT } from './p7-entry.ts';
import { guestExitCont, hdecSoon } from './p7-exit.ts';
import { hCedeP7 } from './p7-hcall.ts';
import { interruptP7 } from './p7-interrupt.ts';
import { loadSlb, mfspr, mtspr, saveNamed } from './p7-state.ts';
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
import { pmcregsInUse } from './vpa.ts';

export const interrupt970 = variant<KvmCtx, VcpuLocals>(interruptP7, {
  pc: [
    'pc',
    'pc, msr := HSRR0/1 for HDEC, else SRR0/1; trap := vector; PACA: in_guest := NONE',
    (k, l) => {
      const vcpu = vcpuOf(k, l.vcpu);
      vcpu.trap = cpuOf(k).trap;
      const pair = vectorRow(vcpu.trap).regs === 'H' ? 'HSRR' : 'SRR';
      vcpu.pc = mfspr(k, `${pair}0`);
      vcpu.msr = mfspr(k, `${pair}1`) & ~SRR1_CAUSES;
      cpuOf(k).in_guest = 0;
      tell(k, 'kvm_guest_exit', l.vcpu, vcpu.trap);
    },
    8,
  ],
  last_inst: [
    'last_inst',
    'last_inst unknown; CTR, XER saved',
    (k, l) => {
      const vcpu = vcpuOf(k, l.vcpu);
      vcpu.last_inst = KVM_INST_FETCH_FAILED;
      vcpu.ctr = mfspr(k, 'CTR');
      vcpu.xer = mfspr(k, 'XER');
    },
    8,
  ],
  dispatch: [
    'dispatch',
    'which of them can real mode answer? No external interrupt: nothing says that it is meant for the guest',
    (k, l) => {
      switch (vcpuOf(k, l.vcpu).trap) {
        case BOOK3S_INTERRUPT.HV_DECREMENTER:
          return goto('hdec');
        case BOOK3S_INTERRUPT.SYSCALL:
          return goto('syscall');
        default:
          return ret(GUEST_EXIT);
      }
    },
    6,
  ],
  storage: null,
  after_storage: null,
  external: null,
  edge: null,
  bounce_ext_interrupt: null,
});

export const hCede970 = variant<KvmCtx, VcpuLocals>(
  hCedeP7,
  {
    entered: [
      'too_hard',
      'H_TOO_HARD: no nap in a partition; the host blocks the vcpu',
      () => ret(H_TOO_HARD),
      2,
    ],
    napping_threads: null,
    entry_exit_count: null,
    nvgprs: null,
    fp: null,
    hwthread_req: null,
    lpcr: null,
    nap: null,
  },
  { about: 'H_CEDE: notes that the vcpu is idle, and gives the processor back.' },
);

export const guestExitCont970 = variant<KvmCtx, VcpuLocals>(guestExitCont, { purr: null });

export const hdecSoon970 = variant<KvmCtx, VcpuLocals & { trap: number }>(
  hdecSoon,
  {
    entry_exit_count: [
      'reservation',
      'the atomic updates of the locks end a reservation of the guest',
      (k) => k.hw.arena.clearReservation(k.tid),
      4,
    ],
    first: null,
    hdec_zero: null,
    napping_threads: null,
    ipi: null,
    primary: null,
    gather: null,
    lpid_reserved: [lockGuest, hid4Reserved, unlockGuest, flushTlb970, lockNative],
    lpid: [
      [
        'hid4',
        'HID4 := host_lpcr; isync: it is in the partition of the host',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          mtspr(k, 'HID4', vm.host_lpcr);
          tell(k, 'partition_switch', l.vcpu, vm.lpid, 0);
        },
      ],
      unlockNative,
    ],
    in_guest: null,
    hdec: [
      ['hdec', 'HDEC := maximum', (k) => k.hw.setHdec(k.tid, NEVER), 6],
      ['hdice', 'HID0[HDICE] := 0: HDEC cannot interrupt', (k) => setHdice(k, false), 12],
    ],
    wait_in_guest: null,
    lpcr: null,
    slb_host: [
      'slb_host',
      'slbmte of the bolted entries of the host',
      (k) => loadSlb(k, HOST_SLB_970),
      12,
    ],
    amr: null,
    dscr: null,
    pmu: [
      'pmu',
      'PMC1-8, MMCRs of the guest saved, but with pmcregs_in_use=0 in its VPA only MMCR0 := FC; MMCR0 := FC',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if (pmcregsInUse(k, vcpu)) saveNamed(k, vcpu, [...PMCS_970, 'MMCR0', 'MMCR1', 'MMCRA']);
        else vcpu.spr = { ...vcpu.spr, MMCR0: MMCR0.FC };
        mtspr(k, 'MMCR0', MMCR0.FC);
      },
      24,
    ],
    secondary: null,
  },
  { about: 'Back to the partition of the host, then the rest of the registers.' },
);
