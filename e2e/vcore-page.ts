// The page object: how tests open Vcore, act on it and read its position. It never waits for time.
import { expect, type Frame, type Locator, type Page } from '@playwright/test';

/** Where the page is: step and first 8 digits of the state's hash. */
export interface Position {
  readonly step: number;
  readonly hash: string;
}

/** Vcore in a page or in a frame of one. */
export class VcorePage {
  readonly page: Page | Frame;

  constructor(page: Page | Frame) {
    this.page = page;
  }

  /** Opens Vcore at a URL (default: the site at step 0) and waits until it has nothing left to do. */
  async open(url = '/#at=main@0'): Promise<void> {
    // Away from Vcore first: otherwise a change of the fragment alone would load nothing.
    await this.page.goto('about:blank');
    await this.page.goto(url);
    await this.idle();
  }

  /** Opens the site at a step of a machine: 's=virt-doorbell-2threads&at=main@900'. */
  async openAt(fragment: string, query = ''): Promise<void> {
    await this.open(`/${query}#${fragment}`);
  }

  /** Enters another fragment in the address bar of the page that is open: the link is opened without a load. */
  async enter(fragment: string): Promise<void> {
    await this.page.evaluate((text) => {
      const changed = new Promise((done) => addEventListener('hashchange', done, { once: true }));
      location.hash = text;
      return changed;
    }, fragment);
    await this.idle();
  }

  /** Waits for the page's own signal: the worker has answered every command and the picture is drawn. */
  async idle(): Promise<void> {
    await this.page.locator('html[data-idle]').waitFor({ state: 'attached' });
  }

  button(name: string | RegExp, exact = false): Locator {
    return this.page.getByRole('button', { name, exact });
  }

  tab(name: string): Locator {
    return this.page.getByRole('tab', { name });
  }

  /** Presses a button and waits for the picture. */
  async click(name: string | RegExp): Promise<void> {
    await this.button(name).click();
    await this.idle();
  }

  /** Presses a key where the focus is and waits for the picture. */
  async press(key: string): Promise<void> {
    const owner = 'keyboard' in this.page ? this.page : this.page.page();
    await owner.keyboard.press(key);
    await this.idle();
  }

  /** The step shown in the transport. */
  async step(): Promise<number> {
    const text = (await this.button('go to a step').textContent()) ?? '';
    return Number(/@ ([\d,]+)/.exec(text)?.[1]?.replaceAll(',', ''));
  }

  /** Goes to a step by the dialog of the transport. */
  async goto(step: number): Promise<void> {
    await this.button('go to a step').click();
    await this.page.getByRole('textbox', { name: 'step' }).fill(String(step));
    await this.page.getByRole('textbox', { name: 'step' }).press('Enter');
    await this.idle();
  }

  /** The fragment in the address bar once it says the step that is shown. */
  async fragment(): Promise<URLSearchParams> {
    const step = await this.step();
    const read = () => new URLSearchParams(new URL(this.page.url()).hash.slice(1));
    // The address is written at most every 350 ms (browsers refuse faster ones).
    await expect.poll(() => read().get('at'), { intervals: [20] }).toBe(`main@${step}`);
    return read();
  }

  /** Waits until the address bar says `value` for a key of the fragment. */
  async expectLink(key: string, value: string): Promise<void> {
    await expect.poll(async () => (await this.fragment()).get(key)).toBe(value);
  }

  /** Step and hash as the address bar says them. */
  async position(): Promise<Position> {
    const fragment = await this.fragment();
    return {
      step: Number(fragment.get('at')?.split('@')[1]),
      hash: fragment.get('h') ?? '',
    };
  }

  /** The message that is shown (errors are alerts), with its hint. */
  alert(): Locator {
    return this.page.getByRole('alert');
  }
}
