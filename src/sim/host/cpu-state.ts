// The word in memory by which a cpu is brought back. Source: kernel/smp.c, arch/powerpc/platforms/powernv/smp.c.
import type { HwThreadId } from '../state/ids.ts';
import type { HostCtx } from './context.ts';
import { xicsWakeCpu } from './xics.ts';

/** Real addresses of the per-cpu variables `cpu_state`. */
const PER_CPU = 0x180800;
const PER_CPU_BYTES = 0x1000;
/** Values of cpu_state. */
export const CPU_UP_PREPARE = 3;
export const CPU_ONLINE = 2;
export const CPU_DEAD = 7;

/** Where a cpu's cpu_state is. */
export const cpuStateAt = (t: HwThreadId): number => PER_CPU + t * PER_CPU_BYTES;

/** cpu_up: what another cpu does to bring one back: it leaves word in memory and rings. */
export function cpuUp(k: HostCtx, t: HwThreadId): void {
  k.hw.arena.write64(cpuStateAt(t), BigInt(CPU_UP_PREPARE));
  xicsWakeCpu(k, t);
}
