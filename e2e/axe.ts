// The accessibility scan that every view's test runs.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Fails with rule and element for each violation of WCAG 2.2 A and AA that axe can detect within `part`. */
export async function expectAccessible(page: Page, part = 'html'): Promise<void> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const { violations } = await new AxeBuilder({ page }).include(part).withTags(tags).analyze();
  const found = violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id}: ${n.html}`));
  expect(found).toEqual([]);
}
