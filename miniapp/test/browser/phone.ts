import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SessionDto } from '@suyi/shared-types';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { z } from 'zod';

/** A file as a file chooser takes it. `type` is what the phone says of it, true or not. */
export type ChosenFile = { name: string; type: string; bytes: Buffer };

/** A phone with the H5 pages open: what a finger can do, and what an eye can see. Elements are named by their stable ids. */
export type Phone = {
  origin: string;
  page: () => Page;
  context: BrowserContext;
  /** Waits until it can be pressed. */
  tap(id: string): Promise<void>;
  type(id: string, text: string): Promise<void>;
  /** Waits until it is on the screen. */
  see(id: string): Promise<Locator>;
  /** Waits until what it shows holds these words. */
  read(id: string, words: string | RegExp): Promise<void>;
  openTab(name: '工作台' | '历史' | '我的'): Promise<void>;
  /** By the button of this id. */
  choosePhoto(file: ChosenFile, id?: string): Promise<void>;
  /** Kills the page as it stands and opens the product anew, with the storage of before. */
  reopen(): Promise<void>;
  /** A picture of the screen, when the run was asked for them. */
  shoot(name: string): Promise<void>;
  shootPage(page: Page, name: string): Promise<void>;
  /** Whoever is signed in here. */
  session(): Promise<SessionDto>;
  /** Failed requests, console errors and uncaught errors that are part of this test. */
  expectTrouble(pattern: RegExp): void;
  /** Those that are not. */
  troubles(): string[];
};

const screen = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const shots = join(__dirname, '../../../.cache/screenshots');

/** A phone that was never here before; with a session, one whose owner signed in earlier. */
export async function openPhone(browser: Browser, origin: string, session?: SessionDto): Promise<Phone> {
  const context = await browser.newContext({
    ...screen,
    locale: 'zh-CN',
    acceptDownloads: true,
    storageState: { cookies: [], origins: session ? [{ origin, localStorage: [kept('session', session)] }] : [] },
  });
  context.setDefaultTimeout(40_000); // How long a busy machine may take is no promise of ours.
  const { expected, seen } = watchTroubles(context);

  let page = await context.newPage();
  await page.goto(origin);
  // Pages left behind stay in the document with the same ids, hidden once the one on top has slid in: that is the last.
  const find = (id: string): Locator => page.locator(`#${id}:visible`).last();

  return {
    origin,
    context,
    page: () => page,
    tap: (id) => find(id).tap(),
    type: (id, text) => find(id).locator('input').fill(text),
    see: async (id) => {
      await find(id).waitFor();
      return find(id);
    },
    read: async (id, words) => {
      try {
        await find(id).filter({ hasText: words }).waitFor();
      } catch (cause) {
        const shown = await page.locator('body').innerText();
        throw new Error(`#${id} never said ${String(words)}; the page says:\n${shown}`, { cause });
      }
    },
    openTab: (name) => page.locator('.taro-tabbar__tabbar').getByText(name, { exact: true }).tap(),
    choosePhoto: async ({ name, type, bytes }, id = 'clean-choose') => {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), find(id).tap()]);
      await chooser.setFiles({ name, mimeType: type, buffer: bytes });
    },
    reopen: async () => {
      await page.close();
      page = await context.newPage();
      await page.goto(origin);
    },
    shoot: (name) => shootPage(page, name),
    shootPage,
    session: async () => readKept(await page.evaluate(() => localStorage.getItem('session'))),
    expectTrouble: (pattern) => void expected.push(pattern),
    troubles: () => seen.filter((trouble) => !expected.some((pattern) => pattern.test(trouble))),
  };
}

// The way Taro keeps a value in a browser.
const kept = (name: string, value: object) => ({ name, value: JSON.stringify({ data: value }) });
const readKept = (text: string | null) => z.object({ data: SessionDto }).parse(JSON.parse(text ?? 'null')).data;

async function shootPage(page: Page, name: string): Promise<void> {
  if (process.env.SUYI_SCREENSHOTS !== '1') return;
  mkdirSync(shots, { recursive: true });
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(400); // Taro's pages slide in by script; only a run for pictures waits for it.
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

function watchTroubles(context: BrowserContext): { expected: RegExp[]; seen: string[] } {
  const expected: RegExp[] = [];
  const seen: string[] = [];
  context.on('weberror', (error) => seen.push(`uncaught ${error.error().stack ?? error.error().message}`));
  context.on('console', (message) => {
    if (message.type() !== 'error') return;
    const { url } = message.location();
    if (!url.endsWith('/favicon.ico')) seen.push(`${message.text()} (${url})`);
  });
  return { expected, seen };
}
