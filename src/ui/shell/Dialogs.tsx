import type { Catalogue } from '../../workers/protocol.ts';
import Help from '../help/index.tsx';
import InjectMenu from '../inject/index.tsx';
import { openLink } from '../link/sync.ts';
import { uiStore, useUi } from '../store.ts';
import { BranchList } from '../transport/BranchList.tsx';
import { GotoForm } from './GotoForm.tsx';
import { PatchList } from './PatchList.tsx';
import { Sheet } from './Sheet.tsx';

/** The dialog that is open, if one is. */
export function Dialogs() {
  const dialog = useUi((s) => s.dialog);
  return (
    <>
      {dialog === 'help' && <Help />}
      {dialog === 'goto' && <Goto />}
      {dialog === 'branches' && <Branches />}
      {dialog === 'patches' && <Patches />}
      <InjectMenu />
    </>
  );
}

function Goto() {
  const status = useUi((s) => s.status);
  const setDialog = useUi((s) => s.setDialog);
  const send = useUi((s) => s.send);
  if (!status) return null;
  return (
    <Sheet
      title="Go to a step"
      about={`Branch ${status.branchName}, now at step ${status.step}.`}
      onClose={() => setDialog('none')}
    >
      <GotoForm
        step={status.step}
        end={status.end}
        onGoto={(step) => {
          setDialog('none');
          send.goto(step);
        }}
      />
    </Sheet>
  );
}

function Branches() {
  const branches = useUi((s) => s.sections.history?.branches) ?? [];
  const setDialog = useUi((s) => s.setDialog);
  const send = useUi((s) => s.send);
  return (
    <Sheet
      wide
      title="Branches"
      about="Injecting in the past starts a branch. Every branch is kept; names can be edited."
      onClose={() => setDialog('none')}
    >
      <BranchList
        branches={branches}
        onRename={send.renameBranch}
        onSelect={(id) => {
          setDialog('none');
          send.selectBranch(id);
        }}
      />
    </Sheet>
  );
}

function Patches() {
  const catalogue = useUi((s) => s.catalogue);
  const setDialog = useUi((s) => s.setDialog);
  const send = useUi((s) => s.send);
  if (!catalogue) return null;
  const { patches, presets, topology } = catalogue;
  return (
    <Sheet
      wide
      title="Historic changes"
      about={`Changes of the kernel on ${topology.cpu}. Without one, the mistake that it mends is back. Switching restarts the machine and runs it to the same model cycle with the same inputs.`}
      onClose={() => setDialog('none')}
    >
      <PatchList
        {...{ patches, presets }}
        onPatch={send.setPatch}
        onShow={(patch) => {
          setDialog('none');
          showWithout(patch);
        }}
      />
    </Sheet>
  );
}

/** Opens the machine in which a mistake is seen and runs it to its end, where the checks say what broke. */
function showWithout({ id, summary, shownBy }: Catalogue['patches'][number]): void {
  openLink(shownBy);
  uiStore.getState().setView('checks');
  const stop = uiStore.subscribe(({ pending, introduces, send, notify }) => {
    if (pending > 0) return;
    stop();
    if (!introduces) return; // refused, or the user has gone on
    send.run(0);
    notify('info', `Without ${id}, run to the end.`, summary);
  });
}
