// What an XICS promises, written another way: wants and places instead of flags and calls. After every change the model
// moves the most favoured want of each server into its place until nothing moves.

const NONE = 0xff;
const IPI = 2;

interface Want {
  server: number;
  priority: number;
  /** Masked wants keep what they had. */
  saved: number;
  lsi: boolean;
  /** A message waits, or a level is asserted. */
  asked: boolean;
  /** A level has been sent and not ended. */
  busy: boolean;
}

/** `place` is what the server presents: a source number, the IPI, or 0. */
interface Server {
  cppr: number;
  mfrr: number;
  place: number;
  as: number;
}

export class Model {
  readonly servers: Server[];
  readonly wants: Map<number, Want>;

  constructor(servers: number, sources: readonly { number: number; lsi: boolean }[]) {
    this.servers = Array.from({ length: servers }, () => ({
      ...{ cppr: NONE, mfrr: NONE, place: 0, as: NONE },
    }));
    this.wants = new Map(
      sources.map(({ number, lsi }) => [
        number,
        { server: 0, priority: NONE, saved: NONE, lsi, asked: false, busy: false },
      ]),
    );
  }

  line(number: number, level: boolean): void {
    const want = this.#want(number);
    if (want.lsi) want.asked = level;
    else if (level) want.asked = true;
    this.#settle();
  }

  route(number: number, server: number, priority: number, saved: number): void {
    Object.assign(this.#want(number), { server, priority, saved });
    this.#settle();
  }

  mfrr(server: number, value: number): void {
    this.#server(server).mfrr = value;
    this.#settle();
  }

  cppr(server: number, value: number): void {
    const s = this.#server(server);
    s.cppr = value;
    if (s.as >= value) this.#vacate(s);
    this.#settle();
  }

  /** [CPPR, source] as XIRR gave them. */
  accept(server: number): [cppr: number, source: number] {
    const s = this.#server(server);
    const given: [number, number] = [s.cppr, s.place];
    if (s.place !== 0) s.cppr = s.as;
    Object.assign(s, { place: 0, as: NONE });
    return given;
  }

  eoi(server: number, number: number, cppr: number): void {
    const want = this.wants.get(number);
    if (want) want.busy = false;
    this.cppr(server, cppr);
  }

  /** True while a server could present something better than it does. */
  isUnfair(): boolean {
    return this.servers.some((_, server) => this.#best(server) !== null);
  }

  #server(n: number): Server {
    return this.servers[n] as Server;
  }
  #want(n: number): Want {
    return this.wants.get(n) as Want;
  }

  /** Takes the place away from what is there; it asks again. */
  #vacate(s: Server): void {
    const want = this.wants.get(s.place);
    if (want?.lsi) want.busy = false;
    else if (want) want.asked = true;
    Object.assign(s, { place: 0, as: NONE });
  }

  /** The most favoured of those that may take the place; the IPI and then the lower number first among equals. */
  #best(server: number): { number: number; priority: number } | null {
    const s = this.#server(server);
    const asking = [...this.wants].flatMap(([number, want]) =>
      want.server === server && want.asked && !want.busy && want.priority !== NONE
        ? [{ number, priority: want.priority }]
        : [],
    );
    const [best] = [{ number: IPI, priority: s.mfrr }, ...asking]
      .filter(({ priority }) => priority < Math.min(s.cppr, s.as))
      .sort((a, b) => a.priority - b.priority);
    return best ?? null;
  }

  #settle(): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const [n, s] of this.servers.entries()) {
        const best = this.#best(n);
        if (!best) continue;
        this.#vacate(s);
        Object.assign(s, { place: best.number, as: best.priority });
        const want = this.wants.get(best.number);
        if (want?.lsi) want.busy = true;
        else if (want) want.asked = false;
        moved = true;
      }
    }
  }
}
