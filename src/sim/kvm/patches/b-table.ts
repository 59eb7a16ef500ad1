// Historic mistakes about the hashed page table (numbers: B1 to B31 of the reference, section 13).
import { HPTE_R_PP0, HPTE_V_HVLOCK, HPTE_V_VALID } from '../../hardware/mmu/hpte.ts';
import { HUGE_PAGE } from '../../host/memory.ts';
import { goto, type Mode, ret, type StepDef, spin, step } from '../../host/routine.ts';
import { type KvmCtx, vcpuOf, vmOf } from '../context.ts';
import { H_PARAMETER, H_SUCCESS } from '../hcall.ts';
import type { EntryLocals } from '../hcall-steps.ts';
import { guestRpte, readHpte, storeV } from '../hpt.ts';
import { gfnToMemslot, hostPage, rmapWord } from '../memslot.ts';
import type { Edit, Patch } from '../patches.ts';
import { addRevmapChain, gfnOf, HPTE_RC, RMAP, removeRevmapChain, unlockRmap } from '../rmap.ts';

const MODE: Mode = 'real';
const real = <L>(def: StepDef<KvmCtx, L>) => step<KvmCtx, L>(def, MODE);

type Racy = EntryLocals & { seen: bigint };

/** try_lock_hpte as load and store: whether the store conditional succeeded is not looked at. */
const twoHalves = (routine: string): readonly Edit[] => [
  {
    routine,
    replace: 'lock',
    by: real<Racy>([
      'lock',
      'ldarx of V: not locked?',
      (k, l) => {
        l.seen = readHpte(k, vmOf(k, l.vcpu), l.index).v;
        if ((l.seen & HPTE_V_HVLOCK) === 0n) return undefined;
        return spin(`waiting for the lock of HPTE ${l.index}`);
      },
      8,
    ]),
  },
  {
    routine,
    before: 'match',
    insert: real<Racy>([
      'stdcx',
      'stdcx. of V with HVLOCK; another thread was faster: it is not stored, and nobody knows',
      (k, l) => {
        const vm = vmOf(k, l.vcpu);
        if (readHpte(k, vm, l.index).v === l.seen) storeV(k, vm, l.index, l.seen | HPTE_V_HVLOCK);
      },
      4,
    ]),
  },
];

const b14: Patch = {
  id: 'b14-try-lock',
  title: 'try_lock_hpte reports that its store was not done',
  commit: 'historic',
  fixed: '3.12',
  summary:
    'A store conditional that fails is reported as a lock that was not taken. Without it two threads may both believe that they hold the lock of an entry.',
  cpus: ['p7'],
  off: [...twoHalves('kvmppc_h_remove'), ...twoHalves('kvmppc_h_protect')],
};

type EnterLocals = EntryLocals & { pteh: bigint; ptel: bigint; psize: number; code: number };

const b15: Patch = {
  id: 'b15-rmap-changed',
  title: 'Linking an entry keeps CHANGED of its page',
  commit: 'historic',
  fixed: '3.12',
  summary:
    'The reverse-map word remembers that a page was written through an entry that is gone. Without it the next H_ENTER of the page wipes that out, and a dirty log misses the page.',
  cpus: ['p7'],
  off: [
    {
      routine: 'kvmppc_h_enter',
      replace: 'add_revmap_chain',
      by: real<EnterLocals>([
        'add_revmap_chain',
        'into the ring of the page: rmap word := index | REFERENCED | PRESENT; R and C by it; unlock_rmap',
        (k, l) => {
          addRevmapChain(k, vmOf(k, l.vcpu), l.index, l.rmap);
          const word = (k.hw.arena.read64(l.rmap) & ~RMAP.CHANGED) | RMAP.REFERENCED;
          k.hw.arena.write64(l.rmap, word);
          l.ptel &= ((word >> RMAP.RC_SHIFT) & HPTE_RC) | ~HPTE_RC;
          unlockRmap(k, l.rmap);
        },
        12,
      ]),
    },
  ],
};

const b19: Patch = {
  id: 'b19-remove-absent',
  title: 'H_REMOVE shows an absent entry as a valid one',
  commit: 'historic',
  fixed: '4.4',
  summary:
    'The guest does not know ABSENT: what it has entered was valid, and H_REMOVE says so. Without it the guest gets V with bit 0x20 and without VALID.',
  cpus: ['p7', 'p8'],
  requires: ['mmio-absent-hpte'],
  off: [
    {
      routine: 'kvmppc_h_remove',
      replace: 'clear',
      by: real<EntryLocals>([
        'clear',
        'r4, r5 := V as it was, guest_rpte; V := 0, which also drops the lock',
        (k, l) => {
          const { gpr } = vcpuOf(k, l.vcpu);
          gpr[4] = l.v & ~HPTE_V_HVLOCK;
          gpr[5] = guestRpte(k, vmOf(k, l.vcpu), l.index);
          storeV(k, vmOf(k, l.vcpu), l.index, 0n);
          return ret(H_SUCCESS);
        },
        8,
      ]),
    },
  ],
};

const b20: Patch = {
  id: 'b20-key-hi',
  title: 'The host’s page number leaves the key alone',
  commit: 'historic',
  fixed: '4.18',
  summary:
    'The high two bits of the storage key lie above the real page number, and stay when the host’s is put in. Without it they are lost, and AMR judges by another key.',
  cpus: ['p7', 'p8'],
  off: [
    {
      routine: 'kvmppc_h_enter',
      replace: 'memslot',
      by: real<EnterLocals>([
        'memslot',
        'srcu_read_lock; gfn_to_memslot of the page that ptel names: none is no memory; bits 0 to 62 := the host’s',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          vm.srcu += 1;
          l.code = H_SUCCESS;
          const gfn = gfnOf(l.ptel, l.psize);
          const slot = gfnToMemslot(vm, gfn);
          if (!slot) return undefined;
          if (l.psize > HUGE_PAGE) {
            l.code = H_PARAMETER;
            return goto('srcu_read_unlock');
          }
          l.rmap = rmapWord(slot, gfn);
          const rpn = HPTE_R_PP0 - BigInt(l.psize);
          l.ptel = (l.ptel & ~rpn) | BigInt(hostPage(slot, gfn));
          l.pteh |= HPTE_V_VALID;
          return goto('wimg');
        },
        20,
      ]),
    },
  ],
};

const b26: Patch = {
  id: 'b26-rc-behind-tlbie',
  title: 'H_REMOVE reads R and C behind the tlbie',
  commit: 'historic',
  fixed: '3.6',
  summary:
    'Until the tlbie a thread that holds the translation may set R and C. Read before it they may be lost, and with C the knowledge that the page was written.',
  cpus: ['p7'],
  off: [
    {
      routine: 'kvmppc_h_remove',
      before: 'invalidate',
      insert: real<EntryLocals & { r: bigint }>([
        'read_rc',
        'R and C of the entry',
        (k, l) => {
          l.r = readHpte(k, vmOf(k, l.vcpu), l.index).r;
        },
        4,
      ]),
    },
    {
      routine: 'kvmppc_h_remove',
      replace: 'remove_revmap_chain',
      by: real<EntryLocals & { r: bigint }>([
        'remove_revmap_chain',
        'R and C as they were, into guest_rpte and the rmap word; out of the ring; unlock_rmap',
        (k, l) => {
          removeRevmapChain(k, vmOf(k, l.vcpu), l.index, l.rmap, l.r);
          unlockRmap(k, l.rmap);
        },
        12,
      ]),
    },
  ],
};

/** Mistakes about the hashed page table. */
export const TABLE_PATCHES: readonly Patch[] = [b14, b15, b19, b20, b26];
