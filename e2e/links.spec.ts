// The link is the position: it reproduces scenario, patches, seed, inputs and step, checked by hash. A bad link is
// answered by a message and leaves the work as it was.
import { expect, test } from '@playwright/test';
import { hashOf, model, positionOf } from './model.ts';
import { VcorePage } from './vcore-page.ts';

test('a copied link opens the same scenario, patches, seed, inputs, position and focus', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell-2threads&patch=virt-doorbell:off&seed=7&at=main@1500');
  for (const name of ['Pre-empt the task', 'Let DEC expire']) {
    await vcore.press('i');
    await vcore.click(name);
    await vcore.goto((await vcore.step()) + 50);
  }
  await page.getByRole('treeitem', { name: /^core 0 thread 1 / }).click();
  await vcore.idle();
  await vcore.expectLink('focus', 'core0/t1');
  const made = await vcore.fragment();
  await vcore.click('copy the link to this position');
  await expect(page.getByRole('status').filter({ hasText: 'Link to this position' })).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());

  const other = new VcorePage(await context.newPage());
  await other.open(link);
  expect((await other.fragment()).toString()).toBe(made.toString());
  await expect(other.alert()).toHaveCount(0);
  await expect(other.page.getByRole('combobox', { name: 'scenario' })).toHaveValue(
    'virt-doorbell-2threads',
  );
  await expect(other.page.getByRole('textbox', { name: 'seed' })).toHaveValue('7');
  await expect(other.page.getByRole('switch', { name: /^patch/ })).not.toBeChecked();
  await expect(other.page.getByRole('combobox', { name: 'Entity in focus' })).toHaveValue(
    'core0/t1',
  );
  const m = model({ scenario: 'virt-doorbell-2threads', off: ['virt-doorbell'], seed: 7 });
  m.goto(0, 1500);
  m.inject({ kind: 'preempt', thread: 0 });
  m.goto(0, 1550);
  m.inject({ kind: 'dec', vcpu: 0 });
  m.goto(0, 1600);
  expect(made.get('h')).toBe(hashOf(m).slice(0, 8));
});

test('a link of an earlier step of a forked branch carries the inputs and no future', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@3000');
  await vcore.goto(2000);
  await vcore.press('i');
  await vcore.click('Request an exit');
  await vcore.goto(2400);
  const link = (await vcore.fragment()).toString();
  const forked = await vcore.position();
  await vcore.openAt(link);
  expect(await vcore.position()).toEqual(forked);
  await expect(vcore.alert()).toHaveCount(0);
});

const BAD = [
  ['an unknown scenario', 's=virt-dorbell', "There is no scenario 'virt-dorbell'."],
  ['an unknown CPU model', 's=virt-doorbell&cpu=p11', "does not run on the CPU model 'p11'"],
  ['an unknown patch', 's=virt-doorbell&patch=virt-bell:off', 'virt-bell'],
  ['a patch neither on nor off', 's=virt-doorbell&patch=virt-doorbell', 'neither on nor off'],
  ['a position that is none', 's=virt-doorbell&at=main@later', "position 'main@later'"],
  ['a hash that is none', 's=virt-doorbell&at=main@10&h=xyz', 'not 8 hexadecimal digits'],
  ['a wrong hash', 's=virt-doorbell&at=main@10&h=00000000', 'the link says 00000000'],
  ['a step beyond the end', 's=virt-doorbell&at=main@999999', 'the link says 999999'],
  ['a breakpoint that is none', 's=virt-doorbell&at=main@10&bp=loop', "breakpoint 'loop'"],
  ['a breakpoint outside memory', 's=virt-doorbell&bp=fffffff0', 'no instruction at 0xfffffff0'],
  ['damaged inputs', 's=virt-doorbell&at=main@10&ev=z1:q1ZKTE4s', 'inputs (ev=) cannot be read'],
  ['inputs of another schema', 's=virt-doorbell&ev=z9:AAAA', "unknown schema 'z9:'"],
  ['a damaged program', 's=virt-doorbell&prog=z1:AAAA', 'program (prog=) cannot be read'],
  ['a broken escape', 's=%E0%A4%A', "'s' is damaged"],
] as const;

test('a bad link gives a message and leaves the work as it was; keys of a later version are ignored', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@1200');
  const before = await vcore.position();
  for (const [what, fragment, message] of BAD) {
    await test.step(what, async () => {
      await vcore.enter(fragment);
      await expect(vcore.alert()).toHaveCount(1);
      await expect(vcore.alert()).toContainText(message);
      expect(await vcore.step()).toBe(before.step);
      await page.getByRole('button', { name: 'dismiss this message' }).click();
    });
  }
  expect(await vcore.position()).toEqual(before);
  await vcore.enter('s=virt-doorbell&colour=red&at=main@700&story=ring&junk');
  await expect(vcore.alert()).toHaveCount(0);
  expect(await vcore.step()).toBe(700);
});

test('a page opened by a bad link says so and shows the default scenario', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=nonsense&at=main@5');
  await expect(vcore.alert()).toContainText("There is no scenario 'nonsense'.");
  await expect(page.getByRole('combobox', { name: 'scenario' })).toHaveValue('virt-doorbell');
  const m = model();
  m.goto(0, await vcore.step());
  expect(await vcore.position()).toEqual(positionOf(m));
});

test('a page opened by a link whose state has drifted shows it and says so', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@700&h=12345678');
  await expect(vcore.alert()).toContainText('the link says 12345678');
  expect(await vcore.step()).toBe(700);
});

test('choosing a scenario and a seed starts another machine, reset starts it again', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@300');
  await page.getByRole('combobox', { name: 'scenario' }).selectOption('virt-doorbell-2cores');
  await vcore.idle();
  expect(await vcore.step()).toBe(0);
  await expect(page.getByRole('treeitem', { name: /^core 1 thread 0 / })).toBeVisible();
  const seed = page.getByRole('textbox', { name: 'seed' });
  await seed.fill('11');
  await seed.press('Enter');
  await vcore.idle();
  await vcore.goto(900);
  const m = model({ scenario: 'virt-doorbell-2cores', seed: 11 });
  m.goto(0, 900);
  expect(await vcore.position()).toEqual(positionOf(m));
  await vcore.click('reset the scenario to step 0');
  expect(await vcore.step()).toBe(0);
  await expect(seed).toHaveValue('11');
  await vcore.click('undo');
  expect(await vcore.position()).toEqual(positionOf(m));
});
