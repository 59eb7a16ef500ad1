import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { MSR } from '../hardware/bits.ts';
import { flatThread, step } from '../hardware/testing/flat-thread.ts';
import { Play } from '../host/testing/play.ts';
import { assemble } from '../isa/assemble.ts';
import type { Row } from '../isa/row.ts';
import { type StorageForm, storageForm } from '../isa/storage-form.ts';
import { ROWS } from '../isa/table.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { RESUME, vcpuOf } from './context.ts';
import { completeMmio, KVM_INST_FETCH_FAILED, loadedValue, storedBytes } from './emulate-mmio.ts';

interface Form {
  readonly row: Row;
  readonly form: StorageForm;
  readonly word: number;
}

/** The value's register is 3, RA 5, and the address (RA) + 8 in every form. */
function wordOf(row: Row): number {
  const operands = row.asm
    .replace(/^F?R[TS]/, '3')
    .replace(/D[SQ]?\(\w+\)/, '8(5)')
    .replace(/\bRA\w*/, '5')
    .replace(/\bRB\w*/, '6');
  const made = assemble(`${row.name} ${operands}\n`);
  if (!made.ok) throw new Error(`${row.name} ${operands}: ${JSON.stringify(made.errors)}`);
  return new DataView(made.image.buffer, made.image.byteOffset).getInt32(0);
}

/** All but those that only a hypervisor in real mode may execute (lbzcix and kin). */
const FORMS: readonly Form[] = ROWS.flatMap((row) => {
  const form = storageForm(row);
  return form === null || row.name.endsWith('cix') ? [] : [{ row, form, word: wordOf(row) }];
});
const BASE = 0x8000n;
const EA = BASE + 8n;

const byte = fc.nat(255);
const bytes = fc.array(byte, { minLength: 8, maxLength: 8 });
/** Doublewords, among them numbers of single format and NaNs as FPRs have them. */
const doubleword = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((single) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setUint32(0, Number(single));
    view.setFloat64(0, view.getFloat32(0));
    return view.getBigUint64(0);
  }),
);
/** stfs of what is no single format is undefined when it is too small for one. */
const isDefined = (form: StorageForm, value: bigint): boolean => {
  const exponent = Number((value >> 52n) & 0x7ffn);
  return !form.single || !form.store || exponent >= 874 || BigInt.asUintN(63, value) === 0n;
};

test.each([
  ['big-endian', 0n],
  ['little-endian', MSR.LE],
])('every load and store does with a device what the engine does with memory, %s', (_, le) => {
  const hw = flatThread('nop', 'p9', 's');
  const { arena } = hw;
  const msr = MSR.SF | MSR.ME | MSR.FP | le;
  hw.setMsr(0, msr);
  const law = fc.property(bytes, doubleword, (data, value) => {
    for (const { row, form, word } of FORMS) {
      if (!isDefined(form, value)) continue;
      arena.write32(0x1000, word, le !== 0n);
      arena.writeBytes(Number(EA), Uint8Array.from(data));
      arena.setNia(0, 0x1000n);
      arena.setGpr(0, 3, value);
      arena.setVsr(0, 3, 0, value);
      arena.setGpr(0, 5, BASE);
      arena.setGpr(0, 6, 8n);
      expect([row.name, step(hw)]).toEqual([row.name, 'next']);
      const after = [...arena.readBytes(Number(EA), form.size)];
      if (form.store) {
        expect([row.name, after]).toEqual([row.name, storedBytes(form, value, msr)]);
      } else {
        const register = form.file === 'fpr' ? arena.vsr(0, 3, 0) : arena.gpr(0, 3);
        const loaded = loadedValue(form, data.slice(0, form.size), msr);
        expect([row.name, register]).toEqual([row.name, loaded]);
      }
      expect(arena.gpr(0, 5)).toBe(form.update ? EA : BASE);
    }
  });
  fc.assert(law, { seed: 20_261_120, numRuns: 60 });
});

describe('kvmppc_hv_emulate_mmio', () => {
  let k: VmmCtx;
  beforeEach(() => {
    k = makeGuest('main: b main').machine.k;
    new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
    Object.assign(vcpuOf(k, 0), { pc: 0x2000n, msr: MSR.SF, slb: [] });
    vcpuOf(k, 0).gpr[3] = 0x1122334455667788n;
  });
  const GPA = 0x80001008n;
  const find = (name: string): Form => {
    const form = FORMS.find(({ row }) => row.name === name);
    if (!form) throw new Error(`no row ${name}`);
    return form;
  };
  /** The emulation of a known instruction. */
  function emulate(word: number, is_store: number): number {
    vcpuOf(k, 0).last_inst = word >>> 0;
    const locals = { vcpu: 0, gpa: GPA, ea: EA, is_store };
    return new Play<VmmCtx>(k, 1, ROUTINES, 'kvmppc_hv_emulate_mmio', locals).finish();
  }

  test('of a store hands its bytes to user space, and the instruction is over', () => {
    expect(emulate(find('sthbrx').word, 1)).toBe(RESUME.HOST);
    expect(vcpuOf(k, 0).run).toMatchObject({
      exit_reason: 'KVM_EXIT_MMIO',
      mmio: { phys_addr: GPA, data: [0x88, 0x77], len: 2, is_write: 1 },
    });
    expect(vcpuOf(k, 0)).toMatchObject({ pc: 0x2004n, mmio_needed: 1 });
    completeMmio(k, vcpuOf(k, 0));
    expect(vcpuOf(k, 0)).toMatchObject({ pc: 0x2004n, mmio_needed: 0 });
    expect(vcpuOf(k, 0).gpr[3]).toBe(0x1122334455667788n);
  });

  test('of a load is completed at the next KVM_RUN', () => {
    expect(emulate(find('lhaux').word, 0)).toBe(RESUME.HOST);
    expect(vcpuOf(k, 0).gpr.slice(3, 6)).toEqual([0x1122334455667788n, 0n, EA]);
    vcpuOf(k, 0).run.mmio.data = [0x80, 0x01];
    completeMmio(k, vcpuOf(k, 0));
    expect(vcpuOf(k, 0).gpr[3]).toBe(0xffffffffffff8001n);
  });

  test.each([0, 128])(
    'of a floating-point load reaches an FPR; the vcpu holds %i doublewords',
    (n) => {
      vcpuOf(k, 0).vsr = new Array<bigint>(n).fill(7n);
      emulate(find('lfs').word, 0);
      vcpuOf(k, 0).run.mmio.data = [0x3f, 0x80, 0, 0];
      k.tid = 1;
      completeMmio(k, vcpuOf(k, 0));
      const { vsr } = vcpuOf(k, 0);
      const one = 0x3ff0000000000000n;
      expect(n > 0 ? vsr.slice(6, 8) : [0, 1].map((i) => k.hw.arena.vsr(1, 3, i as 0 | 1))).toEqual(
        [one, 0n],
      );
      emulate(find('stfd').word, 1);
      expect(vcpuOf(k, 0).run.mmio.data).toEqual([0x3f, 0xf0, 0, 0, 0, 0, 0, 0]);
    },
  );

  test.each([
    ['a load where a store was refused', 'lwz', 1],
    ['a store where a load was refused', 'stwx', 0],
  ])('of %s lets the guest try again: the instruction was changed', (_, name, is_store) => {
    expect(emulate(find(name).word, is_store)).toBe(RESUME.GUEST);
    expect(vcpuOf(k, 0).pc).toBe(0x2000n);
  });

  test.each(['lq 4, 0(6)', 'lwarx 3, 0, 5'])(
    'of %s, which is no single access, is an illegal instruction of the guest',
    (text) => {
      const made = assemble(`${text}\n`);
      if (!made.ok) throw new Error(text);
      const word = new DataView(made.image.buffer, made.image.byteOffset).getInt32(0);
      expect(emulate(word, 0)).toBe(RESUME.GUEST);
      expect(vcpuOf(k, 0)).toMatchObject({ pc: 0x700n, srr0: 0x2000n });
    },
  );

  test('of an instruction that cannot be read lets the guest try again', () => {
    expect(emulate(KVM_INST_FETCH_FAILED, 0)).toBe(RESUME.GUEST); // the VRMA is not mapped yet
    vcpuOf(k, 0).msr |= MSR.IR;
    expect(emulate(KVM_INST_FETCH_FAILED, 0)).toBe(RESUME.GUEST); // no segment
    expect(vcpuOf(k, 0).pc).toBe(0x2000n);
  });
});
