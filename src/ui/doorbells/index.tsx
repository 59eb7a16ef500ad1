// The Doorbells view in the page: takes its section from the store, sends through it.
import { uiStore, useUi } from '../store.ts';
import { DoorbellsView } from './DoorbellsView.tsx';

const sendDoorbell = (from: number, to: number) =>
  uiStore.getState().send.inject({ kind: 'doorbell', from, to });

export default function Doorbells() {
  const doorbells = useUi((s) => s.sections.doorbells);
  const catalogue = useUi((s) => s.catalogue);
  const focus = useUi((s) => s.focus);
  const hover = useUi((s) => s.hover);
  const setFocus = useUi((s) => s.setFocus);
  const setHover = useUi((s) => s.setHover);
  const openInject = useUi((s) => s.openInject);
  const send = useUi((s) => s.send);
  if (!doorbells || !catalogue) return <p className="bells-dim">The machine is being built.</p>;
  return (
    <DoorbellsView
      doorbells={doorbells}
      catalogue={catalogue}
      focus={focus}
      hover={hover}
      onFocus={setFocus}
      onHover={setHover}
      onInject={openInject}
      onSend={sendDoorbell}
      onStep={send.goto}
    />
  );
}
