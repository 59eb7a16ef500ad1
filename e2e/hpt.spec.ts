// The HPT view: the map by mouse and keyboard, a PTE group, an entry's fields, search, walk, TLB, and inputs to an entry.
import { expect, test } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { hashOf, model } from './model.ts';
import { VcorePage } from './vcore-page.ts';

const STEP = 6000;
const AT = `s=virt-doorbell&at=main@${STEP}`;
/** The bolted entry of guest address 0: VSID and page hash to PTEG 2047, KVM puts it into slot 7. */
const ENTRY = { pteg: 2047, slot: 7, index: 2047 * 8 + 7 };
const NAME = `PTEG ${ENTRY.pteg} slot ${ENTRY.slot}`;

test('the map is walked by keyboard, zoomed to a PTEG, an entry is put in focus; a click chooses the one under the pointer', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  await vcore.press('8');
  const view = page.getByRole('tabpanel', { name: 'HPT' });
  const map = view.getByRole('slider', { name: /^Hashed page table of VM 1: 16,384 entries/ });
  await map.focus();
  await vcore.press('ArrowRight');
  await expect(map).toHaveAttribute('aria-valuenow', '0');
  await vcore.press('ArrowRight');
  await vcore.press('ArrowDown');
  await expect(map).toHaveAttribute('aria-valuenow', '129');
  await expect(map).toHaveAttribute('aria-valuetext', 'PTEG 16 slot 1: empty');
  await view.getByRole('button', { name: 'this PTEG' }).click();
  await vcore.idle();
  await map.focus();
  await vcore.press('ArrowLeft');
  await expect(map).toHaveAttribute('aria-valuenow', '128');
  await vcore.press('Enter');
  await vcore.expectLink('focus', 'vm1/hpt/pteg16/0');
  expect(await vcore.step()).toBe(STEP);

  await view.getByRole('button', { name: 'whole table' }).click();
  await vcore.idle();
  const box = await map.boundingBox();
  if (!box) throw new Error('no map');
  await map.click({ position: { x: box.width / 2, y: box.height / 2 } });
  await vcore.idle();
  const slot = Number(await map.getAttribute('aria-valuenow'));
  // 128 entries in a row: the middle of the table.
  expect(Math.abs((slot % 128) - 64)).toBeLessThanOrEqual(2);
  expect(Math.abs(Math.floor(slot / 128) - 64)).toBeLessThanOrEqual(2);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.wheel(0, -1200);
  await vcore.idle();
  await map.click({ position: { x: box.width / 2, y: box.height / 2 } });
  await vcore.idle();
  expect(Math.abs(Number(await map.getAttribute('aria-valuenow')) - slot)).toBeLessThanOrEqual(256);
});

test('an entry is found by real address; its fields are shown in both views and in the inspector', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  const m = model();
  m.goto(0, STEP);
  const base = m.machine.k.kvm.vms[0]?.hpt_base ?? 0;
  const r = m.machine.hw.arena.read64(base + 16 * ENTRY.index + 8);
  const real = r & 0x01ffffffff000000n;
  await vcore.press('8');
  const view = page.getByRole('tabpanel', { name: 'HPT' });
  await view.getByRole('button', { name: 'Find', exact: true }).click();
  await view.getByRole('textbox', { name: 'Address' }).fill((real + 0x1234n).toString(16));
  await view.getByRole('textbox', { name: 'Address' }).press('Enter');
  await vcore.idle();
  await view.getByRole('table', { name: 'Entries found' }).getByRole('button').click();
  await vcore.idle();
  await view.getByRole('button', { name: 'Entry', exact: true }).click();
  await expect(
    view.getByRole('button', { name: new RegExp(`^${NAME}: valid, bolted`) }),
  ).toHaveAttribute('aria-pressed', 'true');
  const second = view.getByRole('table', { name: /^doubleword 1/ });
  await expect(second).toContainText('1 TB segment');
  await view.getByRole('button', { name: 'guest view' }).click();
  await expect(view.getByRole('table', { name: /^doubleword 0/ })).toContainText('1 TB segment');
  await view.getByRole('button', { name: 'Focus', exact: true }).click();
  await vcore.idle();
  const inspector = page.getByRole('group', { name: 'Inspector' });
  await expect(inspector).toContainText('guest doubleword 1');
});

test('an entry is invalidated from the view; the change is listed, the TLB is stale, undo takes it back', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  const m = model();
  m.goto(0, STEP);
  while (!m.machine.hw.inGuest(0)) m.forward('instr', 1);
  const { step } = m;
  await vcore.openAt(`s=virt-doorbell&at=main@${step}&focus=core0/t0`);
  await vcore.press('8');
  const view = page.getByRole('tabpanel', { name: 'HPT' });
  await view.getByRole('button', { name: 'TLB', exact: true }).click();
  await expect(view).not.toContainText('stale');
  await view.getByRole('button', { name: NAME, exact: true }).click();
  await vcore.idle();
  await view.getByRole('button', { name: 'Entry', exact: true }).click();
  await view.getByRole('button', { name: 'Invalidate' }).click();
  await vcore.idle();
  const done = m.inject({ kind: 'hpte', vm: 0, slot: ENTRY.index, edit: 'invalidate' });
  if (!done.ok) throw new Error(done.error.message);
  await expect(page.getByRole('status').filter({ hasText: done.value.text })).toBeVisible();
  expect((await vcore.fragment()).get('h')).toBe(hashOf(m).slice(0, 8));
  await view.getByRole('button', { name: 'Changes', exact: true }).click();
  await expect(view.getByRole('row').filter({ hasText: NAME })).toContainText('V 1→0');
  await view.getByRole('button', { name: 'TLB', exact: true }).click();
  await expect(view).toContainText('stale: the HPTE is no longer valid');
  await vcore.press('Control+z');
  await expect(view).not.toContainText('no longer valid');
});

test('the inject menu of an entry has its edits, and a refusal is explained', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(`${AT}&focus=vm1/hpt/pteg3/2`);
  await vcore.press('8');
  await vcore.press('i');
  const dialog = page.getByRole('dialog', { name: 'Inject at vm1/hpt/pteg3/2' });
  await dialog.getByRole('button', { name: 'Invalidate' }).click();
  await vcore.idle();
  await expect(vcore.alert()).toContainText('The entry in PTEG 3 slot 2 is not valid.');
});

test('a walk of a typed address is stepped through; the last access is as it was then', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  const m = model();
  m.goto(0, STEP);
  while (!m.machine.hw.inGuest(0)) m.forward('instr', 1);
  await vcore.openAt(`s=virt-doorbell&at=main@${m.step}&focus=core0/t0`);
  await vcore.press('8');
  const view = page.getByRole('tabpanel', { name: 'HPT' });
  await view.getByRole('button', { name: 'Walk', exact: true }).click();
  await view.getByRole('textbox', { name: 'Effective address' }).fill('8000000');
  await view.getByRole('combobox', { name: 'Kind of access' }).selectOption('store');
  await view.getByRole('button', { name: 'walk', exact: true }).click();
  await vcore.idle();
  await expect(view).toContainText('interrupt 0xE00 to the hypervisor: no HPTE');
  const here = view.locator('li[aria-current="step"]');
  await expect(here).toContainText('Virtual real mode area');
  await view.getByRole('button', { name: 'step on' }).click();
  await expect(here).toContainText('Virtual address');
  await view.getByRole('button', { name: 'last access' }).click();
  await vcore.idle();
  await expect(view).toContainText(/at step \d+, as registers and tables were then/);
  expect(await vcore.step()).toBe(m.step);
});

test('every part of the view passes the scan in both themes, and has a table twin', async ({
  page,
}) => {
  test.slow();
  const vcore = new VcorePage(page);
  await vcore.openAt(`${AT}&focus=vm1/hpt/pteg${ENTRY.pteg}/${ENTRY.slot}`);
  await vcore.press('8');
  const view = page.getByRole('tabpanel', { name: 'HPT' });
  const scan = async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    await expectAccessible(page, '[role=tabpanel]');
    await page.emulateMedia({ colorScheme: 'dark' });
    await expectAccessible(page, '[role=tabpanel]');
  };
  for (const part of ['Entry', 'Walk', 'Find', 'SLB', 'TLB', 'TCE', 'Changes']) {
    await test.step(part, async () => {
      await view.getByRole('button', { name: part, exact: true }).click();
      await vcore.idle();
      await scan();
    });
  }
  await view.getByRole('button', { name: 'as table' }).click();
  await vcore.idle();
  const used = view.getByRole('table', { name: /^Entries in use/ });
  await expect(used.getByRole('row')).toHaveCount(3);
  await scan();
});

test('the map of a million entries goes on while the guest runs', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=hpt-large&at=main@0');
  await vcore.press('8');
  await expect(page.getByRole('tabpanel', { name: 'HPT' })).toContainText(
    'No VM has a hashed page',
  );
  await page.getByRole('slider', { name: /speed/ }).press('End');
  await page.getByRole('button', { name: /^Run/ }).click();
  const map = page.getByRole('slider', {
    name: /^Hashed page table of VM 1: 1,048,576 entries, 258 valid/,
  });
  await expect(map).toBeVisible({ timeout: 30_000 });
});
