// Column format of events and picture sections: a table of rows as one ArrayBuffer, one region per column
// (architecture section 9). Numbers are exact, 64-bit registers are u64 columns, text is one UTF-8 blob.

/**
 * Column types: 'f64' holds any count or cycle exactly, 'u64' a register, 'i32' a small number or id (-1 = none),
 * 'bytes' a picture's pixels.
 */
export type ColumnType = 'i32' | 'f64' | 'u64' | 'text' | 'bytes';
/** Names and types of a table's columns, in order. */
export type TableSchema = Readonly<Record<string, ColumnType>>;
/** One row of a table, as written and as read. */
export type RowOf<S extends TableSchema> = {
  readonly [K in keyof S]: Cell<S[K]>;
};

type Cell<T extends ColumnType> = T extends 'text'
  ? string
  : T extends 'u64'
    ? bigint
    : T extends 'bytes'
      ? Uint8Array
      : number;

const align8 = (n: number): number => (n + 7) & ~7;

/** Encodes rows into a buffer that may be longer than needed. Layout: row count, then per column its values; columns of text and bytes hold end offsets and a blob. */
export function encodeTable<S extends TableSchema>(
  schema: S,
  rows: readonly RowOf<S>[],
  allocate: (bytes: number) => ArrayBuffer = (bytes) => new ArrayBuffer(bytes),
): ArrayBuffer {
  const encoder = new Utf8();
  const n = rows.length;
  const columns = Object.entries(schema).map(([name, type]) => {
    if (type !== 'text' && type !== 'bytes')
      return { name, type, bytes: align8(n * (type === 'i32' ? 4 : 8)), blob: null };
    const blob = rows.map((row) => {
      const cell = row[name];
      return cell instanceof Uint8Array ? cell : encoder.encode(cell as string);
    });
    const size = blob.reduce((sum, part) => sum + part.length, 0);
    return { name, type, bytes: align8(4 * n) + align8(size), blob };
  });
  const buffer = allocate(8 + columns.reduce((sum, c) => sum + c.bytes, 0));
  new Int32Array(buffer, 0, 1)[0] = n;
  let at = 8;
  for (const { name, type, bytes, blob } of columns) {
    if (type === 'i32') new Int32Array(buffer, at, n).set(rows.map((r) => r[name] as number));
    else if (type === 'f64')
      new Float64Array(buffer, at, n).set(rows.map((r) => r[name] as number));
    else if (type === 'u64')
      new BigUint64Array(buffer, at, n).set(rows.map((r) => r[name] as bigint));
    else if (blob) writeBlob(buffer, at, n, blob);
    at += bytes;
  }
  return buffer;
}

function writeBlob(buffer: ArrayBuffer, at: number, n: number, blob: readonly Uint8Array[]): void {
  const ends = new Int32Array(buffer, at, n);
  const bytes = new Uint8Array(buffer, at + align8(4 * n));
  let end = 0;
  blob.forEach((part, i) => {
    bytes.set(part, end);
    end += part.length;
    ends[i] = end;
  });
}

/** Decodes a table into plain row objects. */
export function decodeTable<S extends TableSchema>(schema: S, buffer: ArrayBuffer): RowOf<S>[] {
  const decoder = new Utf8();
  const n = new Int32Array(buffer, 0, 1)[0] ?? 0;
  const rows: Record<string, number | bigint | string | Uint8Array>[] = Array.from(
    { length: n },
    () => ({}),
  );
  let at = 8;
  for (const [name, type] of Object.entries(schema)) {
    if (type === 'text' || type === 'bytes') {
      const ends = new Int32Array(buffer, at, n);
      const start = at + align8(4 * n);
      const bytes = new Uint8Array(buffer, start);
      rows.forEach((row, i) => {
        const part = bytes.subarray(ends[i - 1] ?? 0, ends[i] ?? 0);
        row[name] = type === 'text' ? decoder.decode(part) : part.slice();
      });
      at = start + align8(ends[n - 1] ?? 0);
    } else {
      const values =
        type === 'i32'
          ? new Int32Array(buffer, at, n)
          : type === 'f64'
            ? new Float64Array(buffer, at, n)
            : new BigUint64Array(buffer, at, n);
      rows.forEach((row, i) => {
        row[name] = values[i] ?? 0;
      });
      at += align8(n * (type === 'i32' ? 4 : 8));
    }
  }
  return rows as RowOf<S>[];
}

/** UTF-8 without the DOM's TextEncoder, which the sim project does not know. */
class Utf8 {
  encode(text: string): Uint8Array {
    const out: number[] = [];
    for (const ch of text) {
      const c = ch.codePointAt(0) ?? 0;
      if (c < 0x80) out.push(c);
      else if (c < 0x800) out.push(0xc0 | (c >> 6), 0x80 | (c & 63));
      else if (c < 0x10000) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
      else
        out.push(
          0xf0 | (c >> 18),
          0x80 | ((c >> 12) & 63),
          0x80 | ((c >> 6) & 63),
          0x80 | (c & 63),
        );
    }
    return Uint8Array.from(out);
  }
  decode(bytes: Uint8Array): string {
    let text = '';
    for (let i = 0; i < bytes.length; ) {
      const b = bytes[i++] ?? 0;
      const more = b < 0x80 ? 0 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
      let c = more === 0 ? b : b & (0x3f >> more);
      for (let k = 0; k < more; k++) c = (c << 6) | ((bytes[i++] ?? 0) & 63);
      text += String.fromCodePoint(c);
    }
    return text;
  }
}
