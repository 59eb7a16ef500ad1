// The Interrupts view in the page: takes its section from the store, sends through it.
import { useUi } from '../store.ts';
import { InterruptsView } from './InterruptsView.tsx';

export default function Interrupts() {
  const interrupts = useUi((s) => s.sections.interrupts);
  const catalogue = useUi((s) => s.catalogue);
  const focus = useUi((s) => s.focus);
  const setFocus = useUi((s) => s.setFocus);
  const openInject = useUi((s) => s.openInject);
  const send = useUi((s) => s.send);
  if (!interrupts || !catalogue) return <p className="irq-dim">The machine is being built.</p>;
  return (
    <InterruptsView
      interrupts={interrupts}
      catalogue={catalogue}
      focus={focus}
      onFocus={setFocus}
      onInject={send.inject}
      onMenu={openInject}
    />
  );
}
