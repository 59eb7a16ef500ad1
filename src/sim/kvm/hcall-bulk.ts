// H_BULK_REMOVE: up to four entries in one hcall, their tlbies together. Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c
// (kvmppc_h_bulk_remove, Linux 3.6). Only the first lock of a batch is waited for: two vcpus that bulk-remove the same
// entries in opposite order would otherwise wait for each other for ever.
import { compute_tlbie_rb, HPTE_V_HVLOCK, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { goto, type Mode, type Routine, ret, routine, spin } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { H_PARAMETER, H_SUCCESS } from './hcall.ts';
import { guestRpte, isPresent, npte, readHpte, storeV, tryLockHpte, unlockHpte } from './hpt.ts';
import { HPTE_RC, removeRevmapChain, rmapOfHpte, tryLockRmap, unlockRmap } from './rmap.ts';
import { callTlbies } from './tlbie.ts';

const PAIRS = 4;
const INDEX = (1n << 56n) - 1n;
/** Type of a request, and its match mode; the answer in the same byte. */
const REQUEST = 1n;
const END = 3n;
const MODE = { ANDCOND: 1n, AVPN: 2n, INVALID: 3n } as const;
const SUCCESS = 0x80n;
const NOT_FOUND = 0x90n;
const BAD = 0xa0n;

interface BulkLocals extends VcpuLocals {
  /** Pair that is looked at. */
  i: number;
  /** Entries that are locked and invalid, by pair, and V of each: the batch. */
  pairs: number[];
  v: bigint[];
  rb: bigint[];
  code: number;
  rmap: number;
}

/** Register of a pair's control word; the tsl word (AVPN or condition) is behind it. */
const control = (pair: number): number => 4 + 2 * pair;

interface Request {
  type: bigint;
  flags: bigint;
  index: bigint;
  tsl: bigint;
}

function request(k: KvmCtx, vcpu: number, pair: number): Request {
  const { gpr } = vcpuOf(k, vcpu);
  const word = gpr[control(pair)] ?? 0n;
  const tsl = gpr[control(pair) + 1] ?? 0n;
  return { type: word >> 62n, flags: (word >> 56n) & 3n, index: word & INDEX, tsl };
}

/** Writes the answer of a pair. R and C of the guest's word land in bits 0x08 and 0x04 of the top byte. */
function answer(k: KvmCtx, vcpu: number, pair: number, kind: bigint, ptel = 0n): void {
  const { flags, index } = request(k, vcpu, pair);
  vcpuOf(k, vcpu).gpr[control(pair)] = ((kind | flags) << 56n) | index | ((ptel & HPTE_RC) << 51n);
}

function isMatch(v: bigint, { flags, tsl }: Request): boolean {
  if (!isPresent(v)) return false;
  if (flags === MODE.ANDCOND) return (v & tsl) === 0n;
  return flags !== MODE.AVPN || (v & ~0x7fn) === tsl;
}

/** The first entry of the batch that is still to be taken out of its ring. */
const firstOf = (k: KvmCtx, l: BulkLocals): number =>
  Number(request(k, l.vcpu, l.pairs[0] ?? 0).index);

export const hBulkRemove = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, BulkLocals>(
    'kvmppc_h_bulk_remove',
    {
      source: 'arch/powerpc/kvm/book3s_hv_rm_mmu.c',
      mode,
      about: 'H_BULK_REMOVE: up to four (control, tsl) pairs in r4 to r11, answered in place.',
    },
    [
      [
        'start',
        'from the first pair on',
        (_k, l) => {
          l.i = 0;
          l.code = H_SUCCESS;
          l.pairs = [];
          l.v = [];
          l.rb = [];
        },
        4,
      ],
      [
        'request',
        'the next pair: end of the list? bad type, match mode or index? then H_PARAMETER',
        (k, l) => {
          if (l.i === PAIRS) return goto('tlbie');
          const { type, flags, index } = request(k, l.vcpu, l.i);
          if (type === END) {
            l.i = PAIRS;
            return goto('tlbie');
          }
          const bad = type !== REQUEST || flags === MODE.INVALID;
          if (!bad && index < BigInt(npte(vmOf(k, l.vcpu)))) return undefined;
          answer(k, l.vcpu, l.i, BAD);
          l.code = H_PARAMETER;
          l.i = PAIRS;
          return goto('tlbie');
        },
        8,
      ],
      [
        'lock',
        'try_lock_hpte; held: wait for the first of a batch, else finish the batch before',
        (k, l) => {
          const index = Number(request(k, l.vcpu, l.i).index);
          if (tryLockHpte(k, vmOf(k, l.vcpu), index)) return undefined;
          return l.pairs.length > 0 ? goto('tlbie') : spin(`waiting for the lock of HPTE ${index}`);
        },
        8,
      ],
      [
        'match',
        'is it what was asked for? else the answer is "not found"',
        (k, l) => {
          const wanted = request(k, l.vcpu, l.i);
          const { v } = readHpte(k, vmOf(k, l.vcpu), Number(wanted.index));
          if (isMatch(v & ~HPTE_V_HVLOCK, wanted)) return goto('remove');
          answer(k, l.vcpu, l.i, NOT_FOUND);
          return undefined;
        },
        8,
      ],
      [
        'unlock',
        'unlock it; on to the next pair',
        (k, l) => {
          unlockHpte(k, vmOf(k, l.vcpu), Number(request(k, l.vcpu, l.i).index));
          l.i += 1;
          return goto('request');
        },
        6,
      ],
      [
        'remove',
        'absent: V := 0 and done; valid: VALID := 0, locked, into the batch',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          const index = Number(request(k, l.vcpu, l.i).index);
          const { v, r } = readHpte(k, vm, index);
          if ((v & HPTE_V_VALID) === 0n) {
            answer(k, l.vcpu, l.i, SUCCESS, guestRpte(k, vm, index));
            storeV(k, vm, index, 0n);
          } else {
            storeV(k, vm, index, v & ~HPTE_V_VALID);
            l.pairs.push(l.i);
            l.v.push(v);
            l.rb.push(compute_tlbie_rb(v, r, index));
          }
          l.i += 1;
          return goto('request');
        },
        8,
      ],
      [
        'tlbie',
        'do_tlbies for the whole batch',
        (k, l) => (l.rb.length > 0 ? callTlbies(k, l.vcpu, 0n, l.rb) : undefined),
        8,
      ],
      [
        'lock_rmap',
        'for each of the batch: lock_rmap of its page',
        (k, l) => {
          l.rb = [];
          const [v = 0n] = l.v;
          if (l.pairs.length === 0) return goto('next');
          const vm = vmOf(k, l.vcpu);
          l.rmap = rmapOfHpte(k, vm, v, guestRpte(k, vm, firstOf(k, l)));
          return tryLockRmap(k, l.rmap)
            ? undefined
            : spin('waiting for the lock of a reverse-map word');
        },
        8,
      ],
      [
        'remove_revmap_chain',
        'R and C, which no longer change, are kept; out of the ring; unlock_rmap',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          const index = firstOf(k, l);
          removeRevmapChain(k, vm, index, l.rmap, readHpte(k, vm, index).r);
          unlockRmap(k, l.rmap);
        },
        12,
      ],
      [
        'clear',
        'its answer, with R and C; V := 0, which also drops the lock',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          const index = firstOf(k, l);
          const [pair = 0, ...others] = l.pairs;
          answer(k, l.vcpu, pair, SUCCESS, guestRpte(k, vm, index));
          storeV(k, vm, index, 0n);
          l.pairs = others;
          l.v = l.v.slice(1);
          return goto('lock_rmap');
        },
        8,
      ],
      [
        'next',
        'another batch, or all is done',
        (_k, l) => (l.i < PAIRS ? goto('request') : ret(l.code)),
        4,
      ],
    ],
  );
