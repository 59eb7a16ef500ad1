// `npm run setup`: makes sure that the tests have a browser that starts. Uses an installed Chromium or
// Chrome ($CHROMIUM names one), else Playwright's download, else Debian's package.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { browserCandidates, launchOptions } from './browser.ts';

/** The version of the browser the tests will use, or why it does not start. */
async function tryBrowser(): Promise<{ ok: boolean; text: string }> {
  const [executable] = browserCandidates();
  if (!executable) return { ok: false, text: 'no Chromium or Chrome found' };
  try {
    const browser = await chromium.launch({ ...launchOptions(executable), timeout: 60_000 });
    const version = browser.version();
    await browser.close();
    return { ok: true, text: `${executable} (${version})` };
  } catch (error) {
    return { ok: false, text: `${executable} does not start: ${String(error).split('\n')[0]}` };
  }
}

function run(command: string, args: string[]): void {
  console.log(`setup: ${command} ${args.join(' ')}`);
  spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
}

function installFromPlaywright(): void {
  run('npx', ['playwright', 'install', 'chromium']);
}

function installFromDebian(): void {
  run('apt-get', ['update']);
  run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium']);
}

/** What to try in turn. A browser that the user named is not replaced. */
function remedies(): (() => void)[] {
  if (process.env.CHROMIUM) return [];
  const isDebianRoot = existsSync('/etc/debian_version') && process.getuid?.() === 0;
  return isDebianRoot ? [installFromPlaywright, installFromDebian] : [installFromPlaywright];
}

let state = await tryBrowser();
for (const remedy of remedies()) {
  if (state.ok) break;
  console.log(`setup: ${state.text}`);
  remedy();
  state = await tryBrowser();
}
console.log(`setup: ${state.text}`);
if (!state.ok) console.error('setup: set CHROMIUM to the path of a Chromium or Chrome');
process.exitCode = state.ok ? 0 : 1;
