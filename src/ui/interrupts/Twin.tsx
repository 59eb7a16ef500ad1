// The controllers as tables, in the columns of QEMU's `info pic`, and what the picture says beside them.
import type { Section } from '../../workers/sections.ts';
import { TwinTable } from '../marks/TwinTable.tsx';
import { byte, irqNumber, targetText } from './facts.ts';

const digits = (xirr: bigint): string => xirr.toString(16).toUpperCase().padStart(8, '0');

export function Twin({ interrupts }: { readonly interrupts: Section<'interrupts'> }) {
  const { controllers, sources, icps } = interrupts;
  return controllers.map(({ vm, title }) => (
    <div key={vm}>
      <TwinTable
        caption={`Presentation controllers of ${title}`}
        columns={['CPU', 'XIRR', 'PP', 'MFRR', 'interrupts', 'state', 'next']}
        rows={icps
          .filter((row) => row.vm === vm)
          .map((row) => [
            ...[String(row.server), digits(row.xirr), byte(row.pending), byte(row.mfrr)],
            ...[row.target, targetText(row), row.words === '' ? '–' : row.words],
          ])}
      />
      <TwinTable
        caption={`Sources of ${title}`}
        columns={['ICS', 'kind', 'priority', 'status', 'server', 'saved', 'state']}
        rows={sources
          .filter((row) => row.vm === vm)
          .map((row) => [
            ...[irqNumber(row.number), row.lsi ? 'LSI' : 'MSI', byte(row.priority)],
            ...[byte(row.status), String(row.server), byte(row.saved), row.words],
          ])}
      />
    </div>
  ));
}
