import { Dialog } from 'radix-ui';
import { type CSSProperties, type ReactNode, useRef } from 'react';
import { Icon } from '../transport/Icon.tsx';

/** A modal dialog with a title and a close button, which gives the focus back when it closes; `style` places it, otherwise it is in the middle. */
export function Sheet(props: {
  readonly title: string;
  readonly about: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly style?: CSSProperties;
  readonly wide?: boolean;
}) {
  const opener = useRef<Element | null>(null);
  return (
    <Dialog.Root open onOpenChange={(open) => open || props.onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="sheet-back" />
        <Dialog.Content
          className={props.wide ? 'sheet is-wide' : 'sheet'}
          data-scroller
          style={props.style}
          onOpenAutoFocus={(event) => {
            opener.current = document.activeElement;
            focusFirstField(event);
          }}
          onCloseAutoFocus={(event) => {
            // Radix returns the focus to a trigger; these dialogs are opened from anywhere.
            event.preventDefault();
            if (opener.current instanceof HTMLElement || opener.current instanceof SVGElement) {
              opener.current.focus({ preventScroll: true });
            }
          }}
        >
          <header className="sheet-head" data-sticky>
            <Dialog.Title className="sheet-title">{props.title}</Dialog.Title>
            <Dialog.Close className="button is-icon" aria-label="close" title="close (Esc)">
              <Icon name="close" />
            </Dialog.Close>
          </header>
          <Dialog.Description className="sheet-about">{props.about}</Dialog.Description>
          <div className="sheet-body">{props.children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The first thing to act on, not the close button, has the focus. */
function focusFirstField(event: Event): void {
  const sheet = event.currentTarget as HTMLElement;
  const first = sheet.querySelector<HTMLElement>('.sheet-body :is(input, select, button)');
  if (!first) return;
  event.preventDefault();
  first.focus({ preventScroll: true });
}
