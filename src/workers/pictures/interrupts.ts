// The interrupts section: sources, presentation controllers and what they interrupt, of the host and of each guest.
import { LPCR, MSR } from '../../sim/hardware/bits.ts';
import { INPUT } from '../../sim/hardware/interrupts.ts';
import { findVcpu, vcpuOf, vmAt } from '../../sim/kvm/context.ts';
import { IRQPRIO } from '../../sim/kvm/records.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { vcpuEntity } from '../../sim/scenario/entities.ts';
import { processAt } from '../../sim/vmm/process.ts';
import { isRaised, xirrOf } from '../../sim/xics/icp.ts';
import { type Icp, NO_PRIORITY, type Source, STATUS, type Xics } from '../../sim/xics/records.ts';
import type { RowIn, Section } from '../sections.ts';

type IcpRow = RowIn<'interrupts', 'icps'>;
type Target = Omit<IcpRow, 'vm' | 'server' | 'xirr' | 'cppr' | 'xisr' | 'pending' | 'mfrr'>;

/** Sources, presentation controllers and their targets. */
export function interruptTables(m: Machine): Section<'interrupts'> {
  const host = m.host.xics;
  const guests = m.k.vmms.map(({ xics }, i) => ({ vm: i + 1, xics }));
  const all = [{ vm: 0, xics: host }, ...guests].filter(({ xics }) => xics.icps.length > 0);
  return {
    controllers: all.map(({ vm }) => ({ vm, title: titleOf(m, vm) })),
    sources: all.flatMap(({ vm, xics }) => xics.sources.map((s) => sourceRow(vm, xics, s))),
    icps: all.flatMap(({ vm, xics }) =>
      xics.icps.map((icp, server) => ({
        ...icpRow(vm, server, icp),
        ...(vm === 0 ? threadTarget(m, server, icp) : vcpuTarget(m, vm - 1, server, icp)),
      })),
    ),
  };
}

const titleOf = (m: Machine, vm: number): string =>
  vm === 0 ? 'the host' : `VM ${vm} (${processAt(m.k, vm - 1).config.name})`;

function sourceRow(vm: number, xics: Xics, source: Source): RowIn<'interrupts', 'sources'> {
  const { number, lsi, server, priority, saved_priority, status } = source;
  const presented = xics.icps.findIndex((icp) => icp.xisr === number);
  return {
    ...{ vm, number, lsi, server, priority, saved: saved_priority, status, presented },
    words: sourceWords(source, presented),
  };
}

function sourceWords({ lsi, status, priority, server }: Source, presented: number): string {
  if (presented >= 0) return `presented by server ${presented}`;
  if (priority === NO_PRIORITY) {
    const waits = (status & (STATUS.MASKED_PENDING | STATUS.ASSERTED)) !== 0;
    return waits ? 'masked, and waits for that' : 'masked';
  }
  if ((status & STATUS.REJECTED) !== 0) return `waits: rejected by server ${server}`;
  if (!lsi || status === 0) return 'quiet';
  if ((status & STATUS.SENT) === 0) return `its level is up: waits for server ${server}`;
  return 'accepted, its end has not come';
}

function icpRow(vm: number, server: number, icp: Icp): Omit<IcpRow, keyof Target> {
  const { cppr, xisr, mfrr, pending_priority } = icp;
  return { vm, server, xirr: BigInt(xirrOf(icp)), cppr, xisr, pending: pending_priority, mfrr };
}

/** A server of the host is a hardware thread. */
function threadTarget(m: Machine, t: number, icp: Icp): Target {
  const cpu = m.host.cpus[t];
  return {
    ...{ target: m.threadPath(t), thread: t, vcpu: -1, queued: '', mer: -1, ee: threadMask(m, t) },
    line: (m.hw.arena.inputs(t) & INPUT.EXTERNAL) !== 0 ? 1 : 0,
    handled: cpu?.device_irqs ?? 0,
    words: isRaised(icp) ? threadWords(m, t) : '',
  };
}

/** The PowerPC 970 has neither LPCR nor mediated external interrupts. */
const is970 = (m: Machine): boolean => m.hw.model.family === '970';

const halts = (m: Machine, t: number): boolean => (m.host.cpus[t]?.stopped ?? 0) !== 0;

/** MSR[EE], or -1 where it masks none: the thread halts, or runs a guest, but on the PowerPC 970. */
function threadMask(m: Machine, t: number): number {
  if (halts(m, t) || (m.hw.inGuest(t) && !is970(m))) return -1;
  return (m.hw.msr(t) & MSR.EE) === 0n ? 0 : 1;
}

function threadWords(m: Machine, t: number): string {
  const wakes = is970(m) ? 'the line ends its wait' : 'the line wakes it (LPCR[PECE0])';
  if (halts(m, t)) return `its thread halts: ${wakes}`;
  const ee = threadMask(m, t);
  if (ee < 0) return '0x500 takes the guest out, whatever its MSR[EE] (LPCR[LPES0]=0)';
  if (m.hw.inGuest(t)) return ee ? '0x500 takes the guest out' : 'masked: MSR[EE]=0 of the guest';
  return ee ? '0x500 comes before the next step' : 'masked: MSR[EE]=0';
}

/** A server of a guest is a vcpu: the output goes to KVM, which delivers 0x500 at an entry or lets LPCR[MER] do it. */
function vcpuTarget(m: Machine, vm: number, server: number, icp: Icp): Target {
  const vcpu = findVcpu(m.k, vmAt(m.k, vm), server);
  const { thread_cpu, pending_exceptions, msr } = vcpuOf(m.k, vcpu);
  const running = thread_cpu >= 0 && m.hw.inGuest(thread_cpu);
  const queued = (prio: number): boolean => (pending_exceptions & (1 << prio)) !== 0;
  const kinds = [
    queued(IRQPRIO.EXTERNAL) ? 'edge' : '',
    queued(IRQPRIO.EXTERNAL_LEVEL) ? 'level' : '',
  ]
    .filter((kind) => kind !== '')
    .join(', ');
  const ee = ((running ? m.hw.msr(thread_cpu) : msr) & MSR.EE) !== 0n;
  const mer = running && (m.hw.get(thread_cpu, 'LPCR') & LPCR.MER) !== 0n;
  return {
    ...{ target: vcpuEntity(m, vcpu), thread: thread_cpu, vcpu, handled: 0 },
    line: processAt(m.k, vm).vmm.irq_lines[server] ?? 0,
    queued: kinds,
    mer: running && !is970(m) ? Number(mer) : -1,
    ee: ee ? 1 : 0,
    words: vcpuWords(isRaised(icp) || kinds !== '', { running, mer, ee, mediates: !is970(m) }),
  };
}

interface Vcpu {
  readonly running: boolean;
  readonly mer: boolean;
  readonly ee: boolean;
  /** The CPU has LPCR[MER]; else KVM leaves an IPI to its own thread pending, which EE masks like all others. */
  readonly mediates: boolean;
}

function vcpuWords(wanted: boolean, { running, mer, ee, mediates }: Vcpu): string {
  if (running && mer) return ee ? 'mediated: 0x500 now' : 'mediated: 0x500 as soon as EE=1';
  if (!wanted) return '';
  if (running && (ee || mediates))
    return 'queued: the kick takes it out, the next entry delivers it';
  if (running) return 'queued: an IPI takes it out as soon as EE=1, the next entry delivers it';
  if (ee) return 'queued: 0x500 at its next entry';
  const entry = mediates ? 'sets LPCR[MER]' : 'leaves an IPI to its own thread pending';
  return `queued: EE=0, the next entry ${entry}`;
}
