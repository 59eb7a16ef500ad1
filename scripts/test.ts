// `npm test`: every check in order (format and lint, types, unit tests, both builds, browser tests), all of
// them even when one fails, and at the end one line `N passed, M failed`. A check that is not a test runner
// counts as one test. Exit code 1 when anything failed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';

interface Totals {
  passed: number;
  failed: number;
}

const CACHE = '.cache';
const VITEST_JSON = `${CACHE}/vitest.json`;
const PLAYWRIGHT_JSON = `${CACHE}/playwright.json`; // written where playwright.config.ts says

/** Runs a tool of node_modules (npm puts them on the path) with its output shown; true when it exits with 0. */
function succeeds(command: string): boolean {
  console.log(`\n> ${command}`);
  return spawnSync(command, { stdio: 'inherit', shell: true }).status === 0;
}

function check(command: string): Totals {
  return succeeds(command) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs a test runner that leaves a JSON report; a crash or an empty run counts as one failure. */
function runner(command: string, report: string, count: (json: Report) => Totals): Totals {
  rmSync(report, { force: true });
  const ok = succeeds(command);
  const totals = readTotals(report, count);
  const silentFailure = totals.failed === 0 && (!ok || totals.passed === 0);
  return silentFailure ? { ...totals, failed: 1 } : totals;
}

/** The fields used of Vitest's and Playwright's JSON reports. */
interface Report {
  numPassedTests?: number;
  numFailedTests?: number;
  /** Vitest's files; one without results did not load. */
  testResults?: { status: string; assertionResults: unknown[] }[];
  stats?: { expected: number; unexpected: number; flaky: number };
  /** Playwright's failures outside tests. */
  errors?: unknown[];
}

function isUnloadable(file: { status: string; assertionResults: unknown[] }): boolean {
  return file.status === 'failed' && file.assertionResults.length === 0;
}

function readTotals(report: string, count: (json: Report) => Totals): Totals {
  try {
    return count(JSON.parse(readFileSync(report, 'utf8')) as Report);
  } catch (error) {
    console.error(`test: no report in ${report}: ${String(error)}`);
    return { passed: 0, failed: 1 };
  }
}

mkdirSync(CACHE, { recursive: true });
const totals = [
  check('biome ci --error-on-warnings .'),
  check('tsc -b'),
  runner(
    `vitest run --reporter=default --reporter=json --outputFile.json=${VITEST_JSON}`,
    VITEST_JSON,
    ({ numPassedTests = 0, numFailedTests = 0, testResults = [] }) => ({
      passed: numPassedTests,
      failed: numFailedTests + testResults.filter(isUnloadable).length,
    }),
  ),
  check('vite build'),
  check('vite build --mode single'),
  runner('playwright test', PLAYWRIGHT_JSON, ({ stats, errors = [] }) => ({
    passed: stats?.expected ?? 0,
    failed: (stats?.unexpected ?? 0) + (stats?.flaky ?? 0) + errors.length,
  })),
];
const passed = totals.reduce((sum, t) => sum + t.passed, 0);
const failed = totals.reduce((sum, t) => sum + t.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
