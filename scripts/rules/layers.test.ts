import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { layerViolations } from './layers.ts';

test('every import in src runs down the list of layers', () => {
  expect(layerViolations('src')).toEqual([]);
});

describe('a planted import', () => {
  let root = '';
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** Violations of a source tree made of these files. */
  function violations(files: Record<string, string>): string[] {
    root = mkdtempSync(join(tmpdir(), 'layers-'));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    return layerViolations(root);
  }

  test.each([
    ['a value', `import { kvm } from '../kvm/kvm.ts';`],
    ['a type', `import type { Kvm } from '../kvm/kvm.ts';`],
    ['an inline type', `import { type Kvm } from '../kvm/kvm.ts';`],
    ['a re-export', `export * from '../kvm/kvm.ts';`],
    ['a dynamic import', `const kvm = await import('../kvm/kvm.ts');`],
    ['an import over several lines', `import {\n  kvm,\n} from '../kvm/kvm.ts';`],
  ])('upwards is refused with file and line: %s', (_, line) => {
    expect(violations({ 'sim/hardware/core.ts': `// first line\n${line}\n` })).toEqual([
      "src/sim/hardware/core.ts:2 sim/hardware must not import sim/kvm ('../kvm/kvm.ts')",
    ]);
  });

  test('downwards, within a layer, and in a comment or string is allowed', () => {
    const text = `import { a } from '../isa/a.ts';
import type { B } from './b.ts';
// import { kvm } from '../kvm/kvm.ts';
export const text = "import { kvm } from '../kvm/kvm.ts'";`;
    expect(violations({ 'sim/hardware/core.ts': text })).toEqual([]);
  });

  test('between two layers of one line is refused', () => {
    expect(violations({ 'sim/xive/esb.ts': `import { ics } from '../xics/ics.ts';` })).toEqual([
      "src/sim/xive/esb.ts:1 sim/xive must not import sim/xics ('../xics/ics.ts')",
    ]);
  });

  test.each(['node:fs', 'react', 'zustand', 'comlink', 'd3-scale'])(
    'of the package %s into sim is refused, in a test of sim it is not',
    (name) => {
      const text = `import * as all from '${name}';`;
      expect(violations({ 'sim/isa/a.ts': text, 'sim/isa/a.test.ts': text })).toEqual([
        `src/sim/isa/a.ts:1 sim/isa must not use the package '${name}'`,
      ]);
    },
  );

  test('of ui is refused everywhere but in ui', () => {
    const text = `import type { App } from '../ui/app.tsx';`;
    expect(
      violations({ 'workers/a.ts': text, 'workers/a.test.ts': text, 'cli/b.ts': text }),
    ).toEqual([
      "src/cli/b.ts:1 cli must not import ui ('../ui/app.tsx')",
      "src/workers/a.test.ts:1 workers must not import ui ('../ui/app.tsx')",
      "src/workers/a.ts:1 workers must not import ui ('../ui/app.tsx')",
    ]);
  });

  test('of a value of sim into the page is refused, directly and through another file; its types are not', () => {
    expect(
      violations({
        'ui/app.tsx': `import { names } from '../sim/isa/names.ts';
import type { Row } from '../sim/isa/row.ts';
import { connect } from '../workers/client.ts';`,
        'workers/client.ts': `import { machine } from '../sim/machine/machine.ts';
import Entry from './worker.ts?worker';`,
        'workers/worker.ts': `import { machine } from '../sim/machine/machine.ts';`,
      }),
    ).toEqual([
      "src/ui/app.tsx:1 brings a value of sim/isa into the page ('../sim/isa/names.ts'): import the type",
      "src/workers/client.ts:1 brings a value of sim/machine into the page ('../sim/machine/machine.ts'): import the type",
    ]);
  });

  test('of the column format into the page is allowed through the workers, not directly', () => {
    const text = `import { columns } from '../sim/trace/columns.ts';`;
    expect(
      violations({
        'ui/app.tsx': `${text}\nimport { connect } from '../workers/client.ts';`,
        'workers/client.ts': text,
        'sim/trace/columns.ts': `import { id } from '../state/id.ts';`,
      }),
    ).toEqual([
      "src/ui/app.tsx:1 brings a value of sim/trace into the page ('../sim/trace/columns.ts'): import the type",
    ]);
  });

  test('in a folder that no layer owns is refused', () => {
    expect(violations({ 'helpers/a.ts': `import './b.ts';` })).toEqual([
      'src/helpers/a.ts:1 belongs to no layer of scripts/rules/layers.ts',
    ]);
  });
});
