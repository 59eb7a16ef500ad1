import type { CSSProperties } from 'react';
import type { Inject } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { hpteOf, irqPlaceOf } from '../entity.ts';
import { Sheet } from '../shell/Sheet.tsx';
import { type InjectAt, useUi } from '../store.ts';
import { InjectView } from './InjectView.tsx';
import { IrqActs } from './IrqActs.tsx';
import { forkText, targets } from './options.ts';

/** Room the menu needs, to keep it inside the window. */
const BOX = { width: 440, height: 640 } as const;

/** The inject menu, while it is open. */
export default function InjectMenu() {
  const at = useUi((s) => s.injectAt);
  const status = useUi((s) => s.status);
  const topology = useUi((s) => s.catalogue?.topology);
  const machine = useUi((s) => s.sections.machine);
  const interrupts = useUi((s) => s.sections.interrupts);
  const close = useUi((s) => s.closeInject);
  const inject = useUi((s) => s.send.inject);
  if (!at || !status || !topology || !machine) return null;
  const onInject = (input: Inject) => {
    close();
    inject(input);
  };
  return (
    <Sheet
      title={`Inject at ${at.path}`}
      about={`At step ${status.step}, from outside the machine; inputs are part of the history and of the link.`}
      onClose={close}
      {...placed(at)}
    >
      <InjectView
        key={at.path}
        targets={targets(
          interruptedBy(at.path, interrupts),
          topology,
          machine.threads,
          machine.vcpus,
        )}
        doorbells={topology.doorbells}
        fork={forkText(status.step, status.end, status.branchName)}
        hpte={hpteOf(at.path)}
        irq={interrupts && <IrqActs path={at.path} {...{ interrupts, onInject }} />}
        onInject={onInject}
      />
    </Sheet>
  );
}

/** Path of what a source or a presentation controller interrupts; any other path is its own. */
function interruptedBy(path: string, interrupts: Section<'interrupts'> | undefined): string {
  const place = irqPlaceOf(path);
  if (!place || !interrupts) return path;
  const { vm, kind, number } = place;
  const source = interrupts.sources.find((row) => row.vm === vm && row.number === number);
  const server = kind === 'irq' ? source?.server : number;
  return interrupts.icps.find((row) => row.vm === vm && row.server === server)?.target ?? path;
}

/** Where the menu was asked for, if there is room; else in the middle. */
function placed({ x, y }: InjectAt): { style?: CSSProperties } {
  const { innerWidth, innerHeight } = window;
  if (x < 0 || innerWidth < 2 * BOX.width) return {};
  const left = Math.min(x, innerWidth - BOX.width - 8);
  const top = Math.max(8, Math.min(y, innerHeight - BOX.height - 8));
  const maxBlockSize = innerHeight - top - 8;
  return { style: { left, top, transform: 'none', inlineSize: BOX.width, maxBlockSize } };
}
