// Run, step, scrub: every way to a position leads to the same state, the one that the model computes in Node.
import { expect, test } from '@playwright/test';
import { GRAIN_WORDS, STEP_KEYS } from '../src/ui/keys/keys.ts';
import { GRAINS } from '../src/workers/protocol.ts';
import { endOf, model, positionOf } from './model.ts';
import { VcorePage } from './vcore-page.ts';

/** A step in the middle of the ring. */
const START = 6000;
const AT_START = `s=virt-doorbell&at=main@${START}`;

test('a step of each grain forward and back reaches the same states by button and by key', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT_START);
  const m = model();
  for (const grain of GRAINS) {
    await test.step(grain, async () => {
      m.goto(0, START);
      for (let i = 0; i < 3; i++) m.forward(grain, 1);
      const far = positionOf(m);
      m.back(grain, 2);
      const near = positionOf(m);

      await vcore.goto(START);
      await vcore.click(`${grain} forward: ${GRAIN_WORDS[grain]}`);
      expect(await vcore.step()).toBe(near.step);
      await vcore.press(STEP_KEYS[grain].on);
      await vcore.click(new RegExp(`^${grain} forward`));
      expect(await vcore.position()).toEqual(far);
      await vcore.click(new RegExp(`^${grain} back`));
      await vcore.press(STEP_KEYS[grain].back);
      expect(await vcore.position()).toEqual(near);
      await vcore.press(STEP_KEYS[grain].on);
      await vcore.press(STEP_KEYS[grain].on);
      expect(await vcore.position()).toEqual(far);
    });
  }
});

test('a page without a position opens where the ring begins, and says what is shown', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.open('/');
  const m = model();
  m.goto(0, await vcore.step());
  expect(await vcore.position()).toEqual(positionOf(m));
  await expect(page.getByRole('treeitem', { name: /^vcpu A3 / })).toBeVisible();
  const transport = page.getByRole('region', { name: 'Transport' });
  await expect(transport).toContainText('Four vcpus of one virtual core');
  await vcore.press('ArrowRight');
  await expect(transport).not.toContainText('Four vcpus of one virtual core');
});

test('Run and Pause stop at a state that stepping reaches as well', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT_START);
  await vcore.button(/^Run/).click();
  await expect.poll(() => vcore.step()).toBeGreaterThan(START + 3);
  await vcore.click(/^Pause/);
  const shown = await vcore.position();
  const m = model();
  m.goto(0, shown.step);
  expect(shown).toEqual(positionOf(m));
  await page.keyboard.press('Space');
  await expect(vcore.button(/^Pause/)).toBeVisible();
  await expect.poll(() => vcore.step()).toBeGreaterThan(shown.step);
  await vcore.press('Space');
  await expect(vcore.button(/^Run/)).toBeVisible();
});

test('the speed goes from one step a second to as fast as it goes; such a run ends by itself and says why', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT_START);
  const speed = page.getByRole('slider', { name: 'speed' });
  await speed.press('Home');
  await expect(speed).toHaveAttribute('aria-valuetext', '1 steps per second');
  await speed.press('ArrowRight');
  await expect(speed).toHaveAttribute('aria-valuetext', '2 steps per second');
  await speed.press('End');
  await expect(speed).toHaveAttribute('aria-valuetext', 'as fast as it goes');
  expect(await vcore.step()).toBe(START); // the slider keeps its keys for itself
  await vcore.click(/^Run/);
  const end = endOf();
  expect(await vcore.position()).toEqual({ step: end.step, hash: end.hash });
  const transport = page.getByRole('region', { name: 'Transport' });
  await expect(transport).toContainText('Ended: the guest has powered off.');
  await vcore.click(/^instr forward/);
  await vcore.click(/^Run/);
  expect(await vcore.step()).toBe(end.step);
});

test('the scrubber goes anywhere by mouse and by keyboard', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@8000');
  const scrubber = page.getByRole('slider', { name: 'Position in the history of this branch' });
  const box = await scrubber.boundingBox();
  if (!box) throw new Error('the scrubber is not drawn');
  await page.mouse.click(box.x + box.width / 4, box.y + box.height / 2);
  await vcore.idle();
  const quarter = await vcore.position();
  expect(Math.abs(quarter.step - 2000)).toBeLessThan(20);
  const m = model();
  m.goto(0, 8000);
  m.goto(0, quarter.step);
  expect(quarter).toEqual(positionOf(m));

  await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2);
  await page.mouse.down();
  for (const part of [0.3, 0.4, 0.5]) {
    await page.mouse.move(box.x + box.width * part, box.y + box.height / 2);
  }
  await page.mouse.up();
  await vcore.idle();
  expect(Math.abs((await vcore.step()) - 4000)).toBeLessThan(20);

  await scrubber.press('Home');
  await vcore.idle();
  expect(await vcore.step()).toBe(0);
  await scrubber.press('End');
  await vcore.idle();
  expect(await vcore.step()).toBe(8000);
  await expect(scrubber).toHaveAttribute('aria-valuetext', 'step 8,000 of 8,000 on branch main');
  m.goto(0, 8000);
  for (const [key, grain] of [
    ['ArrowLeft', 'event'],
    ['Shift+ArrowLeft', 'instr'],
    ['PageUp', 'phase'],
  ] as const) {
    await scrubber.press(key);
    await vcore.idle();
    m.back(grain, 1);
    expect(await vcore.step()).toBe(m.step);
  }
});

test('a step is gone to by Home, End and number; undo takes a jump back; one beyond the end is refused', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT_START);
  await vcore.press('Home');
  expect(await vcore.step()).toBe(0);
  await expect(vcore.button(/^instr back/)).toBeDisabled();
  await vcore.press('End');
  expect(await vcore.step()).toBe(START);
  await vcore.click('to the start');
  expect(await vcore.step()).toBe(0);
  await vcore.click('to the end of what has been run');
  expect(await vcore.step()).toBe(START);

  await vcore.goto(100);
  await vcore.press('Control+z');
  expect(await vcore.step()).toBe(START);
  await vcore.press('Control+Shift+z');
  expect(await vcore.step()).toBe(100);
  await vcore.click('undo');
  expect(await vcore.step()).toBe(START);
  await vcore.click('redo');
  expect(await vcore.step()).toBe(100);

  await vcore.goto(1234);
  expect(await vcore.step()).toBe(1234);
  await vcore.press('g');
  const field = page.getByRole('textbox', { name: 'step' });
  await expect(field).toBeFocused();
  await field.fill('2,5oo');
  await expect(page.getByRole('dialog')).toContainText('A step is a whole number.');
  await field.fill('2,500');
  await field.press('Enter');
  await vcore.idle();
  expect(await vcore.step()).toBe(2500);
  await vcore.goto(9_999_999);
  const end = endOf();
  await expect(vcore.alert()).toContainText(`The run ends at step ${end.step} (powered off).`);
  expect(await vcore.step()).toBe(end.step);
});
