// CPU models as data rows (architecture section 7): what differs between the processors that the model knows.
// Sources: user manuals' PVR and HID0; kernel reg.h; LPCR bits by version of the architecture (Book III, "LPCR").
import type { Version } from '../isa/row.ts';
import type { CpuFamily } from '../isa/spr.ts';
import { LPCR, MSR } from './bits.ts';

/** Power-saving states, by the instruction that enters them, and what is gone when a thread wakes from one. */
export type PowerSaving = 'doze' | 'nap' | 'sleep' | 'rvwinkle';
/** Nothing; what an operating system would have to restore; the hypervisor's registers of the thread, too. */
export type Loss = 'none' | 'registers' | 'hypervisor';

export interface CpuModel {
  readonly id: string;
  readonly title: string;
  readonly family: CpuFamily;
  /** Newest version of the architecture whose instructions it has. */
  readonly version: Version;
  readonly pvr: bigint;
  readonly threadsPerCore: number;
  /** Registers that a core has once, not each of its threads. */
  readonly shared: readonly string[];
  /** What each power-saving state loses. */
  readonly loses: Readonly<Record<PowerSaving, Loss>>;
  /** PIR of a thread. POWER9: chip << 8 | core << 2 | thread. */
  readonly pir: (core: number, thread: number) => bigint;
  /** 'thread': msgsndp and DPDES act within one hardware thread (POWER9 with independent threads). */
  readonly doorbellScope: 'none' | 'thread' | 'core';
  readonly slbEntries: number;
  /** Congruence classes of the TLB: how many tlbiel by set empty it. */
  readonly tlbSets: number;
  /** Bits of DEC with LPCR[LD]=1, and of HDEC. */
  readonly decrementerBits: 32 | 56;
  /** Bits of MSR and LPCR that exist; LPCR 0: the register is HID4's part instead. */
  readonly msr: bigint;
  readonly lpcr: bigint;
  /** Illegal instructions go to 0xE40 with the word in HEIR; otherwise they are program interrupts. */
  readonly emulationAssist: boolean;
  /** HID0 bit that makes interrupts to the hypervisor little-endian; 0: there is none. */
  readonly hile: bigint;
  /** HID0 bit that enables `attn`. */
  readonly attnEnable: bigint;
}

const MSR_970 =
  MSR.SF |
  MSR.HV |
  MSR.VEC |
  MSR.POW |
  MSR.EE |
  MSR.PR |
  MSR.FP |
  MSR.ME |
  MSR.FE0 |
  MSR.SE |
  MSR.BE |
  MSR.FE1 |
  MSR.IR |
  MSR.DR |
  MSR.PMM |
  MSR.RI;
const MSR_P7 = (MSR_970 & ~MSR.POW) | MSR.VSX | MSR.LE;
const MSR_P8 = MSR_P7 | MSR.TM;

const LPCR_ALL = LPCR.VPM1 | LPCR.ISL | LPCR.DPFD_ALL | LPCR.VRMASD | LPCR.ILE;
const LPCR_WAKES = LPCR.PECE0 | LPCR.PECE1 | LPCR.PECE2;
const LPCR_LOW = LPCR.MER | LPCR.TC | LPCR.LPES0 | LPCR.LPES1 | LPCR.HDICE;
const LPCR_P7 = LPCR_ALL | LPCR.VPM0 | LPCR.RMLS | LPCR_WAKES | LPCR_LOW | LPCR.RMI;
const LPCR_P8 = LPCR_P7 | LPCR.KBV | LPCR.AIL | LPCR.ONL | LPCR.PECEDP | LPCR.PECEDH;
const LPCR_P9 =
  (LPCR_P8 & ~LPCR.RMLS) |
  LPCR.PECE_HVEE |
  LPCR.UPRT |
  LPCR.EVIRT |
  LPCR.HR |
  LPCR.LD |
  LPCR.GTSE |
  LPCR.HEIC |
  LPCR.HVICE;

/**
 * Book III, "Sharing Hypervisor Resources", and what the kernel lets one thread of the core switch for all. Each thread
 * has its own LPCR and RMOR. DPDES, which has a bit for each thread, is gathered when it is read.
 */
const SHARED_P7 = 'SDR1 LPIDR HDEC TB HRMOR PCR AMOR HMEER RPR RWMR TFMR HID0 HID1 HID4'.split(' ');

const ppc970: CpuModel = {
  id: '970',
  title: 'PowerPC 970FX',
  family: '970',
  version: '2.02',
  pvr: 0x003c0300n,
  threadsPerCore: 1,
  shared: [],
  loses: { doze: 'none', nap: 'none', sleep: 'none', rvwinkle: 'none' },
  pir: (core) => BigInt(core),
  doorbellScope: 'none',
  slbEntries: 64,
  tlbSets: 256,
  decrementerBits: 32,
  msr: MSR_970,
  lpcr: 0n,
  emulationAssist: false,
  hile: 0n,
  attnEnable: 1n << 32n,
};

const p7: CpuModel = {
  ...ppc970,
  id: 'p7',
  title: 'POWER7 DD2.3',
  family: 'p7',
  version: '2.06',
  pvr: 0x003f0203n,
  threadsPerCore: 4,
  shared: SHARED_P7,
  // MODEL: a nap keeps everything; it may keep less on some POWER7, which SRR1 then says.
  loses: { doze: 'none', nap: 'none', sleep: 'registers', rvwinkle: 'hypervisor' },
  pir: (core, thread) => BigInt((core << 2) | thread),
  slbEntries: 32,
  tlbSets: 128,
  msr: MSR_P7,
  lpcr: LPCR_P7,
  emulationAssist: true,
};

/** POWER7 with two threads a core: no real processor, but few enough states to search them all. */
const p7smt2: CpuModel = { ...p7, id: 'p7-smt2', title: 'POWER7 with SMT2', threadsPerCore: 2 };

const p8: CpuModel = {
  ...p7,
  id: 'p8',
  title: 'POWER8 DD2.0',
  family: 'p8',
  version: '2.07',
  pvr: 0x004d0200n,
  threadsPerCore: 8,
  shared: [...SHARED_P7, 'VTB'],
  pir: (core, thread) => BigInt((core << 3) | thread),
  doorbellScope: 'core',
  tlbSets: 512,
  msr: MSR_P8,
  lpcr: LPCR_P8,
  hile: 1n << 44n,
};

const p9dd23: CpuModel = {
  ...p8,
  id: 'p9-dd23',
  title: 'POWER9 DD2.3',
  family: 'p9',
  version: '3.0',
  pvr: 0x004e0203n,
  threadsPerCore: 4,
  shared: ['TB'],
  pir: (core, thread) => BigInt((core << 2) | thread),
  doorbellScope: 'thread',
  tlbSets: 256,
  decrementerBits: 56,
  lpcr: LPCR_P9,
  hile: 1n << 59n,
  attnEnable: 1n << 60n,
};

const p9dd22: CpuModel = {
  ...p9dd23,
  id: 'p9-dd22',
  title: 'POWER9 DD2.2',
  pvr: 0x004e0202n,
};

/** Models by id; `p9` is the usual name of the newest POWER9. */
export const CPU_MODELS: ReadonlyMap<string, CpuModel> = new Map([
  ...[ppc970, p7, p7smt2, p8, p9dd22, p9dd23].map((model) => [model.id, model] as const),
  ['p9', p9dd23],
]);
