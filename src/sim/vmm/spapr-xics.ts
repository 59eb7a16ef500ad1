// The guest's XICS in user space: a presentation controller for each vcpu, reached by hcalls, and sources that RTAS
// calls route and mask. Its outputs reach the vcpus by the ioctl KVM_INTERRUPT.
// Source: QEMU hw/intc/{xics.c, xics_spapr.c}, target/ppc/kvm.c (kvmppc_set_interrupt); PAPR 7.3.10, 14.5.4.8.
import { tell } from '../host/context.ts';
import { call, goto, type Routine, ret, routine } from '../host/routine.ts';
import { findVcpu, type VcpuLocals, vcpuOf, vmAt } from '../kvm/context.ts';
import { KVM_INTERRUPT, kvmInterrupt } from '../kvm/exceptions.ts';
import { H_PARAMETER, H_SUCCESS } from '../kvm/hcall.ts';
import { make } from '../state/schema.ts';
import { accept, eoi, isRaised, setCppr, setMfrr, xirrOf } from '../xics/icp.ts';
import { intOff, intOn, setIrq, writeXive } from '../xics/ics.ts';
import { ICP, type Icp, icpOf, SOURCE, type Source, sourceOf, type Xics } from '../xics/records.ts';
import { processAt, vmmOf } from './process.ts';
import type { Vmm, VmmCtx } from './records.ts';
import { RTAS } from './rtas.ts';

/** Interrupt numbers of the guest's devices: the serial port has a level, the test device sends messages. */
export const GUEST_IRQ = { UART: 0x1200, TEST: 0x1300 } as const;

/** The controller of a new VM, without presentation controllers. */
export const newXics = (): Xics => ({
  icps: [],
  sources: [
    make(SOURCE, { number: GUEST_IRQ.UART, lsi: 1 }),
    make(SOURCE, { number: GUEST_IRQ.TEST }),
  ],
});

/** The presentation controller of a new cpu: it lets nothing through until the guest sets CPPR. */
export const newIcp = (): Icp => make(ICP, { cppr: 0 });

/** A device of the VM raises or drops its line; `kvmppc_set_interrupt` must follow. */
export function setGuestIrq(vmm: Vmm, number: number, level: boolean): void {
  const source = sourceOf(vmm.xics, number);
  if (source) setIrq(vmm.xics, source, level);
}

/**
 * The next output that KVM does not know of yet: tells KVM, by the ioctl KVM_INTERRUPT, and returns the vcpu to kick,
 * -1 when it was dropped, or null when none is left. MODEL: one step, for QEMU does it under its big lock.
 */
export function tellOutput(k: VmmCtx, vm: number): number | null {
  const { xics, irq_lines } = processAt(k, vm).vmm;
  const server = xics.icps.findIndex((icp, i) => isRaised(icp) !== (irq_lines[i] === 1));
  if (server < 0) return null;
  const raised = isRaised(icpOf(xics, server));
  irq_lines[server] = raised ? 1 : 0;
  const vcpu = findVcpu(k, vmAt(k, vm), server);
  const irq = raised ? KVM_INTERRUPT.SET_LEVEL : KVM_INTERRUPT.UNSET;
  kvmInterrupt(vcpuOf(k, vcpu), irq);
  tell(k, 'kvm_interrupt', vcpu, irq);
  return raised ? vcpu : -1;
}

const setInterrupt = routine<VmmCtx, { vm: number; vcpu: number }>(
  'kvmppc_set_interrupt',
  {
    source: 'QEMU target/ppc/kvm.c; virt/kvm/kvm_main.c',
    mode: 'user',
    about: 'Tells KVM which presentation controllers have raised or dropped their outputs.',
  },
  [
    [
      'KVM_INTERRUPT',
      'ioctl KVM_INTERRUPT for the next changed output: SET_LEVEL queues EXTERNAL_LEVEL, UNSET takes it back',
      (k, l) => {
        const vcpu = tellOutput(k, l.vm);
        if (vcpu === null) return ret();
        l.vcpu = vcpu;
        return vcpu < 0 ? goto('KVM_INTERRUPT') : undefined;
      },
      30,
    ],
    [
      'kvm_vcpu_kick',
      'kvm_vcpu_kick: wake its sleeper, or take it out of the guest',
      (_k, l) => call('kvmppc_fast_vcpu_kick_hv', { vcpu: l.vcpu }),
      4,
    ],
    ['next', 'is there another?', () => goto('KVM_INTERRUPT'), 2],
  ],
);

// --- hcalls

const XICS_SPAPR = 'QEMU hw/intc/xics_spapr.c';
type HcallLocals = VcpuLocals & { r: number };

/** An hcall on the controller, a step that changes it, and what becomes of its outputs; `run` returns r3. */
function hcall(
  name: string,
  label: string,
  title: string,
  run: (k: VmmCtx, vcpu: number, args: readonly bigint[]) => number,
): Routine<VmmCtx> {
  return routine<VmmCtx, HcallLocals>(
    name,
    { source: XICS_SPAPR, mode: 'user', about: `${name.toUpperCase()}: ${title}.` },
    [
      [
        label,
        title,
        (k, l) => {
          l.r = run(k, l.vcpu, vcpuOf(k, l.vcpu).run.args);
        },
        20,
      ],
      [
        'output',
        'outputs of the controller that changed',
        (k, l) => call('kvmppc_set_interrupt', { vm: vcpuOf(k, l.vcpu).vm }),
        6,
      ],
      ['done', 'return', (_k, l) => ret(l.r), 2],
    ],
  );
}

/** Arguments are registers of 64 bits; the controller has what fits into its own. */
const low = (arg: bigint | undefined, bits: number): number =>
  Number(BigInt.asUintN(bits, arg ?? 0n));

/** The presentation controller with the number in an argument, or -1. */
function serverIn(k: VmmCtx, vcpu: number, arg = 0n): number {
  const { icps } = vmmOf(k, vcpu).xics;
  return arg < BigInt(icps.length) ? Number(arg) : -1;
}

/** H_XIRR, and H_XIRR_X with the time at which it was accepted. */
function hXirr(k: VmmCtx, vcpu: number, stamped: boolean): number {
  const { gpr, vcpu_id } = vcpuOf(k, vcpu);
  gpr[4] = BigInt(accept(vmmOf(k, vcpu).xics, vcpu_id));
  if (stamped) gpr[5] = BigInt(k.hw.tb(k.tid));
  return H_SUCCESS;
}

const HCALLS: Readonly<Record<number, Routine<VmmCtx>>> = {
  100: hcall('h_eoi', 'icp_eoi', 'end of the interrupt in r4, and CPPR', (k, vcpu, [xirr]) => {
    eoi(vmmOf(k, vcpu).xics, vcpuOf(k, vcpu).vcpu_id, low(xirr, 32));
    return H_SUCCESS;
  }),
  104: hcall('h_cppr', 'icp_set_cppr', 'CPPR of this cpu := r4', (k, vcpu, [cppr]) => {
    setCppr(vmmOf(k, vcpu).xics, vcpuOf(k, vcpu).vcpu_id, low(cppr, 8));
    return H_SUCCESS;
  }),
  108: hcall('h_ipi', 'icp_set_mfrr', 'MFRR of server r4 := r5', (k, vcpu, [to, mfrr]) => {
    const server = serverIn(k, vcpu, to);
    if (server < 0) return H_PARAMETER;
    setMfrr(vmmOf(k, vcpu).xics, server, low(mfrr, 8));
    return H_SUCCESS;
  }),
  112: hcall('h_ipoll', 'icp_ipoll', 'XIRR and MFRR of server r4, unchanged', (k, vcpu, [of]) => {
    const server = serverIn(k, vcpu, of);
    if (server < 0) return H_PARAMETER;
    const icp = icpOf(vmmOf(k, vcpu).xics, server);
    const { gpr } = vcpuOf(k, vcpu);
    gpr[4] = BigInt(xirrOf(icp));
    gpr[5] = BigInt(icp.mfrr);
    return H_SUCCESS;
  }),
  116: hcall('h_xirr', 'icp_accept', 'accept what is presented; r4 := XIRR', (k, vcpu) =>
    hXirr(k, vcpu, false),
  ),
  764: hcall('h_xirr_x', 'icp_accept', 'H_XIRR, and r5 := time base', (k, vcpu) =>
    hXirr(k, vcpu, true),
  ),
};

/** Routine of each hcall by its number; locals { vcpu }, it returns r3. */
export const XICS_HCALLS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(HCALLS).map(([nr, { name }]) => [nr, name]),
);

// --- RTAS

/** Locals of an RTAS routine: `args` is the real address of the argument buffer. It returns the status. */
type RtasLocals = HcallLocals & { args: number };

/** Word `n` of the arguments and, behind them, of the results. */
const word = (k: VmmCtx, args: number, n: number): number => k.hw.arena.read32(args + 12 + 4 * n);

/** An RTAS call on a source; `run` gets the source and returns the status. */
function rtas(
  name: string,
  title: string,
  counts: readonly [nargs: number, nret: number],
  run: (k: VmmCtx, vmm: Vmm, source: Source, args: number) => number,
): Routine<VmmCtx> {
  return routine<VmmCtx, RtasLocals>(
    `rtas_${name.replaceAll('-', '_')}`,
    { source: XICS_SPAPR, mode: 'user', about: `ibm,${name}: ${title}.` },
    [
      [
        'ics',
        title,
        (k, l) => {
          const vmm = vmmOf(k, l.vcpu);
          const source = sourceOf(vmm.xics, word(k, l.args, 0));
          const [nargs, nret] = [k.hw.arena.read32(l.args + 4), k.hw.arena.read32(l.args + 8)];
          const bad = !source || nargs !== counts[0] || nret !== counts[1];
          l.r = bad ? RTAS.PARAM_ERROR : run(k, vmm, source, l.args);
        },
        20,
      ],
      [
        'output',
        'outputs of the controller that changed',
        (k, l) => call('kvmppc_set_interrupt', { vm: vcpuOf(k, l.vcpu).vm }),
        6,
      ],
      ['done', 'return the status', (_k, l) => ret(l.r), 2],
    ],
  );
}

const RTAS_CALLS: Readonly<Record<number, Routine<VmmCtx>>> = {
  [RTAS.SET_XIVE]: rtas(
    'set-xive',
    'server and priority of a source',
    [3, 1],
    (k, { xics }, source, args) => {
      const [server, priority] = [word(k, args, 1), word(k, args, 2)];
      if (server >= xics.icps.length || priority > 0xff) return RTAS.PARAM_ERROR;
      writeXive(xics, source, server, priority);
      return RTAS.SUCCESS;
    },
  ),
  [RTAS.GET_XIVE]: rtas(
    'get-xive',
    'which server and priority a source has',
    [1, 3],
    (k, _vmm, source, args) => {
      k.hw.arena.write32(args + 20, source.server);
      k.hw.arena.write32(args + 24, source.priority);
      return RTAS.SUCCESS;
    },
  ),
  [RTAS.INT_OFF]: rtas('int-off', 'mask a source', [1, 1], (_k, { xics }, source) => {
    intOff(xics, source);
    return RTAS.SUCCESS;
  }),
  [RTAS.INT_ON]: rtas('int-on', 'unmask a source', [1, 1], (_k, { xics }, source) => {
    intOn(xics, source);
    return RTAS.SUCCESS;
  }),
};

/** Routine of each RTAS call by its token; locals { vcpu, args }. */
export const XICS_RTAS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(RTAS_CALLS).map(([token, { name }]) => [token, name]),
);

/** The routines of this file. */
export const SPAPR_XICS_ROUTINES: readonly Routine<VmmCtx>[] = [
  setInterrupt,
  ...Object.values(HCALLS),
  ...Object.values(RTAS_CALLS),
];
