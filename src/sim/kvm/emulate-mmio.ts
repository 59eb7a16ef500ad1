// MMIO: the hypervisor decodes a load or store of the guest to a device and lets user space make the access.
// Source: arch/powerpc/kvm/book3s_64_mmu_hv.c (kvmppc_hv_emulate_mmio), emulate_loadstore.c, powerpc.c
// (kvmppc_handle_load, kvmppc_complete_mmio_load). The instruction's form comes from its row in the instruction table.
import { MSR } from '../hardware/bits.ts';
import { HPTE_R_RPN, HPTE_V_ABSENT, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { tell } from '../host/context.ts';
import { call, goto, ret, routine } from '../host/routine.ts';
import { type Decoded, decode } from '../isa/decode.ts';
import { type StorageForm, storageForm } from '../isa/storage-form.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, RESUME, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { queueIllegal } from './exceptions.ts';
import { guestRpte, hptePageSize, readHpte, unlockHpte } from './hpt.ts';
import { savedSegment, VRMA_SLB_V } from './hpte-lookup.ts';
import { guestReal } from './memslot.ts';
import type { Vcpu } from './records.ts';

/** vcpu.last_inst when the instruction is not known. */
export const KVM_INST_FETCH_FAILED = 0xffffffff;

// --- values

/** DOUBLE(word) of the manual: single format to double, without changing a NaN. */
export function singleToDouble(word: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  const exponent = (word >>> 23) & 0xff;
  if (exponent === 0xff) {
    return (BigInt(word >>> 31) << 63n) | (0x7ffn << 52n) | (BigInt(word & 0x7fffff) << 29n);
  }
  view.setUint32(0, word);
  view.setFloat64(0, view.getFloat32(0));
  return view.getBigUint64(0);
}

/** SINGLE(value) of the manual: double format to single, by truncation; too small to be one: a signed 0 (undefined). */
export function doubleToSingle(value: bigint): number {
  const exponent = Number((value >> 52n) & 0x7ffn);
  const sign = Number(value >> 63n) * 2 ** 31;
  if (exponent > 896 || BigInt.asUintN(63, value) === 0n) {
    const [high, low] = [(value >> 32n) & 0xc0000000n, (value >> 29n) & 0x3fffffffn];
    return Number(high | low);
  }
  if (exponent < 874) return sign;
  const fraction = (1n << 23n) | ((value >> 29n) & 0x7fffffn);
  return sign + Number(fraction >> BigInt(897 - exponent));
}

const swapped = (form: StorageForm, msr: bigint): boolean =>
  form.reversed !== ((msr & MSR.LE) !== 0n);

/** The bytes that a store of `value` puts into storage, lowest address first. */
export function storedBytes(form: StorageForm, value: bigint, msr: bigint): number[] {
  const raw = form.single ? BigInt(doubleToSingle(value)) : value;
  const bytes = Array.from({ length: form.size }, (_, i) =>
    Number((raw >> BigInt(8 * (form.size - 1 - i))) & 0xffn),
  );
  return swapped(form, msr) ? bytes.reverse() : bytes;
}

/** The register value that a load makes of bytes from storage. */
export function loadedValue(form: StorageForm, data: readonly number[], msr: bigint): bigint {
  const bytes = swapped(form, msr) ? [...data].reverse() : data;
  const raw = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  if (form.single) return singleToDouble(Number(raw));
  return form.signed ? BigInt.asUintN(64, BigInt.asIntN(8 * form.size, raw)) : raw;
}

/** FPR `n`. MODEL: POWER9's entry does not switch FPRs, they stay in the hardware thread. */
function fpr(k: KvmCtx, { vsr }: Vcpu, n: number): bigint {
  return vsr.length > 0 ? (vsr[2 * n] ?? 0n) : k.hw.arena.vsr(k.tid, n, 0);
}
function setFpr(k: KvmCtx, vcpu: Vcpu, n: number, value: bigint): void {
  if (vcpu.vsr.length > 0) vcpu.vsr = vcpu.vsr.with(2 * n, value).with(2 * n + 1, 0n);
  else {
    k.hw.arena.setVsr(k.tid, n, 0, value);
    k.hw.arena.setVsr(k.tid, n, 1, 0n);
  }
}

/** The instruction and its form; null when it is no load or store that is emulated. */
export function decodeInst(word: number): { decoded: Decoded; form: StorageForm } | null {
  const decoded = decode(word | 0);
  const form = decoded && storageForm(decoded.row);
  return decoded && form ? { decoded, form } : null;
}

// --- the instruction

/** instruction_is_store: a bit of the primary opcode, of extended opcodes another. */
const isStore = (word: number): boolean => (word & (word >>> 26 === 31 ? 0x100 : 0x10000000)) !== 0;

export const loadLastInst = routine<KvmCtx, VcpuLocals & { gpa: bigint }>(
  'kvmppc_load_last_inst',
  {
    source:
      'arch/powerpc/kvm/book3s.c (kvmppc_ld), book3s_64_mmu_hv.c (kvmppc_mmu_book3s_64_hv_xlate)',
    mode: 'virtual',
    about:
      'Reads the instruction at pc as the guest would: SLB, page table, memory. 1: it cannot be read.',
  },
  [
    [
      'segment',
      'the SLB entry of pc, or in real mode the VRMA; then kvmppc_hv_find_lock_hpte',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const slb_v = (vcpu.msr & MSR.IR) === 0n ? VRMA_SLB_V : savedSegment(vcpu, vcpu.pc);
        if (slb_v === null) return ret(1);
        const valid = HPTE_V_VALID | HPTE_V_ABSENT;
        return call('kvmppc_hv_find_lock_hpte', { vm: vcpu.vm, ea: vcpu.pc, slb_v, valid });
      },
      10,
    ],
    [
      'real_addr',
      'the guest real address by guest_rpte; unlock_hpte',
      (k, l) => {
        if (l.ret < 0) return ret(1);
        const vm = vmOf(k, l.vcpu);
        const gr = guestRpte(k, vm, l.ret);
        const psize = BigInt(hptePageSize(k, { v: readHpte(k, vm, l.ret).v, r: gr }));
        unlockHpte(k, vm, l.ret);
        l.gpa = (gr & HPTE_R_RPN & ~(psize - 1n)) | (vcpuOf(k, l.vcpu).pc & (psize - 1n));
        return undefined;
      },
      10,
    ],
    [
      'read',
      'last_inst := the word there, if it is memory',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const real = guestReal(vmOf(k, l.vcpu), l.gpa, 4);
        if (real === NONE) return ret(1);
        vcpu.last_inst = k.hw.arena.read32(real, (vcpu.msr & MSR.LE) !== 0n);
        return ret(0);
      },
      8,
    ],
  ],
);

interface MmioLocals extends VcpuLocals {
  gpa: bigint;
  ea: bigint;
  is_store: number;
}

export const emulateMmio = routine<KvmCtx, MmioLocals>(
  'kvmppc_hv_emulate_mmio',
  {
    source: 'arch/powerpc/kvm/book3s_64_mmu_hv.c, emulate_loadstore.c, powerpc.c',
    mode: 'virtual',
    about: 'A load or store to a device: KVM_EXIT_MMIO, so that user space makes the access.',
  },
  [
    [
      'last_inst',
      'is the instruction known already? else kvmppc_load_last_inst',
      (k, l) => {
        if (vcpuOf(k, l.vcpu).last_inst !== KVM_INST_FETCH_FAILED) return goto('direction');
        return call('kvmppc_load_last_inst', { vcpu: l.vcpu });
      },
      6,
    ],
    [
      'fetched',
      'it cannot be read: the guest executes it again',
      (_k, l) => (l.ret === 0 ? undefined : goto('resume')),
      4,
    ],
    [
      'direction',
      'a store for a store, a load for a load? else it was changed meanwhile: the guest executes it again',
      (k, l) =>
        isStore(vcpuOf(k, l.vcpu).last_inst) === (l.is_store === 1) ? undefined : goto('resume'),
      6,
    ],
    [
      'decode',
      'kvmppc_emulate_loadstore: size, register, order of bytes; not one of those: 0x700 for the guest',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if (decodeInst(vcpu.last_inst)) return undefined;
        queueIllegal(vcpu);
        return goto('resume');
      },
      12,
    ],
    [
      'exit_mmio',
      'run.mmio := address, length, direction, the bytes of a store; update form: RA := EA; pc += 4; KVM_EXIT_MMIO',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        handleLoadStore(k, vcpu, l);
        tell(k, 'kvm_mmio', l.vcpu, Number(l.gpa), l.is_store);
        return ret(RESUME.HOST);
      },
      16,
    ],
    ['resume', 'RESUME_GUEST', () => ret(RESUME.GUEST), 2],
  ],
);

/** kvmppc_handle_load, kvmppc_handle_store. */
function handleLoadStore(k: KvmCtx, vcpu: Vcpu, { gpa, ea, is_store }: MmioLocals): void {
  const found = decodeInst(vcpu.last_inst);
  if (!found) return;
  const { decoded, form } = found;
  const n = decoded.operands[form.register] ?? 0;
  const value = form.file === 'fpr' ? fpr(k, vcpu, n) : (vcpu.gpr[n] ?? 0n);
  const data = is_store === 1 ? storedBytes(form, value, vcpu.msr) : [];
  vcpu.run = {
    ...vcpu.run,
    exit_reason: 'KVM_EXIT_MMIO',
    nr: 0,
    mmio: { phys_addr: gpa, data, len: form.size, is_write: is_store },
  };
  vcpu.mmio_needed = 1;
  if (form.update) vcpu.gpr[decoded.operands.RA ?? 0] = ea;
  vcpu.pc = BigInt.asUintN(64, vcpu.pc + 4n);
}

/** kvmppc_complete_mmio_load at the next KVM_RUN: what user space answered goes into the register. */
export function completeMmio(k: KvmCtx, vcpu: Vcpu): void {
  vcpu.mmio_needed = 0;
  const found = decodeInst(vcpu.last_inst);
  if (!found || vcpu.run.mmio.is_write === 1) return;
  const { decoded, form } = found;
  const n = decoded.operands[form.register] ?? 0;
  const value = loadedValue(form, vcpu.run.mmio.data, vcpu.msr);
  if (form.file === 'fpr') setFpr(k, vcpu, n, value);
  else vcpu.gpr[n] = value;
}
