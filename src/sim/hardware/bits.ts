// Masks of the register bits that the model acts on. Source: Power ISA v3.0B Book III; kernel reg.h.

export const MSR = {
  SF: 1n << 63n,
  HV: 1n << 60n,
  /** Transaction state; MODEL: always 0, transactions are not modelled. */
  TS: 3n << 33n,
  TM: 1n << 32n,
  VEC: 0x2000000n,
  VSX: 0x800000n,
  POW: 0x40000n,
  /** PowerPC 970 only. */
  ILE: 0x10000n,
  EE: 0x8000n,
  PR: 0x4000n,
  FP: 0x2000n,
  ME: 0x1000n,
  FE0: 0x800n,
  SE: 0x400n,
  BE: 0x200n,
  FE1: 0x100n,
  IR: 0x20n,
  DR: 0x10n,
  PMM: 0x4n,
  RI: 0x2n,
  LE: 0x1n,
} as const;

/** The same bits as numbers: in the low word, and HV in the high word. */
export const MSR_LOW = {
  VEC: 0x2000000,
  VSX: 0x800000,
  EE: 0x8000,
  PR: 0x4000,
  FP: 0x2000,
  SE: 0x400,
  BE: 0x200,
  IR: 0x20,
  DR: 0x10,
  LE: 1,
} as const;
export const MSR_HIGH = { HV: 0x10000000 } as const;

export const LPCR = {
  VPM0: 1n << 63n,
  VPM1: 1n << 62n,
  ISL: 1n << 61n,
  KBV: 1n << 60n,
  /** Default prefetch depth: the value that KVM gives a guest, and the whole field. */
  DPFD: 4n << 52n,
  DPFD_ALL: 7n << 52n,
  VRMASD: 0x1fn << 47n,
  VRMA_L: 0x0008_0000_0000_0000n,
  PECE_HVEE: 1n << 46n,
  RMLS: 0x3c000000n,
  ILE: 0x02000000n,
  AIL: 0x01800000n,
  AIL_3: 0x01800000n,
  AIL_2: 0x01000000n,
  UPRT: 0x400000n,
  EVIRT: 0x200000n,
  HR: 0x100000n,
  ONL: 0x40000n,
  LD: 0x20000n,
  PECEDP: 0x10000n,
  PECEDH: 0x8000n,
  PECE0: 0x4000n,
  PECE1: 0x2000n,
  PECE2: 0x1000n,
  MER: 0x800n,
  GTSE: 0x400n,
  TC: 0x200n,
  HEIC: 0x10n,
  LPES0: 0x8n,
  LPES1: 0x4n,
  /** POWER7 and POWER8; the same bit is HVICE on POWER9. */
  RMI: 0x2n,
  HVICE: 0x2n,
  HDICE: 0x1n,
} as const;

/** HID0[HDICE]: where the PowerPC 970 has what LPCR holds later. */
export const HID0_HDICE = 1n << 40n;
/** HID4 of the PowerPC 970: LPES0, LPES1, and the two parts of the LPID. */
export const HID4_LPES0 = 1n << 63n;
export const HID4_LPES1 = 1n << 6n;
export const HID4_LPID = { LOW_SHIFT: 57n, LOW: 15n, HIGH: 3n } as const;

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
/** The same bits as numbers. */
export const HFSCR_LOW = { FP: 1, VECVSX: 2 } as const;

/** Facility numbers as HFSCR and FSCR report them (FSCR_*_LG in the kernel). */
export const FACILITY = {
  FP: 0,
  VECVSX: 1,
  DSCR: 2,
  PM: 3,
  BHRB: 4,
  TM: 5,
  EBB: 7,
  TAR: 8,
  STOP: 9,
  MSGP: 10,
  SCV: 12,
} as const;
export type FacilityName = keyof typeof FACILITY;

export const PSSCR = {
  PLS: 15n << 60n,
  ESL: 0x200000n,
  EC: 0x100000n,
  PSLL: 0xf0000n,
  MTL: 0xf0n,
  RL: 0xfn,
} as const;

/** BESCR: global enable of event-based branches. */
export const BESCR_GE = 1n << 63n;
/** MMCR0: counters frozen, performance monitor alert, and the access that problem state has. */
export const MMCR0 = { FC: 0x80000000n, PMAO: 0x80n, PMCC: 0xc0000n } as const;
/** FPSCR: summary of the enabled exceptions. */
export const FPSCR_FEX = 0x40000000n;

/** SRR1 cause bits of the program interrupt. */
export const PROGRAM = {
  FP: 0x100000n,
  ILLEGAL: 0x80000n,
  PRIVILEGED: 0x40000n,
  TRAP: 0x20000n,
  /** SRR0 is not the address of the instruction that caused it. */
  IMPRECISE: 0x10000n,
} as const;

/** SRR1 of a trace interrupt: always, for loads, for stores, for a match of CIABR. */
export const TRACE = {
  ALWAYS: 0x40000000n,
  LOAD: 0x10000000n,
  STORE: 0x08000000n,
  CIABR: 0x100000n,
} as const;

/**
 * SRR1 of a wake-up at 0x100: reason (POWER7 has the same ones without doorbells), and what was lost: nothing,
 * registers that the hypervisor can restore, or its own, too (SRR1_WS_* in the kernel).
 */
export const SRR1_WAKE = {
  HMI: 0x280000n,
  HVI: 0x240000n,
  EXTERNAL: 0x200000n,
  DEC: 0x180000n,
  PDBELL: 0x140000n,
  HDBELL: 0x0c0000n,
  NOLOSS: 0x10000n,
  GPRLOSS: 0x20000n,
  HVLOSS: 0x30000n,
} as const;
/** MSR bits that an interrupt does not copy into SRR1/HSRR1: causes are reported there. */
export const SRR1_CAUSES = 0x783f0000n;

/** DSISR / HDSISR, and the matching SRR1/HSRR1 bits of instruction storage interrupts. */
export const DSISR = {
  NOHPTE: 0x40000000n,
  NOEXEC: 0x10000000n,
  PROT: 0x08000000n,
  STORE: 0x02000000n,
  /** DAWR or DABR match. */
  WATCH: 0x00400000n,
  /** Virtual page class key (AMR, IAMR). */
  KEY: 0x00200000n,
  /** Load or store atomic with a function code that has no operation. */
  BAD_ATOMIC: 4n,
} as const;
