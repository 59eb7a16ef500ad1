import { describe, expect, test } from 'vitest';
import { Outcome } from '../engine/api.ts';
import { KIND } from '../trace/events.ts';
import { HFSCR, LPCR, MSR } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { SYSTEM_HELPERS } from './system-helpers.ts';
import { flatThread, step } from './testing/flat-thread.ts';
import { guestThread } from './testing/guest-thread.ts';

const TYPE = (n: number): bigint => BigInt(n) << 27n;
const ALL_BUT_MSGP = 0x7ffn & ~HFSCR.MSGP;

/** Runs one instruction with r3 = value. */
function execute(text: string, r3: bigint, prepare: (hw: Hardware) => void = () => undefined) {
  const thread = guestThread(text);
  prepare(thread.hw);
  thread.hw.arena.setGpr(0, 3, r3);
  thread.hw.run(0, 1, 1);
  return thread;
}

describe('msgsndp', () => {
  test('of type 5 to thread 0 sets the one bit of DPDES; of any other type it does nothing', () => {
    for (let type = 0; type < 32; type++) {
      const { hw, emitted } = execute('msgsndp r3', TYPE(type));
      expect(hw.get(0, 'DPDES'), `type ${type}`).toBe(type === 5 ? 1n : 0n);
      expect(emitted.some(({ kind }) => kind === KIND.msgsndp)).toBe(type === 5);
      expect(hw.arena.nia(0)).toBe(0x1004n);
    }
  });

  test('to another thread sets no bit: POWER9 has one bit per thread', () => {
    for (const tag of [1, 2, 3, 4, 63, 64, 127]) {
      const { hw, emitted } = execute('msgsndp r3', TYPE(5) | BigInt(tag));
      expect(hw.get(0, 'DPDES')).toBe(0n);
      expect(emitted).toEqual([{ kind: KIND.msgsndp, thread: 0, a: tag, b: 0 }]);
    }
  });

  test('ignores the bits beside type and tag', () => {
    const { hw } = execute('msgsndp r3', 0xffff_ffff_07ff_ff80n | TYPE(5));
    expect(hw.get(0, 'DPDES')).toBe(1n);
  });

  test('a second one coalesces, and msgclrp of type 5 clears the bit whatever its tag', () => {
    const { hw } = guestThread('msgsndp r3\n msgsndp r3\n msgclrp r4\n msgclrp r5');
    hw.arena.setGpr(0, 3, TYPE(5));
    hw.arena.setGpr(0, 4, TYPE(4));
    hw.arena.setGpr(0, 5, TYPE(5) | 77n);
    const bits: bigint[] = [];
    for (let i = 0; i < 4; i++) {
      hw.run(0, 1, 1);
      bits.push(hw.get(0, 'DPDES'));
    }
    expect(bits).toEqual([1n, 1n, 1n, 0n]);
  });
});

describe('HFSCR[MSGP]=0', () => {
  const off = (hw: Hardware): void => hw.set(0, 'HFSCR', ALL_BUT_MSGP);

  test.each(['msgsndp r3', 'msgclrp r3', 'mfspr r4, 446', 'mfspr r4, 176', 'mtspr 176, r3'])(
    '%s is a hypervisor facility unavailable interrupt with cause 10',
    (text) => {
      const { hw } = execute(text, TYPE(5), off);
      expect(hw.arena.nia(0)).toBe(0xf80n);
      expect(hw.get(0, 'HSRR0')).toBe(0x1000n);
      expect(hw.get(0, 'HFSCR')).toBe((10n << 56n) | ALL_BUT_MSGP);
      expect(hw.get(0, 'DPDES')).toBe(0n);
      expect(hw.inGuest(0)).toBe(false);
    },
  );

  test('does not concern the hypervisor', () => {
    const { hw } = guestThread();
    off(hw);
    hw.setMsr(0, hw.msr(0) | MSR.HV);
    hw.arena.setArg(0, TYPE(5));
    expect(SYSTEM_HELPERS.msgsndp(hw, 0)).toBe(Outcome.yield);
    expect(hw.get(0, 'DPDES')).toBe(1n);
  });
});

test('with HFSCR[MSGP]=1 TIR is 0 on every thread, DPDES can be read and not written', () => {
  expect(execute('mfspr r4, 446', 0n).hw.arena.gpr(0, 4)).toBe(0n);
  const set = (hw: Hardware) => hw.set(0, 'DPDES', 1n);
  expect(execute('mfspr r4, 176', 0n, set).hw.arena.gpr(0, 4)).toBe(1n);
  const { hw } = execute('mtspr 176, r3', 1n);
  expect(hw.arena.nia(0)).toBe(0x700n);
  expect(hw.get(0, 'SRR1') & 0x783f0000n).toBe(0x40000n);
});

describe('msgsnd', () => {
  const send = (rb: bigint): number[] => {
    const { hw } = guestThread('nop', 2);
    hw.arena.setArg(0, rb);
    SYSTEM_HELPERS.msgsnd(hw, 1);
    return Array.from({ length: hw.threads }, (_, t) => hw.arena.dhdes(t));
  };

  test('rings the one thread of the system whose PIR it names', () => {
    for (let pir = 0; pir < 8; pir++) {
      const rung = send(TYPE(5) | BigInt(pir));
      expect(rung).toEqual(Array.from({ length: 8 }, (_, t) => (t === pir ? 1 : 0)));
    }
  });

  test('of another type, or to nobody, rings nobody', () => {
    expect(send(TYPE(4) | 1n)).toEqual(new Array(8).fill(0));
    expect(send(TYPE(5) | 8n)).toEqual(new Array(8).fill(0));
  });

  test('msgclr of type 5 takes it back from the issuing thread', () => {
    const { hw } = guestThread();
    hw.msgsnd(1, 2);
    for (const [type, left] of [
      [4, 1],
      [5, 0],
    ] as const) {
      hw.arena.setArg(0, TYPE(type));
      SYSTEM_HELPERS.msgclr(hw, 2);
      expect(hw.arena.dhdes(2)).toBe(left);
    }
  });

  test('and msgclr are the hypervisor’s: privileged in a guest', () => {
    for (const text of ['msgsnd r3', 'msgclr r3']) {
      const { hw } = execute(text, TYPE(5));
      expect(hw.arena.nia(0)).toBe(0x700n);
      expect(hw.arena.dhdes(0)).toBe(0);
    }
  });
});

describe('on POWER8', () => {
  /** Thread 0 of the second core executes `text`; says which threads have the doorbell. */
  const ring = (text: string, rb: bigint, bell: (hw: Hardware, t: number) => boolean): number[] => {
    const hw = flatThread(text, 'p8', 'h', 2);
    hw.arena.setGpr(8, 3, rb);
    hw.run(8, 1, 1);
    expect(hw.arena.nia(8)).toBe(0x1004n);
    return Array.from({ length: 16 }, (_, t) => t).filter((t) => bell(hw, t));
  };
  const hypervisor = (hw: Hardware, t: number) => hw.arena.dhdes(t) === 1;
  const privileged = (hw: Hardware, t: number) => hw.get(t, 'DPDES') === 1n;
  const CORE = [8, 9, 10, 11, 12, 13, 14, 15];

  test('msgsnd rings a thread of its own core by number', () => {
    expect(ring('msgsnd r3', TYPE(5) | 3n, hypervisor)).toEqual([11]);
    expect(ring('msgsnd r3', TYPE(5) | 11n, hypervisor)).toEqual([]);
    expect(ring('msgsnd r3', TYPE(5) | (1n << 25n), hypervisor)).toEqual(CORE);
    expect(ring('msgsnd r3', TYPE(4) | 3n, hypervisor)).toEqual([]);
  });

  test('msgsndp rings a thread of its own core by number', () => {
    expect(ring('msgsndp r3', TYPE(5) | 7n, privileged)).toEqual([15]);
    expect(ring('msgsndp r3', TYPE(5) | 8n, privileged)).toEqual([]);
    expect(ring('msgsndp r3', TYPE(5) | (2n << 25n), privileged)).toEqual(CORE);
  });

  test('TIR numbers the threads of each core; DPDES has a bit for each, which the hypervisor writes', () => {
    const hw = flatThread('mtspr 176, r3', 'p8', 'h', 2);
    expect(Array.from({ length: 16 }, (_, t) => Number(hw.get(t, 'TIR')))).toEqual(
      Array.from({ length: 16 }, (_, t) => t % 8),
    );
    hw.arena.setGpr(0, 3, 0b10100001n);
    expect(step(hw)).toBe('next');
    const bits = Array.from({ length: 16 }, (_, t) => hw.get(t, 'DPDES'));
    expect(bits.map((bit, t) => (bit === 1n ? t : -1)).filter((t) => t >= 0)).toEqual([0, 5, 7]);
  });

  test('a hypervisor doorbell is taken at 0xE80 by HSRR0/1 out of a guest, and wakes by LPCR[PECEDH] alone', () => {
    const hw = flatThread('nop', 'p8', 's');
    hw.msgsnd(0, 3);
    expect(hw.pending(3)).toBe(0xe80);
    hw.deliver(3, 0xe80);
    expect([hw.arena.nia(3), hw.get(3, 'HSRR0'), hw.inGuest(3)]).toEqual([0xe80n, 0x1000n, false]);
    hw.msgsnd(0, 4);
    hw.set(4, 'LPCR', LPCR.PECEDP | LPCR.PECE0 | LPCR.PECE1);
    hw.nap(4);
    expect(hw.canWake(4)).toBe(false);
    hw.set(4, 'LPCR', LPCR.PECEDH);
    expect(hw.wake(4)).toBe(0x0d0000n);
  });

  test('the thread that takes a privileged doorbell loses its own bit of DPDES alone', () => {
    const hw = flatThread('mfspr r4, 176', 'p8', 'h');
    for (const t of [0, 2, 5]) hw.set(t, 'DPDES', 1n);
    hw.deliver(2, 0xa00);
    step(hw);
    expect(hw.arena.gpr(0, 4)).toBe(0b100001n);
  });
});
