import { parseKeybinding } from 'tinykeys';
import { describe, expect, it } from 'vitest';
import { GRAINS } from '../../workers/protocol.ts';
import { KEYS, STEP_KEYS } from './keys.ts';
import { acts, type KeyPress } from './listen.ts';

const PRESS: KeyPress = {
  single: true,
  repeats: true,
  key: 'ArrowRight',
  repeat: false,
  used: false,
  target: 'other',
  shortcuts: true,
  dialogOpen: false,
  pending: 0,
};

describe('the key table', () => {
  it('binds every key once', () => {
    const bindings = KEYS.flatMap((row) => row.keys.map((key) => key.toLowerCase()));
    expect(new Set(bindings).size).toBe(bindings.length);
  });

  it('has a key forward and a key back for every grain', () => {
    const bound = new Set(KEYS.flatMap((row) => row.keys));
    for (const grain of GRAINS) {
      expect(bound).toContain(STEP_KEYS[grain].on);
      expect(bound).toContain(STEP_KEYS[grain].back);
    }
  });

  it('marks every key without Ctrl or Cmd as one that can be turned off', () => {
    for (const row of KEYS) {
      for (const key of row.keys) expect(row.single, key).toBe(!key.includes('$mod'));
    }
  });

  it('parses as single presses', () => {
    for (const row of KEYS) {
      for (const key of row.keys) expect(parseKeybinding(key), key).toHaveLength(1);
    }
    expect(parseKeybinding('Shift++')).toEqual([[['Shift'], '+']]);
  });
});

describe('a key press', () => {
  it('acts when nothing else wants it', () => {
    expect(acts(PRESS)).toBe(true);
  });

  it('does not act while typing, in a dialog, or when a view has used it', () => {
    expect(acts({ ...PRESS, target: 'text' })).toBe(false);
    expect(acts({ ...PRESS, single: false, target: 'text' })).toBe(false);
    expect(acts({ ...PRESS, dialogOpen: true })).toBe(false);
    expect(acts({ ...PRESS, used: true })).toBe(false);
  });

  it('leaves Space and Enter to a focused button, and arrows to a slider or list', () => {
    expect(acts({ ...PRESS, target: 'button', key: ' ' })).toBe(false);
    expect(acts({ ...PRESS, target: 'button' })).toBe(true);
    expect(acts({ ...PRESS, target: 'choice' })).toBe(false);
  });

  it('does not act as a single key when these are turned off, but Ctrl+Z still does', () => {
    expect(acts({ ...PRESS, shortcuts: false })).toBe(false);
    expect(acts({ ...PRESS, shortcuts: false, single: false })).toBe(true);
  });

  it('does not pile up steps while a key is held', () => {
    expect(acts({ ...PRESS, repeat: true })).toBe(true);
    expect(acts({ ...PRESS, repeat: true, pending: 1 })).toBe(false);
    expect(acts({ ...PRESS, repeat: true, repeats: false })).toBe(false);
  });
});
