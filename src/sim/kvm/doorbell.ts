// The doorbell facility of a virtual core on POWER9 (kernel commit 57900694).
//
// Threads of a POWER9 core are independent, so DPDES, TIR and msgsndp act within one hardware thread. A guest with
// virtual SMT > 1 expects them to act within its virtual core. HFSCR[MSGP]=0 makes them trap, and KVM answers:
// a sender never writes vcore.dpdes, because the exit path of the target does and would overwrite it; it sets
// doorbell_request, which the target's next entry turns into DPDES=1. To read DPDES, KVM pulls every running vcpu of
// the virtual core out of the guest for a moment, so that its saved dpdes is current, and puts the bits together.
import { DBELL_SERVER, dbellTag, dbellType } from '../hardware/system-helpers.ts';
import { now, tell } from '../host/context.ts';
import { call, goto, ret, routine } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import {
  findVcpu,
  type KvmCtx,
  threadInVirtualCore,
  type VcpuLocals,
  vcoreOf,
  vcpuOf,
  vmOf,
} from './context.ts';
import { EMULATE_FAIL } from './exit.ts';
import { guestReal } from './memslot.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';
const RESUME_GUEST = 0;
const XOP = { msgsndp: 142, msgclrp: 174, mfspr: 339 } as const;
const SPRN = { DPDES: 0xb0, TIR: 0x1be } as const;

const primary = (insn: number): number => insn >>> 26;
const xop = (insn: number): number => (insn >>> 1) & 0x3ff;
const field = (insn: number, shift: number): number => (insn >>> shift) & 31;
const sprn = (insn: number): number => ((insn >>> 16) & 31) | ((insn >>> 6) & 0x3e0);

type EmulateLocals = VcpuLocals & { insn: number; thr: number; target: number };

export const emulateDoorbell = routine<KvmCtx, EmulateLocals>(
  'kvmppc_emulate_doorbell_instr',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'msgsndp, msgclrp, mfspr TIR and mfspr DPDES as the virtual core expects them.',
  },
  [
    [
      'get_last_inst',
      'kvmppc_get_last_inst: read the trapped instruction from guest memory',
      (k, l) => {
        const real = guestReal(vmOf(k, l.vcpu), vcpuOf(k, l.vcpu).pc, 4);
        if (real === NONE) return ret(RESUME_GUEST);
        l.insn = k.hw.arena.read32(real, (vcpuOf(k, l.vcpu).msr & 1n) !== 0n);
        return undefined;
      },
      16,
    ],
    [
      'decode',
      'opcode 31: msgsndp, msgclrp, mfspr TIR or DPDES; anything else fails',
      (_k, l) => {
        if (primary(l.insn) !== 31) return goto('fail');
        if (xop(l.insn) === XOP.msgsndp) return goto('msgsndp');
        if (xop(l.insn) === XOP.msgclrp) return goto('msgclrp');
        if (xop(l.insn) !== XOP.mfspr) return goto('fail');
        if (sprn(l.insn) === SPRN.TIR) return goto('mfspr_tir');
        return sprn(l.insn) === SPRN.DPDES ? goto('mfspr_dpdes') : goto('fail');
      },
      8,
    ],
    [
      'msgsndp',
      'RB: type 5 and a thread below the virtual SMT mode? find that vcpu of the virtual core',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const rb = vcpu.gpr[field(l.insn, 11)] ?? 0n;
        const threads = vmOf(k, l.vcpu).emul_smt_mode;
        l.thr = dbellTag(rb);
        if (dbellType(rb) !== DBELL_SERVER || l.thr >= threads) return goto('advance');
        const base = vcpu.vcpu_id - threadInVirtualCore(k, l.vcpu);
        l.target = findVcpu(k, vmOf(k, l.vcpu), base + l.thr);
        return l.target === NONE ? goto('advance') : undefined;
      },
      10,
    ],
    [
      'set_request',
      'target.doorbell_request already set? coalesced; else := 1',
      (k, l) => {
        const target = vcpuOf(k, l.target);
        const already = target.doorbell_request;
        target.doorbell_request = 1;
        tell(k, 'msgsndp', l.vcpu, l.thr, 1);
        if (already) return goto('advance');
        tell(k, 'doorbell_request', l.target, 1);
        return undefined;
      },
      8,
    ],
    [
      'kick',
      'kvmppc_fast_vcpu_kick_hv(target)',
      (_k, l) => call('kvmppc_fast_vcpu_kick_hv', { vcpu: l.target }),
      4,
    ],
    ['sent', 'the doorbell is on its way', () => goto('advance'), 2],
    [
      'msgclrp',
      'type 5? then vcore.dpdes := 0 (own vcpu only)',
      (k, l) => {
        const rb = vcpuOf(k, l.vcpu).gpr[field(l.insn, 11)] ?? 0n;
        if (dbellType(rb) !== DBELL_SERVER) return goto('advance');
        vcoreOf(k, l.vcpu).dpdes = 0;
        tell(k, 'vcore_dpdes', l.vcpu, 0);
        if (vcpuOf(k, l.vcpu).doorbell_request === 0) tell(k, 'msgclrp', l.vcpu);
        return undefined;
      },
      8,
    ],
    [
      'clear_request',
      'doorbell_request := 0',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if (vcpu.doorbell_request) tell(k, 'msgclrp', l.vcpu);
        vcpu.doorbell_request = 0;
        tell(k, 'doorbell_request', l.vcpu, 0);
        return goto('advance');
      },
      6,
    ],
    [
      'mfspr_tir',
      'RT := thread number in the virtual core',
      (k, l) => {
        const thr = threadInVirtualCore(k, l.vcpu);
        vcpuOf(k, l.vcpu).gpr[field(l.insn, 21)] = BigInt(thr);
        tell(k, 'tir_read', l.vcpu, thr);
        return goto('advance');
      },
      6,
    ],
    ['mfspr_dpdes', 'kvmppc_read_dpdes', (_k, l) => call('kvmppc_read_dpdes', { vcpu: l.vcpu }), 4],
    [
      'dpdes_value',
      'RT := the bits of the virtual core',
      (k, l) => {
        vcpuOf(k, l.vcpu).gpr[field(l.insn, 21)] = BigInt(l.ret);
      },
      4,
    ],
    [
      'advance',
      'pc += 4: the instruction is done',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.pc = BigInt.asUintN(64, vcpu.pc + 4n);
        return ret(RESUME_GUEST);
      },
      4,
    ],
    ['fail', 'EMULATE_FAIL: not an instruction of this facility', () => ret(EMULATE_FAIL), 4],
  ],
);

type ReadLocals = VcpuLocals & { thr: number; dpdes: number; target: number; cpu: number };

export const readDpdes = routine<KvmCtx, ReadLocals>(
  'kvmppc_read_dpdes',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about:
      'DPDES of the virtual core: running vcpus are pulled out of the guest, then request and saved bits are read.',
  },
  [
    [
      'begin',
      'dpdes := 0, from thread 0 of the virtual core',
      (k, l) => {
        l.dpdes = 0;
        l.thr = 0;
        tell(k, 'dpdes_read_begin', l.vcpu, 0, now(k));
      },
      4,
    ],
    [
      'thread',
      'find the vcpu of this thread',
      (k, l) => {
        const base = vcpuOf(k, l.vcpu).vcpu_id - threadInVirtualCore(k, l.vcpu);
        l.target = findVcpu(k, vmOf(k, l.vcpu), base + l.thr);
        return l.target === NONE ? goto('next') : undefined;
      },
      6,
    ],
    [
      'cpu',
      'cpu := READ_ONCE(v.cpu): is it in the guest?',
      (k, l) => {
        l.cpu = vcpuOf(k, l.target).cpu;
        return l.cpu < 0 ? goto('request') : undefined;
      },
      6,
    ],
    [
      'ipi',
      'smp_call_function_single(cpu, do_nothing): the exit makes the saved dpdes current',
      (_k, l) => call('smp_call_function_single', { cpu: l.cpu }),
      4,
    ],
    [
      'request',
      'kvmppc_doorbell_pending: doorbell_request?',
      (k, l) => (vcpuOf(k, l.target).doorbell_request ? goto('pending') : undefined),
      6,
    ],
    [
      'saved',
      'kvmppc_doorbell_pending: vcore.dpdes?',
      (k, l) => {
        if (vcoreOf(k, l.target).dpdes) return goto('pending');
        tell(k, 'dpdes_read_bit', l.vcpu, l.thr, 0);
        return goto('next');
      },
      6,
    ],
    [
      'pending',
      'dpdes |= 1 << thr',
      (k, l) => {
        l.dpdes |= 1 << l.thr;
        tell(k, 'dpdes_read_bit', l.vcpu, l.thr, 1);
      },
      4,
    ],
    [
      'next',
      'next thread of the virtual core',
      (k, l) => {
        l.thr += 1;
        return l.thr < vmOf(k, l.vcpu).emul_smt_mode ? goto('thread') : undefined;
      },
      4,
    ],
    [
      'done',
      'return the bits',
      (k, l) => {
        tell(k, 'dpdes_read_end', l.vcpu, l.dpdes, now(k));
        return ret(l.dpdes);
      },
      4,
    ],
  ],
);
