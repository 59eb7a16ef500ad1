// What a user does in each view, by mouse and by keyboard; the focus follows everywhere.
import { expect, type Page, test } from '@playwright/test';
import { VIEWS } from '../src/ui/store.ts';
import { model } from './model.ts';
import { VcorePage } from './vcore-page.ts';

/** Vcpus are in the guest, ceded and in the hypervisor, and doorbells have been sent. */
const AT = 's=virt-doorbell&at=main@6000';
const focusOf = (page: Page) => page.getByRole('combobox', { name: 'Entity in focus' });

test('the number keys show the views, and the arrow keys move along the tabs', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  for (const [i, view] of VIEWS.entries()) {
    await vcore.press(`${i + 1}`);
    await expect(page.locator(`#view-${view}`)).toBeFocused();
    await expect(page.locator(`#view-${view}`)).toBeVisible();
  }
  await vcore.tab('Checks').press('ArrowRight');
  await expect(vcore.tab('Doorbells')).toBeFocused();
  await expect(vcore.tab('Doorbells')).toHaveAttribute('aria-selected', 'true');
  await vcore.tab('Doorbells').press('ArrowRight');
  await expect(vcore.tab('Code path')).toBeFocused();
  await expect(page.getByRole('tabpanel', { name: 'Code path' })).toBeVisible();
});

test('Machine: a click focuses a thread or a vcpu, and the other views follow', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  await vcore.tab('Code path').click();
  await page.getByRole('treeitem', { name: /^core 0 thread 2 / }).click();
  await vcore.idle();
  await expect(focusOf(page)).toHaveValue('core0/t2');
  await expect(page.getByRole('tabpanel')).toContainText('core0/t2');
  await vcore.expectLink('focus', 'core0/t2');
  await page.getByRole('treeitem', { name: /^vcpu A3 / }).click();
  await vcore.idle();
  await expect(focusOf(page)).toHaveValue('vm1/vcpu3');
  await expect(page.getByRole('treeitem', { name: /^vcpu A3 / })).toHaveAttribute(
    'aria-selected',
    'true',
  );
  await expect(page.getByRole('navigation', { name: /^Stack of vm1\/vcpu3/ })).toBeVisible();
});

test('Machine: one tab stop, arrows move, Enter focuses, i injects there', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  const before = await vcore.step();
  const thread = (t: number) => page.getByRole('treeitem', { name: `core 0 thread ${t} ` });
  await thread(0).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(thread(2)).toBeFocused();
  await page.keyboard.press('Enter');
  await vcore.idle();
  await expect(focusOf(page)).toHaveValue('core0/t2');
  await page.keyboard.press('i');
  const dialog = page.getByRole('dialog', { name: 'Inject at core0/t2' });
  await expect(dialog.getByRole('combobox', { name: 'thread', exact: true })).toHaveValue('2');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(thread(2)).toBeFocused();
  await expect(page.getByRole('tree').locator('[tabindex="0"]')).toHaveCount(1);
  expect(await vcore.step()).toBe(before);
});

test('Machine and Doorbells have table twins; hovering an entity in one outlines it in the other', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  await page.getByRole('treeitem', { name: /^vcpu A1 / }).hover();
  const row = page.getByRole('row').filter({ has: page.getByRole('button', { name: /^A1: / }) });
  await expect(row).toHaveClass(/is-hover/);
  const machine = page.getByRole('group', { name: 'Machine' });
  await machine.getByRole('button', { name: 'as table' }).click();
  const threads = machine.getByRole('table').first();
  await expect(threads.getByRole('row', { name: /core0\/t3/ })).toBeVisible();
  await expect(machine.getByRole('tree')).toHaveCount(0);
  await machine.getByRole('button', { name: 'as table' }).click();
  await expect(machine.getByRole('tree')).toBeVisible();

  const doorbells = page.getByRole('tabpanel', { name: 'Doorbells' });
  await doorbells.getByRole('button', { name: 'as table' }).click();
  for (const name of ['Targets', 'Sent', 'Route of a msgsndp', 'Hardware threads', 'Reads of']) {
    await expect(doorbells.getByRole('table', { name })).toBeVisible();
  }
});

test('Doorbells: a target is focused, the matrix is walked by arrows, a read leads to its step', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  const doorbells = page.getByRole('tabpanel', { name: 'Doorbells' });
  await doorbells.getByRole('button', { name: /^A2: / }).click();
  await vcore.idle();
  await expect(focusOf(page)).toHaveValue('vm1/vcpu2');
  const matrix = doorbells.getByRole('group', { name: 'Doorbells sent' });
  await matrix.getByRole('button', { name: 'from A0 to A0.' }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await expect(matrix.getByRole('button', { name: 'from A1 to A1.' })).toBeFocused();
  await page.keyboard.press('i');
  await expect(page.getByRole('dialog', { name: 'Inject at vm1/vcpu1' })).toBeVisible();
  await page.keyboard.press('Escape');
  const reads = doorbells.getByRole('table', { name: 'Last reads of DPDES' });
  const first = reads.getByRole('button').first();
  const step = Number((await first.textContent())?.replaceAll(',', ''));
  await first.click();
  await vcore.idle();
  expect(await vcore.step()).toBe(step);
});

test('Code path: the routine of the focus with its cursor, and any routine by name', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(`${AT}&focus=core0/t1`);
  await vcore.press('3');
  const code = page.getByRole('tabpanel', { name: 'Code path' });
  await expect(code.locator('li[aria-current="step"]')).toHaveCount(1);
  const step = code.locator('li[aria-current="step"]').getByRole('button').first();
  await step.focus();
  await page.keyboard.press('Enter');
  await expect(step).toHaveAttribute('aria-expanded', 'true');
  await expect(code).toContainText('illustrative model cycles');

  await code.getByRole('button', { name: 'Routines…' }).click();
  const search = code.getByRole('searchbox', { name: 'Find a routine' });
  await search.fill('entry_p9');
  await search.press('Enter');
  await vcore.idle();
  await expect(code.getByRole('list', { name: 'Steps of kvmhv_vcpu_entry_p9' })).toBeVisible();
  await code.getByRole('button', { name: 'Back to core0/t1' }).click();
  await vcore.idle();
  await expect(focusOf(page)).toHaveValue('core0/t1');
});

test('Code path: the patch is a diff of the step list, on either side of the switch', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@100&focus=fn/kvmhv_vcpu_entry_p9');
  await vcore.press('3');
  const steps = page.getByRole('list', { name: 'Steps of kvmhv_vcpu_entry_p9' });
  const added = steps.getByRole('button', { name: /with virt-doorbell/ });
  await expect(added).toHaveCount(2);
  await expect(added.first()).not.toHaveAccessibleName(/not in the running kernel/);
  await page.getByRole('switch', { name: /^patch/ }).click();
  await vcore.idle();
  await expect(added).toHaveCount(2);
  await expect(added.first()).toHaveAccessibleName(/not in the running kernel/);
});

test('Code path: guest code is shown with its meaning and the values it reads', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@9000&focus=core0/t0');
  await vcore.press('3');
  const code = page.getByRole('tabpanel', { name: 'Code path' });
  const current = code.locator('li[aria-current]').first();
  await expect(current).toContainText('RTL');
  await expect(current).toContainText('reads');
});

test('Inspector: filtered, only what changed, a register by its bits', async ({ page }) => {
  const vcore = new VcorePage(page);
  const m = model();
  m.goto(0, 6000);
  const acted = `core0/t${m.machine.m.last_thread}`;
  await vcore.openAt(`s=virt-doorbell&at=main@5999&focus=${acted}`);
  await vcore.press('Shift+ArrowRight');
  const inspector = page.getByRole('group', { name: 'Inspector' });
  const filter = inspector.getByRole('searchbox');
  await filter.fill('hfscr');
  const hfscr = inspector.getByRole('button', { name: /^HFSCR is 0x/ });
  await expect(hfscr).toBeVisible();
  await expect(inspector.getByRole('button', { name: /^LPIDR is/ })).toHaveCount(0);
  await hfscr.press('Enter');
  await expect(inspector).toContainText(`${acted}/HFSCR`);
  await expect(inspector).toContainText('MSGP');
  await filter.fill('no such field');
  await expect(inspector).toContainText('No field matches');
  await filter.fill('');
  await inspector.getByRole('button', { name: /^Δ/ }).click();
  const changed = inspector.getByRole('button', { name: /changed from/ });
  await expect(changed.first()).toBeVisible();
  await expect(inspector.getByRole('button', { name: /^HFSCR is/ })).toHaveCount(0);
  await focusOf(page).selectOption('vm1/vcore2');
  await vcore.idle();
  await vcore.expectLink('focus', 'vm1/vcore2');
});

test('Console: what the guest printed, and events that lead to their step and entity', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  await vcore.press('5');
  const guest = page.getByRole('textbox', { name: 'Guest console output' });
  await expect(guest).toHaveValue(/^vcore: 4 vcpus\n/);
  const log = page.getByRole('region', { name: 'Event log' });
  await log.getByRole('radio', { name: 'phase' }).check();
  await log.getByRole('searchbox').fill('enters the guest');
  const line = log.getByRole('listitem').first().getByRole('button');
  const target = /Go to position (\d+) and focus (\S+)/.exec(
    (await line.getAttribute('title')) ?? '',
  );
  await line.click();
  await vcore.idle();
  expect(await vcore.step()).toBe(Number(target?.[1]));
  await expect(focusOf(page)).toHaveValue(target?.[2] ?? '');
});

test('help lists the keys and can turn single keys off', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Vcore' });
  await expect(help).toContainText('one labelled hypervisor routine');
  await help.getByRole('checkbox', { name: /single-key shortcuts/ }).uncheck();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await vcore.press('ArrowRight');
  expect(await vcore.step()).toBe(6000);
  await vcore.open(page.url());
  await vcore.press('ArrowRight');
  expect(await vcore.step()).toBe(6000);
});
