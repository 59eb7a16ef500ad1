// The controllers as tables, in the columns of QEMU's `info pic`, and what the picture says beside them.
import type { RowIn, Section } from '../../workers/sections.ts';
import { TwinTable } from '../marks/TwinTable.tsx';
import { gatesOf, type IrqServer } from './facts.ts';

/** Numbers as `info pic` prints them. */
const hex = (n: number | bigint, digits: number): string => n.toString(16).padStart(digits, '0');

type Source = RowIn<'interrupts', 'sources'>;

/** Columns CPU to MFRR and irq to status are those of `info pic`; owner: whose interrupt XIRR holds. */
export function Twin({ interrupts }: { readonly interrupts: Section<'interrupts'> }) {
  return interrupts.controllers.map(({ vm, title }) => {
    const sources = interrupts.sources.filter((row) => row.vm === vm);
    const icps = interrupts.icps.filter((row) => row.vm === vm);
    return (
      <div key={vm}>
        <TwinTable
          caption={`Presentation controllers of ${title}`}
          columns={['CPU', 'XIRR', 'owner', 'PP', 'MFRR', 'interrupts', 'state', 'next']}
          rows={icps.map((row) => [
            ...[String(row.server), hex(row.xirr, 8), ownerOf(row.xisr, sources)],
            ...[hex(row.pending, 2), hex(row.mfrr, 2)],
            ...[row.target, stateOf(row), row.words === '' ? '–' : row.words],
          ])}
        />
        <TwinTable
          caption={`Sources of ${title}${rangeOf(sources)}`}
          columns={['irq', 'kind', 'priority', 'status', 'server', 'saved', 'state']}
          rows={sources.map((row) => [
            ...[hex(row.number, 4), row.lsi ? 'LSI' : 'MSI', hex(row.priority, 2)],
            ...[hex(row.status, 2), String(row.server), hex(row.saved, 2), row.words],
          ])}
        />
      </div>
    );
  });
}

/** The gates at its target; a line of the cell breaks between them alone. */
const stateOf = (row: IrqServer): string =>
  gatesOf(row)
    .map(({ text }) => text.replaceAll(' ', '\u00a0'))
    .join(', ');

/** xirr_owner: the ICS of the presented source; an IPI has none. */
const ownerOf = (xisr: number, sources: readonly Source[]): string =>
  sources.some(({ number }) => number === xisr) ? 'ICS' : 'nil';

/** The numbers that the ICS has, as `info pic` heads their list. */
function rangeOf(sources: readonly Source[]): string {
  const numbers = sources.map(({ number }) => number);
  if (numbers.length === 0) return '';
  return `: ICS ${hex(Math.min(...numbers), 4)}..${hex(Math.max(...numbers), 4)}`;
}
