// The page's query: options of the interface, never state of the machine (that is the fragment). Unknown keys and
// bad values are ignored one by one, so that a link from another version still opens.
import { type Theme, VIEWS, type ViewId } from '../store.ts';

/** Options a link or an embedding page sets; what it leaves out is absent. */
export interface Query {
  readonly embed: boolean;
  readonly theme?: Theme;
  readonly view?: ViewId;
  readonly scale?: number;
  readonly keys?: boolean;
  /** False: no movement, as with reduced motion. */
  readonly motion?: boolean;
}

const THEMES: Readonly<Record<string, Theme>> = { auto: 'auto', light: 'light', dark: 'dark' };
const SWITCH: Readonly<Record<string, boolean>> = { on: true, off: false };
const MOTION: Readonly<Record<string, boolean>> = { auto: true, off: false };

/** Reads `location.search`. `view` may name several views, comma separated; the first known one counts. */
export function parseQuery(search: string): Query {
  const params = new URLSearchParams(search);
  const get = (key: string) => params.get(key) ?? '';
  const theme = THEMES[get('theme')];
  const view = get('view')
    .split(',')
    .map((name) => VIEWS.find((v) => v === name))
    .find((v) => v !== undefined);
  const scale = Number(get('scale'));
  const keys = SWITCH[get('keys')];
  const motion = MOTION[get('motion')];
  return {
    embed: get('embed') === '1',
    ...(theme && { theme }),
    ...(view && { view }),
    ...(scale >= 0.5 && scale <= 3 && { scale }),
    ...(keys !== undefined && { keys }),
    ...(motion !== undefined && { motion }),
  };
}
