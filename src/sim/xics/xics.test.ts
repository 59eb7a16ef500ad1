import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { make } from '../state/schema.ts';
import { accept, eoi, isRaised, setCppr, setMfrr, xirrOf } from './icp.ts';
import { intOff, intOn, setIrq, writeXive } from './ics.ts';
import { ICP, icpOf, SOURCE, STATUS, sourceOf, XICS_IPI, type Xics } from './records.ts';
import { Model } from './testing/model.ts';

const SOURCES = [
  { number: 0x1000, lsi: 0 },
  { number: 0x1001, lsi: 0 },
  { number: 0x1002, lsi: 1 },
  { number: 0x1003, lsi: 1 },
];
const SERVERS = 2;

const fresh = (): Xics => ({
  icps: Array.from({ length: SERVERS }, () => make(ICP)),
  sources: SOURCES.map((values) => make(SOURCE, values)),
});

let xics: Xics;
beforeEach(() => {
  xics = fresh();
});
const source = (number: number) => sourceOf(xics, number) ?? make(SOURCE);
const icp = (server: number) => icpOf(xics, server);
const route = (number: number, server: number, priority: number): void =>
  writeXive(xics, source(number), server, priority);
/** What XIRR gives, as [CPPR, source]. */
const take = (server: number): [number, number] => {
  const xirr = accept(xics, server);
  return [xirr >>> 24, xirr & 0xffffff];
};

describe('an IPI', () => {
  test('is presented, accepted, and comes again after its end until MFRR is cleared', () => {
    setMfrr(xics, 1, 4);
    expect([isRaised(icp(0)), isRaised(icp(1))]).toEqual([false, true]);
    expect(take(1)).toEqual([0xff, XICS_IPI]);
    expect([icp(1).cppr, isRaised(icp(1))]).toEqual([4, false]);
    eoi(xics, 1, 0xff000002);
    expect(take(1)).toEqual([0xff, XICS_IPI]);
    setMfrr(xics, 1, 0xff);
    eoi(xics, 1, 0xff000002);
    expect(xirrOf(icp(1))).toBe(0xff000000);
  });

  test('gives way to a source of a better priority, and is not lost', () => {
    route(0x1000, 0, 3);
    setMfrr(xics, 0, 4);
    setIrq(xics, source(0x1000), true);
    expect(take(0)).toEqual([0xff, 0x1000]);
    eoi(xics, 0, 0xff001000);
    expect(take(0)).toEqual([0xff, XICS_IPI]);
  });

  test('does not displace a source of the same priority', () => {
    route(0x1000, 0, 4);
    setIrq(xics, source(0x1000), true);
    setMfrr(xics, 0, 4);
    expect(icp(0).xisr).toBe(0x1000);
  });

  test('that is taken back while it is presented still comes, once', () => {
    setMfrr(xics, 0, 4);
    setMfrr(xics, 0, 0xff);
    expect(take(0)).toEqual([0xff, XICS_IPI]);
    eoi(xics, 0, 0xff000002);
    expect(isRaised(icp(0))).toBe(false);
  });
});

describe('a message', () => {
  test('that is not favoured enough is rejected, and comes when CPPR lets it', () => {
    route(0x1000, 0, 5);
    setCppr(xics, 0, 5);
    setIrq(xics, source(0x1000), true);
    expect([icp(0).xisr, source(0x1000).status]).toEqual([0, STATUS.REJECTED]);
    setCppr(xics, 0, 6);
    expect([icp(0).xisr, source(0x1000).status]).toEqual([0x1000, 0]);
  });

  test('that is presented goes back when CPPR becomes more favoured than it', () => {
    route(0x1000, 0, 5);
    setIrq(xics, source(0x1000), true);
    setCppr(xics, 0, 0);
    expect([isRaised(icp(0)), source(0x1000).status]).toEqual([false, STATUS.REJECTED]);
  });

  test('while masked is kept, and comes when it is unmasked', () => {
    route(0x1000, 0, 5);
    intOff(xics, source(0x1000));
    setIrq(xics, source(0x1000), true);
    expect([icp(0).xisr, source(0x1000).status]).toEqual([0, STATUS.MASKED_PENDING]);
    intOn(xics, source(0x1000));
    expect([icp(0).xisr, source(0x1000).priority]).toEqual([0x1000, 5]);
  });

  test('that was rejected and then masked is not lost', () => {
    route(0x1000, 0, 5);
    setCppr(xics, 0, 0);
    setIrq(xics, source(0x1000), true);
    intOff(xics, source(0x1000));
    setCppr(xics, 0, 0xff);
    expect(isRaised(icp(0))).toBe(false);
    intOn(xics, source(0x1000));
    expect(take(0)).toEqual([0xff, 0x1000]);
  });

  test('that waits follows a new route at once; one that is presented follows when it loses its place', () => {
    route(0x1000, 0, 5);
    setIrq(xics, source(0x1000), true);
    setIrq(xics, source(0x1000), true);
    route(0x1000, 1, 5);
    expect([icp(0).xisr, icp(1).xisr]).toEqual([0x1000, 0x1000]);
    expect(take(1)).toEqual([0xff, 0x1000]);
    setCppr(xics, 0, 0);
    expect(source(0x1000).status).toBe(STATUS.REJECTED);
    eoi(xics, 1, 0xff001000);
    expect(take(1)).toEqual([0xff, 0x1000]);
  });
});

describe('a level', () => {
  test('that is still asserted at the end of its interrupt comes again; not before that', () => {
    route(0x1002, 0, 5);
    setIrq(xics, source(0x1002), true);
    expect(take(0)).toEqual([0xff, 0x1002]);
    setCppr(xics, 0, 0xff);
    expect(isRaised(icp(0))).toBe(false);
    eoi(xics, 0, 0xff001002);
    expect(take(0)).toEqual([0xff, 0x1002]);
    setIrq(xics, source(0x1002), false);
    eoi(xics, 0, 0xff001002);
    expect([isRaised(icp(0)), source(0x1002).status]).toEqual([false, 0]);
  });

  test('that drops while it is presented is not sent again when it loses its place', () => {
    route(0x1002, 0, 5);
    setIrq(xics, source(0x1002), true);
    route(0x1002, 1, 5);
    setIrq(xics, source(0x1002), false);
    setCppr(xics, 0, 0);
    expect([isRaised(icp(0)), isRaised(icp(1)), source(0x1002).status]).toEqual([false, false, 0]);
  });

  test('that drops while it waits does not come', () => {
    route(0x1002, 0, 5);
    setCppr(xics, 0, 0);
    setIrq(xics, source(0x1002), true);
    setIrq(xics, source(0x1002), false);
    setCppr(xics, 0, 0xff);
    expect(isRaised(icp(0))).toBe(false);
  });
});

const server = fc.nat(SERVERS - 1);
const number = fc.constantFrom(...SOURCES.map((s) => s.number));
const priority = fc.constantFrom(0, 3, 4, 5, 9, 0xff);
const operation = fc.oneof(
  fc.record({ op: fc.constant('line' as const), number, level: fc.boolean() }),
  fc.record({ op: fc.constant('route' as const), number, server, priority }),
  fc.record({ op: fc.constant('off' as const), number }),
  fc.record({ op: fc.constant('on' as const), number }),
  fc.record({ op: fc.constant('mfrr' as const), server, priority }),
  fc.record({ op: fc.constant('cppr' as const), server, priority }),
  fc.record({ op: fc.constant('accept' as const), server }),
  fc.record({ op: fc.constant('end' as const), server }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** toEqual for lists of numbers; it costs what it says only when they differ. */
function same(got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) expect(got).toEqual(wanted);
}

/** A controller, the model, and a handler on each server that ends interrupts in the order in which it must. */
class Pair {
  readonly x = fresh();
  readonly model = new Model(
    SERVERS,
    SOURCES.map(({ number: n, lsi }) => ({ number: n, lsi: lsi === 1 })),
  );
  readonly taken: [cppr: number, source: number][][] = [[], []];

  apply(op: Operation): void {
    const { x, model } = this;
    const it = 'number' in op ? (sourceOf(x, op.number) ?? make(SOURCE)) : make(SOURCE);
    switch (op.op) {
      case 'line':
        setIrq(x, it, op.level);
        model.line(op.number, op.level);
        break;
      case 'route':
        writeXive(x, it, op.server, op.priority);
        model.route(op.number, op.server, op.priority, op.priority);
        break;
      case 'off': {
        const { server: to, priority: was } = model.wants.get(op.number) ?? it;
        intOff(x, it);
        model.route(op.number, to, 0xff, was);
        break;
      }
      case 'on': {
        const { server: to, saved } = model.wants.get(op.number) ?? { server: 0, saved: 0 };
        intOn(x, it);
        model.route(op.number, to, saved, saved);
        break;
      }
      case 'mfrr':
        setMfrr(x, op.server, op.priority);
        model.mfrr(op.server, op.priority);
        break;
      case 'cppr':
        setCppr(x, op.server, op.priority);
        model.cppr(op.server, op.priority);
        break;
      case 'accept': {
        const xirr = accept(x, op.server);
        const given = model.accept(op.server);
        same([xirr >>> 24, xirr & 0xffffff], given);
        if (given[1] !== 0) this.taken[op.server]?.push(given);
        return;
      }
      case 'end': {
        const last = this.taken[op.server]?.pop();
        if (!last) return;
        eoi(x, op.server, ((last[0] << 24) | last[1]) >>> 0);
        model.eoi(op.server, last[1], last[0]);
        break;
      }
    }
  }

  /** Both present the same, and neither holds back what it could present. */
  compare(): void {
    const places = this.model.servers.map(({ cppr, mfrr, place, as }) => [cppr, mfrr, place, as]);
    const shown = this.x.icps.map((i) => [i.cppr, i.mfrr, i.xisr, i.pending_priority]);
    same(shown, places);
    if (this.model.isUnfair()) throw new Error('the model holds something back');
  }
}

test('any sequence of writes presents and accepts what an independent model does', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60, size: 'max' }), (operations) => {
      const pair = new Pair();
      for (const op of operations) {
        pair.apply(op);
        pair.compare();
      }
    }),
    { numRuns: 600, seed: 5 },
  );
});
