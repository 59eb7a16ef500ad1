// What must hold at every step on the PowerPC 970, where HID4 names the partition and the TLB does not; source: the
// entry and exit path (kernel book3s_hv_rmhandlers.S), I1 and I18 of the reference.
import { MSR } from '../hardware/bits.ts';
import { lpidOfHid4 } from '../hardware/partition.ts';
import { vmOf } from '../kvm/context.ts';
import type { Machine } from '../machine/machine.ts';
import { NONE } from '../state/ids.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

const broken = (m: M, t: number, why: string): Broken | null =>
  why === '' ? null : { why: `thread ${t} ${why}`, where: m.threadPath(t) };

/** I1: a guest runs with its HID4 and SDR1; host code with translation on in partition 0. */
function hid4Partition(m: M): Broken | null {
  const t = m.k.tid;
  const [hid4, sdr1] = [m.hw.get(t, 'HID4'), m.hw.get(t, 'SDR1')];
  const lpid = lpidOfHid4(hid4);
  if (m.hw.inGuest(t)) {
    const v = m.host.cpus[t]?.kvm_vcpu ?? NONE;
    const vm = v === NONE ? undefined : vmOf(m.k, v);
    const right = vm && hid4 === vm.lpcr && lpid === vm.lpid && sdr1 === vm.sdr1;
    return right ? null : broken(m, t, `runs vcpu ${v} with LPID ${lpid} in HID4`);
  }
  if ((m.hw.msr(t) & (MSR.IR | MSR.DR)) === 0n) return null;
  const foreign = m.k.kvm.vms.some((vm) => vm.sdr1 === sdr1);
  return broken(
    m,
    t,
    lpid !== 0
      ? `runs the host with LPID ${lpid}`
      : foreign
        ? "runs the host with a guest's SDR1"
        : '',
  );
}

/** I18: who does a tlbie holds the lock of its partition, and nobody takes a lock along. */
function tlbieLocks(m: M): Broken | null {
  const t = m.k.tid;
  const { native_tlbie_lock } = m.host.memory;
  const held = m.k.kvm.vms.find(({ tlbie_lock }) => tlbie_lock === t);
  const lpid = m.hw.arena.tlbieInFlight(t) - 1;
  if (lpid > 0 && held?.lpid !== lpid)
    return broken(m, t, `does a tlbie in partition ${lpid} without its tlbie_lock`);
  const real = (m.hw.msr(t) & (MSR.IR | MSR.DR)) === 0n && !m.hw.inGuest(t);
  if (real) return null;
  const lock = native_tlbie_lock === t ? 'native_tlbie_lock' : held ? 'kvm.tlbie_lock' : '';
  return broken(m, t, lock && `still holds ${lock}`);
}

export const PPC970_INVARIANTS: readonly Invariant[] = [
  {
    id: 'hid4-partition',
    what: 'a guest runs with its own HID4 and SDR1, host code with translation on with LPID 0 and its own',
    reads: ['partition_switch', 'kvm_guest_enter', 'vcpu_cpu', 'sched_switch', 'idle_enter'],
    test: hid4Partition,
  },
  {
    id: 'tlbie-locks',
    what: 'a tlbie is made under the lock of its partition; no lock is held in the guest or behind the exit',
    reads: ['tlbie', 'kvm_guest_enter', 'vcpu_cpu'],
    test: tlbieLocks,
  },
];
