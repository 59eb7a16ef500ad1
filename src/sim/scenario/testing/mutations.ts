// What the tests of invariants share: one line of the model broken on purpose, and what is noticed of it.
import type { Edit } from '../../kvm/patches.ts';
import type { Loaded, Monitor } from '../index.ts';

/** Only the invariant `id` may notice the edit, with words that contain `why`; `seed` of its schedule. */
export type Mutation = [name: string, id: string, why: string, mutation: Edit, seed?: number];

/** The sentences of the first violations within `steps` steps, by invariant. */
export function violations({ machine }: Loaded<Monitor>, steps: number): Record<string, string> {
  machine.advance(steps);
  const first = machine.m.violations.toReversed();
  return Object.fromEntries(first.map(({ id, why }) => [id, why]));
}

/** Invariants that no mutation makes fire; `alone`: those that have a test of their own. */
export function untested(
  invariants: readonly { readonly id: string }[],
  mutations: readonly Mutation[],
  alone: readonly string[] = [],
): string[] {
  const fired = new Set([...mutations.map(([, id]) => id), ...alone]);
  return invariants.map(({ id }) => id).filter((id) => !fired.has(id));
}
