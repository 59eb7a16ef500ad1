// ppc970: two guests on one PowerPC 970 (scenarios.md, seed 002): HID4 in place of LPCR, LPID and RMOR, a TLB without
// LPIDs, external interrupts that MSR[EE] masks.
import { ppc970Guest, RMA_SIZE_970, ROUNDS_970 } from '../guest/ppc970.ts';
import { HID4_LPES1, HID4_LPID } from '../hardware/bits.ts';
import { HUGE_PAGE } from '../host/memory.ts';
import type { Machine } from '../machine/machine.ts';
import { vmPath } from '../trace/paths.ts';
import { anatomyObserver, type Monitor } from './anatomy-monitor.ts';
import { hostChecks } from './book3s-hv.ts';
import { guestWord, HOLDS, powersOff, violation } from './checks.ts';
import { hptChecks } from './memory-checks.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 2 ** 20;
const VMS = [1, 2];
const VM = { vcpus: 1, virtualSmt: 1, memory: RMA_SIZE_970 + HUGE_PAGE, rma: true } as const;
/** HID4 with RMLS of 64 MB, which is 3, and RMOR of the area. */
const realModePart = (base: number): bigint => (3n << 61n) | (BigInt(base / RMA_SIZE_970) << 41n);

type Symbols = ReadonlyMap<string, bigint>;
const word = (m: Machine<Monitor>, symbols: Symbols, name: string, vm: number): number =>
  guestWord(m, symbols.get(name) ?? 0n, vm);
const hex = (value: number): string => `0x${value.toString(16)}`;

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'delivered-when-enabled',
    what: `each of the ${ROUNDS_970} interrupts that come with MSR[EE]=0 is delivered as soon as the guest sets it`,
    goal: true,
    needs: ['taken', 'missed'],
    test: (m, symbols) => {
      const missed = VMS.find((vm) => word(m, symbols, 'missed', vm) > 0);
      if (missed !== undefined) {
        const times = word(m, symbols, 'missed', missed);
        const why = `the guest of VM ${missed} had MSR[EE]=1 for a while ${times} times, and its interrupt did not come`;
        return { why, where: `${vmPath(missed)}/vcpu0` };
      }
      const vm = VMS.find((each) => word(m, symbols, 'taken', each) !== ROUNDS_970);
      if (vm === undefined) return HOLDS;
      const taken = word(m, symbols, 'taken', vm);
      return { why: `${taken} of ${ROUNDS_970} in VM ${vm} so far`, where: vmPath(vm) };
    },
  },
  {
    name: 'own-page',
    what: 'each guest finds on its page what it has stored there, although both have it at the same address',
    goal: false,
    needs: ['foreign', 'found'],
    test: (m, symbols) => {
      const vm = VMS.find((each) => word(m, symbols, 'foreign', each) > 0);
      if (vm === undefined) return HOLDS;
      const found = hex(word(m, symbols, 'found', vm));
      return {
        why: `the guest of VM ${vm} read ${found}, which the other stored`,
        where: vmPath(vm),
      };
    },
  },
  {
    name: 'tlb-flushed',
    what: 'no processor enters a partition with translations of another one in its TLB',
    goal: false,
    needs: [],
    test: (m) => violation(m, 'tlb-flushed'),
  },
  {
    name: 'hid4-of-guest',
    what: 'in the guest HID4 has its LPID, RMLS of 64 MB and RMOR of its area: there is no LPCR, LPIDR or RMOR',
    goal: true,
    needs: [],
    test: (m) => {
      const { last = [] } = m.monitor.runs ?? {};
      for (const vm of VMS) {
        const hid4 = last[vm - 1]?.entered.HID4;
        const rma = m.k.host.memory.rmas[vm - 1];
        if (typeof hid4 !== 'bigint' || !rma)
          return { why: `no run of VM ${vm} has ended yet`, where: vmPath(vm) };
        const lpid = BigInt(vm) << HID4_LPID.LOW_SHIFT;
        if (hid4 !== (lpid | realModePart(rma.base) | HID4_LPES1)) {
          const why = `HID4 of VM ${vm} was 0x${hid4.toString(16)}`;
          return { why, where: `${vmPath(vm)}/vcpu0` };
        }
      }
      return HOLDS;
    },
  },
  {
    name: 'registers-found',
    what: 'PMC7, PMC8 and SLB entry 63 are switched, too: each guest finds its own',
    goal: false,
    needs: ['wrong'],
    test: (m, symbols) => {
      const vm = VMS.find((each) => word(m, symbols, 'wrong', each) > 0);
      if (vm === undefined) return HOLDS;
      const times = word(m, symbols, 'wrong', vm);
      return { why: `the guest of VM ${vm} found them changed ${times} times`, where: vmPath(vm) };
    },
  },
  {
    name: 'pages-pinned',
    what: 'H_ENTER of the page behind the area is tried again with the kernel, which pins it',
    goal: true,
    needs: [],
    test: (m) => {
      const vm = VMS.find((each) => {
        const [slot] = m.k.kvm.vms[each - 1]?.memslots ?? [];
        return slot === undefined || slot.slot_phys.length < slot.pages.length;
      });
      return vm === undefined
        ? HOLDS
        : { why: `VM ${vm} has pages that nobody has pinned so far`, where: vmPath(vm) };
    },
  },
  ...hostChecks,
  ...hptChecks,
];

export const PPC970: Scenario<Monitor> = {
  ...VM,
  id: 'ppc970',
  title: 'Two guests on a PowerPC 970',
  summary:
    'A processor with one thread, whose HID4 says what LPCR, LPID and RMOR say later. Its TLB does not know partitions, so each switch empties it. No interrupt can be mediated: the host leaves an IPI to itself pending, which comes when the guest enables interrupts.',
  cpu: '970',
  cores: 1,
  online: [0],
  realBytes: 192 * MB,
  boot: { hugepages: 2, kvm_rma_size: RMA_SIZE_970, kvm_rma_count: 2 },
  guest: ppc970Guest('A', 0x1111),
  guests: [{ ...VM, guest: ppc970Guest('B', 0x2222) }],
  stepLimit: 400_000,
  script: [],
  patches: ['ppc970', 'ppc970-tlb'],
  opens: (m, symbols) => VMS.every((vm) => word(m, symbols, 'taken', vm) > 0),
  observer: anatomyObserver,
  checks,
  offShows: {
    ppc970: ['delivered-when-enabled'],
    'ppc970-tlb': ['own-page', 'tlb-flushed', 'pages-pinned'],
  },
};
