// The segments of the host kernel. Source: arch/powerpc/mm/slb.c.

/** Bolted SLB entries of the host kernel: linear mapping, vmalloc area, kernel stack (VSID word, ESID word). */
export const HOST_SLB: readonly (readonly [vsid: bigint, esid: bigint])[] = [
  [0x40000d4b8e1f0500n, 0xc000000008000000n],
  [0x400003a2f5c70510n, 0xd000000008000001n],
  [0x40000b71e9430500n, 0xc000010008000002n],
];

/** Bit of the VSID word that says 1 TB. */
const SLB_1T = 1n << 62n;

/** Bolted SLB entries of the host kernel: the same on the PowerPC 970, whose segments are of 256 MB. */
export const HOST_SLB_970 = HOST_SLB.map(([vsid, esid]) => [vsid & ~SLB_1T, esid] as const);
