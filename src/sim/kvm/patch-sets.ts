// Sets of patches that are off: presets, how links and the command line write them, and what cannot be combined.
import type { CpuFamily } from '../isa/spr.ts';
import type { UserError } from '../state/user-error.ts';
import { PATCHES, type Patch } from './patches.ts';

/** A name for several patches that are off together. */
export interface Preset {
  readonly id: string;
  readonly title: string;
  /** Patches that are off. */
  readonly off: readonly string[];
}

/** The patches of a CPU's kernel. */
export const patchesOf = (family: CpuFamily): readonly Patch[] =>
  PATCHES.filter(({ cpus }) => cpus.includes(family));

/** Linux x.y of a patch's `fixed`, as a number that can be compared. */
function releaseOf(fixed: string): number {
  const [x = 0, y = 0] = fixed.split('.').map((part) => Number.parseInt(part, 10));
  return 1000 * x + y;
}

/** The mistakes of the POWER7 kernel that were mended after a release. */
const fixedAfter = (release: string): string[] =>
  patchesOf('p7')
    .filter(({ fixed }) => fixed && releaseOf(fixed) > releaseOf(release))
    .map(({ id }) => id);

export const PRESETS: readonly Preset[] = [
  {
    id: 'historic-3.6',
    title: 'Linux 3.6 with the mistakes that were mended after it',
    off: fixedAfter('3.6'),
  },
];

/** The patches that are off once `id`, a patch or a preset, is switched. */
export function switched(off: readonly string[], id: string, on: boolean): string[] {
  const ids = PRESETS.find((preset) => preset.id === id)?.off ?? [id];
  return on ? off.filter((other) => !ids.includes(other)) : [...new Set([...off, ...ids])];
}

/** Reads 'id:off,id:on' onto what is off already; '' in `bad`, or the item that says neither. */
export function readSwitches(text: string, before: readonly string[] = []) {
  let off: readonly string[] = before;
  for (const item of text.split(',').filter(Boolean)) {
    const [, id, state] = /^(.+):(on|off)$/.exec(item) ?? [];
    if (id === undefined) return { off, bad: item };
    off = switched(off, id, state === 'on');
  }
  return { off, bad: '' };
}

/** What `readSwitches` reads; a preset that is off as a whole stands for its patches. */
export function writeSwitches(off: readonly string[]): string {
  const presets = PRESETS.filter((preset) => preset.off.every((id) => off.includes(id)));
  const named = new Set(presets.flatMap((preset) => preset.off));
  const rest = off.filter((id) => !named.has(id));
  return [...presets.map(({ id }) => id), ...rest].map((id) => `${id}:off`).join(',');
}

/** Why these patches cannot be off together on a CPU, or null: an unknown one, one of another kernel, a clash. */
export function mistakeIn(off: readonly string[], family: CpuFamily): UserError | null {
  const own = patchesOf(family).map(({ id }) => id);
  for (const id of off) {
    const patch = PATCHES.find((other) => other.id === id);
    if (!patch) {
      const known = PATCHES.map((other) => other.id).join(', ');
      return {
        code: 'UNKNOWN_PATCH',
        message: `There is no patch '${id}'.`,
        hint: `Known patches: ${known}.`,
      };
    }
    if (!own.includes(id)) {
      return {
        code: 'PATCH_CPU',
        message: `The patch '${id}' does not concern this CPU model.`,
        hint: `Patches of its kernel: ${own.join(', ') || 'none'}.`,
      };
    }
    const clash = clashOf(patch, off);
    if (clash) return clash;
  }
  return null;
}

function clashOf({ id, requires = [] }: Patch, off: readonly string[]): UserError | null {
  const missing = requires.find((other) => off.includes(other));
  if (missing === undefined) return null;
  return {
    code: 'PATCH_REQUIRES',
    message: `The patch '${id}' mends what '${missing}' brought: without that there is nothing to take out.`,
    hint: `Switch '${missing}' on, or '${id}'.`,
  };
}
