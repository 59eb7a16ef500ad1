import { useRef, useState } from 'react';
import { toggleRun } from '../keys/keys.ts';
import { runsFast, summaryOf, type UiState, uiStore, useUi } from '../store.ts';
import { TransportView } from './TransportView.tsx';

const NO_HISTORY = { bins: [], branches: [], inputs: [], violations: [] };

/** Transport of the page's machine. */
export default function Transport() {
  const [shownStatus] = useState(steadyStatus);
  const status = useUi(shownStatus);
  const history = useUi((s) => s.sections.history) ?? NO_HISTORY;
  const speed = useUi((s) => s.speed);
  const compact = useUi((s) => s.embed);
  const onSpeed = useUi((s) => s.setSpeed);
  const setDialog = useUi((s) => s.setDialog);
  const send = useUi((s) => s.send);
  const goto = useLatestGoto();
  const about = useUi((s) => (s.introduces ? summaryOf(s) : ''));
  if (!status) return <div className="transport is-empty" />;
  return (
    <TransportView
      status={status}
      history={history}
      speed={speed}
      about={about}
      compact={compact}
      onRun={() => toggleRun(uiStore.getState())}
      onStep={send.step}
      onGoto={goto}
      onSpeed={onSpeed}
      onAskGoto={() => setDialog('goto')}
      onBranches={() => setDialog('branches')}
      onUndo={send.undo}
      onRedo={send.redo}
    />
  );
}

/**
 * Selects the status that is shown. In a fast run it changes with the history, some times a second, and not with every
 * picture: nobody reads numbers that change 60 times a second.
 */
export function steadyStatus(): (s: Pick<UiState, 'status' | 'sections'>) => UiState['status'] {
  let shown: UiState['status'] = null;
  let history: UiState['sections']['history'];
  return (s) => {
    const steady = runsFast(s) && s.status?.busy === '' && s.sections.history === history;
    if (!steady) shown = s.status;
    history = s.sections.history;
    return shown;
  };
}

/** Goes to a step; while one jump is under way only the latest of the next ones is kept (dragging). */
function useLatestGoto(): (step: number) => void {
  const next = useRef(-1);
  return (step) => {
    const s = uiStore.getState();
    if (s.pending === 0) {
      s.send.goto(step);
      return;
    }
    const waiting = next.current >= 0;
    next.current = step;
    if (waiting) return;
    const stop = uiStore.subscribe((now) => {
      if (now.pending > 0) return;
      stop();
      const target = next.current;
      next.current = -1;
      now.send.goto(target);
    });
  };
}
