import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Access } from '../../engine/api.ts';
import { LPCR } from '../bits.ts';
import type { Hardware } from '../hardware.ts';
import { HPTE_C_BYTE, HPTE_R_BYTE } from './hpte.ts';
import { type Cpu, type Situation, translateByTheBook } from './testing/architecture.ts';
import {
  type Draw,
  FAULT_REGISTERS,
  MEMORY,
  RandomMachines,
  SIZES,
} from './testing/random-machine.ts';

import { tlbEntry } from './tlb.ts';
import { translate } from './translate.ts';

const CPUS: readonly Cpu[] = ['970', 'p7', 'p8', 'p9'];
const KINDS = ['load', 'store', 'fetch'] as const;
const machines = new RandomMachines();
/** The same, every miss served by TypeScript. */
const plain = new RandomMachines((hw, t, ea, access) => translate(hw, t, ea, access));

const often = <T>(usual: T, arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary });
const PROTECTION_BITS = 0xb000000000000f8fn;

const draw: fc.Arbitrary<Draw> = fc.record({
  terabyte: fc.boolean(),
  size: fc.nat(SIZES.length - 1),
  esid: often(0, fc.nat(255)),
  vsid: fc.bigInt(0n, (1n << 40n) - 1n),
  offset: fc.oneof(fc.bigInt(0n, 0x3ffffn), fc.bigInt(0n, (1n << 40n) - 1n)),
  flags: fc.nat(31),
  hv: fc.boolean(),
  pr: fc.boolean(),
  relocate: often(true, fc.boolean()),
  lpcr: fc.constantFrom(
    ...[0n, LPCR.VPM1, LPCR.VPM0 | LPCR.VPM1, LPCR.VPM0, LPCR.VPM1 | LPCR.TC, LPCR.ISL],
  ),
  amr: often(0n, fc.bigInt(0n, (1n << 62n) - 1n)),
  iamr: often(0n, fc.bigInt(0n, (1n << 62n) - 1n)),
  secondary: fc.boolean(),
  slot: fc.nat(7),
  rpn: fc.bigInt(0n, BigInt(MEMORY / 4096) + 16n),
  protection: fc.oneof(
    fc.bigInt(0n, (1n << 64n) - 1n).map((x) => x & PROTECTION_BITS),
    fc.constantFrom(0n, 1n, 2n, 3n, 0x192n),
  ),
  wrong: often<Draw['wrong']>(
    'nothing',
    fc.constantFrom('nothing', 'invalid', 'avpn', 'b', 'h', 'lp', 'l'),
  ),
  decoy: fc.constantFrom(0n, 1n, 2n, 0x80n, 0x4n, 1n << 62n),
  decoySlot: fc.nat(7),
  astray: often<0 | 1>(0, fc.constantFrom(0, 1)),
});

function situationOf(hw: Hardware, cpu: Cpu, ea: bigint, access: Situation['access']): Situation {
  return {
    cpu,
    ea,
    access,
    memoryBytes: MEMORY,
    reg: (name) => hw.get(0, name),
    slb: Array.from({ length: hw.model.slbEntries }, (_, n) => [
      hw.arena.slb(0, n, 'vsid'),
      hw.arena.slb(0, n, 'esid'),
    ]),
    read: (real) => hw.arena.read64(real),
  };
}

/** R (2) and C (1) of an entry. */
const rc = (hw: Hardware, pte: number): number =>
  (hw.arena.read8(pte + HPTE_R_BYTE) & 1) * 2 + (hw.arena.read8(pte + HPTE_C_BYTE) >> 7);

/** Where the access went by what the thread then is: a real address, or the interrupt with its registers. */
function outcome(hw: Hardware, ea: bigint, kind: Situation['access'], done: boolean) {
  if (done && kind === 'fetch') return { ra: hw.arena.code.place(hw.arena.fast.codeOf(0, ea)).ra };
  if (done) return { ra: hw.arena.fast.translate(0, ea, kind === 'store') };
  const vector = Number(hw.arena.nia(0));
  const hypervisor = vector >= 0xe00;
  const srr1 = hw.get(0, hypervisor ? 'HSRR1' : 'SRR1') & 0x783f0000n;
  const [dar, dsisr] = hypervisor ? ['HDAR', 'HDSISR'] : ['DAR', 'DSISR'];
  const status = kind === 'fetch' ? srr1 : hw.get(0, dsisr ?? '');
  const at = kind === 'fetch' ? hw.get(0, hypervisor ? 'HSRR0' : 'SRR0') : hw.get(0, dar ?? '');
  return { vector, status: vector === 0x380 || vector === 0x480 ? null : status, at };
}

function agrees(cpu: Cpu, d: Draw, kind: Situation['access']): void {
  const made = machines.prepare(cpu, d, Access[kind]);
  const { hw, ea } = made;
  const situation = situationOf(hw, cpu, ea, kind);
  const expected = translateByTheBook(situation);
  const pte = 'pte' in expected ? expected.pte : null;
  const before = made.entries.map((entry) => rc(hw, entry));
  const wanted = made.entries.map((entry, i) => {
    const old = before[i] ?? 0;
    return entry === pte ? old | (kind === 'store' ? 3 : 2) : old;
  });
  const done = machines.attempt(made, Access[kind]);
  const found = outcome(hw, ea, kind, done);
  if ('ra' in expected) expect(found).toEqual({ ra: Number(expected.ra) });
  else expect(found).toEqual({ vector: expected.vector, status: expected.status, at: ea });
  expect(made.entries.map((entry) => rc(hw, entry))).toEqual(wanted);
}

/** What a walk may have changed beside the table. */
function state(hw: Hardware): unknown {
  const registers = ['MSR', ...FAULT_REGISTERS];
  return {
    nia: hw.arena.nia(0),
    registers: registers.map((name) => hw.get(0, name)),
    next: hw.arena.tlbNext(0),
    tlb: [0, 1, 2].map((entry) => tlbEntry(hw, 0, entry)),
  };
}

function bothWalksAgree(cpu: Cpu, d: Draw, kind: Situation['access']): void {
  const [a, b] = [machines, plain].map((each) => {
    const made = each.prepare(cpu, d, Access[kind]);
    const done = each.attempt(made, Access[kind]);
    const entries = made.entries.map((entry) => rc(made.hw, entry));
    const where = outcome(made.hw, made.ea, kind, done);
    return { ...(state(made.hw) as object), done, where, entries };
  });
  expect(a).toEqual(b);
}

describe('an access by SLB and hashed page table', () => {
  test.each(CPUS)('on %s ends as the architecture says', (cpu) => {
    fc.assert(
      fc.property(draw, fc.constantFrom(...KINDS), (d, kind) => agrees(cpu, d, kind)),
      { seed: 20_261_120, numRuns: 1500 },
    );
  });

  test.each(CPUS)('on %s is the same in WebAssembly and in TypeScript', (cpu) => {
    fc.assert(
      fc.property(draw, fc.constantFrom(...KINDS), (d, kind) => bothWalksAgree(cpu, d, kind)),
      { seed: 20_261_122, numRuns: 500 },
    );
  });
});
