// Random hcalls of several vcpus on one small part of a page table, their routines interleaved step by step with each
// other, with accesses of a running thread, and with memory slots that come and go. Afterwards an order of the hcalls
// must exist that explains every result, and the table must be at rest.
import { Access } from '../../engine/api.ts';
import { MSR } from '../../hardware/bits.ts';
import {
  HPTE_BYTES,
  HPTE_R_C,
  HPTE_V_ABSENT,
  HPTE_V_VALID,
  IS,
  RB,
} from '../../hardware/mmu/hpte.ts';
import { tlbEntry } from '../../hardware/mmu/tlb.ts';
import { translate } from '../../hardware/mmu/translate.ts';
import { explainWalk } from '../../hardware/mmu/walk.ts';
import { HUGE_PAGE } from '../../host/memory.ts';
import type { Edit } from '../patches.ts';
import { atRest, isGuestMemory } from './at-rest.ts';
import * as model from './entry-model.ts';
import { type Call, Draw, type Name, PAGES, SECOND_SLOT } from './storm-calls.ts';
import { Histories, record } from './storm-history.ts';
import { wrongTranslation } from './translation.ts';
import { type Agent, World } from './world.ts';

const CALLS = 30;
const READ_4 = 1n << 37n;
const VCPUS = 3;
/** Thread that only runs guest code. */
const RUNNER = VCPUS;

interface Running {
  readonly vcpu: number;
  readonly call: Call;
  readonly agent: Agent;
  readonly begin: number;
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
      const { call, begin, agent } = now;
      const returned = { call, begin, end: this.#clock, code: agent.value ?? 0 };
      const wrong = record(histories, { ...returned, out: this.world.results(who) });
      if (wrong !== '') broken.push(`${call.name}(${call.args.map(hex)}) ${wrong}`);
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
    this.#loadSegment(ea, slbe);
    const store = draw.chance(50);
    const access = store ? Access.store : Access.load;
    const { result } = explainWalk(hw, RUNNER, ea, access);
    if (result.kind !== 'page') return;
    translate(hw, RUNNER, ea, access);
    if (result.from === 'tlb') return;
    const index = (result.entry.hpte - this.world.vm.hpt_base) / HPTE_BYTES;
    histories.add(index, this.#clock, this.#clock, 'access', model.touched(store));
  }

  /** The running thread's only SLB entry. */
  #loadSegment(ea: bigint, slbe: bigint): void {
    const { arena } = this.world.k.hw;
    arena.setSlb(RUNNER, 0, 'vsid', slbe);
    arena.setSlb(RUNNER, 0, 'esid', (ea & ~0xfffffffn) | 0x08000000n);
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
    for (const page of PAGES) {
      this.#loadSegment(page.ea, page.slbe);
      const wrong = wrongTranslation(this.world, RUNNER, page, entries);
      if (wrong !== '') broken.push(wrong);
    }
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
