import { expect, it } from 'vitest';
import { sameProps } from './same.ts';

const act = () => {};

it('rows with the same values are the same, other objects only if they are identical', () => {
  expect(sameProps({ row: { a: 1, b: 2n }, act }, { row: { a: 1, b: 2n }, act })).toBe(true);
  expect(sameProps({ row: { a: 1 }, act }, { row: { a: 2 }, act })).toBe(false);
  expect(sameProps({ row: { a: 1 } }, { row: { a: 1, b: 1 } })).toBe(false);
  expect(sameProps({ row: { a: [] } }, { row: { a: [] } })).toBe(false);
  expect(sameProps({ act }, { act: () => {} })).toBe(false);
  expect(sameProps({ a: 1 }, { b: 1 })).toBe(false);
});
