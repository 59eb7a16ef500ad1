// Follows every doorbell of a virtual core from msgsndp to delivery, and every DPDES read, by the events alone.
//
// `owed[v]` is the architecture's truth: vcpu v has a doorbell pending, set by a msgsndp to it, cleared by its 0xA00 or
// its msgclrp. The machine keeps the bit in one of three places (doorbell_request, saved vcore.dpdes, DPDES of the
// thread it runs on); the two must agree at every step: otherwise a doorbell was lost or invented.
import { findVcpu, threadInVirtualCore, vcpuOf, vmOf } from '../kvm/context.ts';
import type { Vcpu } from '../kvm/records.ts';
import { vcpuPlace } from '../kvm/vcpu-place.ts';
import type { Machine } from '../machine/machine.ts';
import type { Observer } from '../machine/observer.ts';
import { NONE } from '../state/ids.ts';
import { KIND } from '../trace/events.ts';
import { vcpuEntity } from './entities.ts';

/** A DPDES read in progress, by the vcpu that reads. */
interface OpenRead {
  vcpu: number;
  begin: number;
  ipis: number;
  /** Threads whose pending state was seen 0 / 1 at some instant since the read began. */
  seen0: number;
  seen1: number;
}

/** A finished read. */
export interface DoneRead {
  step: number;
  vcpu: number;
  value: number;
  ipis: number;
  ticks: number;
  /** '' when each bit was true at some instant of the read, else which were not. */
  wrong: string;
}

export interface DoorbellMonitor {
  owed: number[];
  /** Sends that no delivery has consumed: at least one while a doorbell is owed. */
  unconsumed: number[];
  sent: number[];
  delivered: number[];
  cleared: number[];
  coalesced: number[];
  lost: number[];
  /** matrix[from][to] = sends; last = step of the last. */
  matrix: number[][];
  last: number[][];
  /** 1 while DPDES of the thread holds the vcpu's bit, between its load and its save. */
  loaded: number[];
  reading: OpenRead[];
  reads: DoneRead[];
  readsDone: number;
  /** How often a doorbell or a read met its target in each place. */
  sendsTo: Record<string, number>;
  readsOf: Record<string, number>;
}

/** Reads shown to the user; checks look at each as it ends. */
const READS_KEPT = 16;
/** Vcpus that it begins with; more come as the machine has them. */
const VCPUS = 8;

const zeros = (size = VCPUS): number[] => new Array<number>(size).fill(0);

/** Room for every vcpu of the machine. */
function grow(mon: DoorbellMonitor, vcpus: number): void {
  while (mon.owed.length < vcpus) {
    const { owed, unconsumed, sent, delivered, cleared, coalesced, lost, loaded } = mon;
    const counts = [owed, unconsumed, sent, delivered, cleared, coalesced, lost, loaded];
    for (const list of [...counts, ...mon.matrix]) list.push(0);
    for (const row of mon.last) row.push(-1);
    mon.matrix.push(zeros(owed.length));
    mon.last.push(zeros(owed.length).fill(-1));
  }
}

export const doorbellObserver: Observer<DoorbellMonitor> = {
  init: () => ({
    owed: zeros(),
    unconsumed: zeros(),
    sent: zeros(),
    delivered: zeros(),
    cleared: zeros(),
    coalesced: zeros(),
    lost: zeros(),
    matrix: Array.from({ length: VCPUS }, zeros),
    last: Array.from({ length: VCPUS }, () => new Array<number>(VCPUS).fill(-1)),
    loaded: zeros(),
    reading: [],
    reads: [],
    readsDone: 0,
    sendsTo: {},
    readsOf: {},
  }),

  onEvent(m, kind, _thread, vcpu, a, b) {
    const mon = m.monitor;
    grow(mon, m.k.kvm.vcpus.length);
    switch (kind) {
      case KIND.msgsndp:
        onSend(m, vcpu, a, b === 1);
        break;
      case KIND.msgclrp:
        bump(mon.cleared, vcpu, mon.owed[vcpu] ?? 0);
        mon.unconsumed[vcpu] = 0;
        setOwed(m, vcpu, 0);
        break;
      case KIND.dpdes_deliver:
        if (vcpu >= 0) onDeliver(m, vcpu);
        break;
      case KIND.dpdes_write:
        if (vcpu >= 0) mon.loaded[vcpu] = 1;
        break;
      case KIND.vcore_dpdes:
        if (m.host.cpus[m.k.tid]?.kvm_vcpu !== vcpu) mon.loaded[vcpu] = 0;
        break;
      case KIND.msgsnd:
        for (const read of mon.reading)
          if (m.host.cpus[m.k.tid]?.curr === vcpuOf(m.k, read.vcpu).task) read.ipis += 1;
        break;
      case KIND.dpdes_read_begin:
        mon.reading.push({ vcpu, begin: b, ipis: 0, seen0: owedMask(m, 0), seen1: owedMask(m, 1) });
        meetAll(m, vcpu);
        break;
      case KIND.dpdes_read_end:
        endRead(m, vcpu, a, b);
        break;
    }
  },

  afterStep(m) {
    const mon = m.monitor;
    for (let v = 0; v < m.k.kvm.vcpus.length; v++) {
      const held = bitsHeld(m, v);
      if (held === (mon.owed[v] ?? 0)) continue;
      const what = held
        ? 'has a doorbell that nobody sent'
        : 'was sent a doorbell, and no bit anywhere holds it';
      m.violate(
        held ? 'doorbell-invented' : 'doorbell-lost',
        vcpuEntity(m, v),
        `vcpu ${v} ${what}`,
      );
      if (!held) bump(mon.lost, v);
      mon.unconsumed[v] = held;
      setOwed(m, v, held);
    }
  },
};

/** 1 when a doorbell for vcpu v is held in the place that counts now. */
function bitsHeld(m: Machine<DoorbellMonitor>, v: number): number {
  const vcpu = vcpuOf(m.k, v);
  if (vcpu.doorbell_request) return 1;
  if (m.spec.model.doorbellScope === 'core') return bitOfCore(m, vcpu);
  // Early in kvmppc_core_vcpu_create_hv a vcpu has no vcore yet.
  if (!m.monitor.loaded[v]) return m.k.kvm.vcores[vcpu.vcore]?.dpdes ?? 0;
  return Number(m.hw.get(vcpu.cpu, 'DPDES'));
}

/** POWER8: DPDES of the core holds the doorbells of all its vcpus while it is in the guest, the vcore at other times. */
function bitOfCore(m: Machine<DoorbellMonitor>, { vcore, vcpu_id, thread_cpu }: Vcpu): number {
  const { in_guest = 0, dpdes = 0, first_vcpuid = 0 } = m.k.kvm.vcores[vcore] ?? {};
  if (in_guest && thread_cpu >= 0) return Number(m.hw.get(thread_cpu, 'DPDES')) & 1;
  return (dpdes >> (vcpu_id - first_vcpuid)) & 1;
}

function bump(list: number[], v: number, by = 1): void {
  list[v] = (list[v] ?? 0) + by;
}

function tally(counts: Record<string, number>, place: string): void {
  counts[place] = (counts[place] ?? 0) + 1;
}

function setOwed(m: Machine<DoorbellMonitor>, v: number, value: number): void {
  m.monitor.owed[v] = value;
  const bit = 1 << threadInVirtualCore(m.k, v);
  for (const read of m.monitor.reading) {
    if (value) read.seen1 |= bit;
    else read.seen0 |= bit;
  }
}

function owedMask(m: Machine<DoorbellMonitor>, value: number): number {
  return m.k.kvm.vcpus.reduce(
    (mask, _, v) =>
      (m.monitor.owed[v] ?? 0) === value ? mask | (1 << threadInVirtualCore(m.k, v)) : mask,
    0,
  );
}

/** A msgsndp that names thread `thr` of the sender's virtual core; `accepted`: some bit was set by it. */
function onSend(m: Machine<DoorbellMonitor>, from: number, thr: number, accepted: boolean): void {
  const mon = m.monitor;
  const { vcpu_id } = vcpuOf(m.k, from);
  const base = vcpu_id - threadInVirtualCore(m.k, from);
  const to = findVcpu(m.k, vmOf(m.k, from), base + thr);
  if (to === NONE) return;
  bump(mon.sent, to);
  bump(mon.matrix[from] ?? [], to);
  (mon.last[from] ?? [])[to] = m.step + m.hw.ran;
  tally(mon.sendsTo, vcpuPlace(m.k, to));
  if (mon.owed[to]) bump(mon.coalesced, to);
  // Natively accepted by another thread than the target's, or by none: the target's bit is owed all the same.
  const path = vcpuEntity(m, to);
  if (!accepted) {
    bump(mon.lost, to);
    m.violate(
      'doorbell-lost',
      path,
      `msgsndp of vcpu ${from} to thread ${thr} set no bit: DPDES acts inside one hardware thread only`,
    );
    return;
  }
  bump(mon.unconsumed, to);
  setOwed(m, to, 1);
}

/**
 * A delivery consumes one send. A doorbell that came while another was loaded into DPDES waits as a request of its
 * own: it is still owed then, and was not coalesced after all.
 */
function onDeliver(m: Machine<DoorbellMonitor>, v: number): void {
  const mon = m.monitor;
  bump(mon.delivered, v);
  if (!mon.owed[v])
    m.violate(
      'doorbell-invented',
      vcpuEntity(m, v),
      `vcpu ${v} takes 0xA00 and no send is outstanding`,
    );
  const left = (mon.unconsumed[v] ?? 0) - 1;
  const again = left > 0 && bitsHeld(m, v) === 1;
  if (again) bump(mon.coalesced, v, -1);
  mon.unconsumed[v] = again ? left : 0;
  setOwed(m, v, again ? 1 : 0);
}

function meetAll(m: Machine<DoorbellMonitor>, reader: number): void {
  m.k.kvm.vcpus.forEach((_, v) => {
    if (v !== reader) tally(m.monitor.readsOf, vcpuPlace(m.k, v));
  });
}

function endRead(m: Machine<DoorbellMonitor>, vcpu: number, value: number, ticks: number): void {
  const mon = m.monitor;
  const read = mon.reading.find((r) => r.vcpu === vcpu);
  if (!read) return;
  mon.reading = mon.reading.filter((r) => r !== read);
  const wrong = m.k.kvm.vcpus.flatMap((_, v) => {
    const bit = 1 << threadInVirtualCore(m.k, v);
    const seen = (value & bit) !== 0 ? read.seen1 : read.seen0;
    return (seen & bit) === 0 ? [`thread ${threadInVirtualCore(m.k, v)}`] : [];
  });
  if (wrong.length > 0) {
    m.violate(
      'dpdes-read-true',
      vcpuEntity(m, vcpu),
      `DPDES read as ${value}; ${wrong.join(', ')} never was like that during the read`,
    );
  }
  mon.readsDone += 1;
  const done = {
    step: m.step,
    vcpu,
    value,
    ipis: read.ipis,
    ticks: ticks - read.begin,
    wrong: wrong.join(', '),
  };
  mon.reads = [...mon.reads, done].slice(-READS_KEPT);
}
