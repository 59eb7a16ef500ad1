// What must hold behind an exit that the hypervisor answers in the guest's place: where the guest goes on, and what it
// finds in its registers. Source: I15 and I17 of the reference; arch/powerpc/kvm/book3s_hv.c, emulate_loadstore.c.
import { vcpuOf } from '../kvm/context.ts';
import { decodeInst, loadedValue } from '../kvm/emulate-mmio.ts';
import type { Machine } from '../machine/machine.ts';
import { NONE, type VcpuId } from '../state/ids.ts';
import { vcpuEntity } from './entities.ts';
import type { Broken, Invariant, Resume, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

const hex = (value: bigint): string => `0x${value.toString(16)}`;

const broken = (m: M, v: VcpuId, why: string): Broken => ({
  why: `vcpu ${v} ${why}`,
  where: vcpuEntity(m, v),
});

/** The vcpu that has just entered the guest on the acting thread, and where it goes on by its last exit. */
function entering(m: M): { readonly v: VcpuId; readonly resume: Resume | undefined } {
  const v = m.host.cpus[m.k.tid]?.kvm_vcpu ?? NONE;
  return { v, resume: m.monitor.resume[v] };
}

/** I15: trap 0 says that there is nothing to report; kvmppc_handle_exit would take it for an unknown exit. */
function exitHandled(m: M): Broken | null {
  const v = m.host.tasks[m.host.cpus[m.k.tid]?.curr ?? NONE]?.vcpu ?? NONE;
  const { exit_reason, nr } = vcpuOf(m.k, v).run;
  if (exit_reason !== 'KVM_EXIT_UNKNOWN' || nr !== 0) return null;
  return broken(m, v, 'has an unknown exit of trap 0');
}

/**
 * I15, I17: behind `sc 1`, or behind the load or store that was emulated. Storage interrupts that the hypervisor settles
 * itself go on at the instruction. An interrupt that is delivered on the way has that address in SRR0.
 */
function resumeAddress(m: M): Broken | null {
  const { v, resume } = entering(m);
  if (!resume) return null;
  const nia = m.hw.arena.nia(m.k.tid);
  const isVector = nia > 0n && nia < 0x1000n && nia % 0x20n === 0n;
  if (nia === resume.pc || (isVector && m.hw.get(m.k.tid, 'SRR0') === resume.pc)) return null;
  return broken(m, v, `goes on at ${hex(nia)}, but its exit was complete at ${hex(resume.pc)}`);
}

/** I17: the guest goes on with what user space gave, and no later KVM_RUN writes it a second time. */
function mmioLoad(m: M): Broken | null {
  const { v, resume } = entering(m);
  if (v === NONE) return null;
  const vcpu = vcpuOf(m.k, v);
  if (vcpu.mmio_needed) return broken(m, v, 'enters the guest with mmio_needed=1');
  const found = resume?.load ? decodeInst(resume.load) : null;
  if (!resume || !found) return null;
  const { decoded, form } = found;
  const n = decoded.operands[form.register] ?? 0;
  const { arena } = m.hw;
  const value = form.file === 'fpr' ? arena.vsr(m.k.tid, n, 0) : arena.gpr(m.k.tid, n);
  const given = loadedValue(form, vcpu.run.mmio.data, resume.le);
  if (value === given) return null;
  return broken(m, v, `has ${hex(value)} in register ${n}, but its device gave ${hex(given)}`);
}

export const RESUME_INVARIANTS: readonly Invariant[] = [
  {
    id: 'exit-handled',
    what: 'kvmppc_handle_exit is called only for a trap',
    reads: ['kvm_userspace_exit'],
    test: exitHandled,
  },
  {
    id: 'resume-address',
    what: 'a guest goes on behind its hcall or access to a device: pc is advanced once',
    reads: ['kvm_guest_enter'],
    test: resumeAddress,
  },
  {
    id: 'mmio-load',
    what: 'a load has what the device gave, and that is written once',
    reads: ['kvm_guest_enter'],
    test: mmioLoad,
  },
];
