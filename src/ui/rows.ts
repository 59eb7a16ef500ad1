// Lists with one tab stop: arrow keys move among the rows, and a row is brought into view inside its own
// scroller. Never by scrollIntoView() or a scrolling focus(): those move the page that embeds this one.
import type { KeyboardEvent } from 'react';

const MOVES: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/**
 * Key handler of a list whose rows carry `data-row`: arrows, Home and End move the focus. Keys that the list
 * uses, Enter and Space included, do not reach the page's shortcuts. A text field may be the first row.
 */
export function moveAmongRows(event: KeyboardEvent<HTMLElement>): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const row = (event.target as HTMLElement).closest('[data-row]');
  if (!row) return;
  if (row.tagName === 'INPUT' && !event.key.startsWith('Arrow')) return;
  if (event.key === 'Enter' || event.key === ' ') event.stopPropagation();
  const move = MOVES[event.key];
  if (move === undefined) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row]')];
  const at = Math.min(rows.length - 1, Math.max(0, rows.indexOf(row as HTMLElement) + move));
  const next = rows[at];
  next?.focus({ preventScroll: true });
  if (next) keepInView(wholeRow(next), 0);
  event.preventDefault();
  event.stopPropagation();
}

/** The list item that a row is in, with what it says beside and below; not one that fills the view. */
function wholeRow(row: HTMLElement): HTMLElement {
  const item = row.closest('li');
  const view = row.closest('[data-scroller]')?.clientHeight ?? 0;
  return item && item.offsetHeight < view / 2 ? item : row;
}

/** Scrolls the nearest `data-scroller` so far that `row` is inside it, `margin` rows away from its edges. */
export function keepInView(row: HTMLElement, margin: number): void {
  const scroller = row.closest<HTMLElement>('[data-scroller]');
  if (!scroller) return;
  const top = scroller.getBoundingClientRect().top + scroller.clientTop;
  const box = row.getBoundingClientRect();
  const space = Math.min(margin * box.height, (scroller.clientHeight - box.height) / 2);
  const above = box.top - space - (top + headHeight(scroller));
  const below = box.bottom + space - (top + scroller.clientHeight);
  if (above < 0) scroller.scrollTop += above;
  else if (below > 0) scroller.scrollTop += Math.ceil(below);
}

/** Height of the heading that sticks to the top of a scroller and covers rows. */
function headHeight(scroller: HTMLElement): number {
  return scroller.querySelector<HTMLElement>('[data-sticky]')?.offsetHeight ?? 0;
}
