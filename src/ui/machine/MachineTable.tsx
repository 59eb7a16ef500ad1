// The Machine view as tables: every fact of the picture, in rows.
import type { Catalogue } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { TwinTable } from '../marks/TwinTable.tsx';
import { THREAD_COLUMNS, threadCells, VCPU_COLUMNS, vcpuCells } from './face.ts';
import { VCORE_COLUMNS, vcoreCells } from './vcore-words.ts';

export function MachineTable(props: {
  readonly machine: Section<'machine'>;
  readonly catalogue: Catalogue;
}) {
  const { machine, catalogue } = props;
  const { threadsPerCore } = catalogue.topology;
  return (
    <>
      <TwinTable
        caption="Hardware threads"
        columns={THREAD_COLUMNS}
        rows={machine.threads.map((row) => threadCells(row, catalogue))}
      />
      <TwinTable
        caption="vcpus"
        columns={VCPU_COLUMNS}
        rows={machine.vcpus.map((row) => vcpuCells(row, threadsPerCore))}
      />
      {machine.vcores.length > 0 && (
        <TwinTable
          caption="Virtual cores"
          columns={VCORE_COLUMNS}
          rows={machine.vcores.map((row) => vcoreCells(row, machine.vcpus))}
        />
      )}
      <TwinTable
        caption="Crossed agents in the last two steps"
        columns={['number', 'what', 'from', 'to', 'label', 'when']}
        rows={machine.arrows.map((row, i) => [
          String(i + 1),
          catalogue.eventKinds[row.kind]?.name ?? String(row.kind),
          row.from,
          row.to,
          row.label,
          row.age === 0 ? 'last step' : 'the step before',
        ])}
      />
    </>
  );
}
