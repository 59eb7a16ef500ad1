// Plants one bad file per ban in a copy of the configuration and lets the linter and the compiler loose on
// it: a ban that no longer fires is a failed test. (The import rules have their own: layers.test.ts.)
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const CONFIGURATION = [
  'biome.json',
  'no-randomness.grit',
  'tsconfig.json',
  'tsconfig.base.json',
  'tsconfig.tests.json',
  ...['sim', 'workers', 'cli', 'ui'].map((project) => `src/${project}/tsconfig.json`),
];

/** Files that break nothing: one per project, so that each has something to compile. */
const GOOD = [
  ['src/sim/state/good.ts', `export const good = 1;`],
  ['src/sim/state/good.test.ts', `import { good } from './good.ts';\nconsole.log(good, Date.now);`],
  ['src/workers/good.ts', `export { good } from '../sim/state/good.ts';`],
  ['src/cli/good.ts', `export { good } from '../sim/state/good.ts';`],
  ['src/ui/good.ts', `export const title = document.title;`],
] as const;

const GLOBAL = 'lint/style/noRestrictedGlobals';
const CYCLE = 'lint/suspicious/noImportCycles';

/** What the linter must refuse: file, its text, the rule. */
const LINTED = [
  ['src/sim/isa/date-now.ts', `export const now = Date.now();`, GLOBAL],
  ['src/sim/isa/date.ts', `export const now = new Date();`, GLOBAL],
  ['src/sim/isa/timer.ts', `setTimeout(() => {}, 1);`, GLOBAL],
  ['src/sim/isa/clock.ts', `export const now = performance.now();`, GLOBAL],
  ['src/sim/isa/dom.ts', `export const title = document.title;`, GLOBAL],
  ['src/sim/isa/global.ts', `export const all = globalThis;`, GLOBAL],
  ['src/sim/isa/uuid.ts', `export const id = crypto.randomUUID();`, GLOBAL],
  ['src/sim/isa/random.ts', `export const r = Math.random();`, 'plugin'],
  ['src/sim/isa/random-alias.ts', `export const r = Math.random;`, 'plugin'],
  ['src/sim/isa/random.test.ts', `export const r = Math.random();`, 'plugin'],
  ['src/sim/isa/cycle-a.ts', `export { b } from './cycle-b.ts';`, CYCLE],
  ['src/sim/isa/cycle-b.ts', `export { a as b } from './cycle-a.ts';`, CYCLE],
  ['src/sim/isa/any.ts', `export const x: any = 1;`, 'lint/suspicious/noExplicitAny'],
  ['src/ui/floating.ts', `async function f() {}\nf();`, 'lint/nursery/noFloatingPromises'],
] as const;

/** What the compiler must refuse: file, its text, the error. */
const COMPILED = [
  ['src/sim/isa/dom.ts', `export const title = document.title;`, 'TS2584'],
  ['src/sim/isa/window.ts', `export const w = window;`, 'TS2304'],
  ['src/sim/isa/clock.ts', `export const now = performance.now();`, 'TS2304'],
  ['src/sim/isa/timer.ts', `setTimeout(() => {}, 1);`, 'TS2304'],
  ['src/sim/isa/node.ts', `export { readFileSync } from 'node:fs';`, 'TS2591'],
  ['src/sim/isa/upwards.ts', `export { good } from '../../workers/good.ts';`, 'TS6307'],
  ['src/sim/isa/upwards-type.ts', `export type { good } from '../../cli/good.ts';`, 'TS6307'],
  ['src/sim/isa/enum.ts', `export enum E { a }`, 'TS1294'],
  ['src/workers/dom.ts', `export const title = document.title;`, 'TS2584'],
  ['src/cli/wrong.ts', `export const n: number = 'text';`, 'TS2322'],
  ['src/sim/isa/wrong.test.ts', `export const n: number = 'text';`, 'TS2322'],
  ['src/ui/wrong.test.tsx', `export const n: number = 'text';`, 'TS2322'],
  ['e2e/wrong.spec.ts', `export const n: number = 'text';`, 'TS2322'],
  ['scripts/wrong.ts', `export const n: number = 'text';`, 'TS2322'],
  ['wrong.config.ts', `export const n: number = 'text';`, 'TS2322'],
] as const;

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

/** A project with our configuration and these files. */
function plant(files: Iterable<readonly [string, string, ...string[]]>): string {
  const root = mkdtempSync(join(tmpdir(), 'bans-'));
  roots.push(root);
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'), 'junction');
  for (const file of CONFIGURATION) cpSync(file, join(root, file), { recursive: true });
  for (const [file, text] of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

/** What a tool of node_modules says about a project; it fails, since files are bad. */
function outputOf(root: string, script: string, ...args: string[]): string {
  const command = [join('node_modules', script), ...args];
  const { stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
  return stdout + stderr;
}

/** The linter's diagnostics as `file rule`. */
function lint(root: string): string[] {
  const args = ['lint', '--reporter=github', '--max-diagnostics=none'];
  const output = outputOf(root, '@biomejs/biome/bin/biome', ...args);
  return [...output.matchAll(/^::error title=([^,]*),file=([^,]*),/gm)].map(
    ([, title = '', file = '']) => `${file.slice(file.indexOf(root) + root.length + 1)} ${title}`,
  );
}

/** The compiler's diagnostics as `file code`. */
function compile(root: string): string[] {
  const output = outputOf(root, 'typescript/bin/tsc', '-b', '--pretty', 'false');
  return [...output.matchAll(/^([^ (][^(]*)\(\d+,\d+\): error (TS\d+):/gm)].map(
    ([, file, code]) => `${file} ${code}`,
  );
}

describe('the linter', () => {
  const diagnostics = lint(plant([...GOOD, ...LINTED]));

  test.each(LINTED)('refuses %s: %s', (file, _, rule) => {
    expect(diagnostics).toContain(`${file} ${rule}`);
  });

  test('has nothing against good files', () => {
    expect(diagnostics.filter((text) => text.includes('good'))).toEqual([]);
  });
});

describe('the compiler', () => {
  const diagnostics = compile(plant([...GOOD, ...COMPILED]));

  test.each(COMPILED)('refuses %s: %s', (file, _, code) => {
    expect(diagnostics).toContain(`${file} ${code}`);
  });

  test('has nothing against good files', () => {
    expect(diagnostics.filter((text) => text.includes('good'))).toEqual([]);
  });
});
