import { type RefObject, useLayoutEffect, useRef } from 'react';

/** Distance from the end, in pixels, that still counts as being at the end. */
const NEAR = 8;

/** A scroller that goes to its end when `content` changes, unless the user has scrolled up from it. */
export function useFollowEnd<T extends HTMLElement>(
  content: unknown,
): {
  ref: RefObject<T | null>;
  onScroll: () => void;
} {
  const ref = useRef<T>(null);
  const follows = useRef(true);
  const lastTop = useRef(0);
  const shown = useRef<unknown>(null);
  useLayoutEffect(() => {
    const scroller = ref.current;
    // Drawn again for a mere hover: a scroll that has begun must not be taken back.
    if (!scroller || shown.current === content) return;
    shown.current = content;
    if (follows.current) scroller.scrollTop = scroller.scrollHeight;
  });
  const onScroll = () => {
    const scroller = ref.current;
    if (!scroller) return;
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    // Content that grows moves the end away, not the scroller up: that is no reason to stop.
    if (scrollHeight - scrollTop - clientHeight < NEAR) follows.current = true;
    else if (scrollTop < lastTop.current) follows.current = false;
    lastTop.current = scrollTop;
  };
  return { ref, onScroll };
}
