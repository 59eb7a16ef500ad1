// The whole instruction table.

import type { Row } from './row.ts';
import { BRANCH_ROWS } from './rows-branch.ts';
import { FIXED_ROWS } from './rows-fixed.ts';
import { LOGICAL_ROWS } from './rows-logical.ts';
import { STORAGE_ROWS } from './rows-storage.ts';
import { SYSTEM_ROWS } from './rows-system.ts';

/** Every instruction, by chapter of the manual. The most specific pattern that matches a word wins. */
export const ROWS: readonly Row[] = [
  ...BRANCH_ROWS,
  ...STORAGE_ROWS,
  ...FIXED_ROWS,
  ...LOGICAL_ROWS,
  ...SYSTEM_ROWS,
];

/** Pairs [general, special] of rows that share words on purpose; the engine holds these SPRs itself. */
export const OVERLAPS: readonly (readonly [string, string])[] = [
  ['mtspr', 'mtxer'],
  ['mtspr', 'mtlr'],
  ['mtspr', 'mtctr'],
  ['mfspr', 'mfxer'],
  ['mfspr', 'mflr'],
  ['mfspr', 'mfctr'],
];
