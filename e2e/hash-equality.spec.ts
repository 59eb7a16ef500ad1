// The same walk through a history gives the same state, bit for bit, in Chromium's worker and in Node.
import { expect, type Page, test } from '@playwright/test';
import type { Action } from '../src/sim/machine/inputs.ts';
import type { LoadSpec } from '../src/sim/scenario/scenario.ts';
import { mix32 } from '../src/sim/state/hash.ts';
import { GRAINS } from '../src/workers/protocol.ts';
import { hashOf, type Model, model } from './model.ts';
import { VcorePage } from './vcore-page.ts';

const WALKS = 30;
const OPERATIONS = 30;
/** Walks stay in the first part of the run, where doorbells, cedes and pre-emptions are. */
const FURTHEST = 9000;

/** A command of the worker's protocol with its arguments. */
type Operation = readonly [command: string, ...args: unknown[]];

interface Walk {
  readonly spec: LoadSpec;
  readonly operations: readonly Operation[];
  /** Hash after each operation, computed in Node. */
  readonly hashes: readonly string[];
}

/** Numbers below n, drawn from a seed. */
function dice(seed: number): (n: number) => number {
  let drawn = 0;
  return (n) => mix32(seed, drawn++) % n;
}

function randomAction(draw: (n: number) => number): Action {
  const [thread, vcpu] = [draw(4), draw(4)];
  const kind = (['doorbell', 'exit', 'dec', 'hdec', 'preempt'] as const)[draw(5)] ?? 'exit';
  if (kind === 'doorbell') return { kind, from: vcpu, to: draw(4) };
  return kind === 'dec' ? { kind, vcpu } : { kind, thread };
}

/** Does one random operation in Node and says which it was. */
function operate(m: Model, draw: (n: number) => number): Operation {
  const choice = draw(10);
  if (choice < 5) {
    const grain = GRAINS[draw(GRAINS.length)] ?? 'instr';
    const direction = draw(2) === 0 ? -1 : 1;
    const count = 1 + draw(20);
    if (direction > 0) m.forward(grain, count);
    else m.back(grain, count);
    return ['step', grain, direction, count];
  }
  if (choice < 7) {
    const step = draw(FURTHEST);
    m.goto(m.current.id, step);
    return ['goto', step];
  }
  if (choice < 9) {
    const action = randomAction(draw);
    m.inject(action);
    return ['inject', action];
  }
  const branch = m.branches[draw(m.branches.length)] ?? m.current;
  m.goto(branch.id, branch.end);
  return ['selectBranch', branch.id];
}

function walk(seed: number): Walk {
  const draw = dice(seed);
  const scenario = ['virt-doorbell', 'virt-doorbell-2threads', 'virt-doorbell-2cores'][draw(3)];
  const spec: LoadSpec = {
    scenario: scenario ?? '',
    cpu: 'p9-dd23',
    off: draw(3) === 0 ? ['virt-doorbell'] : [],
    seed: draw(2) * draw(1000),
  };
  const m = model(spec);
  const operations: Operation[] = [];
  const hashes: string[] = [];
  for (let i = 0; i < OPERATIONS; i++) {
    operations.push(operate(m, draw));
    hashes.push(hashOf(m));
  }
  return { spec, operations, hashes };
}

/** Runs walks in a worker made from the page's own script, by Comlink's messages; the hash after each operation. */
function walkInPage(page: Page, script: string, walks: readonly Walk[]): Promise<string[][]> {
  return page.evaluate(
    async ({ script, walks }) => {
      const worker = new Worker(script, { type: 'module' });
      const call = (command: string, args: readonly unknown[]) =>
        new Promise<unknown>((answer) => {
          const id = crypto.randomUUID();
          const listen = ({ data }: MessageEvent) => {
            if (data.id !== id) return;
            worker.removeEventListener('message', listen);
            answer(data.value);
          };
          worker.addEventListener('message', listen);
          const argumentList = args.map((value) => ({ type: 'RAW', value }));
          worker.postMessage({ id, type: 'APPLY', path: [command], argumentList });
        });
      const hashes: string[][] = [];
      for (const { spec, operations } of walks) {
        await call('load', [spec]);
        const found: string[] = [];
        for (const [command, ...args] of operations) {
          await call(command, args);
          found.push(String(await call('hash', [])));
        }
        hashes.push(found);
      }
      worker.terminate();
      return hashes;
    },
    { script, walks },
  );
}

test(`${WALKS} random walks of ${OPERATIONS} operations reach the same states in Chromium and in Node`, async ({
  page,
}) => {
  test.setTimeout(180_000); // half a minute alone; only a hang takes that long
  await new VcorePage(page).open();
  const script = page.workers()[0]?.url() ?? '';
  const walks = Array.from({ length: WALKS }, (_, i) => walk(i + 1));
  const shown = await walkInPage(page, script, walks);
  for (const [i, { hashes }] of walks.entries()) {
    expect(shown[i], `walk of seed ${i + 1}`).toEqual(hashes);
  }
  const states = new Set(walks.flatMap(({ hashes }) => hashes));
  expect(states.size).toBeGreaterThan((WALKS * OPERATIONS) / 2);
});
