import { useUi } from '../store.ts';
import { Icon } from '../transport/Icon.tsx';

/** Messages above the views, in the flow of the page so that they cover nothing. Errors are announced at once. */
export function Notices() {
  const notices = useUi((s) => s.notices);
  const dismiss = useUi((s) => s.dismiss);
  return (
    <div className="notices">
      {notices.map((n) => (
        <div
          key={n.id}
          className={`notice is-${n.kind}`}
          role={n.kind === 'error' ? 'alert' : 'status'}
        >
          <p>
            <strong>{n.text}</strong> {n.hint}
          </p>
          <button
            type="button"
            className="button is-icon"
            aria-label="dismiss this message"
            onClick={() => dismiss(n.id)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
