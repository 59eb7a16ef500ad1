import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Play } from '../host/testing/play.ts';
import type { KvmCtx } from './context.ts';
import { EBUSY, EINVAL, ENOMEM } from './errno.ts';
import { H_PARAMETER, H_SUCCESS, H_TOO_HARD } from './hcall.ts';
import { tceRoutines } from './hcall-tce.ts';
import { allocTable, createSpaprTce, TCE, tceAddress } from './tce.ts';
import { World } from './testing/world.ts';

const MB = 2 ** 20;
const LIOBN = 0x71000000n;
/** 1024 entries: two pages. */
const WINDOW = 4 * MB;
const LIST = 0x3000n;
const RW = TCE.READ | TCE.WRITE;

/** A VM with 16 MB of memory and a TCE table. */
function makeWorld(cpu = 'p7'): World {
  const world = new World(cpu, 2);
  world.region(0, 0, 0, 16 * MB).finish();
  const table = allocTable(world.k, Number(LIOBN), WINDOW);
  if (!table) throw new Error('no room');
  world.vm.spapr_tce_tables = [table];
  return world;
}

let world: World;
beforeEach(() => {
  world = makeWorld();
});

/** 'routine/label' of the steps that have run. */
const ran = new Set<string>();
const ROUTINES = { real: tceRoutines('real'), virtual: tceRoutines('virtual') };

/** An hcall of vcpu 0, in real mode or, on POWER9, in the kernel. */
function ask(name: string, ...args: bigint[]): Play<KvmCtx> {
  const { k } = world;
  const { gpr } = k.kvm.vcpus[0] ?? { gpr: [] };
  args.forEach((value, i) => {
    gpr[4 + i] = value;
  });
  const routines = ROUTINES[k.hw.model.version === '3.0' ? 'virtual' : 'real'];
  return new Play(k, 0, routines, name, { vcpu: 0, ret: 0 });
}
function run(name: string, ...args: bigint[]): number {
  const play = ask(name, ...args);
  const code = play.finish();
  for (const step of play.trace) ran.add(step);
  return code;
}
const put = (ioba: bigint, tce: bigint): number => run('kvmppc_h_put_tce', LIOBN, ioba, tce);
const stuff = (ioba: bigint, value: bigint, n: bigint): number =>
  run('kvmppc_h_stuff_tce', LIOBN, ioba, value, n);
const indirect = (ioba: bigint, n: bigint, list = LIST): number =>
  run('kvmppc_h_put_tce_indirect', LIOBN, ioba, list, n);

/** The entry as bytes of host memory: what user space has mapped. */
function entry(ioba: bigint, { k, vm } = world): bigint {
  const [table] = vm.spapr_tce_tables;
  return table ? k.hw.arena.read64(tceAddress(table, ioba)) : -1n;
}

const guestAt = (gpa: bigint): number => (world.vm.memslots[0]?.pages[0] ?? 0) + Number(gpa);
function writeList(tces: readonly bigint[]): void {
  tces.forEach((tce, i) => {
    world.k.hw.arena.write64(guestAt(LIST) + 8 * i, tce);
  });
}

describe('KVM_CREATE_SPAPR_TCE', () => {
  const create = (liobn: number, window_size: number): number =>
    new Play(world.k, 0, [createSpaprTce], 'kvm_vm_ioctl_create_spapr_tce', {
      liobn,
      window_size,
    }).finish();

  test('makes a table of eight bytes for each 4 KiB, zeroed, in pages of their own', () => {
    expect(create(1, WINDOW)).toBe(1);
    const table = world.vm.spapr_tce_tables[1];
    expect(table).toMatchObject({ liobn: 1, window_size: WINDOW });
    expect(table?.pages).toHaveLength(2);
    for (const page of table?.pages ?? []) {
      expect(world.k.hw.arena.readBytes(page, 4096).every((byte) => byte === 0)).toBe(true);
    }
  });

  test.each([
    ['a LIOBN that there is', Number(LIOBN), WINDOW, EBUSY],
    ['no window', 2, 0, EINVAL],
    ['a part of a page', 2, WINDOW + 2048, EINVAL],
    ['more than host memory holds', 2, 2 ** 40, ENOMEM],
  ])('refuses %s and leaves memory as it was', (_, liobn, window_size, error) => {
    const free = [...world.k.host.memory.free];
    expect(create(liobn, window_size)).toBe(error);
    expect(world.k.host.memory.free).toEqual(free);
    expect(world.vm.spapr_tce_tables).toHaveLength(1);
  });
});

describe.each(['p7', 'p9-dd23'])('on %s', (cpu) => {
  beforeEach(() => {
    world = makeWorld(cpu);
  });

  test('H_PUT_TCE stores the entry where user space sees it, H_GET_TCE reads it', () => {
    expect(put(0x2000n, 0x5000n | RW)).toBe(H_SUCCESS);
    expect(entry(0x2000n)).toBe(0x5003n);
    expect(run('kvmppc_h_get_tce', LIOBN, 0x2000n)).toBe(H_SUCCESS);
    expect(world.results(0)[0]).toBe(0x5003n);
  });

  test('the last entry of the window lies in the last page of the table', () => {
    expect(put(BigInt(WINDOW) - 4096n, 0x5000n | TCE.READ)).toBe(H_SUCCESS);
    const page = world.vm.spapr_tce_tables[0]?.pages[1] ?? 0;
    expect(world.k.hw.arena.read64(page + 4088)).toBe(0x5001n);
  });

  test('an entry that user space resets is cleared for the guest, too', () => {
    put(0x2000n, 0x5000n | RW);
    const [table] = world.vm.spapr_tce_tables;
    if (table) world.k.hw.arena.write64(tceAddress(table, 0x2000n), 0n);
    run('kvmppc_h_get_tce', LIOBN, 0x2000n);
    expect(world.results(0)[0]).toBe(0n);
  });

  test.each([
    ['kvmppc_h_put_tce'],
    ['kvmppc_h_get_tce'],
    ['kvmppc_h_put_tce_indirect'],
    ['kvmppc_h_stuff_tce'],
  ])('%s for a bus without a table in the kernel is user space’s', (name) => {
    expect(run(name, LIOBN + 1n, 0n, 0n, 1n)).toBe(H_TOO_HARD);
  });

  test.each([
    ['the first address behind the window', BigInt(WINDOW), 1n],
    ['the last address there is', 2n ** 64n - 4096n, 1n],
    ['an address that is not aligned', 0x2008n, 1n],
    ['pages that reach out of the window', BigInt(WINDOW) - 4096n, 2n],
    ['a number of pages that overflows', 0n, 2n ** 64n - 1n],
  ])('refuses %s', (_, ioba, npages) => {
    if (npages === 1n) {
      expect(put(ioba, 0n)).toBe(H_PARAMETER);
      expect(run('kvmppc_h_get_tce', LIOBN, ioba)).toBe(H_PARAMETER);
    }
    expect(stuff(ioba, 0n, npages)).toBe(H_PARAMETER);
    expect(indirect(ioba, npages)).toBe(H_PARAMETER);
  });

  test('an entry for a page that is no guest memory goes to user space, one for no whole page is refused', () => {
    expect(put(0n, (1n << 40n) | RW)).toBe(H_TOO_HARD);
    expect(put(0n, 0x5004n | TCE.WRITE)).toBe(H_PARAMETER);
    expect(put(0n, 0x123456789abc0n)).toBe(H_SUCCESS); // lets no device in
  });
});

describe('H_PUT_TCE_INDIRECT', () => {
  test('takes entries from a list of the guest', () => {
    const tces = Array.from({ length: 400 }, (_, i) => BigInt(4096 * i) | RW);
    writeList(tces);
    expect(indirect(0x10000n, 400n)).toBe(H_SUCCESS);
    expect(tces.map((_, i) => entry(0x10000n + BigInt(4096 * i)))).toEqual(tces);
    expect(world.vm.srcu).toBe(0);
  });

  test.each([
    ['a list that is not aligned', LIST + 8n, 1n, H_PARAMETER],
    ['more entries than a list has', LIST, 513n, H_PARAMETER],
    ['a list outside guest memory', 1n << 40n, 1n, H_TOO_HARD],
  ])('refuses %s', (_, list, npages, code) => {
    expect(indirect(0n, npages, list)).toBe(code);
    expect(world.vm.srcu).toBe(0);
  });

  test('stores nothing when one entry is bad', () => {
    writeList([0x5003n, 0x5004n | RW]);
    expect(indirect(0n, 2n)).toBe(H_PARAMETER);
    expect([entry(0n), entry(0x1000n)]).toEqual([0n, 0n]);
    expect(world.vm.srcu).toBe(0);
  });

  test('an entry that the guest makes bad after it was looked at is not stored', () => {
    writeList([0x5003n, 0x6003n, 0x7003n]);
    const request = ask('kvmppc_h_put_tce_indirect', LIOBN, 0n, LIST, 3n);
    request.until('kvmppc_h_put_tce_indirect/tce_put').step();
    writeList([0x5003n, 0x6004n | RW]);
    expect(request.finish()).toBe(H_PARAMETER);
    expect([0n, 0x1000n, 0x2000n].map((ioba) => entry(ioba))).toEqual([0x5003n, 0n, 0n]);
    expect(world.vm.srcu).toBe(0);
  });
});

describe('H_STUFF_TCE', () => {
  test('takes entries out', () => {
    for (const ioba of [0n, 0x1000n, 0x2000n, 0x3000n]) put(ioba, 0x5003n);
    expect(stuff(0x1000n, 0n, 2n)).toBe(H_SUCCESS);
    expect([0n, 0x1000n, 0x2000n, 0x3000n].map((ioba) => entry(ioba))).toEqual([
      0x5003n,
      0n,
      0n,
      0x5003n,
    ]);
  });

  test('takes no value that lets a device in', () => {
    expect(stuff(0n, 0x5000n | TCE.READ, 1n)).toBe(H_PARAMETER);
    expect(entry(0n)).toBe(0n);
  });
});

test('any sequence of requests leaves what a plain list of entries would have', () => {
  const ioba = fc.nat(9).map((n) => BigInt(4096 * n));
  const tce = fc.oneof(
    fc.nat(0x1ff).map((n) => BigInt(n) << 3n),
    fc
      .record({ page: fc.nat(4200), rw: fc.nat(3) })
      .map(({ page, rw }) => BigInt(4096 * page + rw)),
  );
  const request = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), ioba, tce }),
    fc.record({ kind: fc.constant('stuff' as const), ioba, tce, n: fc.nat(4) }),
    fc.record({
      kind: fc.constant('indirect' as const),
      ioba,
      list: fc.array(tce, { maxLength: 4 }),
    }),
  );
  const good = (value: bigint): boolean =>
    (value & RW) === 0n || (value % 4096n < 4n && value < BigInt(16 * MB));
  const law = fc.property(fc.array(request, { maxLength: 20 }), (requests) => {
    for (let at = 0n; at < 0x10000n; at += 4096n) put(at, 0n);
    const model = new Array<bigint>(16).fill(0n);
    for (const r of requests) {
      const at = Number(r.ioba / 4096n);
      if (r.kind === 'put') {
        put(r.ioba, r.tce);
        if (good(r.tce)) model[at] = r.tce;
      } else if (r.kind === 'stuff') {
        stuff(r.ioba, r.tce, BigInt(r.n));
        if ((r.tce & RW) === 0n) model.fill(r.tce, at, at + r.n);
      } else {
        writeList(r.list);
        indirect(r.ioba, BigInt(r.list.length));
        if (r.list.every(good)) model.splice(at, r.list.length, ...r.list);
      }
    }
    expect(model.map((_, i) => entry(BigInt(4096 * i)))).toEqual(model);
  });
  fc.assert(law, { seed: 20_261_120, numRuns: 200 });
});

test('every step of these hcalls has run in this file', () => {
  const all = ROUTINES.real.flatMap(({ name, steps }) =>
    steps.map(({ label }) => `${name}/${label}`),
  );
  expect(all.filter((step) => !ran.has(step))).toEqual([]);
});
