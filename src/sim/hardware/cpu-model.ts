// CPU models as data rows (architecture section 7). Only POWER9 DD2.3 so far; a further model is a further row.

export interface CpuModel {
  readonly id: string;
  readonly title: string;
  readonly pvr: bigint;
  readonly threadsPerCore: number;
  /** 'thread': msgsndp and DPDES act within one hardware thread (POWER9 with independent threads). */
  readonly doorbellScope: 'thread' | 'core';
  /** PIR of a thread. POWER9: chip << 8 | core << 2 | thread. */
  readonly pir: (core: number, thread: number) => bigint;
}

const p9dd23: CpuModel = {
  id: 'p9-dd23',
  title: 'POWER9 DD2.3',
  pvr: 0x004e0203n,
  threadsPerCore: 4,
  doorbellScope: 'thread',
  pir: (core, thread) => BigInt((core << 2) | thread),
};

/** Models by id; `p9` is the usual name of the newest POWER9. */
export const CPU_MODELS: ReadonlyMap<string, CpuModel> = new Map([
  ['p9-dd23', p9dd23],
  ['p9', p9dd23],
]);
