// Which browser the tests, the screenshot and the benchmarks drive, and with which flags.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type LaunchOptions } from '@playwright/test';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

// A browser without a network must not keep trying to reach one; as root there is no sandbox.
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Paths that may hold a Chromium, best first: $CHROMIUM alone if set, else installed ones, else Playwright's. */
export function browserCandidates(): string[] {
  const wanted = process.env.CHROMIUM;
  if (wanted) return [wanted];
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = COMMANDS.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...onPath, ...APPLICATIONS, chromium.executablePath()].filter(isExecutable);
}

/** How to launch the first candidate; without one, Playwright reports what it misses. */
export function launchOptions(executable = browserCandidates()[0]): LaunchOptions {
  return { args: ARGS, ...(executable ? { executablePath: executable } : {}) };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
