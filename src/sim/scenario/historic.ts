// Small systems that show what historic mistakes of the kernel do (numbers: B1 to B31 of the reference, section
// 13), and for every one the machine in which it breaks a promise. The systems are not offered in the list: the page
// opens them by the mistake.
import { alone } from '../guest/alone.ts';
import { EDGES, TABLE_MISTAKES, VPA_USERS, WRITER, WRITTEN_GFN } from '../guest/historic.ts';
import { HPTE_CONTENTION } from '../guest/hpte-contention.ts';
import { TEST_DEVICE } from '../host/xics.ts';
import { gfnToMemslot, rmapWord } from '../kvm/memslot.ts';
import { RMAP } from '../kvm/rmap.ts';
import type { Machine } from '../machine/machine.ts';
import { vmPath } from '../trace/paths.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { memoryScenario } from './memory-checks.ts';
import type { Check, Scenario } from './scenario.ts';

const broken = (why: string, where = vmPath(1)) => ({ why, where });

/** A word of the guest has this value when it has finished. */
const wordIs = (name: string, what: string, symbol: string, value: number): Check<Monitor> => ({
  name,
  what,
  goal: true,
  needs: [symbol],
  test: (m, symbols) => {
    const found = guestWord(m, symbols.get(symbol) ?? 0n);
    return found === value ? HOLDS : broken(`${symbol} is ${found}, ${value} expected`);
  },
});

const changedRemembered: Check<Monitor> = {
  name: 'changed-remembered',
  what: 'the host knows of a page that it was written, also when the entry for it was removed and made again',
  goal: true,
  needs: [],
  test: (m) => {
    const vm = m.k.kvm.vms[0];
    const slot = vm && gfnToMemslot(vm, BigInt(WRITTEN_GFN));
    const word = slot ? m.hw.arena.read64(rmapWord(slot, BigInt(WRITTEN_GFN))) : 0n;
    if ((word & RMAP.CHANGED) !== 0n) return HOLDS;
    return broken(`the reverse-map word 0x${word.toString(16)} of the page lacks CHANGED`);
  },
};

/** Interrupts of the host's device that were served, or are kept for the host. */
const deviceIrqs = (m: Machine<Monitor>): number =>
  m.host.cpus.reduce((sum, cpu) => sum + cpu.device_irqs + (cpu.saved_xirr ? 1 : 0), 0);

const deviceNotLost: Check<Monitor> = {
  name: 'device-not-lost',
  what: 'an interrupt of a host device that comes to a thread of KVM is served, or kept for the host',
  goal: true,
  needs: [],
  test: (m) => (deviceIrqs(m) > 0 ? HOLDS : broken('the host does not know of it', 'core0/t2')),
};

/** A device of the host interrupts a thread that KVM has, with nothing to run. */
const device = { vm: -1, source: TEST_DEVICE, server: 2, priority: 0 } as const;
const DEVICE_AT = 60_000;
const STRAY: Scenario['script'] = (['route', 'trigger'] as const).map((op) => ({
  step: -1,
  cycle: DEVICE_AT,
  user: false,
  action: { kind: 'irq', op, ...device },
}));

/** Cycles at which user space asks for an external interrupt, all while the guest computes with MSR[EE]=0. */
const EDGES_AT = [12_000, 16_000, 20_000];

const EXITS = Array.from({ length: 30 }, (_, n) => 14_000 + 1171 * n);

export const HISTORIC: readonly Scenario<Monitor>[] = [
  memoryScenario({
    id: 'historic-stray',
    title: 'A stray interrupt for a thread that KVM has',
    summary:
      'One vcpu runs alone on its core. A device of the host interrupts another thread of it.',
    guest: alone('A'),
    script: STRAY,
    opens: (m) => m.m.guest_entries > 0,
    checks: [powersOff, deviceNotLost],
  }),
  memoryScenario({
    id: 'historic-edges',
    title: 'External interrupts for a guest that works with MSR[EE]=0',
    summary:
      'User space asks for three of them, as edges. The guest takes each between two pieces of work.',
    guest: EDGES,
    script: EDGES_AT.map((cycle) => ({
      step: -1,
      cycle,
      user: false,
      action: { kind: 'external', vcpu: 0 },
    })),
    stepLimit: 60_000,
    opens: (m) => m.m.guest_entries > 0,
    checks: [
      powersOff,
      wordIs('taken-once', 'the guest takes each edge once', 'taken', EDGES_AT.length),
    ],
  }),
  memoryScenario({
    id: 'historic-table',
    title: 'Entries of the page table and what the guest hears of them',
    summary: 'The guest removes an absent entry, writes a page, and gives one a high storage key.',
    guest: TABLE_MISTAKES,
    opens: (m) => m.m.guest_entries > 0,
    checks: [
      powersOff,
      wordIs('absent-shown-valid', 'H_REMOVE shows an absent entry as valid', 'shown', 1),
      changedRemembered,
      wordIs('key-refuses', 'a key above 7 is the one that AMR judges by', 'refused', 1),
    ],
  }),
  memoryScenario({
    id: 'historic-writer',
    title: 'A page is removed while another vcpu writes it',
    summary:
      'One vcpu writes a page that comes on demand; the other removes its entry again and again.',
    guest: WRITER,
    cores: 2,
    online: [0, 4],
    vcpus: 2,
    opens: (m) => m.m.guest_entries > 1,
    checks: [powersOff],
  }),
  memoryScenario({
    id: 'historic-contention',
    title: 'Two vcpus want the same slot of the page table',
    summary: 'Whoever enters its page there reads through it, protects it, and removes it again.',
    guest: HPTE_CONTENTION,
    cores: 2,
    online: [0, 4],
    vcpus: 2,
    opens: (m) => m.m.guest_entries > 1,
    checks: [
      powersOff,
      {
        name: 'one-owner',
        what: 'the slot is never anybody else’s while a vcpu has it',
        goal: false,
        needs: ['vars'],
        test: (m, symbols) => {
          const vars = symbols.get('vars') ?? 0n;
          const wrong = guestWord(m, vars + 8n) + guestWord(m, vars + 20n);
          return wrong === 0 ? HOLDS : broken(`${wrong} times it was another’s, too`);
        },
      },
    ],
  }),
  memoryScenario({
    id: 'historic-vpa',
    title: 'Four vcpus with virtual processor areas',
    summary:
      'Each says in its area whether it runs. The core is asked to leave the guest again and again; at the end an area is given up.',
    guest: VPA_USERS,
    vcpus: 4,
    virtualSmt: 4,
    stepLimit: 40_000,
    script: EXITS.map((cycle) => ({
      step: -1,
      cycle,
      user: false,
      action: { kind: 'exit', thread: 0 },
    })),
    opens: (m) => m.m.guest_entries > 3,
    checks: [powersOff],
  }),
];
