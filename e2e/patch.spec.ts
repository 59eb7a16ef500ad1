// The patch switch: what the patch was for is seen by taking it away.
import { expect, test } from '@playwright/test';
import { endOf, model, positionOf } from './model.ts';
import { VcorePage } from './vcore-page.ts';

const PATCH = /^patch virt-doorbell/;

test('with the patch off the ring stalls, the check says why, and a button leads to the place', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.open();
  const patch = page.getByRole('switch', { name: PATCH });
  await expect(patch).toBeChecked();
  await patch.click();
  await vcore.idle();
  await expect(patch).not.toBeChecked();
  await vcore.expectLink('patch', 'virt-doorbell:off');

  await page.getByRole('slider', { name: 'speed' }).press('End');
  await vcore.click(/^Run/);
  const end = endOf({ off: ['virt-doorbell'] });
  expect(await vcore.position()).toEqual({ step: end.step, hash: end.hash });
  await expect(page.getByRole('region', { name: 'Transport' })).toContainText('quiescent');

  await vcore.click(/of 7 checks hold, \d broken, \d invariant violations/);
  const ring = page.getByRole('listitem').filter({ hasText: 'ring-completes' });
  await expect(ring).toContainText('broken');
  await expect(ring).toContainText(
    'the ring stalls after 0 of 12 hops: vcpu 1 never took the doorbell that vcpu 0 sent',
  );
  await ring.getByRole('button', { name: 'show vm1/vcpu1' }).click();
  await vcore.idle();
  await expect(page.getByRole('combobox', { name: 'Entity in focus' })).toHaveValue('vm1/vcpu1');

  const lost = page.getByRole('region', { name: 'Invariants that did not hold' });
  await lost.getByRole('button').first().click();
  await vcore.idle();
  expect(await vcore.step()).toBe(firstViolation());
});

/** Step of the first invariant violation with the patch off. */
function firstViolation(): number {
  const m = model({ off: ['virt-doorbell'] });
  m.advance(Number.POSITIVE_INFINITY);
  const [first] = m.machine.m.violations;
  if (!first) throw new Error('nothing is violated');
  return first.step;
}

test('switching the patch runs to the same model cycle; on again leads back to the same state', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@4000');
  const before = await vcore.position();
  const m = model();
  m.goto(0, 4000);
  const { cycle } = m.machine.m;
  expect(before).toEqual(positionOf(m));

  const patch = page.getByRole('switch', { name: PATCH });
  await patch.focus();
  await page.keyboard.press('Space');
  await vcore.idle();
  await expect(patch).not.toBeChecked();
  const other = model({ off: ['virt-doorbell'] });
  other.advance(Number.POSITIVE_INFINITY, (at) => at.cycle >= cycle);
  expect(await vcore.position()).toEqual(positionOf(other));

  await patch.click();
  await vcore.idle();
  await expect(patch).toBeChecked();
  const again = model();
  again.advance(Number.POSITIVE_INFINITY, (at) => at.cycle >= other.machine.m.cycle);
  expect(await vcore.position()).toEqual(positionOf(again));
});

test('undo takes back the patch switch; while goals are still open nothing is shown as broken', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@4000');
  const before = await vcore.position();
  const patch = page.getByRole('switch', { name: PATCH });
  await patch.click();
  await vcore.idle();
  await vcore.click('undo');
  await expect(patch).toBeChecked();
  expect(await vcore.position()).toEqual(before);
  await vcore.click('redo');
  await expect(patch).not.toBeChecked();
  await vcore.click('undo');
  await vcore.click(/of 7 checks hold, \d not decided yet, 0 broken, 0 invariant violations/);
  const off = page.getByRole('listitem').filter({ hasText: 'powered-off' });
  await expect(off.getByRole('img', { name: 'not yet' })).toBeVisible();
});
