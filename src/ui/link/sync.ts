// Keeps the fragment of the address equal to the position shown, and opens fragments the user enters.
import { type UiState, uiStore } from '../store.ts';
import { focusOf, withFocus } from './fragment.ts';

/** Least time between two writes of the address: browsers refuse faster ones (Safari: 100 in 30 s). */
const WRITE_EVERY_MS = 350;

/** The whole address of a position; `link` is the fragment without '#'. */
export function addressOf(link: string, here: string): string {
  return `${here.split('#')[0]}#${link}`;
}

/** Opens a fragment: the worker takes the machine's part, the page the focus. */
export function openLink(fragment: string): void {
  const { setFocus, send } = uiStore.getState();
  const focus = focusOf(fragment);
  if (focus !== '') setFocus(focus);
  send.open(fragment);
}

/** The fragment of what is shown, '' before the first frame. */
const linkOf = (s: UiState): string => withFocus(s.status?.link ?? '', s.focus);

/** Starts both directions; the page's own writes are not read back. Returns the end of it. */
export function syncLink(embed: boolean): () => void {
  let shown = location.hash.slice(1);
  let inAddress = location.hash;
  let timer = 0;
  let writeAgain = 0; // time before which the address must not be written again

  const write = () => {
    timer = 0;
    const s = uiStore.getState();
    if (!s.idle || linkOf(s) === shown) return;
    if (location.hash !== inAddress) return; // the user has just entered another, which `onHash` will open
    shown = linkOf(s);
    writeAgain = performance.now() + WRITE_EVERY_MS;
    try {
      history.replaceState(null, '', `#${shown}`);
    } catch {
      // A sandboxed document may not change its address; the copy button still gives the link.
    }
    inAddress = location.hash;
  };
  const unsubscribe = embed
    ? () => {}
    : uiStore.subscribe((s) => {
        if (s.idle && !timer && linkOf(s) !== shown) {
          timer = window.setTimeout(write, Math.max(0, writeAgain - performance.now()));
        }
      });
  const onHash = () => {
    const fragment = location.hash.slice(1);
    inAddress = location.hash;
    if (fragment === shown) return;
    shown = fragment;
    openLink(fragment);
  };
  window.addEventListener('hashchange', onHash);
  return () => {
    unsubscribe();
    clearTimeout(timer);
    window.removeEventListener('hashchange', onHash);
  };
}

/** Copies the address of the position shown; where the clipboard is closed, shows it for copying by hand. */
export async function copyLink(): Promise<void> {
  const s = uiStore.getState();
  const { notify } = s;
  if (!s.status) return;
  const address = addressOf(linkOf(s), location.href);
  try {
    await navigator.clipboard.writeText(address);
    notify('info', 'Link to this position copied.');
  } catch {
    notify('info', 'The clipboard is not available here. The link is:', address);
  }
}
