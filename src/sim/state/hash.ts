// A 64-bit hash of plain data, the same in Node and in every browser: two 32-bit multiply-xor lanes.
// Not cryptographic: it detects drift between two runs, not an attacker.

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);

/** Accumulates values; order matters. */
export class Hasher {
  private a = 0x9e3779b9 | 0;
  private b = 0x85ebca6b | 0;

  word(w: number): void {
    this.a = Math.imul(this.a ^ w, 0x01000193);
    this.a ^= this.a >>> 15;
    this.b = Math.imul(this.b + w, 0xc2b2ae35);
    this.b ^= this.b >>> 13;
  }

  number(n: number): void {
    if (n === (n | 0)) {
      this.word(n);
      return;
    }
    scratch[0] = n;
    this.word(words[0] ?? 0);
    this.word(words[1] ?? 0);
  }

  bigint(v: bigint): void {
    this.word(Number(BigInt.asIntN(32, v)));
    this.word(Number(BigInt.asIntN(32, v >> 32n)));
  }

  text(s: string): void {
    this.word(s.length);
    for (let i = 0; i < s.length; i++) this.word(s.charCodeAt(i));
  }

  /** Any plain data; object keys are taken in sorted order. */
  value(v: unknown): void {
    if (typeof v === 'number') this.number(v);
    else if (typeof v === 'bigint') this.bigint(v);
    else if (typeof v === 'string') this.text(v);
    else if (typeof v === 'boolean') this.word(v ? 1 : 2);
    else if (Array.isArray(v)) {
      this.word(v.length);
      for (const item of v) this.value(item);
    } else if (v !== null && typeof v === 'object') {
      const keys = Object.keys(v).sort();
      this.word(keys.length);
      for (const key of keys) {
        this.text(key);
        this.value((v as Record<string, unknown>)[key]);
      }
    } else this.word(3);
  }

  /** The hash so far, 64 bits. */
  digest(): bigint {
    const mix = (h: number): number => {
      let x = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
      return (x ^ (x >>> 16)) >>> 0;
    };
    return (BigInt(mix(this.a ^ this.b)) << 32n) | BigInt(mix(this.b));
  }
}

/** 16 hexadecimal digits of a 64-bit hash. */
export function hashText(hash: bigint): string {
  return hash.toString(16).padStart(16, '0');
}

/** A 32-bit mix of small integers: the model's only source of variation, always fed from the state. */
export function mix32(seed: number, ...parts: readonly number[]): number {
  let h = mixIn(0, seed);
  for (const part of parts) h = mixIn(h, part);
  return h >>> 0;
}

function mixIn(h: number, part: number): number {
  let x = Math.imul((h ^ part) + 0x7ed55d16, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  return x ^ (x >>> 13);
}
