// The walk stepper, the SLB and the TLB of a thread, in words.
import { SLB_ENTRIES, TLB_ENTRIES } from '../../sim/engine/layout.ts';
import { DSISR } from '../../sim/hardware/bits.ts';
import { layoutOf } from '../../sim/hardware/mmu/context.ts';
import {
  fromLayout,
  HPTE_BYTES,
  HPTE_R_C,
  HPTE_R_PP,
  HPTE_R_R,
  HPTE_V_AVPN,
  HPTE_V_VALID,
  PTEG_BYTES,
  PTEG_ENTRIES,
  SEGMENT_SHIFT,
} from '../../sim/hardware/mmu/hpte.ts';
import {
  LLP_SHIFTS,
  SLB_ESID,
  SLB_VSID,
  segmentOf,
  segmentSize,
} from '../../sim/hardware/mmu/segment.ts';
import { type TlbEntry, tlbEntry } from '../../sim/hardware/mmu/tlb.ts';
import {
  explainWalk,
  type Mismatch,
  type SlotLook,
  type Walk,
  type WalkStep,
} from '../../sim/hardware/mmu/walk.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { ACCESSES } from '../protocol.ts';
import type { RowIn, Section } from '../sections.ts';
import { pageOf, sizeText } from './hpte-fields.ts';
import type { StorageAccess } from './last-access.ts';

type Row = RowIn<'hpt', 'steps'>;

/** Real address of a table and its entries: to know which entry a real address is. */
export interface Table {
  readonly base: number;
  readonly entries: number;
}

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
const row = (title: string, detail: string, more: Partial<Row> = {}): Row => ({
  indent: 0,
  title,
  detail,
  good: -1,
  slot: -1,
  slots: 1,
  ...more,
});

const slotAt = ({ base, entries }: Table, real: number): number => {
  const slot = (real - base) / HPTE_BYTES;
  return Number.isInteger(slot) && slot >= 0 && slot < entries ? slot : -1;
};

/** The walk of one access, by the registers of thread `t` as they are. A hit in the TLB hides the table: both are shown. */
export function walkTables(
  m: Machine,
  t: number,
  { ea, access }: StorageAccess,
  table: Table,
  note: string,
): Pick<Section<'hpt'>, 'walk' | 'steps'> {
  const walk = explainWalk(m.hw, t, ea, access);
  const { text, ok } = resultText(walk);
  const byTlb = walk.result.kind === 'page' && walk.result.from === 'tlb';
  return {
    walk: [{ ea, access: ACCESSES[access] ?? '', result: text, ok: ok ? 1 : 0, note }],
    steps: [
      ...walkRows(walk, table),
      row('Result', text, { good: ok ? 1 : 0 }),
      ...(byTlb ? tableRows(explainWalk(m.hw, t, ea, access, false), table) : []),
    ],
  };
}

const walkRows = (walk: Walk, table: Table): Row[] => {
  const own = ownTable(walk, table);
  return walk.steps.flatMap((step) => stepRows(step, own));
};

/** What the table says of an access that the TLB has answered. */
function tableRows(walk: Walk, table: Table): Row[] {
  const { text, ok } = resultText(walk);
  const from = walk.steps.findIndex(({ kind }) => kind === 'hash');
  const steps = from < 0 ? [] : walk.steps.slice(from);
  return [
    row('Without the TLB', 'what a walk would find now'),
    ...walkRows({ ...walk, steps }, table),
    row('Result without the TLB', text, { good: ok ? 1 : 0 }),
  ];
}

/** Entries are marked on the map only when the walk searched the table that the map shows. */
function ownTable(walk: Walk, table: Table): Table {
  const hash = walk.steps.find((step) => step.kind === 'hash');
  return hash && hash.table !== table.base ? { base: 0, entries: 0 } : table;
}

function stepRows(step: WalkStep, table: Table): Row[] {
  switch (step.kind) {
    case 'real': {
      const { how, offset, limit, address } = step;
      if (how === 'hypervisor-real') {
        return [row('Hypervisor real mode', `${hex(address)} OR HRMOR ${hex(offset)}`)];
      }
      const inside = limit === null || address < limit;
      const below = `${hex(address)} is ${inside ? '' : 'not '}below the limit ${hex(limit ?? 0n)}`;
      const text = inside ? `${below}: OR RMOR ${hex(offset)}` : below;
      return [row('Real mode area (RMLS, RMOR)', text, { good: inside ? 1 : 0 })];
    }
    case 'vrma':
      return [
        row(
          'Virtual real mode area',
          `translation is off: the implied segment, ${segmentText(step.vsidWord)}`,
        ),
      ];
    case 'slb': {
      const { index, vsidWord } = step;
      if (index < 0) return [row('SLB', 'no entry holds the address', { good: 0 })];
      return [row('SLB', `entry ${index}: ${segmentText(vsidWord)}`, { good: 1 })];
    }
    case 'va': {
      const { va, base, avpn } = step;
      return [row('Virtual address', `${hex(va)}, base page ${sizeText(base)}, AVPN ${hex(avpn)}`)];
    }
    case 'tlb': {
      const { index, entry } = step;
      if (!entry) return [row('TLB', 'no entry has the page: walk the table', { good: 0 })];
      return [
        row('TLB', `entry ${index} has the page`, { good: 1, slot: slotAt(table, entry.hpte) }),
      ];
    }
    case 'hash':
      return [hashRow(step)];
    case 'group':
      return groupRows(step, table);
    case 'permission':
      return [permissionRow(step.permission)];
  }
}

function segmentText(vsidWord: bigint): string {
  const { b, vsid } = segmentOf(vsidWord);
  return `VSID ${hex(vsid)}, ${sizeText(SEGMENT_SHIFT[b])} segment`;
}

function hashRow({ hash, mask, table, primary, secondary }: WalkStep & { kind: 'hash' }): Row {
  const number = (real: number): number => (real - table) / PTEG_BYTES;
  const other =
    secondary === null ? 'no secondary (LPCR[TC])' : `secondary PTEG ${number(secondary)}`;
  return row('Hash', `${hex(hash)} & mask ${hex(mask)}: primary PTEG ${number(primary)}, ${other}`);
}

const MISMATCHES: Readonly<Record<Mismatch, string>> = {
  invalid: 'V = 0',
  'secondary bit': 'H is of the other hash',
  AVPN: 'another AVPN',
  'segment size': 'another segment size (B)',
  'page size': 'another page size (L, LP)',
};

function groupRows({ secondary, pteg, slots }: WalkStep & { kind: 'group' }, table: Table): Row[] {
  const hit = slots.find(({ mismatch }) => mismatch === null);
  const first = table.entries === 0 ? -1 : pteg * PTEG_ENTRIES;
  const detail = hit ? `slot ${hit.index % PTEG_ENTRIES} matches` : 'no entry matches';
  return [
    row(`${secondary ? 'Secondary' : 'Primary'} PTEG ${pteg}`, detail, {
      good: hit ? 1 : 0,
      slot: first,
      slots: PTEG_ENTRIES,
    }),
    ...slots.map((look) => slotRow(look, table)),
  ];
}

function slotRow({ index, real, v, r, mismatch }: SlotLook, table: Table): Row {
  const words = v === 0n && r === 0n ? 'empty' : `${hex(v)} ${hex(r)}`;
  const found = mismatch === null ? 'matches' : MISMATCHES[mismatch];
  return row(`slot ${index % PTEG_ENTRIES}`, `${found}: ${words}`, {
    indent: 1,
    good: mismatch === null ? 1 : 0,
    slot: slotAt(table, real),
  });
}

function permissionRow(p: (WalkStep & { kind: 'permission' })['permission']): Row {
  const may = [p.mayLoad ? 'load' : '', p.mayStore ? 'store' : '', p.noExecute ? '' : 'fetch'];
  const classes =
    p.amr === 0 && p.iamr === 0
      ? ''
      : `; class ${p.pageClass} forbids (AMR ${p.amr}, IAMR ${p.iamr})`;
  const allowed = may.filter((word) => word !== '').join(', ') || 'nothing';
  return row('Protection', `key ${p.key}, pp ${p.pp}: may ${allowed}${classes}`, {
    good: p.refused === 0n ? 1 : 0,
  });
}

const CAUSES = [
  [DSISR.NOHPTE, 'no HPTE'],
  [DSISR.NOEXEC, 'no execute'],
  [DSISR.PROT, 'protection'],
  [DSISR.KEY, 'class key'],
] as const;

function resultText({ result }: Walk): { text: string; ok: boolean } {
  switch (result.kind) {
    case 'real':
      return { text: `real address ${hex(result.real)}`, ok: true };
    case 'page': {
      const how = result.from === 'tlb' ? 'by the TLB' : 'by the table; the TLB gets an entry';
      return { text: `real address ${hex(result.real)}, ${how}`, ok: true };
    }
    case 'fault': {
      const { vector, hypervisor, status } = result.fault;
      const causes = CAUSES.filter(([bit]) => ((status ?? 0n) & bit) !== 0n).map(
        ([, word]) => word,
      );
      const why = causes.length > 0 ? causes.join(', ') : 'no segment';
      return {
        text: `interrupt 0x${vector.toString(16).toUpperCase()} to the ${hypervisor ? 'hypervisor' : 'operating system'}: ${why}`,
        ok: false,
      };
    }
  }
}

// --- SLB and TLB

const SLB_FLAGS = [
  ['Ks', SLB_VSID.KS],
  ['Kp', SLB_VSID.KP],
  ['N', SLB_VSID.N],
  ['C', SLB_VSID.C],
] as const;

/** Valid entries of a thread's SLB. */
export function slbRows(m: Machine, t: number): RowIn<'hpt', 'slb'>[] {
  return Array.from({ length: Math.min(m.hw.model.slbEntries, SLB_ENTRIES) }, (_, entry) => entry)
    .filter((entry) => (m.hw.arena.slb(t, entry, 'esid') & SLB_ESID.V) !== 0n)
    .map((entry) => {
      const vsidWord = m.hw.arena.slb(t, entry, 'vsid');
      const shift = SEGMENT_SHIFT[segmentSize(vsidWord)];
      return {
        entry,
        esid: (m.hw.arena.slb(t, entry, 'esid') >> BigInt(shift)) << BigInt(shift),
        vsid: segmentOf(vsidWord).vsid,
        size: sizeText(shift),
        page: sizeText(LLP_SHIFTS.get(vsidWord & SLB_VSID.LLP) ?? 12),
        flags: SLB_FLAGS.filter(([, bit]) => (vsidWord & bit) !== 0n)
          .map(([name]) => name)
          .join(' '),
      };
    });
}

/** Valid entries of a thread's TLB, each compared with the table. */
export function tlbRows(m: Machine, t: number, table: Table): RowIn<'hpt', 'tlb'>[] {
  const layout = layoutOf(m.hw);
  return Array.from({ length: TLB_ENTRIES }, (_, entry) => entry).flatMap((entry) => {
    const held = tlbEntry(m.hw, t, entry);
    if (!held) return [];
    const bits = [(held.r & HPTE_R_R) !== 0n ? 'R' : '', (held.r & HPTE_R_C) !== 0n ? 'C' : ''];
    const size = 2 ** held.actual;
    const frame = pageOf(layout, { v: 0n, r: held.r }).at;
    return [
      {
        entry,
        lpid: held.lpid,
        va: hex(held.va),
        page: sizeText(held.actual),
        real: frame - (frame % size),
        flags: `${bits.filter(Boolean).join(' ')} pp ${held.r & HPTE_R_PP}`.trim(),
        slot: slotAt(table, held.hpte),
        stale: staleness(m, held),
      },
    ];
  });
}

/** How the entry of the table differs from the one that the TLB was filled from; '' when it does not matter. */
function staleness(m: Machine, held: TlbEntry): string {
  if (held.hpte + HPTE_BYTES > m.hw.arena.realBytes) return 'its HPTE is outside memory';
  const [v, r] = [m.hw.arena.read64(held.hpte), m.hw.arena.read64(held.hpte + 8)];
  if ((v & HPTE_V_VALID) === 0n) return 'the HPTE is no longer valid';
  const avpn = (((held.va >> BigInt(held.base)) << BigInt(held.base)) >> 23n) << 7n;
  if ((fromLayout(layoutOf(m.hw), { v, r }).v & HPTE_V_AVPN) !== avpn)
    return 'the HPTE maps another page';
  const recorded = HPTE_R_R | HPTE_R_C;
  if (((r ^ held.r) & ~recorded) !== 0n) return 'the HPTE has another real page or protection';
  if ((held.r & ~r & HPTE_R_C) !== 0n) return 'C was cleared: stores are no longer recorded';
  return (held.r & ~r & HPTE_R_R) !== 0n ? 'R was cleared: accesses are no longer recorded' : '';
}
