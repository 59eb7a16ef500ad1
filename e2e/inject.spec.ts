// Injecting: by menu, key and context menu; in the past it starts a branch, which can be named and returned to.
import { expect, type Page, test } from '@playwright/test';
import type { Action } from '../src/sim/machine/inputs.ts';
import { hashOf, model } from './model.ts';
import { VcorePage } from './vcore-page.ts';

/** A step at which vcpus are in the guest and ceded. */
const STEP = 6000;

const INPUTS: readonly (readonly [name: string, action: Action])[] = [
  ['Send a doorbell', { kind: 'doorbell', from: 0, to: 1 }],
  ['Let DEC expire', { kind: 'dec', vcpu: 0 }],
  ['Request an exit', { kind: 'exit', thread: 0 }],
  ['Let HDEC expire', { kind: 'hdec', thread: 0 }],
  ['Pre-empt the task', { kind: 'preempt', thread: 0 }],
];

/** Opens the dialog in one of three ways; it is about hardware thread 0. */
const WAYS: readonly ((page: Page, vcore: VcorePage) => Promise<void>)[] = [
  async (page) => page.keyboard.press('i'),
  async (page) =>
    page.getByRole('treeitem', { name: /^core 0 thread 0 / }).click({ button: 'right' }),
  async (page) => {
    await page.getByRole('treeitem', { name: /^core 0 thread 0 / }).focus();
    await page.keyboard.press('i');
  },
];

/** First step at or after STEP where thread 0 is in the guest, so that every input is possible. */
function inGuest(): number {
  const m = model();
  m.goto(0, STEP);
  while (!m.machine.hw.inGuest(0)) m.forward('instr', 1);
  return m.step;
}

test('every input does what the model does, by key, by context menu and by key at the thread', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  const step = inGuest();
  await vcore.open();
  for (const [i, [name, action]] of INPUTS.entries()) {
    await test.step(`${name} by way ${i % WAYS.length}`, async () => {
      await vcore.enter(`s=virt-doorbell&at=main@${step}`);
      await WAYS[i % WAYS.length]?.(page, vcore);
      const dialog = page.getByRole('dialog', { name: /^Inject at core0\/t0/ });
      await dialog.getByRole('combobox', { name: 'from vcpu' }).selectOption('0');
      await dialog.getByRole('combobox', { name: 'to vcpu' }).selectOption('1');
      await dialog.getByRole('combobox', { name: 'thread', exact: true }).selectOption('0');
      await dialog.getByRole('button', { name }).click();
      await vcore.idle();
      await expect(dialog).toBeHidden();

      const m = model();
      m.goto(0, step);
      const done = m.inject(action);
      if (!done.ok) throw new Error(done.error.message);
      await expect(page.getByRole('status').filter({ hasText: done.value.text })).toBeVisible();
      m.advance(500);
      await vcore.goto(step + 500);
      expect((await vcore.fragment()).get('h')).toBe(hashOf(m).slice(0, 8));
    });
  }
});

test('injecting in the past starts a branch that can be named, left and returned to', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@8000');
  await vcore.goto(STEP);
  await vcore.press('i');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('starts a new branch here; main keeps its future');
  await dialog.getByRole('button', { name: 'Pre-empt the task' }).click();
  await vcore.idle();
  await expect(page.getByRole('status').filter({ hasText: 'A new branch begins' })).toBeVisible();
  await vcore.goto(STEP + 700);
  const forked = await vcore.position();

  await vcore.press('b');
  const name = page.getByRole('textbox', { name: /^name of branch fork 1/ });
  await name.fill('what if');
  await name.press('Enter');
  await vcore.idle();
  await page.getByRole('button', { name: 'return to main' }).click();
  await vcore.idle();
  await expect(page.getByRole('dialog')).toBeHidden();
  const m = model();
  m.goto(0, 8000);
  expect(await vcore.position()).toEqual({ step: 8000, hash: hashOf(m).slice(0, 8) });

  await vcore.click(/^branches/);
  await page.getByRole('button', { name: 'return to what if' }).click();
  await vcore.idle();
  await expect(vcore.button(/^branches/)).toContainText('what if');
  expect(await vcore.position()).toEqual(forked);
});

test('undo takes an injection back, redo injects again', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(`s=virt-doorbell&at=main@${STEP}`);
  const before = await vcore.position();
  await vcore.press('i');
  await vcore.click('Pre-empt the task');
  const link = async () => (await vcore.fragment()).get('ev');
  await expect.poll(link).not.toBeNull();
  await vcore.press('Control+z');
  await expect.poll(link).toBeNull();
  expect(await vcore.position()).toEqual(before);
  await vcore.press('Control+Shift+z');
  await expect.poll(link).not.toBeNull();
});

test('a doorbell is sent by a click in the matrix', async ({ page }) => {
  const vcore = new VcorePage(page);
  const step = inGuest();
  await vcore.openAt(`s=virt-doorbell&at=main@${step}`);
  await vcore.click(/A0 .* A2/);
  const m = model();
  m.goto(0, step);
  m.inject({ kind: 'doorbell', from: 0, to: 2 });
  m.advance(300);
  await vcore.goto(step + 300);
  expect((await vcore.fragment()).get('h')).toBe(hashOf(m).slice(0, 8));
});

test('an input that is impossible is refused with the reason, and nothing changes', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@0');
  const before = await vcore.position();
  await vcore.press('i');
  await vcore.click('Let HDEC expire');
  await expect(vcore.alert()).toContainText('Thread 0 is in the host');
  await expect(vcore.alert()).toContainText('Step until it is in the guest.');
  await vcore.press('i');
  await vcore.click('Send a doorbell');
  await expect(vcore.alert().last()).toContainText('There is no vcpu 0 yet.');
  await vcore.press('Escape');
  await expect(vcore.alert()).toHaveCount(0);
  expect(await vcore.position()).toEqual(before);
  await vcore.click('undo');
  await expect(vcore.alert()).toContainText('There is nothing to undo.');
});
