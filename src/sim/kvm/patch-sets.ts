// Sets of patches that are off: presets, how links and the command line write them, and what cannot be combined.
import type { UserError } from '../state/user-error.ts';
import type { Patch } from './patches.ts';

/** A name for several patches that are off together. */
export interface Preset {
  readonly id: string;
  readonly title: string;
  /** Patches that are off. */
  readonly off: readonly string[];
}

export const PRESETS: readonly Preset[] = [
  {
    id: 'historic-3.6',
    title: 'Linux 3.6 with the mistakes that were mended after it',
    // By name, so that a link can be read before its kernel is loaded; the test compares with `Patch.fixed`.
    off: [
      'b9-nap-real-mode',
      'b10-kvm-vcpu',
      'b11-saved-xirr',
      'b7-prod-kick',
      'b13-dscr',
      'b27-vpa-null',
      'b29-yield-count',
      'b31-edge-twice',
      'b14-try-lock',
      'b15-rmap-changed',
      'b19-remove-absent',
      'b20-key-hi',
    ],
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

/** Why these patches cannot be off together in a kernel that has `patches`, or null. */
export function mistakeIn(off: readonly string[], patches: readonly Patch[]): UserError | null {
  for (const id of off) {
    const patch = patches.find((other) => other.id === id);
    if (!patch) {
      return {
        code: 'UNKNOWN_PATCH',
        message: `The kernel of this CPU model has no patch '${id}'.`,
        hint: `Its patches: ${patches.map((other) => other.id).join(', ') || 'none'}.`,
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
