import { useRef } from 'react';
import type { Status } from '../../workers/protocol.ts';
import { useUi } from '../store.ts';

/** Tells a screen reader what the last step did, when the machine rests; never at run speed. */
export function LiveRegion() {
  const text = useUi((s) => (s.idle && s.status ? spoken(s.status) : null));
  // Kept while a picture is on its way, so that a mere change of focus does not repeat it.
  const last = useRef('');
  if (text !== null) last.current = text;
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {last.current}
    </p>
  );
}

function spoken({ sentence, breakpoint }: Status): string {
  return breakpoint ? `At the breakpoint ${breakpoint.text}. ${sentence}` : sentence;
}
