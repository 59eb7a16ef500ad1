// Binds the key table to the window, and decides when keys belong to something else.
import { createKeybindingsHandler } from 'tinykeys';
import { copyLink } from '../link/sync.ts';
import { uiStore, VIEWS } from '../store.ts';
import { KEYS, type KeyRow, type PageActions } from './keys.ts';

/** What decides whether a key press is the page's. */
export interface KeyPress {
  readonly single: boolean;
  readonly repeats: boolean;
  readonly key: string;
  /** Auto-repeat of a held key. */
  readonly repeat: boolean;
  /** Another handler has used it. */
  readonly used: boolean;
  readonly target: 'text' | 'choice' | 'button' | 'other';
  readonly shortcuts: boolean;
  readonly dialogOpen: boolean;
  /** Commands not yet answered: a held key must not pile up steps. */
  readonly pending: number;
}

/** True if the page's shortcut acts on this key press. */
export function acts(k: KeyPress): boolean {
  if (k.used || k.dialogOpen || k.target === 'text') return false;
  if (k.target === 'choice' && k.key !== 'Escape') return !k.single;
  if (k.target === 'button' && (k.key === ' ' || k.key === 'Enter')) return false;
  if (k.single && !k.shortcuts) return false;
  return !k.repeat || (k.repeats && k.pending === 0);
}

function targetKind(target: EventTarget | null): KeyPress['target'] {
  if (!(target instanceof Element)) return 'other';
  if (target.closest('textarea, [contenteditable], input:not([type=range],[type=checkbox])')) {
    return 'text';
  }
  if (target.closest('select, input[type=range]')) return 'choice';
  return target.closest('button, a, summary, [role=button], [role=tab], input')
    ? 'button'
    : 'other';
}

/** Enters or leaves full screen; says so where the browser or the embedding page forbids it. */
export function toggleFullScreen(): void {
  const change = document.fullscreenElement
    ? document.exitFullscreen()
    : document.documentElement.requestFullscreen();
  change.catch(() => uiStore.getState().notify('info', 'Full screen is not allowed here.'));
}

const page: PageActions = {
  fullScreen: toggleFullScreen,
  copyLink: () => void copyLink(),
  showView: (index) => {
    const view = VIEWS[index];
    if (!view) return;
    uiStore.getState().setView(view);
    requestAnimationFrame(() =>
      document.getElementById(`view-${view}`)?.focus({ preventScroll: true }),
    );
  },
};

const handle = (row: KeyRow) => (event: KeyboardEvent) => {
  const s = uiStore.getState();
  const press: KeyPress = {
    single: row.single,
    repeats: row.repeats,
    key: event.key,
    repeat: event.repeat,
    used: event.defaultPrevented,
    target: targetKind(event.target),
    shortcuts: s.keys,
    dialogOpen: s.dialog !== 'none' || s.injectAt !== null,
    pending: s.pending,
  };
  if (!acts(press)) return;
  if (event.key === 'Escape') {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  } else event.preventDefault();
  row.run(s, page);
};

/** Starts listening; returns the end of it. */
export function listenToKeys(): () => void {
  const bindings = KEYS.flatMap((row) => row.keys.map((key) => [key, handle(row)] as const));
  const listener = createKeybindingsHandler(Object.fromEntries(bindings));
  window.addEventListener('keydown', listener);
  return () => window.removeEventListener('keydown', listener);
}
