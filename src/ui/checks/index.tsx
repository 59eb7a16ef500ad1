import { summaryOf, useUi } from '../store.ts';
import { ChecksView } from './ChecksView.tsx';

const NO_CHECKS = { checks: [], counters: [], anatomy: [] };

/** Checks of the page's machine. */
export default function Checks() {
  const checks = useUi((s) => s.sections.checks) ?? NO_CHECKS;
  const history = useUi((s) => s.sections.history);
  const about = useUi(summaryOf);
  const onFocus = useUi((s) => s.setFocus);
  const send = useUi((s) => s.send);
  return (
    <ChecksView
      about={about}
      checks={checks}
      violations={history?.violations ?? []}
      inputs={history?.inputs ?? []}
      onFocus={onFocus}
      onGoto={send.goto}
    />
  );
}
