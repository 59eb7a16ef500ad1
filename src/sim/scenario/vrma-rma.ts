// vrma-rma: real mode of a guest in a contiguous area that the host set aside at boot (scenarios.md, seed 002, kernel
// commit aa04b4cc).
import { FAULT_LOG } from '../guest/kernel.ts';
import { INSIDE, LIMIT_FAULTS, RMA, RMA_SIZE, STORED } from '../guest/rma.ts';
import { LPCR } from '../hardware/bits.ts';
import { HUGE_PAGE } from '../host/memory.ts';
import { guestReal } from '../kvm/memslot.ts';
import type { Machine } from '../machine/machine.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { hptChecks, memoryScenario } from './memory-checks.ts';
import type { Check, Scenario } from './scenario.ts';

type M = Machine<Monitor>;

const MB = 2 ** 20;
/** RMLS of 32 MB. */
const RMLS_32M = 8n << 26n;
const broken = (why: string, where = 'vm1/vcpu0') => ({ why, where });
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** A doubleword of the guest's memory, 0 before it has any. */
function guestDoubleword(m: M, address: number): bigint {
  const [vm] = m.k.kvm.vms;
  const real = vm ? guestReal(vm, BigInt(address), 8) : -1;
  return real < 0 ? 0n : m.hw.arena.read64(real);
}

const contiguous: Check<Monitor> = {
  name: 'contiguous-area',
  what: 'the VM gets its real mode area: 32 MB in one piece of host memory, at a multiple of that',
  goal: true,
  needs: [],
  test: (m) => {
    const [vm] = m.k.kvm.vms;
    const base = vm ? guestReal(vm, 0n, RMA_SIZE) : -1;
    return base >= 0 && base % RMA_SIZE === 0 ? HOLDS : broken('the VM has no such area', 'vm1');
  },
};

const registers: Check<Monitor> = {
  name: 'real-mode-registers',
  what: 'in the guest RMOR is the base of the area and LPCR has its size: VPM0=0, VRMA_L=0, RMLS=8',
  goal: true,
  needs: [],
  test: (m) => {
    const { LPCR: lpcr, RMOR: rmor } = m.monitor.runs?.last[0]?.entered ?? {};
    const base = m.k.host.memory.rmas[0]?.base ?? -1;
    if (typeof lpcr !== 'bigint' || typeof rmor !== 'bigint')
      return broken('no run of the guest has ended yet');
    const right = (lpcr & (LPCR.VPM0 | LPCR.VRMA_L | LPCR.RMLS)) === RMLS_32M;
    return right && rmor === BigInt(base)
      ? HOLDS
      : broken(`LPCR was ${hex(lpcr)} and RMOR ${hex(rmor)}`);
  },
};

const inside: Check<Monitor> = {
  name: 'inside-by-offset',
  what: 'what the guest stores in real mode is in the area, at the same distance from its start',
  goal: true,
  needs: ['inside'],
  test: (m, symbols) => {
    const base = m.k.host.memory.rmas[0]?.base;
    if (base === undefined || guestWord(m, symbols.get('inside') ?? 0n) !== 1)
      return broken('the guest has not stored there yet');
    const wrong = INSIDE.find((address) => m.hw.arena.read64(base + address) !== STORED);
    return wrong === undefined
      ? HOLDS
      : broken(`RMOR + 0x${wrong.toString(16)} does not hold what the guest stored`);
  },
};

const limit: Check<Monitor> = {
  name: 'limit-faults',
  what: 'a load, a store and a fetch past the limit are storage interrupts of the guest: bit 36, and 38 for the store',
  goal: true,
  needs: [],
  test: (m) => {
    const wrong = LIMIT_FAULTS.find(([address, cause], i) => {
      const at = FAULT_LOG + 16 * i;
      return guestDoubleword(m, at) !== address || guestDoubleword(m, at + 8) !== cause;
    });
    if (wrong) return broken(`no fault at ${hex(wrong[0])} with cause ${hex(wrong[1])} so far`);
    const { '300': data = 0, '400': fetches = 0 } = m.m.own_interrupts;
    return data === 2 && fetches === 1
      ? HOLDS
      : broken(`${data} data and ${fetches} instruction storage interrupts came straight to it`);
  },
};

const translated: Check<Monitor> = {
  name: 'reached-by-translation',
  what: 'with translation on the guest reaches its memory behind the limit',
  goal: true,
  needs: ['translated'],
  test: (m, symbols) =>
    guestWord(m, symbols.get('translated') ?? 0n) === 1 && guestDoubleword(m, RMA_SIZE) === STORED
      ? HOLDS
      : broken('the guest has not reached it yet'),
};

const own: readonly Check<Monitor>[] = [
  powersOff,
  contiguous,
  registers,
  inside,
  limit,
  translated,
];

export const VRMA_RMA: Scenario<Monitor> = memoryScenario({
  id: 'vrma-rma',
  title: 'A real mode area from the pool',
  summary:
    'At boot the host sets 32 MB in one piece aside; then other work fragments its memory. The guest’s real mode is in that area, by offset and limit; behind the limit it faults.',
  guest: RMA,
  memory: RMA_SIZE + HUGE_PAGE,
  realBytes: 96 * MB,
  boot: { hugepages: 1, kvm_rma_size: RMA_SIZE, kvm_rma_count: 1 },
  rma: true,
  patches: ['vrma-rma'],
  opens: (m) => (m.m.own_interrupts['300'] ?? 0) > 0,
  checks: [...own, ...hptChecks],
  offShows: { 'vrma-rma': own.map(({ name }) => name) },
});
