// Random hcalls of several vcpus on one small part of a page table, their routines interleaved step by step with each
// other, with accesses of a running thread, and with memory slots that come and go. Afterwards an order of the hcalls
// must exist that explains every result, and the table must be at rest.
import { Access } from '../../engine/api.ts';
import { MSR } from '../../hardware/bits.ts';
import {
  avpnOf,
  encodePageShifts,
  HPTE_BYTES,
  HPTE_R_C,
  HPTE_V_ABSENT,
  HPTE_V_VALID,
  IS,
  RB,
  type SegmentSize,
} from '../../hardware/mmu/hpte.ts';
import { tlbEntry } from '../../hardware/mmu/tlb.ts';
import { translate } from '../../hardware/mmu/translate.ts';
import { explainWalk } from '../../hardware/mmu/walk.ts';
import { HUGE_PAGE } from '../../host/memory.ts';
import { mix32 } from '../../state/hash.ts';
import type { Edit } from '../patches.ts';
import { atRest, isGuestMemory } from './at-rest.ts';
import * as model from './entry-model.ts';
import { type Agent, World } from './world.ts';

const CALLS = 30;
const READ_4 = 1n << 37n;
const VCPUS = 3;
/** Thread that only runs guest code. */
const RUNNER = VCPUS;
/** Primary group of every page of the storm, and the secondary one, in a table of 2^18 bytes. */
const HASH = 0x155n;
const PTEGS = [0x155, 0x7ff ^ 0x155] as const;
/** Guest address of slot 1. */
const SECOND_SLOT = 0x10000000;
/** Guest pages: memory of both slots, then what is none. */
const GUEST_PAGES = [
  ...[0, 0x3000, 0xffff000, SECOND_SLOT, SECOND_SLOT + 0x3000, SECOND_SLOT + 0xfff000].map(BigInt),
  ...[0x1000000n, 0x80000000n, 0x0ffffffffffff000n],
];

/** A virtual page whose primary group is PTEGS[0]. */
interface Page {
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

const PAGES: readonly Page[] = [
  page(0, 0x2001n, 0x2001n ^ HASH, 12),
  page(0, 0x2002n, 0x2002n ^ HASH, 12),
  page(1, 0x2003n, 0x2003n ^ HASH, 12),
  page(0, 0x104n, 0x104n ^ HASH, 16),
  page(0, HASH ^ 5n, 5n, 24),
  page(1, HASH ^ 6n, 6n, 24),
];

type Name =
  | 'kvmppc_h_enter'
  | 'kvmppc_h_remove'
  | 'kvmppc_h_protect'
  | 'kvmppc_h_read'
  | 'kvmppc_h_clear_ref'
  | 'kvmppc_h_clear_mod'
  | 'kvmppc_h_bulk_remove';

interface Call {
  readonly name: Name;
  readonly args: readonly bigint[];
  /** It must be refused: H_PARAMETER. */
  readonly bad: boolean;
}

interface Running {
  readonly vcpu: number;
  readonly call: Call;
  readonly agent: Agent;
  readonly begin: number;
}

/** Random numbers of a seed. */
class Draw {
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

/** The histories of all entries that the storm can reach. */
class Histories {
  readonly of = new Map<number, model.Operation[]>(
    PTEGS.flatMap((pteg) => Array.from({ length: 8 }, (_, i) => [pteg * 8 + i, []])),
  );
  add(index: number, begin: number, end: number, what: string, apply: model.Operation['apply']) {
    this.of.get(index)?.push({ begin, end, what, apply });
  }
}

/** What a finished hcall says of each entry. Returns why its result is impossible in itself, or ''. */
function record(
  histories: Histories,
  { call, begin }: Running,
  end: number,
  code: number,
  out: bigint[],
): string {
  const [flags = 0n, at = 0n, third = 0n, fourth = 0n] = call.args;
  const index = Number(at);
  const add = (i: number, apply: model.Operation['apply']): void =>
    histories.add(i, begin, end, call.name, apply);
  if (call.name !== 'kvmppc_h_bulk_remove' && call.bad !== (code === -4)) return `returned ${code}`;
  if (call.bad && call.name !== 'kvmppc_h_bulk_remove') return '';
  const [r4 = 0n, r5 = 0n] = out;
  switch (call.name) {
    case 'kvmppc_h_enter': {
      const exact = (flags & (1n << 39n)) !== 0n;
      const group = exact ? [index] : Array.from({ length: 8 }, (_, i) => (index & ~7) + i);
      if (code === -6) for (const i of group) add(i, model.occupied);
      else if (code !== 0 || !group.includes(Number(r4))) return `returned ${code}, index ${r4}`;
      else add(Number(r4), model.entered(third, fourth));
      return '';
    }
    case 'kvmppc_h_remove':
      add(index, model.removed(flags, third, code, r4, r5));
      return '';
    case 'kvmppc_h_protect':
      add(index, model.protectedBy(flags, third, code));
      return '';
    case 'kvmppc_h_clear_ref':
      add(index, model.cleared('R', code, r4));
      return '';
    case 'kvmppc_h_clear_mod':
      add(index, model.cleared('C', code, r4));
      return '';
    case 'kvmppc_h_read': {
      const four = (flags & (1n << 37n)) !== 0n;
      for (let i = 0; i < (four ? 4 : 1); i++)
        add((four ? index & ~3 : index) + i, model.sawV(out[2 * i] ?? 0n));
      return '';
    }
    case 'kvmppc_h_bulk_remove':
      return recordBulk(call, code, out, add);
  }
}

function recordBulk(
  { args, bad }: Call,
  code: number,
  out: bigint[],
  add: (i: number, apply: model.Operation['apply']) => void,
): string {
  const inOrder = [0, 2, 4, 6];
  let refused = false;
  for (const at of inOrder) {
    const [word = 0n, tsl = 0n, answer = 0n] = [args[at], args[at + 1], out[at]];
    if (word >> 62n === 3n) break;
    const index = word & ((1n << 56n) - 1n);
    const mode = Number((word >> 56n) & 3n);
    const top = Number(answer >> 56n);
    if ((answer & ((1n << 56n) - 1n)) !== index) return `answers for index ${answer}`;
    if (word >> 62n !== 1n || mode === 3 || index >= 1n << 14n) {
      refused = true;
      if (top !== (0xa0 | mode)) return `answers ${top} to a bad request`;
      break;
    }
    add(Number(index), model.bulkRemoved(mode, tsl, top));
  }
  if (refused !== (code === -4) || (refused && !bad)) return `returned ${code}`;
  return '';
}

/** One storm at a time; the world is clean before and after. */
export class Storms {
  readonly world: World;
  #clock = 0;
  /** Slot 1 went away in this storm: entries of it may be absent. */
  #unmapped = false;

  /** @param edits mutations of the routines */
  constructor(cpu: string, edits: readonly Edit[] = []) {
    this.world = new World(cpu, VCPUS, edits);
    const { hw } = this.world.k;
    this.world.region(0, 0, 0, HUGE_PAGE).finish();
    this.world.region(0, 1, SECOND_SLOT, HUGE_PAGE).finish();
    // hcalls of POWER7 run in real mode, of POWER9 in the kernel's virtual mode.
    const relocation = hw.model.version === '3.0' ? MSR.IR | MSR.DR : 0n;
    for (let t = 0; t < VCPUS; t++) hw.setMsr(t, MSR.SF | MSR.HV | MSR.ME | relocation);
    hw.setMsr(RUNNER, MSR.SF | MSR.ME | MSR.DR | MSR.IR);
  }

  /** Runs the storm of a seed; [] when all is well. */
  run(seed: number): string[] {
    const draw = new Draw(seed);
    const histories = new Histories();
    this.#unmapped = false;
    const broken = this.#rage(draw, histories);
    broken.push(...this.#settle(histories));
    return broken.map((why) => `seed ${seed}: ${why}`);
  }

  #rage(draw: Draw, histories: Histories): string[] {
    const broken: string[] = [];
    const running: (Running | null)[] = Array.from({ length: VCPUS }, () => null);
    let regions = draw.chance(3) ? 2 : 0;
    let region: Agent | null = null;
    let left = CALLS;
    let under_way = 0;
    for (let steps = 0; left > 0 || under_way > 0 || region !== null; steps++) {
      if (steps > 50_000) throw new Error('a storm never ends: vcpus wait for each other');
      this.#clock += 1;
      const who = draw.below(VCPUS + 1);
      if (who === RUNNER) {
        if (draw.chance(12)) this.#touch(draw, histories);
        if (region) {
          region.step();
          if (region.value !== null) region = null;
        } else if (regions > 0 && draw.chance(5)) {
          region = this.world.region(RUNNER, 1, SECOND_SLOT, regions === 2 ? 0 : HUGE_PAGE);
          this.#unmapped = true;
          regions -= 1;
        }
        continue;
      }
      const now = running[who];
      if (!now) {
        if (left === 0) continue;
        left -= 1;
        under_way += 1;
        running[who] = this.#start(who, draw.call());
        continue;
      }
      const why = this.#step(now);
      if (why !== '') broken.push(why);
      if (now.agent.value === null) continue;
      running[who] = null;
      under_way -= 1;
      const out = this.world.results(who);
      const wrong = record(histories, now, this.#clock, now.agent.value, out);
      if (wrong !== '') broken.push(`${now.call.name}(${now.call.args.map(hex)}) ${wrong}`);
    }
    while (regions === 1 && this.world.vm.memslots.length < 2) {
      regions = 0;
      this.world.region(RUNNER, 1, SECOND_SLOT, HUGE_PAGE).finish();
    }
    return broken;
  }

  #start(vcpu: number, call: Call): Running {
    const agent = this.world.hcall(call.name, vcpu, call.args);
    return { vcpu, call, agent, begin: this.#clock };
  }

  /** A step, and a look at the entry that it has put into force. */
  #step({ agent, call }: Running): string {
    const { step, locals } = agent.step();
    if (step.label !== 'store_v' && step.label !== 'unlock') return '';
    const index = Number(locals.index);
    if (!Number.isInteger(index)) return '';
    const { v, real } = this.#raw(index);
    if ((v & HPTE_V_VALID) === 0n || isGuestMemory(this.world.vm, real)) return '';
    return `${call.name}: HPTE ${index} maps ${real.toString(16)}, which is not the guest's`;
  }

  #raw(index: number): { v: bigint; r: bigint; real: number } {
    const { arena } = this.world.k.hw;
    const at = this.world.vm.hpt_base + index * HPTE_BYTES;
    const r = arena.read64(at + 8);
    return { v: arena.read64(at), r, real: Number(r & 0x01fffffffffff000n & ~(3n << 58n)) };
  }

  /** An access of the running thread to one of the pages. */
  #touch(draw: Draw, histories: Histories): void {
    const { hw } = this.world.k;
    const { ea, slbe } = draw.of(PAGES);
    hw.arena.setSlb(RUNNER, 0, 'vsid', slbe);
    hw.arena.setSlb(RUNNER, 0, 'esid', (ea & ~0xfffffffn) | 0x08000000n);
    const store = draw.chance(50);
    const access = store ? Access.store : Access.load;
    const { result } = explainWalk(hw, RUNNER, ea, access);
    if (result.kind !== 'page') return;
    translate(hw, RUNNER, ea, access);
    if (result.from === 'tlb') return;
    const index = (result.entry.hpte - this.world.vm.hpt_base) / HPTE_BYTES;
    histories.add(index, this.#clock, this.#clock, 'access', model.touched(store));
  }

  /** Afterwards: the entries are read, explained, compared, and removed. */
  #settle(histories: Histories): string[] {
    const broken: string[] = [];
    const entries = new Map<number, model.Entry>();
    let four: bigint[] = [];
    for (const [index, operations] of histories.of) {
      if (index % 4 === 0) four = this.#call('kvmppc_h_read', [READ_4, BigInt(index)]).out;
      const [v = 0n, r = 0n] = four.slice(2 * (index % 4));
      this.#clock += 1;
      const [begin, end] = [this.#clock, this.#clock];
      const read = { begin, end, what: 'H_READ', apply: model.sawBoth(v, r) };
      const entry = model.explain(null, [...operations, read]);
      if (entry === undefined)
        broken.push(`entry ${index}: ${operations.map(({ what }) => what)} cannot be explained`);
      else entries.set(index, entry);
    }
    broken.push(...atRest(this.world, entries, this.#unmapped), ...this.#staleTlb());
    for (const [index, entry] of entries) {
      if (entry === null) continue;
      const { code } = this.#call('kvmppc_h_remove', [0n, BigInt(index), 0n]);
      if (code !== 0) broken.push(`H_REMOVE of ${index}: ${code}`);
    }
    this.world.k.hw.tlbie(0, IS.ALL << RB.IS_SHIFT);
    return broken;
  }

  #call(name: Name, args: bigint[]): { code: number; out: bigint[] } {
    const code = this.world.hcall(name, 0, args).finish();
    return { code, out: this.world.results(0) };
  }

  /** Translations that the runner holds and the table does not: every one should have been invalidated. */
  #staleTlb(): string[] {
    const { hw } = this.world.k;
    const held = Array.from({ length: 64 }, (_, i) => tlbEntry(hw, RUNNER, i));
    return held.flatMap((entry) => {
      if (!entry) return [];
      const index = (entry.hpte - this.world.vm.hpt_base) / HPTE_BYTES;
      const { v, r } = this.#raw(index);
      const rc = 0x180n;
      const current = (v & (HPTE_V_VALID | HPTE_V_ABSENT)) === HPTE_V_VALID;
      const dirty = (entry.r & HPTE_R_C) === 0n || (r & HPTE_R_C) !== 0n;
      if (current && dirty && (r & ~rc) === (entry.r & ~rc)) return [];
      return [`the TLB of thread ${RUNNER} keeps what HPTE ${index} was`];
    });
  }
}

const hex = (value: bigint): string => value.toString(16);

/** What is broken in the storms of seeds `first` to `last` on a CPU; [] when nothing is. */
export function brokenStorms(cpu: string, first: number, last: number): string[] {
  const storms = new Storms(cpu);
  const broken: string[] = [];
  for (let seed = first; seed <= last; seed++) broken.push(...storms.run(seed));
  return broken;
}
