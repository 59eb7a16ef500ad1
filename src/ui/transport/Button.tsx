import type { MouseEvent, ReactNode } from 'react';

/** A flat button with an optional key label; `says` is its accessible sentence where the text is too short. */
export function Button(props: {
  readonly children: ReactNode;
  readonly onClick: (event: MouseEvent<HTMLButtonElement>) => void;
  readonly says?: string;
  readonly hotkey?: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly kind?: 'plain' | 'strong' | 'icon';
}) {
  const { children, says, hotkey, kind = 'plain' } = props;
  return (
    <button
      type="button"
      className={`button is-${kind}`}
      onClick={props.onClick}
      disabled={props.disabled}
      aria-label={says}
      aria-pressed={props.pressed}
      title={says && hotkey ? `${says} (${hotkey})` : says}
    >
      {children}
      {hotkey && kind !== 'icon' && (
        <span className="hotkey" aria-hidden="true">
          {hotkey}
        </span>
      )}
    </button>
  );
}
