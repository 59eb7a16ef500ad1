// The whole instruction table.

import type { Row } from './row.ts';
import { ATOMIC_ROWS } from './rows-atomic.ts';
import { BCD_ROWS } from './rows-bcd.ts';
import { BRANCH_ROWS } from './rows-branch.ts';
import { COMPARE_ROWS } from './rows-compare.ts';
import { FIXED_ROWS } from './rows-fixed.ts';
import { FLOAT_ROWS } from './rows-float.ts';
import { FLOAT_STATUS_OVERLAPS, FLOAT_STATUS_ROWS } from './rows-float-status.ts';
import { FLOAT_STORAGE_ROWS } from './rows-float-storage.ts';
import { LOGICAL_ROWS } from './rows-logical.ts';
import { SEGMENT_ROWS } from './rows-segment.ts';
import { STORAGE_ROWS } from './rows-storage.ts';
import { STORAGE_CONTROL_ROWS } from './rows-storage-control.ts';
import { SYSTEM_ROWS } from './rows-system.ts';
import { VECTOR_PERMUTE_ROWS } from './rows-vector.ts';
import { VECTOR_INTEGER_ROWS } from './rows-vector-integer.ts';
import { VECTOR_STORAGE_ROWS } from './rows-vector-storage.ts';
import { VSX_ROWS } from './rows-vsx.ts';
import { VSX_STORAGE_ROWS } from './rows-vsx-storage.ts';

/** Every instruction, by chapter of the manual. The most specific pattern that matches a word wins. */
export const ROWS: readonly Row[] = [
  ...BRANCH_ROWS,
  ...STORAGE_ROWS,
  ...ATOMIC_ROWS,
  ...STORAGE_CONTROL_ROWS,
  ...FIXED_ROWS,
  ...COMPARE_ROWS,
  ...LOGICAL_ROWS,
  ...BCD_ROWS,
  ...FLOAT_STORAGE_ROWS,
  ...FLOAT_ROWS,
  ...FLOAT_STATUS_ROWS,
  ...VECTOR_STORAGE_ROWS,
  ...VECTOR_PERMUTE_ROWS,
  ...VECTOR_INTEGER_ROWS,
  ...VSX_STORAGE_ROWS,
  ...VSX_ROWS,
  ...SYSTEM_ROWS,
  ...SEGMENT_ROWS,
];

/** Pairs [general, special] of rows that share words on purpose; the engine holds these SPRs itself. */
export const OVERLAPS: readonly (readonly [string, string])[] = [
  ['mtspr', 'mtxer'],
  ['mtspr', 'mtlr'],
  ['mtspr', 'mtctr'],
  ['mfspr', 'mfxer'],
  ['mfspr', 'mflr'],
  ['mfspr', 'mfctr'],
  ...FLOAT_STATUS_OVERLAPS,
];
