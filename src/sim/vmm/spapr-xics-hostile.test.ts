// What a guest can do to its interrupt controller with arguments that mean harm.
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { Play } from '../host/testing/play.ts';
import { vcpuOf, vmAt } from '../kvm/context.ts';
import { H_PARAMETER, H_SUCCESS } from '../kvm/hcall.ts';
import { guestReal } from '../kvm/memslot.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import { processAt } from './process.ts';
import type { VmmCtx } from './records.ts';
import { RTAS } from './rtas.ts';
import { GUEST_IRQ } from './spapr-xics.ts';

const H_RTAS = 0xf000;
/** What an RTAS call may touch, from r4 on: three words, twelve arguments, one result. */
const BUFFER = 64;
const MARK = 0x5a5a5a5a;
const NUMBERS = [GUEST_IRQ.UART, GUEST_IRQ.TEST];
/** Numbers of arguments and results of each call. */
const COUNTS = new Map([
  [RTAS.SET_XIVE, [3, 1]],
  [RTAS.GET_XIVE, [1, 3]],
  [RTAS.INT_OFF, [1, 1]],
  [RTAS.INT_ON, [1, 1]],
] as const);

let k: VmmCtx;
let memory: bigint;
beforeAll(() => {
  k = makeGuest('main: b main').machine.k;
  new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
  memory = vmAt(k, 0).memslots.reduce((sum, { npages }) => sum + (BigInt(npages) << 12n), 0n);
});

const xics = () => processAt(k, 0).vmm.xics;
/** An hcall that KVM leaves to user space; returns r3. */
function hcall(nr: number, ...args: bigint[]): number {
  vcpuOf(k, 0).run.nr = nr;
  vcpuOf(k, 0).run.args = args;
  new Play<VmmCtx>(k, 1, ROUTINES, 'spapr_hypercall', { vcpu: 0, ret: 0 }).finish();
  return Number(BigInt.asIntN(64, vcpuOf(k, 0).gpr[3] ?? 0n));
}

const words = fc
  .record({
    token: fc.constantFrom(...COUNTS.keys(), ...COUNTS.keys(), 0x200e, 0xffffffff),
    counts: fc.constantFrom('right', 'any'),
    nargs: fc.constantFrom(0, 1, 2, 3, 12, 13, 0x80000000, 0xffffffff),
    nret: fc.constantFrom(0, 1, 3, 4, 0x40000000),
    number: fc.constantFrom(...NUMBERS, ...NUMBERS, 0, 2, 0x1201, 0xffffffff),
    server: fc.constantFrom(0, 3, 4, 0x80000000, 0xffffffff),
    priority: fc.constantFrom(0, 5, 0xff, 0x100, 0xffffffff),
  })
  .map(({ counts, ...w }) => {
    const [nargs, nret] = COUNTS.get(w.token as 0x200a) ?? [0, 1];
    return counts === 'any' ? w : { ...w, nargs, nret };
  });
type Words = typeof words extends fc.Arbitrary<infer T> ? T : never;

/** PAPR 7.3.10.2: what the call has to say. */
function isRight({ token, nargs, nret, number, server, priority }: Words): boolean {
  const counts = COUNTS.get(token as 0x200a);
  if (!counts || counts[0] !== nargs || counts[1] !== nret) return false;
  if (!NUMBERS.includes(number as 0x1200)) return false;
  return token !== RTAS.SET_XIVE || (server < xics().icps.length && priority <= 0xff);
}

test('RTAS calls with any words get a status, change what they may, and write nowhere else; unknown ones H_PARAMETER', () => {
  const at = 0x3001n; // no alignment is asked for
  const real = guestReal(vmAt(k, 0), at, BUFFER);
  const around = () => [real - 4, real + BUFFER, real + BUFFER + 4];
  const seen = new Set<number>();
  fc.assert(
    fc.property(words, (w) => {
      for (const place of around()) k.hw.arena.write32(place, MARK);
      const given = [w.token, w.nargs, w.nret, w.number, w.server, w.priority];
      given.forEach((word, i) => {
        k.hw.arena.write32(real + 4 * i, word);
      });
      const before = structuredClone(xics());
      const known = COUNTS.has(w.token as 0x200a);
      expect(hcall(H_RTAS, at)).toBe(known ? H_SUCCESS : H_PARAMETER);
      const right = isRight(w);
      if (w.nargs <= 12) {
        const status = k.hw.arena.read32(real + 12 + 4 * w.nargs) | 0;
        expect(status).toBe(right ? RTAS.SUCCESS : RTAS.PARAM_ERROR);
      }
      if (!right || w.token === RTAS.GET_XIVE) expect(xics()).toEqual(before);
      else seen.add(w.token);
      for (const place of around()) expect(k.hw.arena.read32(place)).toBe(MARK);
    }),
    { numRuns: 400, seed: 7 },
  );
  expect(seen.size).toBe(3);
});

test('an RTAS buffer that is not wholly in memory is refused', () => {
  for (const at of [memory - 63n, memory, 1n << 40n, 0xffffffffffffffc1n])
    expect(hcall(H_RTAS, at)).toBe(H_PARAMETER);
  k.hw.arena.write32(guestReal(vmAt(k, 0), memory - 64n, BUFFER), RTAS.INT_OFF);
  expect(hcall(H_RTAS, memory - 64n)).toBe(H_SUCCESS);
});

test('hcalls with any registers change one server that exists, or are refused', () => {
  const register = fc.constantFrom(0n, 3n, 4n, 5n, 0xffn, 0xff001300n, 1n << 32n, (1n << 64n) - 1n);
  const H_IPI = 108;
  const call = fc.tuple(fc.constantFrom(100, 104, H_IPI, 112, 116, 764), register, register);
  fc.assert(
    fc.property(call, ([nr, a, b]) => {
      const names = nr === H_IPI || nr === 112; // r4 is a server
      const bad = names && a >= BigInt(xics().icps.length);
      const changes = nr === H_IPI ? Number(a) : nr === 112 ? -1 : 0;
      const before = structuredClone(xics().icps);
      expect(hcall(nr, a, b)).toBe(bad ? H_PARAMETER : H_SUCCESS);
      for (const [s, icp] of xics().icps.entries()) {
        if (bad || s !== changes) expect(icp).toEqual(before[s]);
        for (const value of [icp.cppr, icp.mfrr, icp.pending_priority])
          expect(value >= 0 && value <= 0xff).toBe(true);
      }
    }),
    { numRuns: 200, seed: 7 },
  );
});
