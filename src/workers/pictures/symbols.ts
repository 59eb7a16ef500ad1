// Names of guest addresses: labels of the program, and places behind them.

export interface Symbols {
  /** Label at an address, '' if none. */
  at(address: bigint): string;
  /** 'main+0x10' of the nearest label at or below an address; the address itself when there is none. */
  near(address: bigint): string;
}

/** Behind the last label by more than this, a name would say nothing. */
const FAR = 0x10000n;

export function symbolsOf(labels: ReadonlyMap<string, bigint>): Symbols {
  const nameAt = new Map([...labels].map(([name, address]) => [address, name]));
  const addresses = [...nameAt.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    at: (address) => nameAt.get(address) ?? '',
    near: (address) => {
      const below = addresses[lastNotAbove(addresses, address)];
      const by = below === undefined ? FAR : address - below;
      if (below === undefined || by >= FAR) return `0x${address.toString(16)}`;
      return `${nameAt.get(below)}${by === 0n ? '' : `+0x${by.toString(16)}`}`;
    },
  };
}

/** Index of the last of the ascending `values` that is not above `most`, -1 if none. */
export function lastNotAbove(values: readonly bigint[], most: bigint): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as bigint) <= most) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
