import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { noBrowser, openBrowser, type Visit, visit } from "./browser.ts";
import { type RealServer, startRealServer } from "./real-server.ts";

/** One browser for all tests of a file. */
export interface Tabs {
  open(url: string, options?: BrowserContextOptions): Promise<Visit>;
  /** Opens a page; an unexpected complaint by the end of the check fails the test. */
  within(url: string, check: (page: Page) => Promise<void>, options?: BrowserContextOptions): Promise<void>;
}

/** Complaints other than the browser's own reports of failed connections. */
export const unexpected = (complaints: readonly string[]): string[] =>
  complaints.filter((text) => !text.includes("net::ERR_"));

/** Call once in a file. `timeoutMs`: of its tests; one that runs out of time takes the browser with it. */
export function openTabs(timeoutMs: number): Tabs {
  let browser: Browser | undefined;
  setDefaultTimeout(timeoutMs);
  beforeAll(async () => {
    if (noBrowser === null) browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });
  const open: Tabs["open"] = (url, options) => {
    if (browser === undefined) throw new Error("there is no browser");
    return visit(browser, url, options);
  };
  return {
    open,
    async within(url, check, options) {
      const { page, complaints } = await open(url, options);
      try {
        await check(page);
        expect(unexpected(complaints)).toEqual([]);
      } finally {
        await page.context().close();
      }
    },
  };
}

/** The real server for all tests of a file, as a user starts it. */
export function openServer(): () => RealServer {
  let server: RealServer | undefined;
  beforeAll(async () => {
    if (noBrowser === null) server = await startRealServer();
  });
  afterAll(async () => {
    await server?.remove();
  });
  return () => {
    if (server === undefined) throw new Error("there is no server");
    return server;
  };
}
