// Guest entry and exit on POWER9: kvmhv_p9_guest_entry, kvmhv_vcpu_entry_p9; enter-guest.ts is the assembly between.
// Run order as in Linux 6.1; doorbell storage as in 4.13-5.10: a request becomes vcore.dpdes before the entry and
// DPDES is loaded from it; the exit saves DPDES there. See power hardware: the bit lives in one thread's register.
import { MSR } from '../hardware/bits.ts';
import { type Hardware, NEVER } from '../hardware/hardware.ts';
import { readSpr, writeSpr } from '../hardware/spr-access.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, now, tell } from '../host/context.ts';
import { call, goto, ret, routine } from '../host/routine.ts';
import { nextHostEvent, rearmDecrementer } from '../host/sched.ts';
import { sprSlot } from '../isa/spr.ts';
import type { HwThreadId } from '../state/ids.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf, vmOf } from './context.ts';
import { KVM_INST_FETCH_FAILED } from './emulate-mmio.ts';
import { ISI_CAUSES } from './exceptions.ts';
import { clearSlb, loadSlb, readSlb } from './p7-state.ts';
import type { Vcpu } from './records.ts';

const P9_ENTRY = 'arch/powerpc/kvm/book3s_hv_p9_entry.c';
const H_CEDE = 0xe0n;

/** Facility registers that entry loads and exit stores (load_spr_state, store_spr_state). */
const GUEST_SPRS = [
  'TAR',
  'DSCR',
  'AMR',
  'IAMR',
  'UAMOR',
  'FSCR',
  'PSPB',
  'VRSAVE',
  'PPR',
  'PIDR',
] as const;
/** Host registers that the C code keeps on its stack (struct p9_host_os_sprs). */
const HOST_SPRS = [
  'HFSCR',
  'LPCR',
  'LPIDR',
  'PCR',
  'DSCR',
  'AMR',
  'IAMR',
  'UAMOR',
  'FSCR',
] as const;

/** Register values by name. */
export type Images = Record<string, bigint>;
type EntryLocals = VcpuLocals & { host: Images };

/** Registers of a thread as mfspr reads them. */
export const saveSprs = (hw: Hardware, t: HwThreadId, names: readonly string[]): Images =>
  Object.fromEntries(names.map((name) => [name, readSpr(hw, t, sprSlot(name))]));

/** Writes registers of a thread as mtspr does. */
export function loadSprs(hw: Hardware, t: HwThreadId, images: Images): void {
  for (const [name, value] of Object.entries(images)) writeSpr(hw, t, sprSlot(name), value);
}

export const guestEntry = routine<KvmCtx, VcpuLocals>(
  'kvmhv_p9_guest_entry',
  {
    source: 'arch/powerpc/kvm/book3s_hv.c',
    mode: 'virtual',
    about: 'Around one guest run: the time limit, and H_CEDE handled without leaving.',
  },
  [
    [
      'time_limit',
      'next host timer already due? then no entry: trap := hypervisor decrementer',
      (k, l) => {
        if (nextHostEvent(k) > now(k)) return undefined;
        vcpuOf(k, l.vcpu).trap = BOOK3S_INTERRUPT.HV_DECREMENTER;
        return ret();
      },
      6,
    ],
    ['entry', 'kvmhv_vcpu_entry_p9', (_k, l) => call('kvmhv_vcpu_entry_p9', { vcpu: l.vcpu }), 4],
    [
      'h_cede',
      'did it leave by sc 1 from supervisor state with H_CEDE?',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const cede =
          vcpu.trap === BOOK3S_INTERRUPT.SYSCALL &&
          (vcpu.msr & MSR.PR) === 0n &&
          vcpu.gpr[3] === H_CEDE;
        return cede ? call('kvmppc_cede', { vcpu: l.vcpu }) : goto('done');
      },
      6,
    ],
    [
      'ceded',
      'r3 := H_SUCCESS, trap := 0: handled',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.gpr[3] = 0n;
        vcpu.trap = 0;
      },
      4,
    ],
    ['done', 'return to the run loop', () => ret(), 2],
  ],
);

export const vcpuEntry = routine<KvmCtx, EntryLocals>(
  'kvmhv_vcpu_entry_p9',
  {
    source: P9_ENTRY,
    mode: 'virtual',
    about:
      'Loads the guest into the hardware thread, runs it, and takes it out again; each register, in the kernel’s order.',
  },
  [
    [
      'save_p9_host_os_sprs',
      'save the host values of HFSCR, LPCR, LPID, PCR and the facility SPRs',
      (k, l) => {
        l.host = saveSprs(k.hw, k.tid, HOST_SPRS);
      },
      24,
    ],
    [
      'load_spr_state',
      'load the guest facility SPRs: TAR, DSCR, AMR, IAMR, UAMOR, FSCR, PSPB, VRSAVE, PPR, PID',
      (k, l) => loadSprs(k.hw, k.tid, vcpuOf(k, l.vcpu).spr),
      30,
    ],
    ['pcr', 'PCR := vcore.pcr', (k, l) => k.hw.set(k.tid, 'PCR', vcoreOf(k, l.vcpu).pcr), 6],
    [
      'doorbell_to_dpdes',
      'doorbell_request? then vcore.dpdes := 1 and wmb, before the request goes away',
      (k, l) => {
        if (vcpuOf(k, l.vcpu).doorbell_request === 0) return goto('dpdes');
        vcoreOf(k, l.vcpu).dpdes = 1;
        tell(k, 'vcore_dpdes', l.vcpu, 1);
        return undefined;
      },
      6,
    ],
    [
      'doorbell_request',
      'doorbell_request := 0: consumed',
      (k, l) => {
        vcpuOf(k, l.vcpu).doorbell_request = 0;
        tell(k, 'doorbell_request', l.vcpu, 0);
      },
      6,
    ],
    [
      'dpdes',
      'mtspr DPDES, vcore.dpdes: with EE=1 the guest takes 0xA00 first thing',
      (k, l) => {
        cpuOf(k).kvm_vcpu = l.vcpu;
        k.hw.setDpdes(k.tid, BigInt(vcoreOf(k, l.vcpu).dpdes));
      },
      6,
    ],
    [
      'hfscr',
      'HFSCR := vcpu.hfscr: MSGP decides whether doorbells trap',
      (k, l) => k.hw.set(k.tid, 'HFSCR', vcpuOf(k, l.vcpu).hfscr),
      6,
    ],
    [
      'return_state',
      'HSRR0 := pc, HSRR1 := msr without HV, with ME; SPRG0-3',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        k.hw.set(k.tid, 'HSRR0', vcpu.pc);
        k.hw.set(k.tid, 'HSRR1', (vcpu.msr & ~MSR.HV) | MSR.ME);
        vcpu.sprg.forEach((value, i) => {
          k.hw.set(k.tid, `SPRG${i}`, value);
        });
      },
      12,
    ],
    [
      'in_guest',
      'kvm_hstate.in_guest := KVM_GUEST_MODE_HV_P9: interrupts now come to the guest exit',
      (k, l) => {
        cpuOf(k).in_guest = 1;
        vcoreOf(k, l.vcpu).in_guest = 1;
      },
      6,
    ],
    [
      'real_mode',
      'mtmsrd IR=DR=0: a hash guest is entered from real mode',
      (k) => setTranslation(k, false),
      6,
    ],
    [
      'switch_mmu_to_guest_hpt',
      'LPID := guest, LPCR := vcore.lpcr, isync: the partition switch; slbmte of the guest’s segments',
      (k, l) => {
        tell(k, 'partition_switch', l.vcpu, Number(k.hw.get(k.tid, 'LPIDR')), vmOf(k, l.vcpu).lpid);
        k.hw.set(k.tid, 'LPIDR', BigInt(vmOf(k, l.vcpu).lpid));
        k.hw.set(k.tid, 'LPCR', vcoreOf(k, l.vcpu).lpcr);
        const { slb } = vcpuOf(k, l.vcpu);
        if (slb.length > 0) loadSlb(k, slb);
      },
      40,
      'real',
    ],
    [
      'timers',
      'HDEC := next host timer - TB, then DEC := dec_expires - TB',
      (k, l) => {
        k.hw.arena.setHdecExpires(k.tid, nextHostEvent(k));
        k.hw.arena.setDecExpires(k.tid, vcpuOf(k, l.vcpu).dec_expires);
      },
      8,
      'real',
    ],
    [
      'srr',
      'DAR, DSISR, SRR0, SRR1 := guest values',
      (k, l) => {
        const { dar, dsisr, srr0, srr1 } = vcpuOf(k, l.vcpu);
        loadSprs(k.hw, k.tid, { DAR: dar, DSISR: dsisr, SRR0: srr0, SRR1: srr1 });
      },
      8,
      'real',
    ],
    [
      'kvmppc_p9_enter_guest',
      'to the assembly: GPRs and hrfid',
      (_k, l) => call('kvmppc_p9_enter_guest', { vcpu: l.vcpu }),
      4,
      'real',
    ],
    [
      'trap',
      'vcpu.trap := the vector; pc, msr from HSRR0/1 or SRR0/1',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.trap = cpuOf(k).trap;
        const h = vcpu.trap !== BOOK3S_INTERRUPT.SYSCALL ? 'H' : '';
        vcpu.pc = k.hw.get(k.tid, `${h}SRR0`);
        vcpu.msr = k.hw.get(k.tid, `${h}SRR1`) & ~0x783f0000n;
        tell(k, 'kvm_guest_exit', l.vcpu, vcpu.trap);
      },
      8,
      'real',
    ],
    [
      'save_srr',
      'save SRR0, SRR1, DAR, DSISR, SPRG0-3',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.srr0 = k.hw.get(k.tid, 'SRR0');
        vcpu.srr1 = k.hw.get(k.tid, 'SRR1');
        vcpu.dar = k.hw.get(k.tid, 'DAR');
        vcpu.dsisr = k.hw.get(k.tid, 'DSISR');
        vcpu.sprg = [0, 1, 2, 3].map((i) => k.hw.get(k.tid, `SPRG${i}`));
      },
      12,
      'real',
    ],
    [
      'cause',
      'save HFSCR with the cause of a facility trap, HEIR, and HDAR, HDSISR, ASDR of a storage interrupt',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.hfscr = k.hw.get(k.tid, 'HFSCR');
        vcpu.heir = k.hw.get(k.tid, 'HEIR');
        saveFault(k, vcpu);
      },
      6,
      'real',
    ],
    [
      'dec_expires',
      'dec_expires := DEC + TB: the guest decrementer as an absolute time',
      (k, l) => {
        vcpuOf(k, l.vcpu).dec_expires = k.hw.arena.decExpires(k.tid);
      },
      6,
      'real',
    ],
    [
      'switch_mmu_to_host',
      'save_clear_guest_mmu: the valid SLB entries; LPID := host, LPCR := host, isync: the partition switch back',
      (k, l) => {
        const slb = readSlb(k);
        vcpuOf(k, l.vcpu).slb = slb;
        if (slb.length > 0) clearSlb(k);
        tell(k, 'partition_switch', l.vcpu, vmOf(k, l.vcpu).lpid, Number(l.host.LPIDR));
        k.hw.set(k.tid, 'LPIDR', l.host.LPIDR ?? 0n);
        k.hw.set(k.tid, 'LPCR', l.host.LPCR ?? 0n);
      },
      40,
      'real',
    ],
    [
      'in_guest_none',
      'kvm_hstate.in_guest := KVM_GUEST_MODE_NONE',
      (k, l) => {
        cpuOf(k).in_guest = 0;
        vcoreOf(k, l.vcpu).in_guest = 0;
      },
      6,
      'real',
    ],
    ['virtual_mode', 'mtmsrd IR=DR=1', (k) => setTranslation(k, true), 6, 'real'],
    [
      'save_dpdes',
      'vcore.dpdes := mfspr DPDES: an undelivered doorbell stays with the vcpu',
      (k, l) => {
        const dpdes = Number(k.hw.get(k.tid, 'DPDES'));
        vcoreOf(k, l.vcpu).dpdes = dpdes;
        cpuOf(k).kvm_vcpu = NONE;
        tell(k, 'vcore_dpdes', l.vcpu, dpdes);
      },
      6,
    ],
    [
      'clear_dpdes',
      'DPDES := 0, or the host would take the guest’s doorbell',
      (k) => k.hw.setDpdes(k.tid, 0n),
      6,
    ],
    [
      'store_spr_state',
      'save the guest facility SPRs',
      (k, l) => {
        vcpuOf(k, l.vcpu).spr = saveSprs(k.hw, k.tid, GUEST_SPRS);
      },
      30,
    ],
    [
      'restore_p9_host_os_sprs',
      'load the host values of HFSCR, PCR and the facility SPRs',
      (k, l) => loadSprs(k.hw, k.tid, l.host),
      24,
    ],
    [
      'host_timers',
      'HDEC := maximum, DEC := next host timer',
      (k) => {
        k.hw.setHdec(k.tid, NEVER);
        rearmDecrementer(k);
        return ret();
      },
      8,
    ],
  ],
);

/** What tells about a storage interrupt to the hypervisor; the instruction is not known yet. */
function saveFault(k: KvmCtx, vcpu: Vcpu): void {
  vcpu.last_inst = KVM_INST_FETCH_FAILED;
  const data = vcpu.trap === BOOK3S_INTERRUPT.H_DATA_STORAGE;
  if (!data && vcpu.trap !== BOOK3S_INTERRUPT.H_INST_STORAGE) return;
  vcpu.fault_dar = data ? k.hw.get(k.tid, 'HDAR') : vcpu.pc;
  vcpu.fault_dsisr = data ? k.hw.get(k.tid, 'HDSISR') : k.hw.get(k.tid, 'HSRR1') & ISI_CAUSES;
  vcpu.fault_gpa = k.hw.get(k.tid, 'ASDR');
}

function setTranslation(k: KvmCtx, on: boolean): void {
  const msr = k.hw.msr(k.tid);
  k.hw.setMsr(k.tid, on ? msr | MSR.IR | MSR.DR : msr & ~(MSR.IR | MSR.DR));
}
