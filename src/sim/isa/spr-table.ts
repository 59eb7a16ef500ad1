// The table of special-purpose registers; what its columns mean is in spr.ts.
import type {
  CpuFamily,
  SprAccess,
  SprFacility,
  SprField,
  SprNumber,
  SprRow,
  SprView,
} from './spr.ts';

const FAMILIES: readonly CpuFamily[] = ['970', 'p7', 'p8', 'p9'];

/** 'p7+' from POWER7 on, 'p7-p8' those two, 'p8' one, 'all'. */
function families(text: string): CpuFamily[] {
  if (text === 'all') return [...FAMILIES];
  const [first = '', last = text.endsWith('+') ? 'p9' : first] = text.replace('+', '').split('-');
  const at = (name: string) => {
    const index = FAMILIES.map(String).indexOf(name);
    if (index < 0) throw new Error(`families: no CPU family '${name}'`);
    return index;
  };
  return FAMILIES.slice(at(first), at(last) + 1);
}

/** 'SO:31 SH:30-26': names with their bits, 0 = least significant. */
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

/** 'number access view cpus', the last two optional. */
function alias(text: string, own: readonly CpuFamily[]): SprNumber {
  const [num = '', access = '', view = 'whole', cpus] = text.split(' ');
  return {
    num: Number(num),
    read: access[0] as SprAccess,
    write: access[1] as SprAccess,
    view: view as SprView,
    cpus: cpus === undefined ? own : families(cpus),
  };
}

interface More {
  fields?: string;
  facility?: SprFacility;
  also?: readonly string[];
}

function spr(
  name: string,
  num: number | null,
  bits: 32 | 64,
  access: string,
  cpus: string,
  what: string,
  more: More = {},
): SprRow {
  const on = families(cpus);
  return {
    name,
    num,
    bits,
    read: access[0] as SprAccess,
    write: access[1] as SprAccess,
    cpus: on,
    also: (more.also ?? []).map((text) => alias(text, on)),
    what,
    fields: fields(more.fields ?? ''),
    ...(more.facility && { facility: more.facility }),
  };
}

const MSR =
  'SF:63 HV:60 TS:34-33 TM:32 VEC:25 VSX:23 POW:18 ILE:16 EE:15 PR:14 FP:13 ME:12 FE0:11 SE:10 BE:9 FE1:8 IR:5 DR:4 ' +
  'PMM:2 RI:1 LE:0';
const FSCR = 'CAUSE:63-56 SCV:12 TAR:8 EBB:7 DSCR:2';
const HFSCR = 'CAUSE:63-56 PREFIX:13 MSGP:10 TAR:8 EBB:7 TM:5 BHRB:4 PM:3 DSCR:2 VECVSX:1 FP:0';
const LPCR =
  'VPM0:63 VPM1:62 ISL:61 DPFD:54-52 VRMASD:51-47 PECE_HVEE:46 ILE:25 AIL:24-23 UPRT:22 EVIRT:21 HR:20 ONL:18 LD:17 ' +
  'PECEDP:16 PECEDH:15 PECE0:14 PECE1:13 PECE2:12 MER:11 GTSE:10 TC:9 HEIC:4 LPES:3-2 HVICE:1 HDICE:0';
const DSISR = 'NOHPTE:30 NOEXEC:28 PROT:27 BADACCESS:26 STORE:25 DAWR:22 KEY:21';
const PSSCR = 'PLS:63-60 SD:22 ESL:21 EC:20 PSLL:19-16 TR:9-8 MTL:7-4 RL:3-0';
const DAWRX = 'MRD:15-10 HRAMMC:7 DW:6 DR:5 WT:4 WTI:3 HYP:2 PNH:1 PRO:0';
const DABRX = 'BTI:3 HYP:2 PNH:1 PRO:0';
const BESCR = 'GE:63 EE:33 PME:32 EEO:1 PMEO:0';
const MMCR0 = 'FC:31 FCS:30 FCP:29 PMAE:26 PMCC:19-18 PMAO:7';
const PM = { facility: 'PM' } as const;

/** A performance monitor register with its number for problem state; POWER8 lets it write there (MMCR0[PMCC]). */
const monitor = (
  name: string,
  num: number,
  bits: 32 | 64,
  cpus: string,
  what: string,
  userNum: number,
  fieldText = '',
): SprRow =>
  spr(name, num, bits, 'ss', cpus, what, {
    ...PM,
    fields: fieldText,
    also: [
      ...(cpus === 'p8+' ? [] : [`${userNum} u- user ${cpus === '970' ? '970' : '970-p7'}`]),
      ...(cpus === '970' ? [] : [`${userNum} uu user p8+`]),
    ],
  });

/** The same with a number that problem state only reads. */
const watched = (name: string, num: number, cpus: string, what: string, userNum: number): SprRow =>
  spr(name, num, 64, 'ss', cpus, what, { ...PM, also: [`${userNum} u-`] });

/** All registers; MSR is first, the others by number. */
export function registerTable(): SprRow[] {
  return [
    spr('MSR', null, 64, '--', 'all', 'machine state', { fields: MSR }),
    spr('XER', 1, 64, 'uu', 'all', 'fixed-point exception', {
      fields: 'SO:31 OV:30 CA:29 OV32:19 CA32:18 BC:6-0',
    }),
    spr('LR', 8, 64, 'uu', 'all', 'link register'),
    spr('CTR', 9, 64, 'uu', 'all', 'count register'),
    spr('DSCR', 17, 64, 'ss', 'p7+', 'data stream control', {
      facility: 'DSCR',
      also: ['3 uu whole p8+'],
    }),
    spr('DSISR', 18, 32, 'ss', 'all', 'data storage interrupt status', { fields: DSISR }),
    spr('DAR', 19, 64, 'ss', 'all', 'data address'),
    spr('DEC', 22, 64, 'ss', 'all', 'decrementer, time-base ticks left'),
    spr('SDR1', 25, 64, 'hh', '970-p8', 'hashed page table', {
      fields: 'HTABORG:59-18 HTABSIZE:4-0',
    }),
    spr('SRR0', 26, 64, 'ss', 'all', 'save/restore 0: resume address'),
    spr('SRR1', 27, 64, 'ss', 'all', 'save/restore 1: MSR and cause', { fields: MSR }),
    spr('CFAR', 28, 64, 'ss', 'p7+', 'come-from address'),
    spr('ACCR', 29, 64, 'ss', '970', 'address compare control'),
    spr('AMR', 29, 64, 'ss', 'p7+', 'authority mask', { also: ['13 uu'] }),
    spr('ACOP', 31, 64, 'ss', 'p7-p8', 'available coprocessors'),
    spr('PIDR', 48, 32, 'ss', 'p8+', 'process id'),
    spr('IAMR', 61, 64, 'ss', 'p8+', 'instruction authority mask'),
    spr('TFHAR', 128, 64, 'uu', 'p8+', 'transaction failure handler', { facility: 'TM' }),
    spr('TFIAR', 129, 64, 'uu', 'p8+', 'transaction failure address', { facility: 'TM' }),
    spr('TEXASR', 130, 64, 'uu', 'p8+', 'transaction exception and summary', {
      facility: 'TM',
      also: ['131 uu upper'],
    }),
    spr('TIDR', 144, 64, 'ss', 'p9', 'thread id for wait and notify'),
    spr('CTRL', 152, 32, '-s', 'all', 'run latch', { fields: 'RUN:0', also: ['136 u-'] }),
    spr('FSCR', 153, 64, 'ss', 'p8+', 'facility status and control', { fields: FSCR }),
    spr('UAMOR', 157, 64, 'ss', 'p7+', 'user authority mask override'),
    spr('PSPB', 159, 32, 'ss', 'p8+', 'problem state priority boost'),
    spr('DPDES', 176, 64, 'sh', 'p8+', 'directed privileged doorbell exception status', {
      fields: 'T0:0',
      facility: 'MSGP',
    }),
    spr('DHDES', 177, 64, 'hh', 'p8', 'directed hypervisor doorbell exception status'),
    spr('DAWR0', 180, 64, 'hh', 'p8+', 'data address watchpoint'),
    spr('RPR', 186, 64, 'hh', 'p7+', 'relative priority'),
    spr('CIABR', 187, 64, 'hh', 'p8+', 'completed instruction address breakpoint', {
      fields: 'CIEA:63-2 PRIV:1-0',
    }),
    spr('DAWRX0', 188, 32, 'hh', 'p8+', 'data address watchpoint extension', { fields: DAWRX }),
    spr('HFSCR', 190, 64, 'hh', 'p8+', 'hypervisor facility status and control', {
      fields: HFSCR,
    }),
    spr('VRSAVE', 256, 32, 'uu', 'all', 'vector save'),
    spr('TB', 268, 64, 'u-', 'all', 'time base', {
      also: ['269 u- upper', '284 -h lower', '285 -h upper', '286 -h top40 p7+'],
    }),
    spr('SPRG0', 272, 64, 'ss', 'all', 'software use'),
    spr('SPRG1', 273, 64, 'ss', 'all', 'software use'),
    spr('SPRG2', 274, 64, 'ss', 'all', 'software use'),
    spr('SPRG3', 275, 64, 'ss', 'all', 'software use', { also: ['259 u-'] }),
    spr('SCOMC', 276, 64, 'hh', '970', 'scan communications control'),
    spr('SCOMD', 277, 64, 'hh', '970', 'scan communications data'),
    spr('ASR', 280, 64, 'ss', '970', 'address space'),
    spr('PVR', 287, 32, 's-', 'all', 'processor version', {
      fields: 'VERSION:31-16 REVISION:15-0',
    }),
    spr('HSPRG0', 304, 64, 'hh', 'all', 'hypervisor software use'),
    spr('HSPRG1', 305, 64, 'hh', 'all', 'hypervisor software use'),
    spr('HDSISR', 306, 32, 'hh', 'p7+', 'hypervisor data storage interrupt status', {
      fields: DSISR,
    }),
    spr('HDAR', 307, 64, 'hh', 'p7+', 'hypervisor data address'),
    spr('SPURR', 308, 64, 'sh', 'p7+', 'scaled processor utilisation'),
    spr('PURR', 309, 64, 'sh', 'p7+', 'processor utilisation'),
    spr('HDEC', 310, 64, 'hh', 'all', 'hypervisor decrementer, time-base ticks left'),
    spr('HIOR', 311, 64, 'hh', '970', 'hypervisor interrupt offset'),
    spr('RMOR', 312, 64, 'hh', 'p7-p8', 'real mode offset'),
    spr('HRMOR', 313, 64, 'hh', 'all', 'hypervisor real mode offset'),
    spr('HSRR0', 314, 64, 'hh', 'all', 'hypervisor save/restore 0'),
    spr('HSRR1', 315, 64, 'hh', 'all', 'hypervisor save/restore 1', { fields: MSR }),
    spr('MMCRH', 316, 64, 'hh', 'p8', 'hypervisor monitor mode control'),
    spr('TFMR', 317, 64, 'hh', 'p7+', 'timer facility management'),
    spr('LPCR', 318, 64, 'hh', 'p7+', 'logical partitioning control', { fields: LPCR }),
    spr('LPIDR', 319, 32, 'hh', 'p7+', 'logical partition id'),
    spr('HMER', 336, 64, 'hh', 'p7+', 'hypervisor maintenance exception'),
    spr('HMEER', 337, 64, 'hh', 'p7+', 'hypervisor maintenance exception enable'),
    spr('PCR', 338, 64, 'hh', 'p7+', 'processor compatibility', {
      fields: 'VEC_DIS:63 VSX_DIS:62 TM_DIS:61 V2_07:3 V2_06:2 V2_05:1',
    }),
    spr('HEIR', 339, 32, 'hh', 'p7+', 'hypervisor emulated instruction'),
    spr('AMOR', 349, 64, 'hh', 'p7+', 'authority mask override'),
    spr('TIR', 446, 64, 's-', 'p8+', 'thread identification', { facility: 'MSGP' }),
    spr('PTCR', 464, 64, 'hh', 'p9', 'partition table control', { fields: 'PATB:59-12 PATS:4-0' }),
    watched('SIER', 784, 'p8+', 'sampled instruction event', 768),
    monitor('MMCR2', 785, 64, 'p8+', 'monitor mode control 2', 769),
    monitor('MMCRA', 786, 64, 'all', 'monitor mode control A', 770),
    ...[1, 2, 3, 4, 5, 6].map((n) =>
      monitor(`PMC${n}`, 786 + n, 32, 'all', `performance monitor counter ${n}`, 770 + n),
    ),
    ...[7, 8].map((n) =>
      monitor(`PMC${n}`, 786 + n, 32, '970', `performance monitor counter ${n}`, 770 + n),
    ),
    monitor('MMCR0', 795, 64, 'all', 'monitor mode control 0', 779, MMCR0),
    watched('SIAR', 796, 'all', 'sampled instruction address', 780),
    watched('SDAR', 797, 'all', 'sampled data address', 781),
    watched('MMCR1', 798, 'all', 'monitor mode control 1', 782),
    spr('IMC', 799, 64, 'ss', '970', 'instruction match CAM'),
    spr('BESCR', 806, 64, 'uu', 'p8+', 'branch event status and control', {
      fields: BESCR,
      facility: 'EBB',
      also: ['800 uu set', '801 uu setUpper', '802 uu reset', '803 uu resetUpper'],
    }),
    spr('EBBHR', 804, 64, 'uu', 'p8+', 'event-based branch handler', { facility: 'EBB' }),
    spr('EBBRR', 805, 64, 'uu', 'p8+', 'event-based branch return', { facility: 'EBB' }),
    spr('TAR', 815, 64, 'uu', 'p8+', 'target address register', { facility: 'TAR' }),
    spr('ASDR', 816, 64, 'hh', 'p9', 'access segment descriptor'),
    spr('IC', 848, 64, 'sh', 'p8+', 'instruction count'),
    spr('VTB', 849, 64, 'sh', 'p8+', 'virtual time base'),
    spr('LDBAR', 850, 64, 'hh', 'p9', 'load-monitored base address'),
    spr('PMMAR', 854, 64, 'hh', 'p8+', 'power management memory access'),
    spr('PSSCR', 855, 64, 'hh', 'p9', 'stop status and control', {
      fields: PSSCR,
      also: ['823 ss user'],
    }),
    spr('PMCR', 884, 64, 'hh', 'p8+', 'power management control'),
    spr('RWMR', 885, 64, 'hh', 'p7+', 'region weighted mode'),
    spr('TACR', 888, 64, 'ss', 'p8', 'thread adaptive control'),
    spr('TCSCR', 889, 64, 'ss', 'p8', 'thread control and status'),
    spr('CSIGR', 890, 64, 'ss', 'p8', 'context switch register'),
    spr('MMCRS', 894, 64, 'ss', 'p8', 'supervisor monitor mode control'),
    spr('WORT', 895, 64, 'ss', 'p8', 'workload optimisation'),
    spr('PPR', 896, 64, 'uu', 'p7+', 'program priority', {
      fields: 'PRI:52-50',
      also: ['898 uu upper'],
    }),
    spr('TRIG0', 976, 64, 'hh', '970', 'trigger'),
    spr('TRIG1', 977, 64, 'hh', '970', 'trigger'),
    spr('TRIG2', 978, 64, 'hh', '970', 'trigger'),
    spr('HID0', 1008, 64, 'hh', 'all', 'hardware implementation'),
    spr('HID1', 1009, 64, 'hh', '970-p8', 'hardware implementation'),
    spr('HID4', 1012, 64, 'hh', '970-p8', 'hardware implementation'),
    spr('DABR', 1013, 64, 'hh', '970-p7', 'data address breakpoint', {
      fields: 'DAB:63-3 BT:2 DW:1 DR:0',
    }),
    spr('HID5', 1014, 64, 'hh', '970', 'hardware implementation'),
    spr('DABRX', 1015, 64, 'hh', '970-p7', 'data address breakpoint extension', { fields: DABRX }),
    spr('PIR', 1023, 32, 's-', 'all', 'processor id'),
  ];
}
