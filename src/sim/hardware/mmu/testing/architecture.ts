// A second reading of the architecture's address translation, for tests: bit strings and positions as the manual
// numbers them (bit 0 is the most significant), nothing taken from the model. Without TLB: what the tables say.
// Source: Power ISA v2.07 Book III-S 5.7 and v3.0B Book III 5.7.

export type Cpu = '970' | 'p7' | 'p8' | 'p9';
export interface Situation {
  readonly cpu: Cpu;
  readonly reg: (name: string) => bigint;
  /** SLB entries as [RS, RB] of slbmte. */
  readonly slb: readonly (readonly [bigint, bigint])[];
  readonly memoryBytes: number;
  /** Doubleword of real memory. */
  readonly read: (real: number) => bigint;
  readonly ea: bigint;
  readonly access: 'load' | 'store' | 'fetch';
}
export type Verdict =
  | { readonly vector: number; readonly status: bigint | null }
  | { readonly ra: bigint; readonly pte: number | null };

/** Bits first..last of a value of `width` bits. */
function bits(value: bigint, first: number, last: number, width = 64): bigint {
  const text = BigInt.asUintN(width, value).toString(2).padStart(width, '0');
  return BigInt(`0b${text.slice(first, last + 1)}`);
}

const LARGE_PAGES: readonly [base: number, actual: number, lp: RegExp][] = [
  [12, 16, /^....0111$/],
  [12, 24, /^00111000$/],
  [16, 16, /^....0001$/],
  [16, 24, /^00001000$/],
  [24, 24, /^00000000$/],
  [34, 34, /^00000011$/],
];

export function translateByTheBook(s: Situation): Verdict {
  const fetch = s.access === 'fetch';
  const msr = s.reg('MSR');
  const [hv, pr] = [bits(msr, 3, 3) === 1n, bits(msr, 49, 49) === 1n];
  const relocate = bits(msr, fetch ? 58 : 59, fetch ? 58 : 59) === 1n;
  const lpcr = s.cpu === '970' ? 0n : s.reg('LPCR');
  const vpm0 = s.cpu === 'p9' || bits(lpcr, 0, 0) === 1n;
  const toHypervisor = !hv && (relocate ? bits(lpcr, 1, 1) === 1n : vpm0);
  const fault = (status: bigint): Verdict => {
    const store = s.access === 'store' ? 0x02000000n : 0n;
    const own = fetch ? 0x400 : 0x300;
    return { vector: toHypervisor ? (fetch ? 0xe20 : 0xe00) : own, status: status | store };
  };

  if (!relocate && hv) {
    const offset = bits(s.ea, 0, 0) === 1n ? 0n : s.reg('HRMOR');
    return finish(s, bits(s.ea, 4, 63) | offset, null, fault);
  }
  if (!relocate && !vpm0) {
    const [limit, offset] = s.cpu === '970' ? hid4(s.reg('HID4')) : rmls(lpcr, s.reg('RMOR'));
    const address = bits(s.ea, 4, 63);
    return address < limit ? finish(s, address | offset, null, fault) : fault(0x08000000n);
  }

  let vsidWord: bigint;
  if (relocate) {
    const entry = s.slb.find(([rs, rb]) => {
      const esid = bits(rs, 0, 1) === 1n ? 23 : 35;
      return bits(rb, 36, 36) === 1n && bits(rb, 0, esid) === bits(s.ea, 0, esid);
    });
    if (entry === undefined) return { vector: fetch ? 0x480 : 0x380, status: null };
    vsidWord = entry[0];
    if (fetch && bits(vsidWord, 54, 54) === 1n) return fault(0x10000000n);
  } else {
    if (bits(s.ea, 4, 23) !== 0n) return fault(0x40000000n);
    const pate = s.cpu === 'p9' ? tableWord(s) : 0n;
    const [l, lp] =
      s.cpu === 'p9'
        ? [bits(pate, 56, 56), bits(pate, 57, 58)]
        : [bits(lpcr, 12, 12), bits(lpcr, 15, 16)];
    vsidWord = (1n << 62n) | (0x1ffffffn << 24n) | (l << 8n) | (lp << 4n);
  }
  return paged(s, { vsidWord, pr, lpcr }, fault);
}

function paged(
  s: Situation,
  { vsidWord, pr, lpcr }: { vsidWord: bigint; pr: boolean; lpcr: bigint },
  fault: (status: bigint) => Verdict,
): Verdict {
  const terabyte = bits(vsidWord, 0, 1) === 1n;
  // 68 bits of virtual address are implemented.
  const vsid = terabyte ? bits(vsidWord, 12, 39) : bits(vsidWord, 12, 51);
  const offset = terabyte ? bits(s.ea, 24, 63) : bits(s.ea, 36, 63);
  const va = terabyte ? (vsid << 40n) | offset : (vsid << 28n) | offset;
  const llp = `${bits(vsidWord, 55, 55)}${bits(vsidWord, 58, 58)}${bits(vsidWord, 59, 59)}`;
  const bySize: Record<string, number> = { '000': 12, '101': 16, '100': 24, '110': 34 };
  const b = bits(lpcr, 2, 2) === 1n ? 12 : (bySize[llp] ?? 12);
  const page = offset / 2n ** BigInt(b);
  const hash = bits(terabyte ? vsid ^ (vsid * 2n ** 25n) ^ page : vsid ^ page, 25, 63);

  const word = tableWord(s);
  const org = bits(word, 4, 45) << 18n;
  const groups = 2n ** (11n + bits(word, 59, 63));
  const primaryOnly = bits(lpcr, 54, 54) === 1n;
  for (const h of primaryOnly ? [0n] : [0n, 1n]) {
    const group = (h === 0n ? hash : BigInt.asUintN(39, ~hash)) % groups;
    for (let slot = 0; slot < 8; slot++) {
      const pte = Number(org + group * 128n) + 16 * slot;
      const [d0, d1] = [s.read(pte), s.read(pte + 8)];
      if (bits(d0, 63, 63) !== 1n || bits(d0, 62, 62) !== h) continue;
      const isNew = s.cpu === 'p9';
      if (bits(isNew ? d1 : d0, isNew ? 4 : 0, isNew ? 5 : 1) !== (terabyte ? 1n : 0n)) continue;
      // AVA: bits 0-54 of the 78-bit virtual address, those inside a larger base page 0.
      const ava = bits(d0, isNew ? 12 : 2, 56);
      const whole = va - (va % 2n ** BigInt(b));
      if (ava !== bits(whole, 0, 54, 78)) continue;
      const p = actualSize(d0, d1, b);
      if (p !== null) return allowed(s, { vsidWord, pr, d1, pte, p }, fault);
    }
  }
  return fault(0x40000000n);
}

/** log2 of the page of an entry if its base page is 2^b, else null. */
function actualSize(d0: bigint, d1: bigint, b: number): number | null {
  if (bits(d0, 61, 61) === 0n) return b === 12 ? 12 : null;
  const lp = bits(d1, 44, 51).toString(2).padStart(8, '0');
  const found = LARGE_PAGES.find(([base, , pattern]) => base === b && pattern.test(lp));
  return found === undefined ? null : found[1];
}

function allowed(
  s: Situation,
  e: { vsidWord: bigint; pr: boolean; d1: bigint; pte: number; p: number },
  fault: (status: bigint) => Verdict,
): Verdict {
  const key = e.pr ? bits(e.vsidWord, 53, 53) : bits(e.vsidWord, 52, 52);
  const pp = `${bits(e.d1, 0, 0)}${bits(e.d1, 62, 62)}${bits(e.d1, 63, 63)}`;
  const table: Record<string, readonly [key0: string, key1: string]> = {
    '000': ['rw', ''],
    '001': ['rw', 'r'],
    '010': ['rw', 'rw'],
    '011': ['r', 'r'],
    '110': ['r', ''],
  };
  const rights = table[pp]?.[key === 0n ? 0 : 1] ?? '';
  const number = Number((bits(e.d1, 2, 3) << 3n) | bits(e.d1, 52, 54));
  const classOf = (name: string) => bits(s.reg(name), 2 * number, 2 * number + 1);
  const amr = s.cpu === '970' ? 0n : classOf('AMR');
  const iamr = s.cpu === '970' || s.cpu === 'p7' ? 0n : classOf('IAMR');
  let status = 0n;
  if (s.access === 'fetch') {
    if (bits(e.d1, 60, 60) === 1n || bits(e.d1, 61, 61) === 1n) status |= 0x10000000n;
    else if (!rights.includes('r')) status |= 0x08000000n;
    if (iamr % 2n === 1n) status |= 0x00200000n;
  } else {
    if (!rights.includes(s.access === 'store' ? 'w' : 'r')) status |= 0x08000000n;
    if (s.access === 'store' ? amr >= 2n : amr % 2n === 1n) status |= 0x00200000n;
  }
  if (status !== 0n) return fault(status);
  const rpn = s.cpu === 'p9' ? bits(e.d1, 7, 51) << 12n : bits(e.d1, 4, 51) << 12n;
  const size = 2n ** BigInt(e.p);
  return finish(s, rpn - (rpn % size) + (s.ea % size), e.pte, fault);
}

/** SDR1, or the first doubleword of the partition's entry of the partition table. */
function tableWord(s: Situation): bigint {
  if (s.cpu !== 'p9') return s.reg('SDR1');
  return s.read(Number((bits(s.reg('PTCR'), 4, 51) << 12n) + 16n * bits(s.reg('LPIDR'), 52, 63)));
}

const SIZES: Record<number, bigint> = { 0: 38n, 1: 34n, 2: 30n, 3: 26n, 4: 28n, 7: 27n, 8: 25n };
const limitOf = (code: bigint): bigint => {
  const shift = SIZES[Number(code)];
  return shift === undefined ? 0n : 1n << shift;
};
const rmls = (lpcr: bigint, rmor: bigint) => [limitOf(bits(lpcr, 34, 37)), rmor] as const;
const hid4 = (value: bigint) => {
  const code = (bits(value, 58, 58) << 2n) | bits(value, 1, 2);
  return [limitOf(code), bits(value, 7, 22) << 26n] as const;
};

/** The model has no machine check for addresses outside memory. */
function finish(
  s: Situation,
  ra: bigint,
  pte: number | null,
  fault: (status: bigint) => Verdict,
): Verdict {
  return ra < BigInt(s.memoryBytes) ? { ra, pte } : fault(0x08000000n);
}
