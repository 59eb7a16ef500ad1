// Masks of the register bits that the model acts on. Source: Power ISA v3.0B Book III; kernel reg.h.

export const MSR = {
  SF: 1n << 63n,
  HV: 1n << 60n,
  EE: 0x8000n,
  PR: 0x4000n,
  FP: 0x2000n,
  ME: 0x1000n,
  IR: 0x20n,
  DR: 0x10n,
  RI: 0x2n,
  LE: 0x1n,
} as const;

/** The same bits as numbers: in the low word, and HV in the high word. */
export const MSR_LOW = { EE: 0x8000, PR: 0x4000, IR: 0x20, DR: 0x10, LE: 1 } as const;
export const MSR_HIGH = { HV: 0x10000000 } as const;

export const LPCR = {
  VPM1: 1n << 62n,
  DPFD: 4n << 52n,
  VRMASD: 0x1fn << 47n,
  VRMA_L: 0x0008_0000_0000_0000n,
  PECE_HVEE: 1n << 46n,
  ILE: 0x02000000n,
  AIL_3: 0x01800000n,
  ONL: 0x40000n,
  PECEDP: 0x10000n,
  PECEDH: 0x8000n,
  PECE0: 0x4000n,
  PECE1: 0x2000n,
  PECE2: 0x1000n,
  MER: 0x800n,
  HVICE: 0x2n,
  HDICE: 0x1n,
} as const;

/** HFSCR: enable bits; the cause of the last interrupt is in the top byte with the same numbering. */
export const HFSCR = {
  FP: 1n << 0n,
  VECVSX: 1n << 1n,
  DSCR: 1n << 2n,
  PM: 1n << 3n,
  BHRB: 1n << 4n,
  TM: 1n << 5n,
  EBB: 1n << 7n,
  TAR: 1n << 8n,
  MSGP: 1n << 10n,
} as const;
/** Facility numbers as HFSCR reports them (FSCR_*_LG in the kernel). */
export const FACILITY = { STOP: 9, MSGP: 10 } as const;

export const PSSCR = { ESL: 0x200000n, EC: 0x100000n } as const;

/** SRR1 cause bits of the program interrupt. */
export const PROGRAM = { ILLEGAL: 0x80000n, PRIVILEGED: 0x40000n, TRAP: 0x20000n } as const;
/** MSR bits that an interrupt does not copy into SRR1/HSRR1: causes are reported there. */
export const SRR1_CAUSES = 0x783f0000n;

/** DSISR / HDSISR, and the matching SRR1/HSRR1 bits of instruction storage interrupts. */
export const DSISR = {
  NOHPTE: 0x40000000n,
  NOEXEC: 0x10000000n,
  PROT: 0x08000000n,
  STORE: 0x02000000n,
} as const;
