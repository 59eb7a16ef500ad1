import { useUi } from '../store.ts';
import { restartSession } from './session.ts';

/** Shown when the worker has died: the picture stays, and the position can be loaded again. */
export function Crash() {
  const crashed = useUi((s) => s.crashed);
  if (crashed === '') return null;
  return (
    <div className="notice is-error" role="alert">
      <p>
        <strong>The machine has stopped working.</strong> This is a fault in Vcore: {crashed}
      </p>
      <button type="button" className="button is-strong" onClick={restartSession}>
        reload at this position
      </button>
    </div>
  );
}
