// Bits of the FPSCR's low word (Power ISA v3.0B Book I 4.2.2) and the values of its fields.

/** As masks of the low 32 bits. */
export const FPSCR = {
  FX: 0x8000_0000,
  FEX: 0x4000_0000,
  VX: 0x2000_0000,
  OX: 0x1000_0000,
  UX: 0x0800_0000,
  ZX: 0x0400_0000,
  XX: 0x0200_0000,
  VXSNAN: 0x0100_0000,
  VXISI: 0x0080_0000,
  VXIDI: 0x0040_0000,
  VXZDZ: 0x0020_0000,
  VXIMZ: 0x0010_0000,
  VXVC: 0x0008_0000,
  FR: 0x0004_0000,
  FI: 0x0002_0000,
  /** Class descriptor and condition code: C, FL, FG, FE, FU. */
  FPRF: 0x0001_f000,
  FPCC: 0x0000_f000,
  VXSOFT: 0x0000_0400,
  VXSQRT: 0x0000_0200,
  VXCVI: 0x0000_0100,
  VE: 0x0000_0080,
  OE: 0x0000_0040,
  UE: 0x0000_0020,
  ZE: 0x0000_0010,
  XE: 0x0000_0008,
  NI: 0x0000_0004,
  RN: 0x0000_0003,
} as const;

/** The causes that VX sums up. */
export const VX_CAUSES = 0x01f8_0700;
/** The exception bits that set FX when they become 1. */
export const EXCEPTIONS = FPSCR.OX | FPSCR.UX | FPSCR.ZX | FPSCR.XX | VX_CAUSES;
export const ENABLES = 0x0000_00f8;
/** From VX, OX, UX, ZX and XX down to their enable bits. */
export const TO_ENABLES = 22;
/** Bits that only follow from others. */
export const SUMMARIES = (FPSCR.FEX | FPSCR.VX) >>> 0;
/** Bits of the 64-bit register: DRN and the low word without its reserved bit. */
export const FPSCR_BITS = 0x7_ffff_f7ffn;

/** Values of RN; 4 is the rounding of frin, to nearest with ties away from zero. */
export const ROUNDING = { nearest: 0, towardZero: 1, up: 2, down: 3, away: 4 } as const;
