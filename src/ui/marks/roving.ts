// One tab stop per view: arrow keys move among its items by their place in the picture.
import { type KeyboardEvent, useState } from 'react';

/** An item of a picture that can be reached: its entity path and its box. */
export interface Place {
  readonly path: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The item next to `from` in a direction: the nearest, where going sideways counts three times. */
export function neighbour(places: readonly Place[], from: string, key: string): string {
  const way = WAYS[key];
  const start = places.find((p) => p.path === from);
  if (!way || !start) return from;
  let best = { path: from, cost: Number.POSITIVE_INFINITY };
  for (const place of places) {
    const dx = place.x + place.w / 2 - start.x - start.w / 2;
    const dy = place.y + place.h / 2 - start.y - start.h / 2;
    const along = dx * way[0] + dy * way[1];
    const aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
    const cost = along + 3 * aside;
    if (along > 0 && cost < best.cost) best = { path: place.path, cost };
  }
  return best.path;
}

/** The roving tab stop: the item that takes Tab, and the key handler for the picture's root. */
export function useRoving(
  places: readonly Place[],
  act: {
    readonly focus: (path: string) => void;
    readonly inject: (path: string, box: DOMRect) => void;
  },
) {
  const [wanted, setActive] = useState('');
  const active = places.some((p) => p.path === wanted) ? wanted : (places[0]?.path ?? '');
  const onKeyDown = (event: KeyboardEvent<Element>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const item = (event.target as Element).closest<SVGElement | HTMLElement>('[data-path]');
    const path = item?.dataset.path;
    if (!item || path === undefined) return;
    if (event.key in WAYS) {
      const next = neighbour(places, path, event.key);
      setActive(next);
      event.currentTarget.querySelector<HTMLElement>(`[data-path="${CSS.escape(next)}"]`)?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      if (item.tagName === 'BUTTON') return; // a button clicks itself
      act.focus(path);
    } else if (event.key === 'i' || event.key === 'ContextMenu')
      act.inject(path, item.getBoundingClientRect());
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { active, onKeyDown };
}
