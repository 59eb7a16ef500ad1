// The text that is being edited, and the program that is too long for the link, outlive a reload of the tab: typing is
// work, and no work is lost.
import { type UiState, uiStore } from '../store.ts';

const KEY = 'draft';

interface Keeper {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Gives back the draft kept in `at` once a program is shown, says so, and keeps every later one. Returns the end of it. */
export function keepDraft(at: Keeper): () => void {
  let given = false;
  const follow = (now: UiState, before: UiState): void => {
    const { draft, catalogue, setDraft, notify } = now;
    const text = unlinked(now);
    if (text !== unlinked(before)) at.setItem(KEY, JSON.stringify(text));
    if (given || !catalogue) return;
    given = true;
    const kept = keptIn(at);
    if (kept === null || draft !== null) return;
    setDraft(kept); // the text of the program itself is no draft
    if (uiStore.getState().draft === null) return;
    notify(
      'info',
      'Your edits of the program are back; the machine does not run them yet.',
      'They are in the Program view: assemble them there, or discard them.',
    );
  };
  return uiStore.subscribe(follow);
}

/** Text that no link carries: what is edited, else the program that runs if it is too long; null = none. */
function unlinked({ draft, catalogue, status }: UiState): string | null {
  if (draft !== null) return draft;
  const long = catalogue?.program.kind === 'edited' && (status?.linkLacks ?? '') !== '';
  return long ? catalogue.program.source : null;
}

function keptIn(at: Keeper): string | null {
  try {
    const kept: unknown = JSON.parse(at.getItem(KEY) ?? 'null');
    return typeof kept === 'string' ? kept : null;
  } catch {
    return null; // not written by this page
  }
}
