// The page object: how tests open Vcore and wait for it. It never waits for time.
import { expect, type Frame, type Page } from '@playwright/test';

/** Vcore in a page or in a frame of one. */
export class VcorePage {
  readonly page: Page | Frame;

  constructor(page: Page | Frame) {
    this.page = page;
  }

  /** Opens Vcore at a URL (default: the site) and waits until it has nothing left to do. */
  async open(url = '/'): Promise<void> {
    await this.page.goto(url);
    await this.idle();
  }

  /** Waits for the page's own signal: the worker has answered every command and the picture is drawn. */
  async idle(): Promise<void> {
    await expect(this.page.locator('html[data-idle]')).toHaveCount(1);
  }
}
