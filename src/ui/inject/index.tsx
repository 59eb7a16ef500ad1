import type { CSSProperties } from 'react';
import { hpteOf } from '../entity.ts';
import { Sheet } from '../shell/Sheet.tsx';
import { type InjectAt, useUi } from '../store.ts';
import { InjectView } from './InjectView.tsx';
import { forkText, targets } from './options.ts';

/** Room the menu needs, to keep it inside the window. */
const BOX = { width: 440, height: 640 } as const;

/** The inject menu, while it is open. */
export default function InjectMenu() {
  const at = useUi((s) => s.injectAt);
  const status = useUi((s) => s.status);
  const topology = useUi((s) => s.catalogue?.topology);
  const machine = useUi((s) => s.sections.machine);
  const close = useUi((s) => s.closeInject);
  const inject = useUi((s) => s.send.inject);
  if (!at || !status || !topology || !machine) return null;
  return (
    <Sheet
      title={`Inject at ${at.path}`}
      about={`At step ${status.step}, from outside the machine; inputs are part of the history and of the link.`}
      onClose={close}
      {...placed(at)}
    >
      <InjectView
        key={at.path}
        targets={targets(at.path, topology, machine.threads, machine.vcpus)}
        doorbells={topology.doorbells}
        fork={forkText(status.step, status.end, status.branchName)}
        hpte={hpteOf(at.path)}
        onInject={(input) => {
          close();
          inject(input);
        }}
      />
    </Sheet>
  );
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
