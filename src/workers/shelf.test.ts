import { expect, test } from 'vitest';
import { LIBRARY, SCENARIOS } from '../sim/scenario/index.ts';
import type { Catalogue, Result } from './protocol.ts';
import { Session } from './session.ts';
import { Shelf } from './shelf.ts';
import { FakePace } from './testing/session.ts';

const ALL = SCENARIOS.map(({ id }) => id);
const OTHER = { scenario: 'book3s-hv', cpu: '', off: [], seed: 0 };
const idsOf = (scenarios: Catalogue['scenarios']): string[] => scenarios.map(({ id }) => id);

function ok<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** A session whose other scenarios can be fetched while `online.yes`. */
function sessionOn(online: { yes: boolean }): Session {
  const fetch = () =>
    online.yes ? Promise.resolve(LIBRARY) : Promise.reject(new TypeError('Failed to fetch'));
  return new Session(new FakePace(), new Shelf(fetch));
}

test('a first visit lists what is here, and every scenario, each once, when the page has asked for them', async () => {
  const session = new Session(new FakePace());
  const first = idsOf(ok(await session.open('')).scenarios);
  expect(first.length).toBeLessThan(ALL.length);
  expect(ALL).toEqual(expect.arrayContaining(first));
  expect(idsOf(ok(await session.scenarios()))).toEqual(ALL);
  expect(idsOf(ok(await session.reset()).scenarios)).toEqual(ALL);
});

test('a link fetches the scenario that it needs, with its patches', async () => {
  const session = new Session(new FakePace());
  const { spec } = ok(await session.open('s=book3s-hv&patch=historic-3.6:off'));
  expect(spec).toMatchObject({ scenario: 'book3s-hv', cpu: 'p7' });
  expect(spec.off).toContain('b13-dscr');
});

test('a scenario that cannot be fetched is refused; the work stays and goes on, and it may be asked for again', async () => {
  const online = { yes: false };
  const session = sessionOn(online);
  ok(await session.open(''));
  const hash = session.hash();
  for (const refused of [
    await session.load(OTHER),
    await session.open('s=book3s-hv'),
    await session.scenarios(),
  ])
    expect(refused).toMatchObject({ ok: false, error: { code: 'NOT_FETCHED' } });
  expect(session.hash()).toBe(hash);
  ok(await session.step('event', 1, 1));
  expect(session.hash()).not.toBe(hash);
  online.yes = true;
  expect(ok(await session.load(OTHER)).spec.scenario).toBe('book3s-hv');
});

test('an unknown scenario is named as such once all are known', async () => {
  const refused = await new Session(new FakePace()).open('s=nothing');
  expect(refused).toMatchObject({ ok: false, error: { code: 'UNKNOWN_SCENARIO' } });
  if (!refused.ok) expect(refused.error.hint).toContain('book3s-hv');
});
