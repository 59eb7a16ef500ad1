import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type UiState, uiStore } from '../store.ts';
import { syncLink } from './sync.ts';

const START = uiStore.getState();
const opened: string[] = [];
let enter: (fragment: string) => void;
let read: () => void;
let end: () => void;

/** The page stands at a position. */
const show = (link: string): void =>
  uiStore.setState({ status: { link } as UiState['status'], focus: '', idle: true });

beforeEach(() => {
  vi.useFakeTimers();
  const location = { hash: '#s=a' };
  vi.stubGlobal('location', location);
  vi.stubGlobal('history', {
    replaceState: (_data: null, _title: string, hash: string) => {
      location.hash = hash;
    },
  });
  vi.stubGlobal('window', {
    setTimeout,
    removeEventListener: () => undefined,
    addEventListener: (_: string, listener: () => void) => {
      read = listener;
    },
  });
  enter = (fragment) => {
    location.hash = `#${fragment}`;
  };
  opened.length = 0;
  const send = { ...START.send, open: (fragment: string) => void opened.push(fragment) };
  uiStore.setState({ send });
  end = syncLink(false);
});

afterEach(() => {
  end();
  uiStore.setState(START, true);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('the address follows the position, and what the page has written is not opened', () => {
  show('s=a&at=main@1');
  vi.advanceTimersByTime(1);
  expect(location.hash).toBe('#s=a&at=main@1');
  read();
  expect(opened).toEqual([]);
});

test('a link that is entered while the page is about to write its own is opened', () => {
  show('s=a&at=main@1');
  vi.advanceTimersByTime(1);
  show('s=a&at=main@2'); // written a moment later
  enter('s=b');
  vi.advanceTimersByTime(1000);
  read();
  expect(opened).toEqual(['s=b']);
  show('s=b');
  vi.advanceTimersByTime(1000);
  show('s=b&at=main@3');
  vi.advanceTimersByTime(1000);
  expect(location.hash).toBe('#s=b&at=main@3');
});
