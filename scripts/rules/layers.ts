// The import rules of src: which layer may import which. One ordered list; scanned from the syntax tree, so
// that comments and strings do not count. (Cycles inside a layer are the linter's: noImportCycles.)
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync } from 'vite';

/** Layers from the lowest up. A file imports its own layer and those of earlier lines; layers of one line
 *  do not know each other. */
const ORDER: readonly (readonly string[])[] = [
  ['sim/state'],
  ['sim/trace'],
  ['sim/isa'],
  ['sim/engine'],
  ['sim/hardware'],
  ['sim/xics', 'sim/xive', 'sim/phb'],
  ['sim/host'],
  ['sim/kvm'],
  ['sim/vmm', 'sim/guest'],
  ['sim/machine'],
  ['sim/explore'],
  ['sim/scenario'],
  ['cli', 'workers'],
  ['ui'],
];

/** Packages (and Node's own modules, as 'node:') that a layer may use; what is not listed here uses none. */
const PACKAGES: Readonly<Record<string, readonly RegExp[]>> = {
  cli: [/^node:/],
  workers: [/^comlink$/],
  ui: [/^(?!node:)/],
};

/** Layers whose values src/workers may carry into the page: the column format that both ends speak. */
const SPOKEN_BY_PAGE = ['sim/state', 'sim/trace'];

const TEST_FILE = /\.(test\.tsx?|soak\.ts)$/;

/** One import of one file. */
interface Import {
  readonly file: string;
  readonly line: number;
  /** As written: './a.ts', 'react'. */
  readonly specifier: string;
  /** Path under src of a relative import, without its query; null for a package. */
  readonly target: string | null;
  /** Erased by the compiler: `import type`, `export type`. */
  readonly typeOnly: boolean;
}

/** Every violation of the rules under `root` (a folder like src), as `file:line message`, in file order. */
export function layerViolations(root: string): string[] {
  const imports = sourceFiles(root).flatMap((file) => importsOf(root, file));
  return [...imports.flatMap(ownViolation), ...pageViolations(imports)];
}

/** Path under src of every TypeScript file, sorted. */
function sourceFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => posix.relative(slashes(root), slashes(join(entry.parentPath, entry.name))))
    .sort();
}

function importsOf(root: string, file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const { module } = parseSync(file, text);
  const at = (start: number, specifier: string, typeOnly: boolean): Import => ({
    file,
    line: text.slice(0, start).split('\n').length,
    specifier,
    target: specifier.startsWith('.')
      ? posix.join(posix.dirname(file), specifier.replace(/\?.*$/, ''))
      : null,
    typeOnly,
  });
  // `import { type T } from` keeps a bare import of the module, so only `import type` is erased.
  const erased = (start: number) => /^(import|export)\s+type\b/.test(text.slice(start, start + 40));
  return [
    ...module.staticImports.map((i) => at(i.start, i.moduleRequest.value, erased(i.start))),
    ...module.staticExports.flatMap((e) =>
      e.entries
        .slice(0, 1)
        .flatMap(({ moduleRequest }) =>
          moduleRequest ? [at(e.start, moduleRequest.value, erased(e.start))] : [],
        ),
    ),
    ...module.dynamicImports.map(({ start, moduleRequest: { start: from, end } }) =>
      at(start, text.slice(from + 1, end - 1), false),
    ),
  ];
}

/**
 * What is wrong with an import seen alone. Tests may look up and use any package and the fixtures of e2e, but do not
 * know the page.
 */
function ownViolation(i: Import): string[] {
  const from = layerOf(i.file);
  const complain = (message: string) => [`src/${i.file}:${i.line} ${message}`];
  if (from === null) return complain('belongs to no layer of scripts/rules/layers.ts');
  if (i.target === null) {
    const allowed = TEST_FILE.test(i.file) || PACKAGES[from]?.some((p) => p.test(i.specifier));
    return allowed ? [] : complain(`${from} must not use the package '${i.specifier}'`);
  }
  if (TEST_FILE.test(i.file) && i.target.startsWith('../e2e/fixtures/')) return [];
  const to = layerOf(i.target);
  if (to === null) return complain(`imports '${i.specifier}', which belongs to no layer`);
  if (TEST_FILE.test(i.file) ? to !== 'ui' || from === 'ui' : mayImport(from, to)) return [];
  return complain(`${from} must not import ${to} ('${i.specifier}')`);
}

/**
 * Values of the machine that would be bundled into the page: what ui reaches by imports that are not erased.
 * The worker's entry ('./worker.ts?worker') is a bundle of its own.
 */
function pageViolations(imports: readonly Import[]): string[] {
  const edges = imports.filter(
    (i) => !i.typeOnly && i.target !== null && !i.specifier.includes('?'),
  );
  const reached = new Set(edges.map((i) => i.file).filter(isPageFile));
  const violations: string[] = [];
  // A Set is iterated over what is added on the way, too.
  for (const file of reached) {
    for (const { target, line, specifier } of edges.filter((i) => i.file === file)) {
      const to = target === null ? null : layerOf(target);
      if (target === null || to === null) continue;
      if (!to.startsWith('sim/') || (!isPageFile(file) && SPOKEN_BY_PAGE.includes(to))) {
        reached.add(target);
      } else {
        violations.push(
          `src/${file}:${line} brings a value of ${to} into the page ('${specifier}'): import the type`,
        );
      }
    }
  }
  return violations;
}

function isPageFile(file: string): boolean {
  return layerOf(file) === 'ui' && !TEST_FILE.test(file);
}

function mayImport(from: string, to: string): boolean {
  return from === to || rank(to) < rank(from);
}

function rank(layer: string): number {
  return ORDER.findIndex((line) => line.includes(layer));
}

function layerOf(path: string): string | null {
  return ORDER.flat().find((layer) => path.startsWith(`${layer}/`)) ?? null;
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}
