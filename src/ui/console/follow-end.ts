import { type RefObject, useLayoutEffect, useRef } from 'react';

/** Distance from the end, in pixels, that still counts as being at the end. */
const NEAR = 8;

/** A scroller that stays at its end while content is added, unless the user has scrolled up from it. */
export function useFollowEnd<T extends HTMLElement>(): {
  ref: RefObject<T | null>;
  onScroll: () => void;
} {
  const ref = useRef<T>(null);
  const follows = useRef(true);
  const lastTop = useRef(0);
  useLayoutEffect(() => {
    const scroller = ref.current;
    if (scroller && follows.current) scroller.scrollTop = scroller.scrollHeight;
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
