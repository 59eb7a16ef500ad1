// Registers of a guest that entry and exit switch on POWER7, in groups as the assembly moves them.
// Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S, book3s_hv_interrupts.S.
import { mfsprNamed, mtsprNamed } from '../hardware/spr-access.ts';
import type { KvmCtx } from './context.ts';
import type { Vcpu } from './records.ts';

/** Counters of the performance monitor. */
export const PMCS = ['PMC1', 'PMC2', 'PMC3', 'PMC4', 'PMC5', 'PMC6'] as const;
const SLB_V = 0x08000000n;
const SLB_INDEX = 0xfffn;

/** Loads registers from the vcpu's images; a register that has none becomes 0. */
export function loadNamed(k: KvmCtx, { spr }: Vcpu, names: readonly string[]): void {
  for (const name of names) mtspr(k, name, spr[name] ?? 0n);
}

/** Saves registers into the vcpu's images. */
export function saveNamed(k: KvmCtx, vcpu: Vcpu, names: readonly string[]): void {
  const now = names.map((name) => [name, mfspr(k, name)] as const);
  vcpu.spr = { ...vcpu.spr, ...Object.fromEntries(now) };
}

/** mtspr of one register of this thread. */
export function mtspr(k: KvmCtx, name: string, value: bigint): void {
  mtsprNamed(k.hw, k.tid, name, value);
}
export const mfspr = (k: KvmCtx, name: string): bigint => mfsprNamed(k.hw, k.tid, name);

// --- general-purpose and vector-scalar registers

export function loadGprs(k: KvmCtx, vcpu: Vcpu, first: number, last: number): void {
  for (let n = first; n <= last; n++) k.hw.arena.setGpr(k.tid, n, vcpu.gpr[n] ?? 0n);
}

export function saveGprs(k: KvmCtx, vcpu: Vcpu, first: number, last: number): void {
  vcpu.gpr = vcpu.gpr.map((old, n) => (n < first || n > last ? old : k.hw.arena.gpr(k.tid, n)));
}

/** FP, VMX and VSX: 64 registers of two doublewords, FPSCR, VSCR, VRSAVE. */
export function loadFp(k: KvmCtx, vcpu: Vcpu): void {
  const { arena } = k.hw;
  vcpu.vsr.forEach((value, i) => {
    arena.setVsr(k.tid, i >> 1, i % 2 === 0 ? 0 : 1, value);
  });
  arena.setFpscr(k.tid, vcpu.fpscr);
  arena.setVscr(k.tid, vcpu.vscr);
  loadNamed(k, vcpu, ['VRSAVE']);
}

export function saveFp(k: KvmCtx, vcpu: Vcpu): void {
  const { arena } = k.hw;
  vcpu.vsr = vcpu.vsr.map((_, i) => arena.vsr(k.tid, i >> 1, i % 2 === 0 ? 0 : 1));
  vcpu.fpscr = arena.fpscr(k.tid);
  vcpu.vscr = arena.vscr(k.tid);
  saveNamed(k, vcpu, ['VRSAVE']);
}

// --- SLB

/** slbmte 0,0 and slbia: no entry is valid. */
export function clearSlb(k: KvmCtx): void {
  for (let entry = 0; entry < k.hw.model.slbEntries; entry++) {
    k.hw.arena.setSlb(k.tid, entry, 'vsid', 0n);
    k.hw.arena.setSlb(k.tid, entry, 'esid', 0n);
  }
  k.hw.engine.flushThread(k.tid);
}

/** slbmte of each entry; the low bits of the ESID word are its index. */
export function loadSlb(k: KvmCtx, entries: Vcpu['slb'] | readonly (readonly bigint[])[]): void {
  for (const [vsid = 0n, esid = 0n] of entries) {
    k.hw.arena.setSlb(k.tid, Number(esid & SLB_INDEX), 'vsid', vsid);
    k.hw.arena.setSlb(k.tid, Number(esid & SLB_INDEX), 'esid', esid & ~SLB_INDEX);
  }
  k.hw.engine.flushThread(k.tid);
}

/** The valid entries, each with its index in the ESID word. */
export function readSlb(k: KvmCtx): Vcpu['slb'] {
  const entries: Vcpu['slb'] = [];
  for (let entry = 0; entry < k.hw.model.slbEntries; entry++) {
    const esid = k.hw.arena.slb(k.tid, entry, 'esid');
    if ((esid & SLB_V) === 0n) continue;
    entries.push([k.hw.arena.slb(k.tid, entry, 'vsid'), esid | BigInt(entry)]);
  }
  return entries;
}
