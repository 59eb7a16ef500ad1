// The guest's program in the page: edited, assembled, stopped at, sent by link; a file in its place; and one instruction
// explained. What the page shows is compared with the model in this process.
import { expect, type Page, test } from '@playwright/test';
import { assemble } from '../src/sim/isa/assemble.ts';
import { deflateText } from '../src/workers/deflate.ts';
import { expectAccessible } from './axe.ts';
import { type Model, model, positionOf } from './model.ts';
import { VcorePage } from './vcore-page.ts';

/** Counts up in r3 and memory for ever; line 3 begins the loop. */
const COUNTER = `start:  li      r3, 0
        li      r4, 0x4000
loop:   addi    r3, r3, 1
        stw     r3, 8(r4)
        b       loop
`;
const LOOP = 8n;

/** The Program view with its editor, of a page at a fragment. */
async function openProgram(page: Page, fragment = 's=virt-doorbell&at=main@1200') {
  const vcore = new VcorePage(page);
  await vcore.openAt(fragment);
  await vcore.tab('Program').click();
  const editor = page.getByRole('textbox', { name: "The guest's program, Power assembly" });
  await editor.waitFor();
  await vcore.idle();
  return { vcore, editor };
}

/** Types a whole program over the one that is there. */
async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: "The guest's program" }).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

/** Steps the model until the next step executes the instruction at `address`. */
function toExecutionOf(m: Model, address: bigint): void {
  const { machine } = m;
  do m.advance(1);
  while (
    !machine.hw.inGuest(machine.nextActor().thread) ||
    machine.hw.arena.nia(machine.nextActor().thread) !== address
  );
}

test('a program is edited, its mistake found, mended, run to a breakpoint, and sent by link', async ({
  page,
}) => {
  const { vcore } = await openProgram(page);
  const before = await vcore.position();
  await write(page, COUNTER.replace('addi ', 'addd '));
  await expect(page.getByText('Edited, not assembled')).toBeVisible();
  const mistakes = page.getByRole('region', { name: 'Mistakes in the program' });
  await expect(mistakes).toContainText("3:9no instruction is named 'addd'");
  await page.keyboard.press('ControlOrMeta+Enter');
  await vcore.idle();
  expect(await vcore.position()).toEqual(before); // a mistake costs nothing

  await mistakes.getByRole('button').click();
  await page.keyboard.press('ControlOrMeta+ArrowRight');
  await page.keyboard.press('Backspace');
  await page.keyboard.insertText('i');
  await expect(mistakes).toHaveCount(0);
  await page.keyboard.press('F9');
  await expect(page.getByText('There is no instruction at this line')).toBeVisible();
  await page.keyboard.press('ControlOrMeta+Enter');
  await vcore.idle();
  await expect(page.getByText('Your program: 20 bytes, starts at 0x0')).toBeVisible();
  expect(await vcore.step()).toBe(0);

  await page.keyboard.press('F9');
  await vcore.idle();
  const listed = page.getByRole('region', { name: 'Breakpoints' });
  await expect(listed).toContainText('line 3');
  await page.keyboard.press('Escape');
  await page.getByRole('slider', { name: 'speed' }).press('End');
  const m = model({ program: COUNTER });
  for (const _ of ['first', 'second']) {
    await vcore.button(/^Run/).click();
    toExecutionOf(m, LOOP);
    await expect.poll(() => vcore.step(), { timeout: 30_000 }).toBe(m.step);
    await vcore.idle();
  }
  await expect(page.locator('.sentence')).toContainText('At the breakpoint loop on thread');
  // The focus was on another thread: it follows.
  await vcore.expectLink('focus', 'vm1/vcpu0');
  await expect(page.locator('.program-current')).toHaveText('loop:   addi    r3, r3, 1');

  expect(await vcore.position()).toEqual(positionOf(m));
  const link = await vcore.fragment();
  expect(link.get('bp')).toBe('8');
  await vcore.openAt(link.toString());
  expect(await vcore.position()).toEqual(positionOf(m));
  await expect(vcore.alert()).toHaveCount(0);
  await vcore.tab('Program').click();
  await expect(page.locator('.cm-content')).toContainText('stw     r3, 8(r4)');
  await expect(listed).toContainText('line 3');
  await page.getByRole('slider', { name: 'speed' }).press('End');
  await vcore.button(/^Run/).click();
  toExecutionOf(m, LOOP);
  await expect.poll(() => vcore.step(), { timeout: 30_000 }).toBe(m.step);
});

test('edits that were not assembled survive a reload, which says so, and can be discarded', async ({
  page,
}) => {
  const { vcore, editor } = await openProgram(page);
  const before = await vcore.position();
  await write(page, COUNTER);
  await expect(page.getByText('Edited, not assembled')).toBeVisible();
  await page.reload();
  await vcore.idle();
  await expect(page.getByText('Your edits of the program are back')).toBeVisible();
  expect(await vcore.position()).toEqual(before);
  await vcore.tab('Program').click();
  await expect(editor).toContainText('stw     r3, 8(r4)');
  await expect(page.getByText('Edited, not assembled')).toBeVisible();
  await vcore.click('Discard edits');
  await page.reload();
  await vcore.idle();
  await vcore.tab('Program').click();
  await expect(page.getByText('The scenario’s program:')).toBeVisible();
  await expect(page.getByText('Your edits of the program are back')).toHaveCount(0);
});

test('a link whose program has a mistake names its line; the default scenario is shown', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  const prog = await deflateText('start: nop\n addd r3,r4,r5\n');
  await vcore.openAt(`s=virt-doorbell&at=main@900&prog=${prog}`);
  await expect(vcore.alert()).toContainText("an error in line 2: no instruction is named 'addd'");
  await vcore.tab('Program').click();
  await expect(page.getByText('The scenario’s program:')).toBeVisible();
});

test('undo brings the program before, redo the edited one; edits under way can be discarded', async ({
  page,
}) => {
  const { vcore, editor } = await openProgram(page);
  const before = await vcore.position();
  await write(page, COUNTER);
  await vcore.click('Assemble and restart');
  await expect(page.getByText('Your program:')).toBeVisible();
  await vcore.click('undo');
  expect(await vcore.position()).toEqual(before);
  await expect(page.getByText('The scenario’s program')).toBeVisible();
  await expect(editor).toContainText('H_GET_TERM_CHAR');
  await vcore.click('redo');
  await expect(editor).toContainText('stw     r3, 8(r4)');
  await editor.click();
  await page.keyboard.insertText('# edited\n');
  // Another view in between costs nothing.
  await vcore.tab('Console').click();
  await vcore.tab('Program').click();
  await expect(editor).toContainText('# edited');
  await vcore.click('Discard edits');
  await expect(editor).not.toContainText('# edited');
  await vcore.click('Scenario’s program');
  await expect(page.getByText('The scenario’s program:')).toBeVisible();
});

test('a breakpoint is set beside a line, shown in the code path, and removed from the list', async ({
  page,
}) => {
  const { vcore } = await openProgram(page, 's=virt-doorbell&at=main@3250&focus=core0/t3');
  const current = await page.locator('.program-current').boundingBox();
  const gutter = await page.locator('.program-gutter').boundingBox();
  if (!current || !gutter) throw new Error('no current line, or no gutter');
  await page.mouse.click(gutter.x + 8, current.y + current.height / 2);
  await vcore.idle();
  await expect(page.locator('.program-gutter .program-octagon')).toHaveCount(1);
  await vcore.tab('Code path').click();
  await vcore.idle();
  const row = page.getByRole('button', { name: /13e4 .*bdnz.*, breakpoint/ });
  await expect(row).toBeVisible();
  await row.focus();
  await vcore.press('F9');
  await expect(page.locator('.code-break.is-on')).toHaveCount(0);
  await vcore.press('F9');
  await vcore.tab('Program').click();
  await vcore.click(/^Remove the breakpoint/);
  await expect(page.getByRole('region', { name: 'Breakpoints' })).toHaveCount(0);
});

/** An ELF file of one segment at physical address 0. */
function elf(code: Uint8Array, entry: bigint): Buffer {
  const file = Buffer.alloc(120 + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]); // 64-bit, big-endian
  file.writeUInt16BE(2, 16); // ET_EXEC
  file.writeUInt16BE(21, 18); // EM_PPC64
  file.writeUInt32BE(1, 20);
  file.writeBigUInt64BE(entry, 24);
  file.writeBigUInt64BE(64n, 32); // program headers
  file.writeUInt32BE(2, 48); // ABI v2: the entry is no descriptor
  file.writeUInt16BE(64, 52);
  file.writeUInt16BE(56, 54);
  file.writeUInt16BE(1, 56);
  file.writeUInt32BE(1, 64); // PT_LOAD
  file.writeUInt32BE(7, 68);
  file.writeBigUInt64BE(120n, 72);
  file.writeBigUInt64BE(BigInt(code.length), 96);
  file.writeBigUInt64BE(BigInt(code.length), 104);
  file.set(code, 120);
  return file;
}

const made = assemble(COUNTER);
const ELF = elf(made.ok ? made.image : new Uint8Array(), 0n);

test('an ELF file dropped on the view runs in place of the program; its link says what it lacks', async ({
  page,
}) => {
  const { vcore, editor } = await openProgram(page);
  const transfer = await page.evaluateHandle(
    (bytes) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], 'count.elf'));
      return data;
    },
    [...ELF],
  );
  await editor.dispatchEvent('dragenter', { dataTransfer: transfer });
  await expect(page.getByText('Drop an ELF file or raw image here')).toBeVisible();
  await editor.dispatchEvent('drop', { dataTransfer: transfer });
  await vcore.idle();
  await expect(page.getByText('File count.elf: 20 bytes, starts at 0x0')).toBeVisible();
  await expect(page.getByText('ELF, 64-bit, big-endian')).toBeVisible();
  await expectAccessible(page, '[role=tabpanel]');
  await vcore.goto(2500);
  const m = model({ program: COUNTER });
  m.goto(0, 2500);
  expect(await vcore.position()).toEqual(positionOf(m));
  await expect(page.getByText('does not carry the file count.elf')).toBeVisible();
  const link = (await vcore.fragment()).toString();
  await vcore.click('undo');
  await vcore.click('undo');
  await expect(page.getByText('The scenario’s program:')).toBeVisible();
  await vcore.openAt(link);
  await expect(vcore.alert()).toContainText('This link is about the file count.elf');
});

test('a file that is no program is refused with its name, and the work stays', async ({ page }) => {
  const { vcore } = await openProgram(page);
  const before = await vcore.position();
  await page.getByLabel('Open an ELF file or raw image').setInputFiles({
    name: 'broken.elf',
    mimeType: 'application/octet-stream',
    buffer: ELF.subarray(0, 90),
  });
  await expect(vcore.alert()).toContainText('broken.elf');
  expect(await vcore.position()).toEqual(before);
});

test('an instruction is explained by keyboard, with the values that the next step leads to', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@3250&focus=core0/t3');
  await vcore.tab('Code path').click();
  await vcore.idle();
  const current = page.locator('.code-insn[aria-current] .code-line');
  await current.focus();
  await vcore.press('Enter');
  const panel = page.getByRole('region', { name: /^Instruction bdnz/ });
  await expect(panel).toContainText('Values before and after, on thread 3 (the next step).');
  const ctr = panel.getByRole('row', { name: /^CTR/ }).getByRole('cell');
  await expect(ctr).toHaveText(['reads, writes', '0x26', '0x25']);
  await expectAccessible(page, '[role=tabpanel]');
  await vcore.press('Shift+ArrowRight');
  await expect(panel).toContainText('CTR');
  await current.focus();
  await page.keyboard.press('ArrowDown');
  await vcore.press('Enter');
  await expect(page.getByRole('region', { name: /^Instruction lwz/ })).toContainText('No values:');
  await vcore.press('Escape');
  await expect(page.getByRole('region', { name: /^Instruction/ })).toHaveCount(0);
});

test('the view passes the scan in both themes and is read at 400 px without scrolling sideways', async ({
  page,
}) => {
  const { vcore } = await openProgram(page);
  await expectAccessible(page, '[role=tabpanel]');
  await write(page, COUNTER.replace('addi ', 'addd '));
  await page.getByRole('region', { name: 'Mistakes in the program' }).waitFor();
  await expectAccessible(page, '[role=tabpanel]');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page, '[role=tabpanel]');
  await page.setViewportSize({ width: 400, height: 800 });
  await vcore.idle();
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(wide).toBe(0);
  await expect(page.getByRole('button', { name: 'Assemble and restart' })).toBeInViewport();
});
