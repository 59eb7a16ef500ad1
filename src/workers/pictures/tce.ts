// TCE tables of a VM: which pages a virtual I/O bus may reach.
import { guestReal } from '../../sim/kvm/memslot.ts';
import type { Vm } from '../../sim/kvm/records.ts';
import { TCE, TCE_PAGE, tceAddress } from '../../sim/kvm/tce.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import type { RowIn, Section } from '../sections.ts';

const MOST = 256;

/** The tables, and their entries that are in use. */
export function tceTables(m: Machine, vm: Vm): Pick<Section<'hpt'>, 'tces' | 'tce'> {
  const entries = vm.spapr_tce_tables.map((table) => {
    const rows: RowIn<'hpt', 'tce'>[] = [];
    for (let ioba = 0; ioba < table.window_size; ioba += TCE_PAGE) {
      const tce = m.hw.arena.read64(tceAddress(table, BigInt(ioba)));
      if ((tce & (TCE.READ | TCE.WRITE)) !== 0n) rows.push(rowOf(vm, table, ioba, tce));
    }
    return rows;
  });
  return {
    tces: vm.spapr_tce_tables.map(({ liobn, window_size }, i) => ({
      liobn: liobn | 0,
      window: window_size,
      used: entries[i]?.length ?? 0,
    })),
    tce: entries.flat().slice(0, MOST),
  };
}

function rowOf(
  vm: Vm,
  table: Vm['spapr_tce_tables'][number],
  ioba: number,
  tce: bigint,
): RowIn<'hpt', 'tce'> {
  const gpa = tce & ~(TCE.READ | TCE.WRITE);
  const may = [(tce & TCE.READ) !== 0n ? 'read' : '', (tce & TCE.WRITE) !== 0n ? 'write' : ''];
  return {
    liobn: table.liobn | 0,
    window: table.window_size,
    ioba,
    tce,
    gpa,
    may: may.filter((word) => word !== '').join(', '),
    real: guestReal(vm, gpa, TCE_PAGE),
  };
}
