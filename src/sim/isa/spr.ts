// The special-purpose registers of the modelled CPUs: number, width, who may access them, bit fields.
// Source: Power ISA v3.0B Book III, "Special Purpose Registers"; field positions as in the kernel's reg.h.

/** A named bit field: bits `lo`..`lo + width - 1`, 0 = least significant. */
export interface SprField {
  readonly name: string;
  readonly lo: number;
  readonly width: number;
}

/** Who may read or write: '-' nobody, 'u' problem state, 's' privileged, 'h' hypervisor. */
export type SprAccess = '-' | 'u' | 's' | 'h';

export interface SprRow {
  readonly name: string;
  /** Number in mtspr/mfspr, or null for registers that no mfspr reaches (MSR, CR). */
  readonly num: number | null;
  readonly bits: 32 | 64;
  readonly read: SprAccess;
  readonly write: SprAccess;
  /** Facility in HFSCR that gates it when HV=0. */
  readonly facility?: 'MSGP';
  readonly fields: readonly SprField[];
  readonly what: string;
}

function fields(text: string): SprField[] {
  return text
    .split(' ')
    .filter((t) => t !== '')
    .map((t) => {
      const [name = '', place = '0'] = t.split(':');
      const [hi = 0, lo = hi] = place.split('-').map(Number);
      return { name, lo, width: hi - lo + 1 };
    });
}

function spr(
  name: string,
  num: number | null,
  bits: 32 | 64,
  access: string,
  what: string,
  fieldText = '',
  facility?: 'MSGP',
): SprRow {
  const [read, write] = [access[0], access[1]] as [SprAccess, SprAccess];
  const row = { name, num, bits, read, write, what, fields: fields(fieldText) };
  return facility ? { ...row, facility } : row;
}

const MSR_FIELDS =
  'SF:63 HV:60 TS:34-33 TM:32 VEC:25 VSX:23 EE:15 PR:14 FP:13 ME:12 FE0:11 SE:10 BE:9 FE1:8 IR:5 DR:4 PMM:2 RI:1 LE:0';
const FSCR_FIELDS = 'CAUSE:63-56 SCV:12 TAR:8 EBB:7 DSCR:2';
const HFSCR_FIELDS =
  'CAUSE:63-56 PREFIX:13 MSGP:10 TAR:8 EBB:7 TM:5 BHRB:4 PM:3 DSCR:2 VECVSX:1 FP:0';
const LPCR_FIELDS =
  'VPM0:63 VPM1:62 ISL:61 DPFD:54-52 VRMASD:51-47 PECE_HVEE:46 ILE:25 AIL:24-23 UPRT:22 EVIRT:21 HR:20 ONL:18 LD:17 ' +
  'PECEDP:16 PECEDH:15 PECE0:14 PECE1:13 PECE2:12 MER:11 GTSE:10 TC:9 HEIC:4 LPES:3-2 HVICE:1 HDICE:0';
const DSISR_FIELDS = 'NOHPTE:30 NOEXEC:28 PROT:27 BADACCESS:26 STORE:25 DAWR:22 KEY:21';

/** All registers, in slot order: a thread's block holds slot i at `SPR_BASE + 8 * i` (engine/layout.ts). */
export const SPRS: readonly SprRow[] = [
  spr('MSR', null, 64, '--', 'machine state', MSR_FIELDS),
  spr('LR', 8, 64, 'uu', 'link register'),
  spr('CTR', 9, 64, 'uu', 'count register'),
  spr('TAR', 815, 64, 'uu', 'target address register'),
  spr('XER', 1, 64, 'uu', 'fixed-point exception', 'SO:31 OV:30 CA:29 OV32:19 CA32:18'),
  spr('DSCR', 17, 64, 'ss', 'data stream control'),
  spr('DSISR', 18, 32, 'ss', 'data storage interrupt status', DSISR_FIELDS),
  spr('DAR', 19, 64, 'ss', 'data address'),
  spr('DEC', 22, 64, 'ss', 'decrementer, time-base ticks left'),
  spr('SRR0', 26, 64, 'ss', 'save/restore 0: resume address'),
  spr('SRR1', 27, 64, 'ss', 'save/restore 1: MSR and cause', MSR_FIELDS),
  spr('CFAR', 28, 64, 'ss', 'come-from address'),
  spr('AMR', 29, 64, 'ss', 'authority mask'),
  spr('PIDR', 48, 32, 'ss', 'process id'),
  spr('IAMR', 61, 64, 'ss', 'instruction authority mask'),
  spr('CTRL', 152, 32, '-s', 'run latch', 'RUN:0'),
  spr('FSCR', 153, 64, 'ss', 'facility status and control', FSCR_FIELDS),
  spr('UAMOR', 157, 64, 'ss', 'user authority mask override'),
  spr('PSPB', 159, 32, 'ss', 'problem state priority boost'),
  spr('DPDES', 176, 64, 'sh', 'directed privileged doorbell exception status', 'T0:0', 'MSGP'),
  spr('DAWR0', 180, 64, 'hh', 'data address watchpoint'),
  spr('CIABR', 187, 64, 'hh', 'completed instruction address breakpoint'),
  spr('DAWRX0', 188, 32, 'hh', 'data address watchpoint extension'),
  spr('HFSCR', 190, 64, 'hh', 'hypervisor facility status and control', HFSCR_FIELDS),
  spr('TB', 268, 64, 'u-', 'time base'),
  spr('TBU', 269, 32, 'u-', 'time base upper'),
  spr('VRSAVE', 256, 32, 'uu', 'vector save'),
  spr('SPRG0', 272, 64, 'ss', 'software use'),
  spr('SPRG1', 273, 64, 'ss', 'software use'),
  spr('SPRG2', 274, 64, 'ss', 'software use'),
  spr('SPRG3', 275, 64, 'ss', 'software use'),
  spr('PVR', 287, 32, 's-', 'processor version', 'VERSION:31-16 REVISION:15-0'),
  spr('HSPRG0', 304, 64, 'hh', 'hypervisor software use'),
  spr('HSPRG1', 305, 64, 'hh', 'hypervisor software use'),
  spr('HDSISR', 306, 32, 'hh', 'hypervisor data storage interrupt status', DSISR_FIELDS),
  spr('HDAR', 307, 64, 'hh', 'hypervisor data address'),
  spr('SPURR', 308, 64, 'sh', 'scaled processor utilisation'),
  spr('PURR', 309, 64, 'sh', 'processor utilisation'),
  spr('HDEC', 310, 64, 'hh', 'hypervisor decrementer, time-base ticks left'),
  spr('HRMOR', 313, 64, 'hh', 'hypervisor real mode offset'),
  spr('HSRR0', 314, 64, 'hh', 'hypervisor save/restore 0'),
  spr('HSRR1', 315, 64, 'hh', 'hypervisor save/restore 1', MSR_FIELDS),
  spr('LPCR', 318, 64, 'hh', 'logical partitioning control', LPCR_FIELDS),
  spr('LPIDR', 319, 32, 'hh', 'logical partition id'),
  spr('HMER', 336, 64, 'hh', 'hypervisor maintenance exception'),
  spr('PCR', 338, 64, 'hh', 'processor compatibility', 'V2_07:3 V2_06:2 V2_05:1'),
  spr('HEIR', 339, 32, 'hh', 'hypervisor emulated instruction'),
  spr('AMOR', 349, 64, 'hh', 'authority mask override'),
  spr('TIR', 446, 64, 's-', 'thread identification', '', 'MSGP'),
  spr('PTCR', 464, 64, 'hh', 'partition table control', 'PATB:59-12 PATS:4-0'),
  spr('ASDR', 816, 64, 'hh', 'access segment descriptor'),
  spr(
    'PSSCR',
    855,
    64,
    'hh',
    'stop status and control',
    'PLS:63-60 SD:22 ESL:21 EC:20 PSLL:19-16 TR:9-8 MTL:7-4 RL:3-0',
  ),
  spr('IC', 848, 64, 'sh', 'instruction count'),
  spr('VTB', 849, 64, 'sh', 'virtual time base'),
  spr('PPR', 896, 64, 'uu', 'program priority', 'PRI:52-50'),
  spr('PIR', 1023, 32, 's-', 'processor id'),
];

const slotByName = new Map(SPRS.map((row, slot) => [row.name, slot]));
const slotByNum = new Map(SPRS.flatMap((row, slot) => (row.num === null ? [] : [[row.num, slot]])));

/** Slot of a register by name; an unknown name is our bug. */
export function sprSlot(name: string): number {
  const slot = slotByName.get(name);
  if (slot === undefined) throw new Error(`sprSlot: no register named ${name}`);
  return slot;
}

/** Slot of the register that mtspr/mfspr number `num` names, or undefined when the CPU has none. */
export function sprSlotOfNumber(num: number): number | undefined {
  return slotByNum.get(num);
}
