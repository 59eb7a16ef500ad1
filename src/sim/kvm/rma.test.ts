import { describe, expect, test } from 'vitest';
import { LPCR } from '../hardware/bits.ts';
import { CPU_MODELS, type CpuModel } from '../hardware/cpu-model.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import { processAt } from '../vmm/process.ts';
import { vmOf } from './context.ts';
import { guestReal } from './memslot.ts';
import { lpcrRmls, realModeRegisters } from './rma.ts';
import { capPpcRma } from './rma-alloc.ts';

const MB = 2 ** 20;
const cpu = (id: string): CpuModel => CPU_MODELS.get(id) as CpuModel;

/** A POWER7 guest whose memory is one RMA of the pool, run for a while. */
function guestWithRma(text: string, rmas = 1, memory = 32 * MB) {
  const boot = { hugepages: 0, kvm_rma_size: 32 * MB, kvm_rma_count: rmas };
  const changes = {
    cpu: 'p7',
    online: [0],
    vcpus: 1,
    virtualSmt: 1,
    rma: true,
    realBytes: 96 * MB,
    memory,
    boot,
  };
  const loaded = makeGuest(text, {}, changes);
  loaded.machine.advance(20_000);
  return loaded.machine;
}

describe('RMLS', () => {
  test.each([
    [32, 8n],
    [64, 3n],
    [128, 7n],
    [256, 4n],
    [1024, 2n],
    [16 * 1024, 1n],
    [256 * 1024, 0n],
  ])('of %i MB is %i', (size, code) => expect(lpcrRmls(cpu('p7'), size * MB)).toBe(code));

  test.each([16, 48, 96, 512])('does not exist for %i MB', (size) =>
    expect(lpcrRmls(cpu('p7'), size * MB)).toBe(null),
  );

  test('of 32 MB does not exist on the PowerPC 970', () => {
    expect(lpcrRmls(cpu('970'), 32 * MB)).toBe(null);
    expect(lpcrRmls(cpu('970'), 64 * MB)).toBe(3n);
  });
});

test('KVM_CAP_PPC_RMA: the 970 needs an area, POWER7 can have one, later CPUs have none', () => {
  expect(['970', 'p7', 'p8', 'p9'].map((id) => capPpcRma(cpu(id)))).toEqual([2, 1, 0, 0]);
});

test('an area of 64 MB on POWER7 gives the LPCR of the reference', () => {
  expect(realModeRegisters(cpu('p7'), 0xc048000000007005n, 3n, 0x4000000)).toEqual({
    lpcr: 0x404000000c007005n,
    rmor: 0x4000000n,
  });
});

test('on the 970 HID4 gets both, RMLS in two parts and RMOR in units of 64 MB', () => {
  const { lpcr, rmor } = realModeRegisters(cpu('970'), 0n, 7n, 0x8000000);
  expect(rmor).toBe(0n);
  expect(lpcr).toBe((1n << 5n) | (3n << 61n) | (2n << 41n));
});

describe('a guest with an RMA', () => {
  test('runs in real mode by offset: the area, RMOR and RMLS, no VRMA', () => {
    const { k } = guestWithRma('main: bl power_off\n');
    const vm = vmOf(k, 0);
    const [rma] = k.host.memory.rmas;
    expect(processAt(k, 0).vmm.stopped).toBe('powered off');
    expect(rma).toEqual({ base: 64 * MB, size: 32 * MB, use_count: 2 });
    expect(guestReal(vm, 0n, 32 * MB)).toBe(64 * MB);
    expect(vm).toMatchObject({ rmor: BigInt(64 * MB), vrma_slb_v: 0n });
    expect(vm.lpcr & (LPCR.VPM0 | LPCR.RMLS)).toBe(8n << 26n);
    const table = k.hw.arena.readBytes(vm.hpt_base, 2 ** 18);
    expect(table.every((byte) => byte === 0)).toBe(true);
  });

  test('faults past the limit: a data storage interrupt of its own', () => {
    const { k } = guestWithRma('main: lis r3, 0x200\n ld r3, 0(r3)\n bl power_off\n');
    expect(processAt(k, 0).vmm.console).toContain('unexpected');
    expect(k.hw.get(0, 'DSISR')).toBe(0x08000000n);
  });

  test('cannot be built when the pool is empty', () => {
    const { k } = guestWithRma('main: bl power_off\n', 0);
    expect(processAt(k, 0).vmm.stopped).toBe('KVM_ALLOCATE_RMA: error -12');
  });
});
