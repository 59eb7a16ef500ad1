// The committed results: per row and case the doublewords of the state that the case changed.

/** New values by doubleword of the state. */
export type Changes = ReadonlyMap<number, bigint>;

/** Changes of each case by row name. */
export type WitnessResults = ReadonlyMap<string, readonly Changes[]>;

interface Header {
  readonly about: string;
  /** Row names with the number of their cases and of their changes. */
  readonly rows: readonly (readonly [name: string, cases: number, changes: number])[];
}

/**
 * The length of the header in 4 bytes, the header as JSON, then for each row one byte per case (how many changes it
 * has), one byte per change (which doubleword) and 8 bytes per change (its value). Numbers have the low byte first.
 */
export function encodeResults(about: string, results: WitnessResults): Uint8Array {
  const rows = [...results].map(([name, cases]) => [name, cases.length, count(cases)] as const);
  const text = JSON.stringify({ about, rows } satisfies Header);
  const size = rows.reduce((sum, [, cases, changes]) => sum + cases + 9 * changes, 0);
  const view = new DataView(new ArrayBuffer(4 + text.length + size));
  view.setUint32(0, text.length, true);
  for (let i = 0; i < text.length; i++) view.setUint8(4 + i, text.charCodeAt(i));
  let at = 4 + text.length;
  for (const cases of results.values()) at = encodeRow(view, at, cases);
  return new Uint8Array(view.buffer);
}

export function decodeResults(bytes: Uint8Array): Map<string, Changes[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 4 + view.getUint32(0, true);
  const text = Array.from(bytes.subarray(4, at), (code) => String.fromCharCode(code)).join('');
  const results = new Map<string, Changes[]>();
  for (const [name, cases, changes] of (JSON.parse(text) as Header).rows) {
    results.set(name, decodeRow(view, at, cases, changes));
    at += cases + 9 * changes;
  }
  return results;
}

function count(cases: readonly Changes[]): number {
  return cases.reduce((sum, changes) => sum + changes.size, 0);
}

/** Returns where the next row goes. */
function encodeRow(view: DataView, start: number, cases: readonly Changes[]): number {
  let at = start;
  for (const { size } of cases) view.setUint8(at++, size);
  const all = cases.flatMap((changes) => [...changes]);
  for (const [dword] of all) view.setUint8(at++, dword);
  for (const [i, [, value]] of all.entries()) view.setBigUint64(at + 8 * i, value, true);
  return at + 8 * all.length;
}

function decodeRow(view: DataView, start: number, cases: number, changes: number): Changes[] {
  const values = start + cases + changes;
  let next = 0;
  return Array.from({ length: cases }, (_, i) => {
    const made = new Map<number, bigint>();
    for (let left = view.getUint8(start + i); left > 0; left--) {
      const dword = view.getUint8(start + cases + next);
      made.set(dword, view.getBigUint64(values + 8 * next, true));
      next += 1;
    }
    return made;
  });
}
