// H_READ, H_CLEAR_REF and H_CLEAR_MOD: what the guest may know of an entry, and its R and C bits.
// Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c (kvmppc_h_read, kvmppc_h_clear_ref, kvmppc_h_clear_mod).
import {
  compute_tlbie_rb,
  HPTE_R_BYTE,
  HPTE_R_C,
  HPTE_R_R,
  HPTE_V_ABSENT,
  HPTE_V_HVLOCK,
  HPTE_V_VALID,
} from '../hardware/mmu/hpte.ts';
import { goto, type Mode, type Routine, ret, routine, type StepDef } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { H_PARAMETER, H_READ_4, H_SUCCESS } from './hcall.ts';
import { type EntryLocals, LOCK, LOCK_RMAP, NOT_FOUND, PTE_INDEX, shownV } from './hcall-steps.ts';
import {
  guestRpte,
  hpteAddress,
  isPresent,
  npte,
  readHpte,
  setGuestRpte,
  storeR,
  storeV,
} from './hpt.ts';
import { HPTE_RC, RMAP, unlockRmap } from './rmap.ts';
import { callTlbies } from './tlbie.ts';

const SOURCE = 'arch/powerpc/kvm/book3s_hv_rm_mmu.c';

export const hRead = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, VcpuLocals & { index: number; n: number; i: number; v: bigint }>(
    'kvmppc_h_read',
    {
      source: SOURCE,
      mode,
      about: 'H_READ(flags, pte_index): one entry, or four with H_READ_4. Takes no lock.',
    },
    [
      [
        'pte_index',
        'pte_index inside the table, else H_PARAMETER; H_READ_4: the four around it',
        (k, l) => {
          const [flags = 0n, index = 0n] = vcpuOf(k, l.vcpu).gpr.slice(4, 6);
          if (index >= BigInt(npte(vmOf(k, l.vcpu)))) return ret(H_PARAMETER);
          l.n = (flags & H_READ_4) === 0n ? 1 : 4;
          l.index = Number(l.n === 4 ? index & ~3n : index);
          l.i = 0;
          return undefined;
        },
        6,
      ],
      [
        'read_v',
        'HPTE doubleword 0 without HVLOCK; ABSENT is shown as VALID',
        (k, l) => {
          l.v = readHpte(k, vmOf(k, l.vcpu), l.index + l.i).v;
          vcpuOf(k, l.vcpu).gpr[4 + 2 * l.i] = shownV(l.v);
        },
        6,
      ],
      [
        'read_r',
        'doubleword 1 as the guest wrote it, with R and C of an entry in force',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          const { r } = readHpte(k, vm, l.index + l.i);
          // MODEL: the kernel also shows R and C of an absent entry, which H_CLEAR_REF does not reach, and of a free
          // slot doubleword 1 as it is, with a host address.
          const rc = (l.v & HPTE_V_VALID) === 0n ? 0n : r & HPTE_RC;
          vcpuOf(k, l.vcpu).gpr[5 + 2 * l.i] = guestRpte(k, vm, l.index + l.i) | rc;
        },
        6,
      ],
      [
        'next',
        'the next of the four; at the end H_SUCCESS',
        (_k, l) => {
          l.i += 1;
          return l.i < l.n ? goto('read_v') : ret(H_SUCCESS);
        },
        4,
      ],
    ],
  );

interface ClearLocals extends EntryLocals {
  /** R word for r4: as it was before. */
  gr: bigint;
}

/** The first steps of both: the entry, locked, and its bits as the guest knows them; `bit` leaves guest_rpte. */
const lockAndRead = (bit: bigint): readonly StepDef<KvmCtx, ClearLocals>[] => [
  PTE_INDEX,
  LOCK,
  [
    'guest_rpte',
    'neither VALID nor ABSENT: H_NOT_FOUND; else the bit leaves guest_rpte',
    (k, l) => {
      const vm = vmOf(k, l.vcpu);
      l.v = readHpte(k, vm, l.index).v & ~HPTE_V_HVLOCK;
      if (!isPresent(l.v)) return goto('not_found');
      l.gr = guestRpte(k, vm, l.index);
      setGuestRpte(k, vm, l.index, l.gr & ~bit);
      return (l.v & HPTE_V_VALID) === 0n ? goto('unlock') : undefined;
    },
    8,
  ],
];

/** The last steps of both: what the host must not forget goes into the rmap word; r4, unlock. */
const rememberAndUnlock = (seen: bigint): readonly StepDef<KvmCtx, ClearLocals>[] => [
  LOCK_RMAP,
  [
    'remember',
    'the host must still know: into the rmap word; unlock_rmap',
    (k, l) => unlockRmap(k, l.rmap, seen),
    6,
  ],
  [
    'unlock',
    'r4 := R word as it was; V as it was, unlocked; H_SUCCESS',
    (k, l) => {
      vcpuOf(k, l.vcpu).gpr[4] = l.gr;
      storeV(k, vmOf(k, l.vcpu), l.index, l.v);
      return ret(H_SUCCESS);
    },
    6,
  ],
  NOT_FOUND,
];

export const hClearRef = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, ClearLocals>(
    'kvmppc_h_clear_ref',
    { source: SOURCE, mode, about: 'H_CLEAR_REF(flags, pte_index): R := 0, and what it was.' },
    [
      ...lockAndRead(HPTE_R_R),
      [
        'clear_ref',
        'R of the real entry set? clear it by a byte store, which leaves C alone',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          const { r } = readHpte(k, vm, l.index);
          l.gr |= r & HPTE_RC;
          if ((r & HPTE_R_R) === 0n) return goto('unlock');
          const at = hpteAddress(vm, l.index) + HPTE_R_BYTE;
          k.hw.arena.write8(at, k.hw.arena.read8(at) & ~1);
          return undefined;
        },
        8,
      ],
      [
        'tlbie',
        'do_tlbies, so that the next access sets R again',
        (k, l) => {
          const { r } = readHpte(k, vmOf(k, l.vcpu), l.index);
          return callTlbies(k, l.vcpu, 0n, [compute_tlbie_rb(l.v, r, l.index)]);
        },
        8,
      ],
      ...rememberAndUnlock(RMAP.REFERENCED),
    ],
  );

export const hClearMod = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, ClearLocals>(
    'kvmppc_h_clear_mod',
    { source: SOURCE, mode, about: 'H_CLEAR_MOD(flags, pte_index): C := 0, and what it was.' },
    [
      ...lockAndRead(HPTE_R_C),
      [
        'absent',
        'VALID := 0, ABSENT := 1 for the moment, so that C stands still',
        (k, l) => {
          const v = (l.v & ~HPTE_V_VALID) | HPTE_V_ABSENT | HPTE_V_HVLOCK;
          storeV(k, vmOf(k, l.vcpu), l.index, v);
        },
        6,
      ],
      [
        'tlbie',
        'do_tlbies: nobody sets C any longer',
        (k, l) => {
          const { r } = readHpte(k, vmOf(k, l.vcpu), l.index);
          return callTlbies(k, l.vcpu, 0n, [compute_tlbie_rb(l.v, r, l.index)]);
        },
        8,
      ],
      [
        'clear_mod',
        'C of the real entry := 0; was it set?',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          const { r } = readHpte(k, vm, l.index);
          l.gr |= r & HPTE_RC;
          if ((r & HPTE_R_C) === 0n) return goto('unlock');
          storeR(k, vm, l.index, { v: l.v, r: r & ~HPTE_R_C });
          return undefined;
        },
        8,
      ],
      ...rememberAndUnlock(RMAP.CHANGED),
    ],
  );
