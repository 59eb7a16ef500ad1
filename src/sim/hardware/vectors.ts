// The interrupt vector table of POWER9. Source: Power ISA v3.0B Book III, "Interrupt Definitions".

/** One interrupt: which save/restore pair it uses and whether it always goes to the hypervisor. */
export interface Vector {
  readonly vector: number;
  readonly name: string;
  /** 'H': HSRR0/1, 'S': SRR0/1. */
  readonly regs: 'S' | 'H';
  /** Sets MSR[HV]; otherwise the interrupt leaves HV as it is. */
  readonly toHv: boolean;
}

const row = (vector: number, name: string, regs: 'S' | 'H', toHv: boolean): Vector => ({
  vector,
  name,
  regs,
  toHv,
});

/** All vectors that the model raises or that have a row in the reference table. */
export const VECTORS: readonly Vector[] = [
  row(0x100, 'system reset', 'S', true),
  row(0x200, 'machine check', 'S', true),
  row(0x300, 'data storage', 'S', false),
  row(0x380, 'data segment', 'S', false),
  row(0x400, 'instruction storage', 'S', false),
  row(0x480, 'instruction segment', 'S', false),
  row(0x500, 'external', 'S', false),
  row(0x600, 'alignment', 'S', false),
  row(0x700, 'program', 'S', false),
  row(0x900, 'decrementer', 'S', false),
  row(0x980, 'hypervisor decrementer', 'H', true),
  row(0xa00, 'directed privileged doorbell', 'S', false),
  row(0xc00, 'system call', 'S', false),
  row(0xe00, 'hypervisor data storage', 'H', true),
  row(0xe20, 'hypervisor instruction storage', 'H', true),
  row(0xe40, 'hypervisor emulation assistance', 'H', true),
  row(0xe80, 'directed hypervisor doorbell', 'H', true),
  row(0xf60, 'facility unavailable', 'S', false),
  row(0xf80, 'hypervisor facility unavailable', 'H', true),
];

const byVector = new Map(VECTORS.map((v) => [v.vector, v]));

/** The row of a vector; an unknown one is our bug. */
export function vectorRow(vector: number): Vector {
  const found = byVector.get(vector);
  if (!found) throw new Error(`vectorRow: no interrupt at 0x${vector.toString(16)}`);
  return found;
}

/** Vector numbers by the kernel's names (BOOK3S_INTERRUPT_*). */
export const BOOK3S_INTERRUPT = {
  EXTERNAL: 0x500,
  ALIGNMENT: 0x600,
  PROGRAM: 0x700,
  DECREMENTER: 0x900,
  HV_DECREMENTER: 0x980,
  DOORBELL: 0xa00,
  SYSCALL: 0xc00,
  H_DATA_STORAGE: 0xe00,
  H_INST_STORAGE: 0xe20,
  H_EMUL_ASSIST: 0xe40,
  H_DOORBELL: 0xe80,
  H_FAC_UNAVAIL: 0xf80,
  DATA_SEGMENT: 0x380,
  INST_SEGMENT: 0x480,
} as const;
