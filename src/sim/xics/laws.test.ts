import fc from 'fast-check';
import { expect, test } from 'vitest';
import { make } from '../state/schema.ts';
import { accept, eoi, setCppr, setMfrr } from './icp.ts';
import { intOff, intOn, setIrq, writeXive } from './ics.ts';
import { ICP, icpOf, SOURCE, type Source, sourceOf, XICS_IPI, type Xics } from './records.ts';
import { Ledger } from './testing/ledger.ts';

const SERVERS = 3;
const MASKED = 0xff;
const SOURCES = [
  { number: 0x1000, lsi: 0 },
  { number: 0x1001, lsi: 0 },
  { number: 0x1002, lsi: 1 },
  { number: 0x1003, lsi: 1 },
];
const PRIORITIES = [0, 3, 5, 5, 9, MASKED] as const;

/** A controller, its ledger, and software on each server that ends interrupts in the order in which it must. */
class Driven {
  readonly x: Xics = {
    icps: Array.from({ length: SERVERS }, () => make(ICP)),
    sources: SOURCES.map((values) => make(SOURCE, values)),
  };
  readonly ledger = new Ledger(this.x);

  source(number: number): Source {
    return sourceOf(this.x, number) ?? make(SOURCE);
  }
  line(number: number, level: boolean): void {
    this.ledger.line(number, level);
    setIrq(this.x, this.source(number), level);
  }
  route(number: number, server: number, priority: number): void {
    this.ledger.route(number, server, priority, priority);
    writeXive(this.x, this.source(number), server, priority);
  }
  mask(number: number): void {
    const { server, priority } = this.ledger.entry(number);
    this.ledger.route(number, server, MASKED, priority);
    intOff(this.x, this.source(number));
  }
  unmask(number: number): void {
    const { server, saved } = this.ledger.entry(number);
    this.ledger.route(number, server, saved, saved);
    intOn(this.x, this.source(number));
  }
  /** A handler may not let in what is less favoured than the interrupt that it handles. */
  cppr(server: number, wanted: number): void {
    setCppr(this.x, server, Math.min(wanted, this.ledger.ceiling(server)));
  }
  mfrr(server: number, priority: number): void {
    setMfrr(this.x, server, priority);
  }
  /** Why it must not have been given what it got, or ''. */
  accept(server: number): string {
    const xirr = accept(this.x, server);
    return this.ledger.accept(server, xirr, icpOf(this.x, server).cppr);
  }
  end(server: number): void {
    const xirr = this.ledger.end(server);
    if (xirr !== null) eoi(this.x, server, xirr);
  }

  /** Software does its duty: it unmasks and routes all, takes what comes, calms the device and ends it. */
  drain(): void {
    for (const { number, server } of this.ledger.entries) this.route(number, server, 5);
    for (const server of this.x.icps.keys()) this.#finish(server);
    for (let left = 50; left > 0 && this.ledger.owed() !== ''; left--)
      for (const server of this.x.icps.keys()) {
        const { xisr } = icpOf(this.x, server);
        const why = this.accept(server);
        if (why !== '') throw new Error(why);
        if (xisr === XICS_IPI) this.mfrr(server, MASKED);
        else if (this.source(xisr).lsi) this.line(xisr, false);
        this.end(server);
      }
  }
  #finish(server: number): void {
    while (this.ledger.stacks[server]?.length) this.end(server);
    this.cppr(server, MASKED);
  }
}

type Op = (d: Driven, number: number, server: number, priority: number) => unknown;
const OPS: Readonly<Record<string, Op>> = {
  raise: (d, n) => d.line(n, true),
  drop: (d, n) => d.line(n, false),
  route: (d, n, s, p) => d.route(n, s, p),
  mask: (d, n) => d.mask(n),
  unmask: (d, n) => d.unmask(n),
  mfrr: (d, _, s, p) => d.mfrr(s, p),
  cppr: (d, _, s, p) => d.cppr(s, p),
  accept: (d, _, s) => d.accept(s),
  end: (d, _, s) => d.end(s),
};
const operation = fc.tuple(
  fc.constantFrom(...Object.keys(OPS)),
  fc.constantFrom(...SOURCES.map(({ number }) => number)),
  fc.nat(SERVERS - 1),
  fc.constantFrom(...PRIORITIES),
);

test('no sequence of writes loses an interrupt, takes one twice, or holds one back that may come', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80, size: 'max' }), (operations) => {
      const driven = new Driven();
      for (const [name, n, s, p] of operations) {
        const why = OPS[name]?.(driven, n, s, p) || driven.ledger.broken();
        if (why) throw new Error(`${name}: ${why}`);
      }
      driven.drain();
      expect(driven.ledger.owed()).toBe('');
    }),
    { numRuns: 1200, seed: 13 },
  );
});
