// Every frame brings new row objects, most of them with the values of the one before: rows are compared by value, so
// that only those that changed are drawn again.

const isRow = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function sameEntries(a: object, b: object, same: (x: unknown, y: unknown) => boolean): boolean {
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = Object.keys(x);
  return names.length === Object.keys(y).length && names.every((name) => same(x[name], y[name]));
}

/** True if a component would draw the same: props are identical, or rows (plain objects) with identical values. */
export const sameProps = (a: object, b: object): boolean =>
  sameEntries(a, b, (x, y) => x === y || (isRow(x) && isRow(y) && sameEntries(x, y, Object.is)));
