// The theme's colours for canvases, as the browser resolves them.
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useUi } from '../store.ts';

/** Colours by the name of their token (theme/tokens.css). */
export type InksOf<T extends string> = Readonly<Record<T, string>>;

/** What makes the colours of the page others. */
const SCHEMES = ['(prefers-color-scheme: dark)', '(forced-colors: active)'] as const;

/**
 * Reads the colours of tokens, once for each theme. The answer is the same object while nothing has changed; the
 * component renders again when the system's scheme changes.
 */
export function useInks<T extends string>(
  element: RefObject<HTMLElement | null>,
  tokens: readonly T[],
): () => InksOf<T> {
  const theme = useUi((s) => s.theme);
  const [scheme, setScheme] = useState(0);
  const held = useRef<{ key: string; inks: InksOf<T> } | null>(null);
  useEffect(() => {
    const queries = SCHEMES.map((query) => window.matchMedia(query));
    const other = () => setScheme((n) => n + 1);
    for (const query of queries) query.addEventListener('change', other);
    return () => {
      for (const query of queries) query.removeEventListener('change', other);
    };
  }, []);
  return () => {
    const key = `${theme} ${scheme} ${tokens} ${document.documentElement.dataset.theme}`;
    if (held.current?.key !== key) held.current = { key, inks: read(element.current, tokens) };
    return held.current.inks;
  };
}

function read<T extends string>(element: HTMLElement | null, tokens: readonly T[]): InksOf<T> {
  const of = (token: T): string => {
    if (!element) return '';
    element.style.color = `var(--${token})`;
    return getComputedStyle(element).color;
  };
  return Object.fromEntries(tokens.map((token) => [token, of(token)])) as InksOf<T>;
}
