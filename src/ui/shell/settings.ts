// The page's own settings: from the query, else as remembered; applied to the document as they change.
import type { Query } from '../link/query.ts';
import { runsFast, type Theme, type UiState, uiStore } from '../store.ts';
import { storage } from './storage.ts';

/** In em: with larger text three columns need more room. The style sheets have the same limit. */
const NARROW = '(width < 56.25em)';
/** An embed is read at arm's length in a page of 16 px text. */
const EMBED_SCALE = 4 / 3;

/** Remembered settings, each checked on its own: storage may hold anything. */
export function remembered(
  text: string | null,
): Partial<Pick<UiState, 'theme' | 'scale' | 'keys'>> {
  const saved = parsed(text);
  const theme = (['auto', 'light', 'dark'] as const).find((t): t is Theme => t === saved.theme);
  return {
    ...(theme && { theme }),
    ...(typeof saved.scale === 'number' && { scale: saved.scale }),
    ...(typeof saved.keys === 'boolean' && { keys: saved.keys }),
  };
}

function parsed(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Takes over the query's and the remembered settings and keeps the document and the storage equal to them. */
export function startSettings(query: Query): void {
  const root = document.documentElement;
  const s = uiStore.getState();
  uiStore.setState({ embed: query.embed, ...remembered(storage.getItem('settings')) });
  if (query.embed) s.setScale(EMBED_SCALE);
  if (query.view) s.setView(query.view);
  if (query.scale) s.setScale(query.scale);
  if (query.theme) s.setTheme(query.theme);
  if (query.keys !== undefined) s.setKeys(query.keys);
  if (query.motion === false) root.dataset.motion = 'off';

  const apply = ({ theme, scale, idle, status }: UiState) => {
    if (theme === 'auto') delete root.dataset.theme;
    else root.dataset.theme = theme;
    root.style.setProperty('--scale', String(scale));
    root.toggleAttribute('data-fast', runsFast({ status }));
    // Set again only after the picture has been drawn (App).
    if (!idle) delete root.dataset.idle;
  };
  apply(uiStore.getState());
  uiStore.subscribe((now, before) => {
    apply(now);
    const { theme, scale, keys } = now;
    const same = theme === before.theme && scale === before.scale && keys === before.keys;
    if (!same && !now.embed) storage.setItem('settings', JSON.stringify({ theme, scale, keys }));
  });

  const narrow = matchMedia(NARROW);
  s.setNarrow(narrow.matches);
  narrow.addEventListener('change', () => uiStore.getState().setNarrow(narrow.matches));
}
