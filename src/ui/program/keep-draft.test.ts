import { afterEach, expect, test } from 'vitest';
import type { Catalogue } from '../../workers/protocol.ts';
import { type UiState, uiStore } from '../store.ts';
import { keepDraft } from './keep-draft.ts';

const CATALOGUE = { program: { source: 'start: b start' } } as unknown as Catalogue;
const store = () => uiStore.getState();
const initial = store();

/** A tab's storage, and what is kept in it. */
function tab(kept: string | null) {
  const at = { kept, getItem: () => at.kept, setItem: (_: string, v: string) => (at.kept = v) };
  return at;
}

let end = () => {};
/** The page is loaded again: the store is new, the tab's storage is not. */
function reload(at: ReturnType<typeof tab>): void {
  end();
  uiStore.setState(initial, true);
  end = keepDraft(at);
  uiStore.setState({ catalogue: CATALOGUE });
}
afterEach(() => {
  end();
  uiStore.setState(initial, true);
});

test('what was typed is there again after a reload, and the page says so', () => {
  const at = tab(null);
  reload(at);
  expect(store()).toMatchObject({ draft: null, notices: [] });
  store().setDraft('start: nop');
  reload(at);
  expect(store().draft).toBe('start: nop');
  expect(store().notices.map(({ text }) => text)).toEqual([
    'Your edits of the program are back; the machine does not run them yet.',
  ]);
});

test('an assembled program that is too long for a link is there again as an edit; a shorter one is in the link', () => {
  const assembled = (linkLacks: string) => {
    const at = tab(null);
    reload(at);
    uiStore.setState({
      catalogue: { program: { source: 'start: nop', kind: 'edited' } } as unknown as Catalogue,
      status: { linkLacks } as UiState['status'],
    });
    reload(at);
    return store().draft;
  };
  expect(assembled('the edited program: it has 20 KB')).toBe('start: nop');
  expect(assembled('')).toBe(null);
});

test('also a text that was emptied; what was discarded stays away', () => {
  const at = tab(null);
  reload(at);
  store().setDraft('');
  reload(at);
  expect(store().draft).toBe('');
  store().setDraft(null);
  reload(at);
  expect(store()).toMatchObject({ draft: null, notices: [] });
});

test('a text that the machine runs meanwhile is no draft, and nothing is said', () => {
  reload(tab(JSON.stringify('start: b start')));
  expect(store()).toMatchObject({ draft: null, notices: [] });
});

test('what was typed before the machine came is newer than what was kept', () => {
  end();
  const at = tab(JSON.stringify('old'));
  end = keepDraft(at);
  store().setDraft('new');
  uiStore.setState({ catalogue: CATALOGUE });
  expect(store().draft).toBe('new');
});

test.each(['', '{', '7', '{"text":"x"}'])(
  'what another page left there is passed over: %s',
  (kept) => {
    reload(tab(kept));
    expect(store()).toMatchObject({ draft: null, notices: [] });
  },
);
