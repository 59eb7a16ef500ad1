// The interrupt vector table of all modelled CPUs. Source: Power ISA v2.07 and v3.0B Book III, "Interrupt
// Definitions"; PowerPC 970FX user manual.
import { CPU_FAMILIES, type CpuFamily } from '../isa/spr.ts';

/** One interrupt: which save/restore pair it uses and whether it always goes to the hypervisor. */
export interface Vector {
  readonly vector: number;
  readonly name: string;
  /** 'H': HSRR0/1, 'S': SRR0/1. */
  readonly regs: 'S' | 'H';
  /** Sets MSR[HV]; otherwise the interrupt leaves HV as it is. */
  readonly toHv: boolean;
  /** The first CPU that has it. */
  readonly since: CpuFamily;
}

const row = (
  vector: number,
  name: string,
  regs: 'S' | 'H',
  toHv: boolean,
  since: CpuFamily = '970',
): Vector => ({ vector, name, regs, toHv, since });

/** All vectors. System call vectored is not here: it has no save/restore pair (`systemCallVectored`). */
export const VECTORS: readonly Vector[] = [
  row(0x100, 'system reset', 'S', true),
  row(0x200, 'machine check', 'S', true),
  row(0x300, 'data storage', 'S', false),
  row(0x380, 'data segment', 'S', false),
  row(0x400, 'instruction storage', 'S', false),
  row(0x480, 'instruction segment', 'S', false),
  // With LPCR[LPES0]=0 it goes to the hypervisor by HSRR0/1 (`deliver`).
  row(0x500, 'external', 'S', false),
  row(0x600, 'alignment', 'S', false),
  row(0x700, 'program', 'S', false),
  row(0x800, 'floating-point unavailable', 'S', false),
  row(0x900, 'decrementer', 'S', false),
  row(0x980, 'hypervisor decrementer', 'H', true),
  row(0xa00, 'directed privileged doorbell', 'S', false, 'p8'),
  row(0xc00, 'system call', 'S', false),
  row(0xd00, 'trace', 'S', false),
  row(0xe00, 'hypervisor data storage', 'H', true, 'p7'),
  row(0xe20, 'hypervisor instruction storage', 'H', true, 'p7'),
  row(0xe40, 'hypervisor emulation assistance', 'H', true, 'p7'),
  row(0xe60, 'hypervisor maintenance', 'H', true, 'p7'),
  row(0xe80, 'directed hypervisor doorbell', 'H', true, 'p8'),
  row(0xea0, 'hypervisor virtualization', 'H', true, 'p9'),
  row(0xf00, 'performance monitor', 'S', false),
  row(0xf20, 'vector unavailable', 'S', false),
  row(0xf40, 'VSX unavailable', 'S', false, 'p7'),
  row(0xf60, 'facility unavailable', 'S', false, 'p8'),
  row(0xf80, 'hypervisor facility unavailable', 'H', true, 'p8'),
  row(0x1500, 'soft patch', 'H', true, 'p7'),
];

const byVector = new Map(VECTORS.map((v) => [v.vector, v]));

/** The row of a vector; an unknown one is our bug. */
export function vectorRow(vector: number): Vector {
  const found = byVector.get(vector);
  if (!found) throw new Error(`vectorRow: no interrupt at 0x${vector.toString(16)}`);
  return found;
}

/** True when the CPU has the interrupt. */
export function hasVector(cpu: CpuFamily, vector: number): boolean {
  return CPU_FAMILIES.indexOf(cpu) >= CPU_FAMILIES.indexOf(vectorRow(vector).since);
}

/** Vector numbers by the kernel's names (BOOK3S_INTERRUPT_*). */
export const BOOK3S_INTERRUPT = {
  SYSTEM_RESET: 0x100,
  MACHINE_CHECK: 0x200,
  DATA_STORAGE: 0x300,
  INST_STORAGE: 0x400,
  EXTERNAL: 0x500,
  ALIGNMENT: 0x600,
  PROGRAM: 0x700,
  FP_UNAVAIL: 0x800,
  DECREMENTER: 0x900,
  HV_DECREMENTER: 0x980,
  DOORBELL: 0xa00,
  SYSCALL: 0xc00,
  TRACE: 0xd00,
  H_DATA_STORAGE: 0xe00,
  H_INST_STORAGE: 0xe20,
  H_EMUL_ASSIST: 0xe40,
  HMI: 0xe60,
  H_DOORBELL: 0xe80,
  H_VIRT: 0xea0,
  PERFMON: 0xf00,
  ALTIVEC: 0xf20,
  VSX: 0xf40,
  FAC_UNAVAIL: 0xf60,
  H_FAC_UNAVAIL: 0xf80,
  DATA_SEGMENT: 0x380,
  INST_SEGMENT: 0x480,
} as const;
