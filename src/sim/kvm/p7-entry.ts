// Guest entry on POWER7: from the run loop to hrfid, in the order of the assembly, on every thread of the core.
// Source: arch/powerpc/kvm/{book3s_hv_interrupts.S, book3s_hv_rmhandlers.S}, Linux 3.6.
//
// Real-mode code runs in either partition. The switch is SDR1 and LPID with the reserved LPID in between, so that
// neither partition ever has the other's table; LPCR and RMOR are each thread's own. The thread with ptid 0, the primary,
// switches for all; it comes here from the run loop, the others from a nap (p7-nap.ts). What the guest may use freely is
// loaded before or after, and saved by the exit path (p7-exit.ts) in about the reverse order.
import { MMCR0, MSR } from '../hardware/bits.ts';
import { IS, RB } from '../hardware/mmu/hpte.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, irqDisable, stackDepth, tell } from '../host/context.ts';
import { call, goto, ret, routine, spin, tail } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf, vmOf } from './context.ts';
import { clearSlb, loadFp, loadGprs, loadNamed, loadSlb, mfspr, mtspr, PMCS } from './p7-state.ts';
import { bumpYieldCount } from './vpa.ts';

const INTERRUPTS_S = 'arch/powerpc/kvm/book3s_hv_interrupts.S';
export const RMHANDLERS_S = 'arch/powerpc/kvm/book3s_hv_rmhandlers.S';
/** LPID that no partition has, while SDR1 changes. */
export const LPID_RSVD = 1023n;
/** HDEC below this is as good as expired: no entry. */
export const HDEC_SOON = 10;
/** Sets of the TLB, each flushed by a tlbiel of its own. */
const TLB_SETS = 128;
const DABRX = { USER_KERNEL: 3n } as const;
/** In vcore.entry_exit_count: one exit that has begun. */
export const ONE_EXIT = 0x100;
/** What `kvmppc_interrupt` returns: back into the guest, or out of it. */
export const FAST_GUEST_RETURN = 0;
export const GUEST_EXIT = 1;
/** Branches to its middle: from a nap in H_CEDE, from one that was called off, and back into the guest behind either. */
export const KVM_END_CEDE = 2;
export const NO_NAP = 3;
export const CEDE_REENTRY = 4;

type HostLocals = VcpuLocals & { gpr: bigint[]; cr: number };

export const vcoreEntry = routine<KvmCtx, HostLocals>(
  '__kvmppc_vcore_entry',
  {
    source: INTERRUPTS_S,
    mode: 'virtual',
    about:
      'Puts the host aside, goes to real mode and into the guest, and takes the host up again.',
  },
  [
    [
      'save_nvgprs',
      'save r1, r13-r31 and CR in the frame on the host stack',
      (k, l) => {
        l.gpr = Array.from({ length: 32 }, (_, n) => k.hw.arena.gpr(k.tid, n));
        l.cr = k.hw.arena.cr(k.tid);
      },
      20,
    ],
    [
      'save_dscr_dabr',
      'PACA: host_dscr := DSCR, dabr := DABR',
      (k) => putAside(k, ['DSCR', 'DABR']),
    ],
    [
      'hard_irq_disable',
      'PACA: host_msr := MSR; MSR[EE] := 0 until the way back',
      (k) => {
        cpuOf(k).hstate = { ...cpuOf(k).hstate, MSR: k.hw.msr(k.tid) };
        irqDisable(k);
      },
      6,
    ],
    [
      'freeze_pmu',
      'MMCR0 := FC: the counters stand still; MMCRA := 0; the host does not use them, so no more is saved',
      (k) => {
        putAside(k, ['MMCR0', 'MMCR1', 'MMCRA']);
        mtspr(k, 'MMCR0', MMCR0.FC);
        mtspr(k, 'MMCRA', 0n);
      },
    ],
    [
      'hdec',
      'HDEC := DEC, so that the next host tick ends the guest run; PACA: dec_expires := DEC + TB',
      (k) => {
        k.hw.setHdec(k.tid, k.hw.dec(k.tid));
        const dec_expires = BigInt(k.hw.arena.decExpires(k.tid));
        cpuOf(k).hstate = { ...cpuOf(k).hstate, dec_expires };
      },
      8,
    ],
    [
      'kvmppc_hv_entry_trampoline',
      'rfid to kvmppc_hv_entry with IR=DR=0 and RI=0',
      (k, l) => {
        k.hw.setMsr(k.tid, k.hw.msr(k.tid) & ~(MSR.IR | MSR.DR | MSR.RI));
        return call('kvmppc_hv_entry', { vcpu: l.vcpu });
      },
    ],
    [
      'restore_nvgprs',
      'rfid to virtual mode; r1, r13-r31 and CR from the host stack',
      (k, l) => {
        k.hw.setMsr(k.tid, (cpuOf(k).hstate.MSR ?? 0n) & ~MSR.EE);
        l.gpr.forEach((value, n) => {
          k.hw.arena.setGpr(k.tid, n, value);
        });
        k.hw.arena.setCr(k.tid, l.cr);
        return vcpuOf(k, l.vcpu).trap === BOOK3S_INTERRUPT.EXTERNAL ? undefined : goto('done');
      },
      24,
      'real',
    ],
    [
      'vector_0x500',
      'an external interrupt ended the run: to the host vector 0x500 first, which serves it',
      (k) => call('do_IRQ', { msr: cpuOf(k).hstate.MSR ?? 0n }),
      6,
    ],
    ['done', 'return to kvmppc_run_core', () => ret(), 2],
  ],
);

/** Keeps host registers in the PACA. */
export function putAside(k: KvmCtx, names: readonly string[]): void {
  const cpu = cpuOf(k);
  const now = names.map((name) => [name, mfspr(k, name)] as const);
  cpu.hstate = { ...cpu.hstate, ...Object.fromEntries(now) };
}

export const hvEntry = routine<KvmCtx, VcpuLocals & { trap: number }>(
  'kvmppc_hv_entry',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about: 'Loads the guest into the thread, switches the core to its partition, and enters it.',
  },
  [
    [
      'dabr',
      'DABRX := 3 (user and kernel), DABR := guest',
      (k, l) => {
        mtspr(k, 'DABRX', DABRX.USER_KERNEL);
        loadNamed(k, vcpuOf(k, l.vcpu), ['DABR']);
      },
      8,
    ],
    [
      'pmu',
      'PMC1-6, MMCR1, MMCRA, MMCR0 := guest, always, or it would see host counts',
      (k, l) => loadNamed(k, vcpuOf(k, l.vcpu), [...PMCS, 'MMCR1', 'MMCRA', 'MMCR0']),
      24,
    ],
    ['fp', 'FP, VMX and VSX registers := guest', (k, l) => loadFp(k, vcpuOf(k, l.vcpu)), 40],
    ['nvgprs', 'r14-r31 := guest', (k, l) => loadGprs(k, vcpuOf(k, l.vcpu), 14, 31), 18],
    ['dscr', 'DSCR := guest', (k, l) => loadNamed(k, vcpuOf(k, l.vcpu), ['DSCR']), 6],
    [
      'dec',
      'DEC := dec_expires - TB',
      (k, l) => k.hw.setDecExpires(k.tid, vcpuOf(k, l.vcpu).dec_expires),
      6,
    ],
    [
      'sprg',
      'SPRG0-3 := guest; PACA: host_r1',
      (k, l) => {
        vcpuOf(k, l.vcpu).sprg.forEach((value, n) => {
          mtspr(k, `SPRG${n}`, value);
        });
        cpuOf(k).hstate = { ...cpuOf(k).hstate, r1: k.hw.arena.gpr(k.tid, 1) };
        cpuOf(k).host_depth = stackDepth(k);
      },
      10,
    ],
    [
      'dar',
      'DAR, DSISR := guest',
      (k, l) => {
        mtspr(k, 'DAR', vcpuOf(k, l.vcpu).dar);
        mtspr(k, 'DSISR', vcpuOf(k, l.vcpu).dsisr);
      },
      6,
    ],
    [
      'amr',
      'AMR, UAMOR := guest; AMOR := all ones',
      (k, l) => {
        loadNamed(k, vcpuOf(k, l.vcpu), ['AMR', 'UAMOR']);
        mtspr(k, 'AMOR', (1n << 64n) - 1n);
      },
      8,
    ],
    ['slb_clear', 'slbmte 0,0; slbia: no segment of the host is left', clearSlb, 16],
    [
      'entry_exit_count',
      'atomically: no exit has begun? then one more thread has entered; else secondary_too_late',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        if (vcore.entry_exit_count >= ONE_EXIT) {
          tell(k, 'too_late', l.vcpu);
          return tail('secondary_too_late');
        }
        vcore.entry_exit_count += 1;
        return undefined;
      },
      10,
    ],
    [
      'yield_count', // B29: not before, or a thread that comes too late would have counted
      'VPA: yield_count + 1, even: it runs',
      (k, l) => bumpYieldCount(k, vcpuOf(k, l.vcpu)),
      4,
    ],
    [
      'primary',
      'ptid 0? the primary thread switches the partition, the others wait for it',
      (k, l) => (vcpuOf(k, l.vcpu).ptid === 0 ? undefined : goto('wait_in_guest')),
      4,
    ],
    [
      'lpid_reserved',
      'LPID := 1023, the reserved one; ptesync',
      (k) => mtspr(k, 'LPIDR', LPID_RSVD),
    ],
    ['sdr1', 'SDR1 := kvm.sdr1', (k, l) => mtspr(k, 'SDR1', vmOf(k, l.vcpu).sdr1)],
    [
      'lpid',
      'LPID := kvm.lpid; isync: the core is in the partition of the guest',
      (k, l) => {
        mtspr(k, 'LPIDR', BigInt(vmOf(k, l.vcpu).lpid));
        tell(k, 'partition_switch', l.vcpu, 0, vmOf(k, l.vcpu).lpid);
      },
    ],
    [
      'in_guest',
      'vcore.in_guest := 1: waiting threads may follow',
      (k, l) => {
        vcoreOf(k, l.vcpu).in_guest = 1;
        return goto('lpcr');
      },
      6,
    ],
    [
      'wait_in_guest',
      'secondary thread: wait until the primary has switched the partition',
      (k, l) =>
        vcoreOf(k, l.vcpu).in_guest
          ? undefined
          : spin('waiting for the primary thread to switch the partition'),
      6,
    ],
    ['lpcr', 'LPCR := kvm.lpcr', (k, l) => mtspr(k, 'LPCR', vmOf(k, l.vcpu).lpcr)],
    ['rmor', 'RMOR := kvm.rmor; isync', (k, l) => mtspr(k, 'RMOR', vmOf(k, l.vcpu).rmor)],
    [
      'hdec_check',
      'fewer than 10 ticks left in HDEC? then the exit path at once, with trap 0',
      (k, l) => {
        l.trap = BOOK3S_INTERRUPT.HV_DECREMENTER;
        return k.hw.hdec(k.tid) < HDEC_SOON ? goto('hdec_soon') : undefined;
      },
      4,
    ],
    [
      'tlb_check',
      'did this vcpu run here last, and the thread run no other of the VM since? else its TLB is stale',
      (k, l) => (isTlbStale(k, l.vcpu) ? undefined : goto('purr')),
      8,
    ],
    [
      'tlbiel',
      '128 x tlbiel, IS=2: every entry of this LPID, set by set',
      (k, l) => {
        flushTlb(k);
        tell(k, 'tlb_flush', l.vcpu, vmOf(k, l.vcpu).lpid);
      },
      TLB_SETS,
    ],
    [
      'purr',
      'PACA: host_purr, host_spurr; PURR, SPURR := guest',
      (k, l) => {
        putAside(k, ['PURR', 'SPURR']);
        loadNamed(k, vcpuOf(k, l.vcpu), ['PURR', 'SPURR']);
      },
    ],
    ['slb_load', 'slbmte of each valid SLB entry', (k, l) => loadSlb(k, vcpuOf(k, l.vcpu).slb), 32],
    [
      'ctrl',
      'CTRL: run latch off if the guest has it off; CTR, XER := guest',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        loadNamed(k, vcpu, ['CTRL']);
        mtspr(k, 'CTR', vcpu.ctr);
        mtspr(k, 'XER', vcpu.xer);
      },
      8,
    ],
    [
      'cede_reentry',
      'kvmppc_cede_reentry: what has come for the guest meanwhile?',
      (_k, l) => call('kvmppc_cede_reentry', { vcpu: l.vcpu }),
      4,
    ],
    [
      'fast_guest_return',
      'into the guest',
      (_k, l) => call('fast_guest_return', { vcpu: l.vcpu }),
      4,
    ],
    [
      'kvmppc_interrupt',
      'an interrupt came to the hypervisor: kvmppc_interrupt',
      (_k, l) => call('kvmppc_interrupt', { vcpu: l.vcpu }),
      4,
    ],
    [
      'handled',
      'handled in real mode? back into the guest, in the same partition; a cede has its own end',
      (_k, l) => {
        if (l.ret === FAST_GUEST_RETURN) return goto('fast_guest_return');
        return l.ret === GUEST_EXIT ? goto('guest_exit_cont') : undefined;
      },
      4,
    ],
    [
      'kvm_end_cede',
      'the vcpu had ceded: kvm_end_cede',
      (_k, l) => call('kvm_end_cede', { vcpu: l.vcpu, awake: l.ret === NO_NAP ? 1 : 0 }),
      4,
    ],
    [
      'ended',
      'nobody leaves: on in the guest',
      (_k, l) => (l.ret === CEDE_REENTRY ? goto('cede_reentry') : undefined),
      4,
    ],
    [
      'guest_exit_cont',
      'out of the guest',
      (k, l) => {
        l.trap = vcpuOf(k, l.vcpu).trap;
        return call('guest_exit_cont', { vcpu: l.vcpu });
      },
      4,
    ],
    [
      'hdec_soon',
      'out of its partition',
      (_k, l) => call('hdec_soon', { vcpu: l.vcpu, trap: l.trap }),
      4,
    ],
    [
      'done',
      'primary: to where the host was put aside; others: secondary_nap',
      (k, l) => (vcpuOf(k, l.vcpu).ptid === 0 ? ret() : tail('secondary_nap')),
      2,
    ],
  ],
);

/** Has this vcpu, or the thread, run elsewhere or something else of the VM since? Notes that now it is here. */
export function isTlbStale(k: KvmCtx, v: number): boolean {
  const [vcpu, vm] = [vcpuOf(k, v), vmOf(k, v)];
  const thread = k.hw.model.threadsPerCore - 1;
  const slot = (k.tid & ~thread) | (vcpu.vcpu_id & thread);
  if (vcpu.last_cpu === slot && vm.last_vcpu[slot] === vcpu.vcpu_id) return false;
  vcpu.last_cpu = slot;
  const cpus = k.host.cpus.map((_, t) => vm.last_vcpu[t] ?? -1);
  cpus[slot] = vcpu.vcpu_id;
  vm.last_vcpu = cpus;
  return true;
}

/** Every entry of the running LPID in this thread's TLB. */
function flushTlb(k: KvmCtx): void {
  k.hw.tlbielSets(k.tid, IS.LPID << RB.IS_SHIFT, TLB_SETS);
}
