import { Sheet } from '../shell/Sheet.tsx';
import { useUi } from '../store.ts';
import { HelpView } from './HelpView.tsx';

/** The help dialog, while it is open. */
export default function Help() {
  const keysOn = useUi((s) => s.keys);
  const onKeys = useUi((s) => s.setKeys);
  const setDialog = useUi((s) => s.setDialog);
  return (
    <Sheet
      wide
      title="Vcore"
      about="A live POWER hypervisor in a browser tab."
      onClose={() => setDialog('none')}
    >
      <HelpView keysOn={keysOn} onKeys={onKeys} />
    </Sheet>
  );
}
