// The HPT section: the map of a VM's hashed page table, the PTEG and the entry looked at, what changed, what was found.
import type { Access } from '../../sim/engine/api.ts';
import { layoutOf } from '../../sim/hardware/mmu/context.ts';
import { fromLayout, HPTE_V_AVPN, type HpteLayout } from '../../sim/hardware/mmu/hpte.ts';
import { partitionOf } from '../../sim/hardware/partition.ts';
import type { Vm } from '../../sim/kvm/records.ts';
import { cellsOf, gridWidth, HptSummary } from '../../sim/machine/hpt-summary.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { SUMMARY } from '../../sim/trace/hpt.ts';
import { ACCESSES, type HptLook, type Pull } from '../protocol.ts';
import type { RowIn, Section } from '../sections.ts';
import type { World } from '../world.ts';
import { focusOf } from './focus.ts';
import { entryFields, entryOf, slotRows } from './hpt-entry.ts';
import { pageOf } from './hpte-fields.ts';
import { atLastAccess, nextAccess } from './last-access.ts';
import { tceTables } from './tce.ts';
import { slbRows, type Table, tlbRows, walkTables } from './walk.ts';

/** Changed entries marked in one picture, changes listed, entries found. */
const MOST_MARKED = 256;
const MOST_RECENT = 32;
const MOST_FOUND = 100;

type WalkTables = Pick<Section<'hpt'>, 'walk' | 'steps'>;
const NO_WALK: WalkTables = { walk: [], steps: [] };

const NOTHING: Section<'hpt'> = {
  vms: [],
  cells: [],
  changed: [],
  recent: [],
  slots: [],
  fields: [],
  search: [],
  found: [],
  thread: [],
  walk: [],
  steps: [],
  slb: [],
  tlb: [],
  tce: [],
  tces: [],
};

/** Pictures of the tables of one machine; it remembers what the last one showed. */
export class HptPicture {
  private readonly summaries = new Map<number, HptSummary>();
  private recent: RowIn<'hpt', 'recent'>[] = [];
  private pictures = 0;
  private found: { asked: string; revision: number; slots: readonly number[] } = {
    asked: '',
    revision: 0,
    slots: [],
  };

  private last: { key: string; tables: WalkTables } = { key: '', tables: NO_WALK };

  /** `still`: nothing runs, so that one may go back to look for the last access. */
  tables(world: World, look: Pull['hpt'], still: boolean): Section<'hpt'> {
    const m = world.loaded.machine as Machine;
    const vm = m.k.kvm.vms[(look?.vm ?? 1) - 1];
    if (!look || !vm || vm.hpt_order === 0) return NOTHING;
    const summary = this.summaryOf(look.vm, vm);
    const known = summary.revision > 0;
    const before = new Map<number, number>();
    const changed = summary.update(m.hw.arena, (slot, bits) => before.set(slot, bits));
    if (known) this.remember(m, summary, changed, before);
    const layout = layoutOf(m.hw);
    return {
      vms: m.k.kvm.vms.flatMap((other, i) => this.vmRow(i + 1, other, layout)),
      cells: [{ vm: look.vm, ...cellsOf(summary, look.window) }],
      changed: known
        ? changed.slice(0, MOST_MARKED).map((slot) => ({ picture: this.pictures, slot }))
        : [],
      recent: this.recent,
      slots: slotRows(m, vm, summary, look.slot),
      fields: entryFields(m, vm, summary, look.slot),
      ...tceTables(m, vm),
      ...this.search(m, vm, summary, look.find, still),
      ...this.translation(world, look, { base: summary.base, entries: summary.entries }, still),
    };
  }

  /** SLB, TLB and a walk of the thread looked at. */
  private translation(
    world: World,
    look: HptLook,
    table: Table,
    still: boolean,
  ): Pick<Section<'hpt'>, 'thread' | 'walk' | 'steps' | 'slb' | 'tlb'> {
    const m = world.loaded.machine as Machine;
    const { thread } = focusOf(m, look.thread);
    if (thread < 0) return { thread: [], walk: [], steps: [], slb: [], tlb: [] };
    const walk = this.walk(world, look.walk, thread, table, still);
    const guest = m.hw.inGuest(thread);
    const lpid = partitionOf(m.hw, thread);
    const state = `${m.threadPath(thread)} ${guest ? 'runs guest code' : 'is not in the guest'}, LPID ${lpid}`;
    return {
      thread: [{ thread, lpid, guest: guest ? 1 : 0, state }],
      ...walk,
      slb: slbRows(m, thread),
      tlb: tlbRows(m, thread, table),
    };
  }

  private walk(
    world: World,
    look: HptLook['walk'],
    thread: number,
    table: Table,
    still: boolean,
  ): WalkTables {
    const m = world.loaded.machine as Machine;
    if (!look) return NO_WALK;
    if (look.of === 'last') return this.lastWalk(world, thread, table, still);
    // Host code of the model needs no translation.
    if (!m.hw.inGuest(thread)) return NO_WALK;
    if (look.of === 'ea') {
      const access = ACCESSES.indexOf(look.access) as Access;
      return walkTables(m, thread, { ea: look.ea, access }, table, '');
    }
    const next = nextAccess(m, thread);
    return next ? walkTables(m, thread, next, table, 'of the next instruction') : NO_WALK;
  }

  /** Found out once per position; while the machine runs the one found last stays. */
  private lastWalk(world: World, thread: number, table: Table, still: boolean): WalkTables {
    const { current, step, machine } = world.history;
    const key = `${current.id}@${step}#${machine.m.inputs_done} ${thread}`;
    if (still && this.last.key !== key) {
      const m = world.loaded.machine as Machine;
      const tables = atLastAccess(world, thread, (found, at) =>
        walkTables(m, thread, found, table, `at step ${at}, as registers and tables were then`),
      );
      this.last = { key, tables: tables ?? NO_WALK };
    }
    return this.last.tables;
  }

  private summaryOf(id: number, { hpt_base, hpt_order }: Vm): HptSummary {
    const held = this.summaries.get(id);
    if (held?.base === hpt_base && held.order === hpt_order) return held;
    const made = new HptSummary(hpt_base, hpt_order);
    this.summaries.set(id, made);
    this.recent = [];
    return made;
  }

  private remember(
    m: Machine,
    summary: HptSummary,
    changed: readonly number[],
    before: ReadonlyMap<number, number>,
  ): void {
    if (changed.length === 0) return;
    this.pictures++;
    const rows = changed.slice(-MOST_RECENT).map((slot) => ({
      step: m.step,
      slot,
      what: changeText(before.get(slot) ?? 0, summary.at(slot)),
    }));
    this.recent = [...rows.reverse(), ...this.recent].slice(0, MOST_RECENT);
  }

  private vmRow(id: number, vm: Vm, layout: HpteLayout): RowIn<'hpt', 'vms'>[] {
    if (vm.hpt_order === 0) return [];
    const { entries, levels, counts } = this.summaryOf(id, vm);
    const [valid = 0, secondary = 0, large = 0, referenced = 0, bolted = 0, absent = 0] = counts;
    return [
      {
        vm: id,
        base: vm.hpt_base,
        order: vm.hpt_order,
        entries,
        width: gridWidth(vm.hpt_order),
        levels: levels.length,
        layout: layout === 'new' ? 1 : 0,
        valid,
        secondary,
        large,
        referenced,
        bolted,
        absent,
        locked: counts[6] ?? 0,
        dirty: counts[7] ?? 0,
      },
    ];
  }

  /** While the machine runs, what was found stays: a search of a large table takes longer than a picture may. */
  private search(
    m: Machine,
    vm: Vm,
    summary: HptSummary,
    find: HptLook['find'],
    still: boolean,
  ): Pick<Section<'hpt'>, 'search' | 'found'> {
    if (!find) return { search: [], found: [] };
    const asked = `${summary.base} ${find.by} ${find.value}`;
    const old = still && this.found.revision !== summary.revision;
    if (this.found.asked !== asked || old) {
      this.found = { asked, revision: summary.revision, slots: findSlots(m, vm, summary, find) };
    }
    const { slots } = this.found;
    const more = slots.length === MOST_FOUND ? ' or more' : '';
    return {
      search: [
        { text: `${slots.length}${more} entries that ${findText(find)}`, total: slots.length },
      ],
      found: slots.map((slot) => ({ slot, ...entryOf(m, vm, slot).hpte })),
    };
  }
}

type Find = NonNullable<HptLook['find']>;

function findText({ by, value }: Find): string {
  const number = `0x${value.toString(16)}`;
  return {
    ra: `map real address ${number}`,
    gra: `map guest real address ${number}`,
    avpn: `have the AVPN ${number}`,
    used: 'are in use',
  }[by];
}

function findSlots(m: Machine, vm: Vm, summary: HptSummary, { by, value }: Find): number[] {
  const layout = layoutOf(m.hw);
  const inside = (page: { readonly at: number; readonly bytes: number }): boolean =>
    Number(value) >= page.at && Number(value) < page.at + page.bytes;
  return summary.find((slot, v, r) => {
    const hpte = { v, r };
    if (by === 'used') return true;
    if (by === 'avpn') return (fromLayout(layout, hpte).v & HPTE_V_AVPN) === (value & HPTE_V_AVPN);
    return inside(by === 'ra' ? pageOf(layout, hpte) : pageOf('old', entryOf(m, vm, slot).guest));
  }, MOST_FOUND);
}

const BIT_NAMES = [
  ['V', SUMMARY.VALID],
  ['ABSENT', SUMMARY.ABSENT],
  ['HVLOCK', SUMMARY.LOCKED],
  ['R', SUMMARY.R],
  ['C', SUMMARY.C],
  ['BOLTED', SUMMARY.BOLTED],
  ['L', SUMMARY.LARGE],
  ['H', SUMMARY.SECONDARY],
] as const;

/** 'V 0→1, L 0→1'; a change of other fields is named as such. */
export function changeText(before: number, after: number): string {
  const changes = BIT_NAMES.filter(([, mask]) => ((before ^ after) & mask) !== 0);
  if (changes.length === 0) return 'other fields';
  return changes.map(([name, mask]) => `${name} ${after & mask ? '0→1' : '1→0'}`).join(', ');
}
