// The scenarios that can be loaded now. The worker's script holds the first visit's; the others, with their hosts, are a
// file of their own, fetched when one of them is asked for or when the page has time.
import type { Monitor } from '../sim/scenario/anatomy-monitor.ts';
import { FIRST } from '../sim/scenario/first.ts';
import { findScenario, type Library } from '../sim/scenario/scenario.ts';
import { fail, type Result, succeed } from '../sim/state/user-error.ts';

const fetchAll = async (): Promise<Library<Monitor>> =>
  (await import('../sim/scenario/index.ts')).LIBRARY;

export class Shelf {
  library: Library<Monitor> = FIRST;
  private readonly fetch: () => Promise<Library<Monitor>>;

  /** `fetch` brings everything, `FIRST` included. It may fail. */
  constructor(fetch = fetchAll) {
    this.fetch = fetch;
  }

  /** Makes sure that the scenario of an id is here, if there is one. */
  async need(id: string): Promise<Result<null>> {
    return findScenario(this.library, id) ? succeed(null) : this.fill();
  }

  /** Makes sure that all are here. A failure leaves what is here. */
  async fill(): Promise<Result<null>> {
    if (this.library !== FIRST) return succeed(null);
    try {
      this.library = await this.fetch();
      return succeed(null);
    } catch {
      return fail(
        'NOT_FETCHED',
        'The other scenarios could not be fetched.',
        'Check the connection, then reload the page.',
      );
    }
  }
}
