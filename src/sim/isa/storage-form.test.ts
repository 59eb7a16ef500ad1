import { expect, test } from 'vitest';
import { isInVersion } from './decode.ts';
import { type StorageForm, storageForm } from './storage-form.ts';
import { ROWS } from './table.ts';

/** What the mnemonic says: l or st; f; b h w d or s; a or z; u; x; br in the middle. */
function byName(name: string): Partial<StorageForm> | null {
  const special = /^(l|st)fiw([az]?)x$/.exec(name);
  if (special) {
    const [, op, sign] = special;
    const store = op === 'st';
    return {
      store,
      size: 4,
      signed: sign === 'a',
      reversed: false,
      update: false,
      file: 'fpr',
      single: false,
    };
  }
  const float = /^(l|st)f([sd])(u?)(x?)$/.exec(name);
  if (float) {
    const [, op, format, u] = float;
    const single = format === 's';
    const store = op === 'st';
    return {
      store,
      size: single ? 4 : 8,
      signed: false,
      reversed: false,
      update: u === 'u',
      file: 'fpr',
      single,
    };
  }
  const fixed = /^(l|st)([bhwd])([az]?)(br)?(u?)(x?|cix)$/.exec(name);
  if (!fixed) return null;
  const [, op, unit = '', sign, reversed, u] = fixed;
  const size = ({ b: 1, h: 2, w: 4, d: 8 } as const)[unit as 'b' | 'h' | 'w' | 'd'];
  return {
    store: op === 'st',
    size,
    signed: sign === 'a',
    reversed: reversed === 'br',
    update: u === 'u',
    file: 'gpr',
    single: false,
  };
}

test('every load and store of the table has the form that its mnemonic says', () => {
  for (const row of ROWS) {
    const form = storageForm(row);
    const expected = byName(row.name);
    if (expected === null) expect([row.name, form]).toEqual([row.name, null]);
    else expect([row.name, form]).toEqual([row.name, expect.objectContaining(expected)]);
  }
});

test('they are the 53 fixed-point and 19 floating-point forms of version 3.0', () => {
  const forms = ROWS.filter((row) => isInVersion(row, '3.0')).map(storageForm);
  const count = (file: string) => forms.filter((form) => form?.file === file).length;
  expect([count('gpr'), count('fpr')]).toEqual([53, 19]);
});

test('the register is the one that holds the value', () => {
  for (const row of ROWS) {
    const form = storageForm(row);
    if (form === null) continue;
    expect(form.register).toBe(`${form.file === 'fpr' ? 'F' : ''}R${form.store ? 'S' : 'T'}`);
  }
});
