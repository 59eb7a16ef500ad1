import { describe, expect, test } from 'vitest';
import { mistakeIn, PRESETS, readSwitches, switched, writeSwitches } from './patch-sets.ts';
import { PATCHES } from './patches/index.ts';

const [HISTORIC] = PRESETS;
const OFF = HISTORIC?.off ?? [];
const onCpu = (cpu: 'p7' | 'p9') => PATCHES.filter(({ cpus }) => cpus.includes(cpu));

/** Linux x.y as a number that can be compared. */
function releaseOf(fixed: string): number {
  const [x = 0, y = 0] = fixed.split('.').map((part) => Number.parseInt(part, 10));
  return 1000 * x + y;
}

describe('a preset', () => {
  test('of a release is what was mended after it', () => {
    const after = onCpu('p7').filter(({ fixed }) => fixed && releaseOf(fixed) > releaseOf('3.6'));
    expect([...OFF].sort()).toEqual(after.map(({ id }) => id).sort());
  });

  test('is written as itself when all of it is off, and read back as its patches', () => {
    expect(writeSwitches([...OFF, 'b3-napping-ipi'])).toBe('historic-3.6:off,b3-napping-ipi:off');
    expect(readSwitches('historic-3.6:off,b3-napping-ipi:off')).toEqual({
      off: [...OFF, 'b3-napping-ipi'],
      bad: '',
    });
  });

  test('with one of its patches on again is written patch by patch', () => {
    const rest = switched(OFF, 'b13-dscr', true);
    expect(rest).toHaveLength(OFF.length - 1);
    expect(writeSwitches(rest)).toBe(rest.map((id) => `${id}:off`).join(','));
    expect(readSwitches('historic-3.6:off,b13-dscr:on').off).toEqual(rest);
  });

  test('switched on leaves what else is off', () => {
    expect(switched([...OFF, 'b3-napping-ipi'], 'historic-3.6', true)).toEqual(['b3-napping-ipi']);
  });
});

describe('switches of a link', () => {
  test('that say neither on nor off are named; unknown ids pass, to be reported as such', () => {
    expect(readSwitches('a:off,b')).toEqual({ off: ['a'], bad: 'b' });
    expect(mistakeIn(readSwitches('nope:off').off, onCpu('p7'))?.code).toBe('UNKNOWN_PATCH');
  });
});

describe('patches that are off together', () => {
  test('may be any that need no other', () => {
    expect(mistakeIn(OFF, onCpu('p7'))).toBeNull();
    expect(mistakeIn(OFF, onCpu('p9'))?.code).toBe('UNKNOWN_PATCH');
  });

  test('may not mend what another of them takes out', () => {
    expect(mistakeIn(['b3-napping-ipi', 'cede-real-mode'], onCpu('p7'))).toEqual({
      code: 'PATCH_REQUIRES',
      message:
        "The patch 'b3-napping-ipi' mends what 'cede-real-mode' brought: without that there is nothing to take out.",
      hint: "Switch 'cede-real-mode' on, or 'b3-napping-ipi'.",
    });
    expect(mistakeIn(['b3-napping-ipi'], onCpu('p7'))).toBeNull();
  });
});
