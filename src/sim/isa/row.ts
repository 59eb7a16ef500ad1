// One row per instruction: the bit pattern as the manual draws it, operands, privilege, semantics.
import type { Builder } from './builder.ts';

/** Privilege an instruction needs; the violation is a privileged-instruction program interrupt. */
export type Privilege = 'problem' | 'supervisor' | 'hypervisor';

/** Versions of the architecture, oldest first. PPC970: 2.02; POWER7: 2.06; POWER8: 2.07; POWER9: 3.0 (3.0B). */
export const VERSIONS = ['P1', '2.01', '2.02', '2.03', '2.05', '2.06', '2.07', '3.0'] as const;
export type Version = (typeof VERSIONS)[number];

/** An MSR bit that an instruction may need to be 1; its interrupt: FP 0x800, VEC (vector) 0xF20, VSX 0xF40. */
export type Facility = 'FP' | 'VEC' | 'VSX';

/** What a row needs. In a pair, the first for the VSRs 0-31 as its target or source XT, XS; the second for 32-63. */
export type FacilityRule = Facility | 'FP/VEC' | 'VSX/VEC';

/** The facility that the rule means for VSR `xt`. */
export function facilityFor(rule: FacilityRule, xt: number): Facility {
  const [lower, upper = lower] = rule.split('/') as [Facility, Facility?];
  return xt < 32 ? lower : upper;
}

/** One instruction of the Power ISA. */
export interface Row {
  /** Mnemonic without the '.' and 'o' suffixes that flag fields add. */
  readonly name: string;
  /**
   * 32 places, blanks ignored: 0/1 fixed, '-' reserved (ignored by decode, 0 from the assembler), and groups
   * `{field:width}` or `{field}` for a field of its own width, e.g. '011111 {RT} {RA} {RB} {OE} 100001010 {Rc}'.
   */
  readonly pattern: string;
  /** Operands in assembler order: 'RT,RA,RB', 'RT,D(RA0)', optional ones in brackets: 'RS[,L]'. */
  readonly asm: string;
  /** Form name of the manual: 'D', 'X', 'XO', ... */
  readonly form: string;
  /** Where the manual describes it, e.g. 'Book I 3.3.9 Fixed-Point Arithmetic'. */
  readonly isa: string;
  /** First version of the architecture that has it. */
  readonly since: Version;
  /** Last version that has it, when a later one took it out. */
  readonly until?: Version;
  readonly facility?: FacilityRule;
  readonly privilege: Privilege;
  readonly sem: (b: Builder) => void;
}

/** How a field's bits become an operand. */
export type FieldKind =
  | 'gpr' // register number
  | 'gpr0' // register number, 0 standing for the value 0: the manual's (RA|0)
  | 'fpr' // floating-point register number
  | 'vr' // vector register number
  | 'vsr' // vector-scalar register number, its sixth bit put in front
  | 'crf' // 3-bit CR field
  | 'crb' // 5-bit CR bit
  | 'uimm' // unsigned immediate
  | 'simm' // signed immediate, already scaled
  | 'rel' // signed branch displacement in bytes
  | 'mask' // 64-bit mask derived from several bits (MB, ME)
  | 'spr' // SPR number, halves already swapped back
  | 'flag'; // one bit known at decode: Rc, OE, LK, AA, L

/** A field of the pattern: its place in the word, its meaning, both directions of the conversion. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** Bits of the word that it occupies (for a 'mask': none, it is derived from other fields). */
  readonly bits: number;
  /** Operand value in a word: number, or a bigint below 2^64 for 'mask'. */
  readonly get: (word: number) => number | bigint;
  /** Bits to OR into a word, or an error text when the value does not fit. */
  readonly put: (value: bigint) => number | string;
  /** Why the field makes this word an invalid form, or null; the assembler refuses such words. */
  readonly invalid?: (word: number) => string | null;
  /** The same for forms that only the assembler refuses: objdump prints them. */
  readonly refused?: (word: number) => string | null;
  /** Value that an optional operand has when it is left out; 0 unless said. */
  readonly absent?: number;
}
