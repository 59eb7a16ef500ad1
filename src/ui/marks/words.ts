// Words for modes, vcpu states and interrupt vectors, the same in every view.
import type { ThreadMode, VcpuState } from '../../workers/sections.ts';

/** How a hardware thread spends the step: a label and a clause for sentences. */
export interface ModeWords {
  readonly label: string;
  readonly clause: string;
}
const MODE_WORDS: Readonly<Record<ThreadMode, ModeWords>> = {
  dead: { label: 'dead', clause: 'is dead' },
  offline: { label: 'offline', clause: 'is offline' },
  nap: { label: 'stop', clause: 'is idle in stop' },
  host: { label: 'host', clause: 'runs the host' },
  virt: { label: 'KVM virtual mode', clause: 'runs KVM with translation on' },
  real: { label: 'KVM real mode', clause: 'runs KVM in real mode' },
  guest: { label: 'guest', clause: 'runs guest code' },
};

/** Until POWER8 a thread idles by the nap instruction and its kin, which stop has replaced. */
const NAP: ModeWords = { label: 'nap', clause: 'naps' };

/** The words for a mode, on a CPU with stop or with nap. */
export const modeWords = (mode: ThreadMode, hasStop: boolean): ModeWords =>
  mode === 'nap' && !hasStop ? NAP : MODE_WORDS[mode];

/** Where a vcpu is, as a clause for sentences. */
export const STATE_WORDS: Readonly<Record<VcpuState, string>> = {
  created: 'has never run',
  user: 'is in user space',
  hypervisor: 'is in KVM',
  guest: 'runs guest code',
  preempted: 'is pre-empted',
  ceded: 'has ceded',
  off: 'is off',
};

/** Interrupt vectors of the model (Power ISA 3.0B, Book III, Interrupt Vector Offsets). */
const VECTORS: Readonly<Record<string, string>> = {
  '100': 'system reset',
  '500': 'external interrupt',
  '900': 'decrementer',
  '980': 'hypervisor decrementer',
  A00: 'directed privileged doorbell',
  C00: 'system call',
  E80: 'directed hypervisor doorbell',
  EA0: 'hypervisor virtualization interrupt',
  F80: 'hypervisor facility unavailable',
};

/** Name of a vector given in hexadecimal digits. */
export const vectorName = (vector: string): string => VECTORS[vector] ?? 'interrupt';
