// Random hcalls on a small part of a page table: a few virtual pages that all hash to one primary and one secondary
// group, guest pages in and out of memory, now and then an argument that must be refused.
import { avpnOf, encodePageShifts, type SegmentSize } from '../../hardware/mmu/hpte.ts';
import { mix32 } from '../../state/hash.ts';

/** Primary group of every page of the storm, and the secondary one, in a table of 2^18 bytes. */
const HASH = 0x155n;
export const PTEGS = [0x155, 0x7ff ^ 0x155] as const;
/** Guest address of slot 1. */
export const SECOND_SLOT = 0x10000000;
/** Guest pages: memory of both slots, then what is none. */
const GUEST_PAGES = [
  ...[0, 0x3000, 0xffff000, SECOND_SLOT, SECOND_SLOT + 0x3000, SECOND_SLOT + 0xfff000].map(BigInt),
  ...[0x1000000n, 0x80000000n, 0x0ffffffffffff000n],
];

/** A virtual page whose primary group is PTEGS[0]. */
export interface Page {
  readonly ea: bigint;
  readonly v: bigint;
  readonly lp: bigint;
  readonly slbe: bigint;
}

function page(b: SegmentSize, vsid: bigint, number: bigint, base: number): Page {
  const ea = number << BigInt(base);
  const size = encodePageShifts({ base, actual: base });
  const llp = { 12: 0n, 16: 0x110n, 24: 0x100n }[base] ?? 0n;
  return {
    ea,
    v: (BigInt(b) << 62n) | avpnOf({ b, vsid }, ea, base) | size.v,
    lp: size.r,
    slbe: (BigInt(b) << 62n) | (vsid << (b === 1 ? 24n : 12n)) | llp,
  };
}

export const PAGES: readonly Page[] = [
  page(0, 0x2001n, 0x2001n ^ HASH, 12),
  page(0, 0x2002n, 0x2002n ^ HASH, 12),
  page(1, 0x2003n, 0x2003n ^ HASH, 12),
  page(0, 0x104n, 0x104n ^ HASH, 16),
  page(0, HASH ^ 5n, 5n, 24),
  page(1, HASH ^ 6n, 6n, 24),
];

export type Name =
  | 'kvmppc_h_enter'
  | 'kvmppc_h_remove'
  | 'kvmppc_h_protect'
  | 'kvmppc_h_read'
  | 'kvmppc_h_clear_ref'
  | 'kvmppc_h_clear_mod'
  | 'kvmppc_h_bulk_remove';

export interface Call {
  readonly name: Name;
  readonly args: readonly bigint[];
  /** It must be refused: H_PARAMETER. */
  readonly bad: boolean;
}

/** Random numbers of a seed. */
export class Draw {
  #n = 0;
  readonly #seed: number;
  constructor(seed: number) {
    this.#seed = seed;
  }
  below(n: number): number {
    return mix32(this.#seed, this.#n++) % n;
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  bits(mask: bigint): bigint {
    const all = (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32));
    return all & mask;
  }

  index(): { index: bigint; bad: boolean } {
    if (this.chance(3)) {
      return {
        index: this.of([1n << 14n, (1n << 14n) + 7n, 1n << 40n, (1n << 64n) - 1n]),
        bad: true,
      };
    }
    return { index: BigInt(this.of(PTEGS) * 8 + this.below(3)), bad: false };
  }

  enter(): Call {
    const { index, bad } = this.index();
    const { v, lp } = this.of(PAGES);
    const odd = this.chance(3);
    const exact = this.chance(50) ? 1n << 39n : 0n;
    const secondary = index >> 3n === BigInt(PTEGS[1]) ? 2n : 0n;
    // Zero and copy page, invalidate: flags that do nothing here.
    const flags = exact | this.bits(0xc000n) | (this.chance(20) ? 0x800000n : 0n);
    const pteh = (v & ~2n) | secondary | this.bits(0x79n) | (odd ? 4n : 0n);
    const wimg = this.chance(70) ? 0x10n : this.bits(0x78n);
    const ptel = this.of(GUEST_PAGES) | this.bits((1n << 63n) | (3n << 60n) | 0xf87n) | wimg;
    const encoded = odd ? (ptel & ~0xff000n) | 0xe0000n : (ptel & ~(v & 4n ? 0xff000n : 0n)) | lp;
    return { name: 'kvmppc_h_enter', args: [flags, index, pteh, encoded], bad: bad || odd };
  }

  /** What H_REMOVE and H_PROTECT ask for. */
  condition(): { flags: bigint; avpn: bigint } {
    const kind = this.below(4);
    const avpn = (this.of(PAGES).v >> 7n) << 7n;
    if (kind === 0) return { flags: 0n, avpn };
    if (kind === 1) return { flags: 1n << 30n, avpn: this.bits(0x11en) };
    return { flags: 1n << 31n, avpn };
  }

  onEntry(name: Name): Call {
    const { index, bad } = this.index();
    const { flags, avpn } = this.condition();
    const extra =
      name === 'kvmppc_h_protect'
        ? this.bits((1n << 8n) | 0x3e07n)
        : name === 'kvmppc_h_read' && this.chance(50)
          ? 1n << 37n
          : 0n;
    // H_PROTECT and H_ANDCOND do not go together: its conditions are AVPN or none.
    const asked = name === 'kvmppc_h_protect' ? flags & ~(1n << 30n) : flags;
    return { name, args: [asked | extra, index, avpn], bad };
  }

  bulk(): Call {
    let bad = false;
    const args = Array.from({ length: 4 }, () => {
      const type = bad || this.chance(90) ? 1n : this.of([0n, 1n, 2n, 3n]);
      const mode = BigInt(this.chance(97) ? this.below(3) : 3);
      const drawn = this.index();
      const index = drawn.index & ((1n << 56n) - 1n);
      bad ||= type === 0n || type === 2n || (type === 1n && (mode === 3n || drawn.bad));
      const tsl = mode === 1n ? this.bits(0x11en) : (this.of(PAGES).v >> 7n) << 7n;
      return [(type << 62n) | (mode << 56n) | index, tsl];
    }).flat();
    return { name: 'kvmppc_h_bulk_remove', args, bad };
  }

  call(): Call {
    const kind = this.below(20);
    if (kind < 8) return this.enter();
    if (kind < 11) return this.onEntry('kvmppc_h_remove');
    if (kind < 14) return this.onEntry('kvmppc_h_protect');
    if (kind < 16) return this.onEntry('kvmppc_h_read');
    if (kind < 17) return this.onEntry('kvmppc_h_clear_ref');
    if (kind < 18) return this.onEntry('kvmppc_h_clear_mod');
    return this.bulk();
  }
}
