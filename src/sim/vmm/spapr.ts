// What KVM leaves to user space by hcall: the console and RTAS. Source: QEMU hw/ppc/{spapr_hcall.c, spapr_rtas.c,
// spapr_vty.c}.
import { MSR } from '../hardware/bits.ts';
import { tell } from '../host/context.ts';
import { call, goto, ret, routine } from '../host/routine.ts';
import { findVcpu, type VcpuLocals, vcpuOf, vmOf } from '../kvm/context.ts';
import { finishHcall } from '../kvm/exit.ts';
import { H_FUNCTION, H_PARAMETER, H_SUCCESS, HCALL as KVM_HCALL } from '../kvm/hcall.ts';
import { guestReal } from '../kvm/memslot.ts';
import { IRQPRIO } from '../kvm/records.ts';
import { NONE } from '../state/ids.ts';
import { printText } from './devices.ts';
import { isHalted, mainThread, processOf, vmmOf } from './process.ts';
import type { VmmCtx } from './records.ts';
import { RTAS } from './rtas.ts';
import { resetTces } from './spapr-iommu.ts';
import { XICS_HCALLS, XICS_RTAS } from './spapr-xics.ts';
import { freeCrq } from './vio-device.ts';

const HCALL = {
  H_GET_TERM_CHAR: 0x54,
  H_PUT_TERM_CHAR: 0x58,
  H_REG_CRQ: 0xfc,
  H_FREE_CRQ: 0x100,
  H_SEND_CRQ: 0x108,
  H_RTAS: 0xf000,
} as const;
/** Handlers of the virtual I/O bus (spapr-iommu.ts, vio-device.ts) and of the interrupt controller. */
const DEVICE_HCALLS: Readonly<Record<number, string>> = {
  [KVM_HCALL.H_GET_TCE]: 'h_get_tce',
  [KVM_HCALL.H_PUT_TCE]: 'h_put_tce',
  [KVM_HCALL.H_STUFF_TCE]: 'h_stuff_tce',
  [KVM_HCALL.H_PUT_TCE_INDIRECT]: 'h_put_tce_indirect',
  [HCALL.H_REG_CRQ]: 'h_reg_crq',
  [HCALL.H_FREE_CRQ]: 'h_free_crq',
  [HCALL.H_SEND_CRQ]: 'h_send_crq',
  ...XICS_HCALLS,
};
/** Start state of a cpu as PAPR defines it for start-cpu: 64-bit big-endian real mode, r3 = argument. */
export function startState(k: VmmCtx, vcpu: number, entry: bigint, argument: bigint): void {
  const v = vcpuOf(k, vcpu);
  v.pc = entry;
  v.msr = MSR.SF | MSR.ME;
  v.gpr[3] = argument;
}

/** Start state of a VM's cpu 0. MODEL: byte order and width are the program's, which no firmware sets for it. */
export function resetBoot(k: VmmCtx, vcpu: number): void {
  const v = vcpuOf(k, vcpu);
  const { entry, littleEndian, sixtyFour, toc } = processOf(k, vcpu).config.program;
  startState(k, vcpu, entry, 0n);
  if (littleEndian) v.msr |= MSR.LE;
  if (!sixtyFour) v.msr &= ~MSR.SF;
  v.gpr[2] = toc ?? 0n;
}

/** Notes why the vcpu's VM stops and wakes its main thread, which stops the vcpus. */
export function requestStop(k: VmmCtx, vcpu: number, why: string): ReturnType<typeof call> {
  const { vm, vmm } = processOf(k, vcpu);
  vmm.stopped = why;
  return call('try_to_wake_up', { task: mainThread(k, vm) });
}

export const spaprHypercall = routine<
  VmmCtx,
  VcpuLocals & { token: number; args: number; target: number }
>(
  'spapr_hypercall',
  {
    source: 'QEMU hw/ppc/spapr_hcall.c, spapr_vty.c, spapr_rtas.c',
    mode: 'user',
    about: 'Hcalls that KVM left to user space: the console and RTAS.',
  },
  [
    [
      'dispatch',
      'by the hcall number',
      (k, l) => {
        const { nr } = vcpuOf(k, l.vcpu).run;
        if (nr === HCALL.H_PUT_TERM_CHAR) return goto('h_put_term_char');
        if (nr === HCALL.H_GET_TERM_CHAR) return goto('h_get_term_char');
        if (nr === HCALL.H_RTAS) return goto('h_rtas');
        if (DEVICE_HCALLS[nr] !== undefined) return goto('device');
        finishHcall(k, l.vcpu, H_FUNCTION);
        return ret();
      },
      8,
    ],
    [
      'h_put_term_char',
      'H_PUT_TERM_CHAR: r5 bytes from r6 and r7 go to the console',
      (k, l) => {
        finishHcall(k, l.vcpu, putTermChar(k, l.vcpu));
        return ret();
      },
      40,
    ],
    [
      'h_get_term_char',
      'H_GET_TERM_CHAR: the doorbell request of the user, as one byte in r5, if there is one',
      (k, l) => {
        const { ring_to } = vmmOf(k, l.vcpu);
        const { gpr, vcpu_id } = vcpuOf(k, l.vcpu);
        const to = ring_to[vcpu_id] ?? NONE;
        ring_to[vcpu_id] = NONE;
        // KVM_INTERRUPT_UNSET: the line goes down; LPCR[MER] alone would repeat 0x500 for ever.
        vcpuOf(k, l.vcpu).pending_exceptions &= ~(1 << IRQPRIO.EXTERNAL);
        gpr[4] = to === NONE ? 0n : 1n;
        gpr[5] = to === NONE ? 0n : BigInt(0x30 + to) << 56n;
        finishHcall(k, l.vcpu, H_SUCCESS);
        return ret();
      },
      30,
    ],
    [
      'h_rtas',
      'H_RTAS: read token and arguments from guest memory at r4; an unknown token: status -3, H_PARAMETER',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        l.args = guestReal(vmOf(k, l.vcpu), vcpu.run.args[0] ?? 0n, 64);
        if (l.args === NONE) {
          finishHcall(k, l.vcpu, H_PARAMETER);
          return ret();
        }
        l.token = k.hw.arena.read32(l.args);
        if (l.token === RTAS.START_CPU) return goto('rtas_start_cpu');
        if (l.token === RTAS.POWER_OFF) return goto('rtas_power_off');
        if (l.token === RTAS.QUIESCE) return goto('rtas_quiesce');
        if (XICS_RTAS[l.token] !== undefined) return goto('rtas_xive');
        return rtasReturn(k, l, RTAS.PARAM_ERROR, H_PARAMETER); // unknown: spapr_rtas_call
      },
      20,
    ],
    [
      'rtas_start_cpu',
      'start-cpu: give the cpu its entry point and argument',
      (k, l) => {
        l.target = findVcpu(k, vmOf(k, l.vcpu), k.hw.arena.read32(l.args + 12));
        if (l.target === NONE || !isHalted(k, l.target)) return rtasReturn(k, l, RTAS.PARAM_ERROR);
        const [entry, argument] = [k.hw.arena.read32(l.args + 16), k.hw.arena.read32(l.args + 20)];
        startState(k, l.target, BigInt(entry), BigInt(argument));
        vmmOf(k, l.target).start_entry = BigInt(entry);
        vmmOf(k, l.target).halted[vcpuOf(k, l.target).vcpu_id] = 0;
        tell(k, 'vcpu_start', l.target, l.vcpu);
        return undefined;
      },
      30,
    ],
    [
      'qemu_cpu_kick',
      'wake its thread',
      (k, l) => call('try_to_wake_up', { task: vcpuOf(k, l.target).task }),
      8,
    ],
    ['started', 'RTAS status 0', (k, l) => rtasReturn(k, l, RTAS.SUCCESS), 8],
    [
      'rtas_power_off',
      'power-off: qemu_system_shutdown_request wakes the main thread',
      (k, l) => {
        tell(k, 'power_off', l.vcpu);
        return requestStop(k, l.vcpu, 'powered off');
      },
      20,
    ],
    ['off', 'RTAS status 0', (k, l) => rtasReturn(k, l, RTAS.SUCCESS), 8],
    [
      'rtas_quiesce',
      'quiesce: the TCE table of the device is reset, its queue is gone; RTAS status 0',
      (k, l) => {
        resetTces(k, l.vcpu);
        freeCrq(k, l.vcpu);
        return rtasReturn(k, l, RTAS.SUCCESS);
      },
      40,
    ],
    [
      'rtas_xive',
      'ibm,set-xive and kin: route and mask of an interrupt source',
      (_k, l) => call(XICS_RTAS[l.token] ?? '', { vcpu: l.vcpu, args: l.args }),
      8,
    ],
    ['rtas_xive_done', 'RTAS status', (k, l) => rtasReturn(k, l, l.ret), 8],
    [
      'device',
      'an hcall on TCEs, a CRQ or the interrupt controller: its handler',
      (k, l) => call(DEVICE_HCALLS[vcpuOf(k, l.vcpu).run.nr] ?? '', { vcpu: l.vcpu }),
      8,
    ],
    [
      'device_done',
      'r3 := its result',
      (k, l) => {
        finishHcall(k, l.vcpu, l.ret);
        return ret();
      },
      4,
    ],
  ],
);

/** Appends 1 to 16 characters; they come in r6 and r7, most significant byte first. */
function putTermChar(k: VmmCtx, vcpu: number): number {
  const [, length = 0n, high = 0n, low = 0n] = vcpuOf(k, vcpu).run.args;
  if (length > 16n) return H_PARAMETER;
  const byteAt = (i: number): number =>
    Number(((i < 8 ? high : low) >> BigInt(56 - 8 * (i % 8))) & 0xffn);
  printText(
    k,
    vcpu,
    Array.from({ length: Number(length) }, (_, i) => byteAt(i)),
  );
  return H_SUCCESS;
}

/** Stores the RTAS status behind the arguments and finishes the hcall with `code`. */
function rtasReturn(
  k: VmmCtx,
  l: VcpuLocals & { args: number },
  status: number,
  code: number = H_SUCCESS,
): ReturnType<typeof ret> {
  const nargs = k.hw.arena.read32(l.args + 4);
  if (nargs <= 12) k.hw.arena.write32(l.args + 12 + 4 * nargs, status >>> 0);
  finishHcall(k, l.vcpu, code);
  return ret();
}
