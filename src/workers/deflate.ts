// Text in a link: deflated (raw), then base64url behind the number of the schema. What comes back is untrusted.

/** A damaged text, or one that inflates to more than it may. */
export class DamagedText extends Error {}

const SCHEMA = 'z1:';

/** The text for a link. */
export async function deflateText(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const stream = new CompressionStream('deflate-raw');
  return SCHEMA + toBase64Url(await throughStream(bytes, stream, Number.POSITIVE_INFINITY));
}

/** The text in a link; throws DamagedText. `most`: bytes that it may inflate to. */
export async function inflateText(packed: string, most: number): Promise<string> {
  if (!packed.startsWith(SCHEMA)) throw new DamagedText(`unknown schema '${packed.slice(0, 3)}'`);
  try {
    const bytes = fromBase64Url(packed.slice(SCHEMA.length));
    const stream = new DecompressionStream('deflate-raw');
    return new TextDecoder('utf-8', { fatal: true }).decode(
      await throughStream(bytes, stream, most),
    );
  } catch (error) {
    throw error instanceof DamagedText ? error : new DamagedText('the text is damaged');
  }
}

interface ByteTransform {
  readonly readable: ReadableStream;
  readonly writable: WritableStream;
}

async function throughStream(
  bytes: Uint8Array<ArrayBuffer>,
  stream: ByteTransform,
  most: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => undefined); // a damaged text makes the reader fail, too, and that is reported
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new DamagedText(`it inflates to more than ${most} bytes`);
    }
    parts.push(value);
  }
  await written;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** btoa() takes characters, and an argument list has a limit. */
function toBase64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}
