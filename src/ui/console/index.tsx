import { useMemo } from 'react';
import { useUi } from '../store.ts';
import { ConsoleView } from './ConsoleView.tsx';

const NONE: readonly never[] = [];

/** Console view: the guest's output and the event log. */
export default function Console() {
  const catalogue = useUi((s) => s.catalogue);
  const log = useUi((s) => s.sections.log);
  const position = useUi((s) => s.status?.step ?? 0);
  const running = useUi((s) => s.status?.running ?? false);
  const focus = useUi((s) => s.focus);
  const hover = useUi((s) => s.hover);
  const onGoto = useUi((s) => s.send.goto);
  const onFocus = useUi((s) => s.setFocus);
  const onHover = useUi((s) => s.setHover);
  const violations = useUi((s) => s.sections.history?.violations) ?? NONE;
  const words = useMemo(() => {
    const tasks = log?.tasks.map(({ name }) => name) ?? NONE;
    return catalogue && { ...catalogue, names: { tasks, invariants: violations.map((v) => v.id) } };
  }, [catalogue, log?.tasks, violations]);
  if (!words) return null;
  return (
    <ConsoleView
      words={words}
      consoles={log?.console ?? NONE}
      events={log?.events ?? NONE}
      {...{ position, running, focus, hover, onGoto, onFocus, onHover }}
    />
  );
}
