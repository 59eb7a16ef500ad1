// Guest exit on POWER7: what real mode does with an interrupt that came to the hypervisor, and the way out of the
// partition. Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S, Linux 3.6, reduced to one thread per core.
import { MSR, SRR1_CAUSES } from '../hardware/bits.ts';
import { NEVER } from '../hardware/hardware.ts';
import { BOOK3S_INTERRUPT, vectorRow } from '../hardware/vectors.ts';
import { cpuOf, tell } from '../host/context.ts';
import { HOST_SLB } from '../host/p7.ts';
import { call, goto, ret, routine, spin } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf, vmOf } from './context.ts';
import { KVM_INST_FETCH_FAILED } from './emulate-mmio.ts';
import { FAST_GUEST_RETURN, GUEST_EXIT, LPID_RSVD } from './p7-entry.ts';
import { reflect } from './p7-hdsi.ts';
import {
  clearSlb,
  loadSlb,
  mfspr,
  mtspr,
  PMCS,
  readSlb,
  saveFp,
  saveGprs,
  saveNamed,
} from './p7-state.ts';
import { MMCR0_FC } from './p7-vm.ts';

const RMHANDLERS_S = 'arch/powerpc/kvm/book3s_hv_rmhandlers.S';
/** Codes of one exit in vcore.entry_exit_count. */
const ONE_EXIT = 0x100;
const DABRX_HOST = 7n;

/** Interrupts whose save/restore pair is HSRR0/1 (tag bit 1 in the assembly); an external one is LPES0=0's. */
const byHsrr = (vector: number): boolean =>
  vector === BOOK3S_INTERRUPT.EXTERNAL || vectorRow(vector).regs === 'H';

export const interruptP7 = routine<KvmCtx, VcpuLocals>(
  'kvmppc_interrupt',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'Every interrupt that leaves the guest comes here first: saved, and handled in real mode if possible.',
  },
  [
    [
      'save',
      'r0-r13, CR, LR and SRR0/1 of the guest are saved; r1, r13 are the host’s again',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        saveGprs(k, vcpu, 0, 13);
        vcpu.cr = k.hw.arena.cr(k.tid);
        vcpu.lr = mfspr(k, 'LR');
        vcpu.srr0 = mfspr(k, 'SRR0');
        vcpu.srr1 = mfspr(k, 'SRR1');
        k.hw.arena.setGpr(k.tid, 1, cpuOf(k).hstate.r1 ?? 0n);
        k.hw.arena.setGpr(k.tid, 13, mfspr(k, 'HSPRG0'));
      },
      20,
    ],
    [
      'pc',
      'pc, msr := HSRR0/1 or SRR0/1 by vector; trap := vector; PACA: in_guest := NONE',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.trap = cpuOf(k).trap;
        const pair = byHsrr(vcpu.trap) ? 'HSRR' : 'SRR';
        vcpu.pc = mfspr(k, `${pair}0`);
        vcpu.msr = mfspr(k, `${pair}1`) & ~SRR1_CAUSES;
        cpuOf(k).in_guest = 0;
        tell(k, 'kvm_guest_exit', l.vcpu, vcpu.trap);
      },
      8,
    ],
    [
      'last_inst',
      'last_inst := HEIR for 0xE40, else unknown; CTR, XER saved',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        vcpu.heir = mfspr(k, 'HEIR');
        const known = vcpu.trap === BOOK3S_INTERRUPT.H_EMUL_ASSIST;
        vcpu.last_inst = known ? Number(vcpu.heir) : KVM_INST_FETCH_FAILED;
        vcpu.ctr = mfspr(k, 'CTR');
        vcpu.xer = mfspr(k, 'XER');
      },
      8,
    ],
    [
      'dispatch',
      'which of them can real mode answer?',
      (k, l) => {
        switch (vcpuOf(k, l.vcpu).trap) {
          case BOOK3S_INTERRUPT.H_DATA_STORAGE:
          case BOOK3S_INTERRUPT.H_INST_STORAGE:
            return goto('storage');
          case BOOK3S_INTERRUPT.HV_DECREMENTER:
            return goto('hdec');
          case BOOK3S_INTERRUPT.SYSCALL:
            return goto('syscall');
          case BOOK3S_INTERRUPT.EXTERNAL:
            return goto('external');
          default:
            return ret(GUEST_EXIT);
        }
      },
      6,
    ],
    [
      'storage',
      '0xE00, 0xE20: kvmppc_hdsi, kvmppc_hisi',
      (_k, l) => call('kvmppc_hdsi', { vcpu: l.vcpu }),
      4,
    ],
    ['after_storage', 'as it decided', (_k, l) => ret(l.ret), 2],
    [
      'hdec',
      '0x980 although HDEC has time left? stale: back into the guest',
      (k) => ret(k.hw.hdec(k.tid) > 0 ? FAST_GUEST_RETURN : GUEST_EXIT),
      4,
    ],
    [
      'syscall',
      '0xC00: hcall_try_real_mode',
      (_k, l) => call('hcall_try_real_mode', { vcpu: l.vcpu }),
      4,
    ],
    ['after_syscall', 'as it decided', (_k, l) => ret(l.ret), 2],
    [
      'external',
      '0x500 with guest MSR[EE]=1 and LPCR[MER]=1? bounce_ext_interrupt: the guest takes it; else the host must',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const mer = (mfspr(k, 'LPCR') & LPCR_MER) !== 0n;
        if (!mer || (vcpu.msr & MSR.EE) === 0n) return ret(GUEST_EXIT);
        reflect(k, l.vcpu, BOOK3S_INTERRUPT.EXTERNAL);
        return ret(FAST_GUEST_RETURN);
      },
      8,
    ],
  ],
);

const LPCR_MER = 0x800n;

export const guestExitCont = routine<KvmCtx, VcpuLocals>(
  'guest_exit_cont',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'Out of the guest: what changes by itself is saved while the thread still is the guest’s.',
  },
  [
    [
      'dec_expires',
      'dec_expires := DEC + TB: the guest decrementer as an absolute time',
      (k, l) => {
        vcpuOf(k, l.vcpu).dec_expires = k.hw.arena.decExpires(k.tid);
      },
      6,
    ],
    [
      'dar',
      'DAR, DSISR saved',
      (k, l) => {
        vcpuOf(k, l.vcpu).dar = mfspr(k, 'DAR');
        vcpuOf(k, l.vcpu).dsisr = mfspr(k, 'DSISR');
      },
      6,
    ],
    [
      'ctrl',
      'CTRL saved, run latch on',
      (k, l) => {
        saveNamed(k, vcpuOf(k, l.vcpu), ['CTRL']);
        mtspr(k, 'CTRL', 1n);
      },
      6,
    ],
    [
      'slb_read',
      'slbmfee, slbmfev: the valid SLB entries of the guest are saved',
      (k, l) => {
        vcpuOf(k, l.vcpu).slb = readSlb(k);
      },
      32,
    ],
    [
      'purr',
      'PURR, SPURR saved; the host’s go on by what the guest used',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const before = { ...vcpu.spr };
        saveNamed(k, vcpu, ['PURR', 'SPURR']);
        for (const name of ['PURR', 'SPURR']) {
          const used = (vcpu.spr[name] ?? 0n) - (before[name] ?? 0n);
          mtspr(k, name, BigInt.asUintN(64, (cpuOf(k).hstate[name] ?? 0n) + used));
        }
      },
      10,
    ],
    ['slb_clear', 'slbmte 0,0; slbia: no segment of the guest is left', clearSlb, 16],
    ['done', 'on to hdec_soon', () => ret(), 2],
  ],
);

export const hdecSoon = routine<KvmCtx, VcpuLocals>(
  'hdec_soon',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'Back to the partition of the host when every thread is out, then the rest of the registers.',
  },
  [
    [
      'entry_exit_count',
      'lwsync; atomically one more exit has begun: from now on no thread enters; lwsync',
      (k, l) => {
        vcoreOf(k, l.vcpu).entry_exit_count += ONE_EXIT;
        k.hw.arena.clearReservation(k.tid);
      },
      10,
    ],
    [
      'gather',
      'primary thread: wait until as many threads have left as had entered',
      (k, l) => {
        const count = vcoreOf(k, l.vcpu).entry_exit_count;
        return count >> 8 === (count & 0xff) ? undefined : spin('waiting for the other threads');
      },
      6,
    ],
    [
      'lpid_reserved',
      'LPID := 1023, the reserved one; ptesync',
      (k) => mtspr(k, 'LPIDR', LPID_RSVD),
    ],
    ['sdr1', 'SDR1 := host_sdr1', (k, l) => mtspr(k, 'SDR1', vmOf(k, l.vcpu).host_sdr1)],
    [
      'lpid',
      'LPID := 0; isync: the core is in the partition of the host',
      (k, l) => {
        mtspr(k, 'LPIDR', 0n);
        tell(k, 'partition_switch', l.vcpu, vmOf(k, l.vcpu).lpid, 0);
      },
    ],
    [
      'in_guest',
      'vcore.in_guest := 0: waiting threads may go home',
      (k, l) => {
        vcoreOf(k, l.vcpu).in_guest = 0;
        cpuOf(k).kvm_vcpu = NONE;
      },
      6,
    ],
    ['hdec', 'HDEC := maximum', (k) => k.hw.setHdec(k.tid, NEVER), 6],
    [
      'lpcr',
      'LPCR := host_lpcr: HDICE is off',
      (k, l) => mtspr(k, 'LPCR', vmOf(k, l.vcpu).host_lpcr),
    ],
    ['slb_host', 'slbmte of the bolted entries of the host', (k) => loadSlb(k, HOST_SLB), 12],
    [
      'amr',
      'AMR, UAMOR saved; AMR := 0',
      (k, l) => {
        saveNamed(k, vcpuOf(k, l.vcpu), ['AMR', 'UAMOR']);
        mtspr(k, 'AMR', 0n);
      },
      8,
    ],
    [
      'dscr',
      'DSCR saved; DSCR := host_dscr',
      (k, l) => {
        saveNamed(k, vcpuOf(k, l.vcpu), ['DSCR']);
        mtspr(k, 'DSCR', cpuOf(k).hstate.DSCR ?? 0n);
      },
      6,
    ],
    ['nvgprs', 'r14-r31 of the guest saved', (k, l) => saveGprs(k, vcpuOf(k, l.vcpu), 14, 31), 18],
    [
      'sprg',
      'SPRG0-3 of the guest saved',
      (k, l) => {
        vcpuOf(k, l.vcpu).sprg = [0, 1, 2, 3].map((n) => mfspr(k, `SPRG${n}`));
      },
      8,
    ],
    ['fp', 'FP, VMX and VSX registers saved', (k, l) => saveFp(k, vcpuOf(k, l.vcpu)), 40],
    [
      'pmu',
      'MMCR0 := FC; MMCR0, MMCR1, MMCRA and PMC1-6 of the guest saved',
      (k, l) => {
        saveNamed(k, vcpuOf(k, l.vcpu), [...PMCS, 'MMCR0', 'MMCR1', 'MMCRA']);
        for (const name of ['MMCR0', 'MMCR1', 'MMCRA']) mtspr(k, name, cpuOf(k).hstate[name] ?? 0n);
        mtspr(k, 'MMCR0', MMCR0_FC);
      },
      24,
    ],
    [
      'dabr',
      'DABR := host, DABRX := 7',
      (k) => {
        mtspr(k, 'DABR', cpuOf(k).hstate.DABR ?? 0n);
        mtspr(k, 'DABRX', DABRX_HOST);
      },
      8,
    ],
    ['sprg3', 'SPRG3 := host: the number of this cpu', (k) => mtspr(k, 'SPRG3', BigInt(k.tid)), 4],
    [
      'dec',
      'DEC := host dec_expires - TB',
      (k) => {
        k.hw.arena.setDecExpires(k.tid, Number(cpuOf(k).hstate.dec_expires ?? BigInt(NEVER)));
        return ret();
      },
      6,
    ],
  ],
);
