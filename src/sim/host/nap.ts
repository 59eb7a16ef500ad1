// The nap of POWER7 in the host, and the way back from it. Source: arch/powerpc/kernel/{idle_power7.S, exceptions-64s.S}.
//
// Who naps cannot know what will be left of its registers, nor whether the thread runs a guest before it comes back. So
// it puts r14-r31 into a frame on its stack in real memory and leaves the address in its PACA (PACAR1). It wakes by
// system reset, which knows nothing of it: SRR1 says what the latest nap has lost, hwthread_req whether KVM wants the
// thread, nap_state_lost whether KVM had it meanwhile.
import { LPCR, MSR, SRR1_WAKE } from '../hardware/bits.ts';
import { cpuOf, type HostCtx, irqDisable, stackDepth, tell } from './context.ts';
import { NAP, routine, type StepOutcome, tail, unwind } from './routine.ts';
import { LINEAR } from './stacks.ts';

const IDLE_POWER7_S = 'arch/powerpc/kernel/idle_power7.S';
/** Place of each register in struct pt_regs behind the 112 bytes that every frame has. */
const INT_FRAME_SIZE = 0x1d0;
const GPR0 = 0x70;
const NIP = 0x170;
const SAVED_MSR = 0x178;
const CCR = 0x1a0;
/** SRR1 bits 46:47: what the nap has lost. */
const LOSS = 0x30000n;
const NVGPRS = Array.from({ length: 18 }, (_, i) => 14 + i);

/** Puts registers into the frame, or takes them out of it. */
function saveGprs(k: HostCtx, frame: number, numbers: readonly number[]): void {
  for (const n of numbers) k.hw.arena.write64(frame + GPR0 + 8 * n, k.hw.arena.gpr(k.tid, n));
}
function restoreGprs(k: HostCtx, frame: number, numbers: readonly number[]): void {
  for (const n of numbers) k.hw.arena.setGpr(k.tid, n, k.hw.arena.read64(frame + GPR0 + 8 * n));
}

export const power7Nap = routine<HostCtx, { frame: number }>(
  'power7_nap',
  {
    source: IDLE_POWER7_S,
    mode: 'virtual',
    about: 'Halts the thread until what LPCR[PECE] allows; what it must not lose goes to memory.',
  },
  [
    [
      'frame',
      'r1 := r1 - INT_FRAME_SIZE; NIP of the caller into the frame',
      (k, l) => {
        const { arena } = k.hw;
        l.frame = Number(BigInt.asUintN(60, arena.gpr(k.tid, 1))) - INT_FRAME_SIZE;
        arena.setGpr(k.tid, 1, LINEAR | BigInt(l.frame));
        arena.write64(l.frame + NIP, k.hw.get(k.tid, 'LR'));
      },
      6,
    ],
    ['hard_irq_disable', 'MSR[EE] := 0', irqDisable, 4],
    [
      'save_nvgprs',
      'r2, r14-r31, CR and MSR into the frame, in real memory',
      (k, l) => {
        saveGprs(k, l.frame, [2, ...NVGPRS]);
        k.hw.arena.write64(l.frame + CCR, BigInt(k.hw.arena.cr(k.tid)));
        k.hw.arena.write64(l.frame + SAVED_MSR, k.hw.msr(k.tid));
      },
      22,
    ],
    [
      'pacar1',
      'PACA: saved_r1 := r1',
      (k, l) => {
        cpuOf(k).saved_r1 = l.frame;
        cpuOf(k).saved_depth = stackDepth(k) - 1;
      },
      4,
    ],
    [
      'nap_state_lost', // B1
      'PACA: nap_state_lost := 0: so far r14-r31 are as they were saved',
      (k) => {
        cpuOf(k).nap_state_lost = 0;
      },
      4,
    ],
    [
      'real_mode', // B9
      'to real mode: a sibling may switch the core to another partition from now on',
      (k) => k.hw.setMsr(k.tid, k.hw.msr(k.tid) & ~(MSR.IR | MSR.DR)),
      8,
    ],
    [
      'hwthread_state',
      'PACA: hwthread_state := KVM_HWTHREAD_IN_NAP: KVM may have the thread',
      (k) => {
        cpuOf(k).hwthread_state = 'KVM_HWTHREAD_IN_NAP';
      },
      4,
      'real',
    ],
    ['nap', 'ptesync; nap', () => NAP, 20, 'real'],
  ],
);

export const systemReset = routine<HostCtx, { msr: bigint }>(
  'system_reset_pSeries',
  {
    source: 'arch/powerpc/kernel/exceptions-64s.S',
    mode: 'real',
    about:
      'Vector 0x100, by which every nap ends: to KVM if it wants the thread, else to the host.',
  },
  [
    [
      'srr1',
      'r13 := PACA; SRR1[46:47] is not 0: it comes out of a nap; 3: hypervisor state is lost, it hangs',
      (_k, l) =>
        (l.msr & LOSS) === SRR1_WAKE.HVLOSS
          ? tail('die', { why: 'hypervisor state lost' })
          : undefined,
      6,
    ],
    [
      'hwthread_state', // B8
      'PACA: hwthread_state := KVM_HWTHREAD_IN_KERNEL; sync',
      (k) => {
        cpuOf(k).hwthread_state = 'KVM_HWTHREAD_IN_KERNEL';
      },
      8,
    ],
    [
      'hwthread_req', // B8
      'PACA: hwthread_req? then to kvm_start_guest, not into the kernel',
      (k, l) => (cpuOf(k).hwthread_req ? tail('kvm_start_guest', { srr1: l.msr }) : undefined),
      6,
    ],
    [
      'loss',
      'SRR1[46:47]=1, nothing lost: power7_wakeup_noloss; 2: power7_wakeup_loss',
      (_k, l) =>
        tail((l.msr & LOSS) === SRR1_WAKE.NOLOSS ? 'power7_wakeup_noloss' : 'power7_wakeup_loss'),
      4,
    ],
  ],
);

/** rfid with MSR and NIP of the frame: the caller of power7_nap goes on. */
function returnFromNap(k: HostCtx): StepOutcome {
  const { saved_r1, saved_depth } = cpuOf(k);
  k.hw.setMsr(k.tid, k.hw.arena.read64(saved_r1 + SAVED_MSR));
  k.hw.arena.setGpr(k.tid, 1, LINEAR | BigInt(saved_r1 + INT_FRAME_SIZE));
  return unwind(saved_depth);
}

export const wakeupNoloss = routine<HostCtx, Record<string, never>>(
  'power7_wakeup_noloss',
  {
    source: IDLE_POWER7_S,
    mode: 'real',
    about: 'Back to the caller of power7_nap, whose registers are still in the thread.',
  },
  [
    [
      'nap_state_lost', // B1
      'PACA: nap_state_lost? KVM had the thread meanwhile: SRR1 speaks of its nap, not of ours',
      (k) => (cpuOf(k).nap_state_lost ? tail('power7_wakeup_loss') : undefined),
      4,
    ],
    ['rfid', 'r1 := PACA saved_r1; rfid with MSR and NIP of the frame', returnFromNap, 10],
  ],
);

export const wakeupLoss = routine<HostCtx, Record<string, never>>(
  'power7_wakeup_loss',
  {
    source: IDLE_POWER7_S,
    mode: 'real',
    about: 'Back to the caller of power7_nap, whose registers come out of the frame in memory.',
  },
  [
    [
      'rest_nvgprs',
      'r1 := PACA saved_r1; r2, r14-r31 and CR := the frame',
      (k) => {
        const { saved_r1 } = cpuOf(k);
        restoreGprs(k, saved_r1, [2, ...NVGPRS]);
        k.hw.arena.setCr(k.tid, Number(k.hw.arena.read64(saved_r1 + CCR)));
        tell(k, 'nap_loss');
      },
      22,
    ],
    ['rfid', 'rfid with MSR and NIP of the frame', returnFromNap, 10],
  ],
);

/** LPCR[PECE1] of this thread: may the decrementer wake it? */
export function setDecWakes(k: HostCtx, wakes: boolean): void {
  const lpcr = k.hw.get(k.tid, 'LPCR') & ~LPCR.PECE1;
  k.hw.set(k.tid, 'LPCR', wakes ? lpcr | LPCR.PECE1 : lpcr);
}
