// 64-bit hash of one page, as two independent 32-bit lanes of the MurmurHash3 round. Not cryptographic.
import { PAGE } from './layout.ts';

/**
 * Hash of the 4096 bytes at `offset`, different for each `seed` (the page's number). A page of zeros gives 0,
 * so that memory nobody touched costs nothing.
 */
export function hashPage(view: DataView, offset: number, seed: number): bigint {
  let first = seed;
  let second = ~seed;
  let any = 0;
  for (let at = offset; at < offset + PAGE; at += 4) {
    const word = view.getInt32(at, true);
    any |= word;
    first ^= Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    first = Math.imul(rotate(first, 13), 5) + 0xe6546b64;
    second ^= Math.imul(rotate(Math.imul(word, 0x85ebca77), 16), 0xc2b2ae3d);
    second = Math.imul(rotate(second, 19), 9) + 0x38495ab5;
  }
  if (any === 0) return 0n;
  return (BigInt(avalanche(first ^ second)) << 32n) | BigInt(avalanche(second));
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function avalanche(value: number): number {
  const a = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b ^ (b >>> 16)) >>> 0;
}
