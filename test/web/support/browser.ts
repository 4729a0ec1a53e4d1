import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** Why browser tests cannot run here; null when they can. */
export const noBrowser = CHROMIUM === undefined ? "no chromium is installed (apt-get install chromium)" : null;

/** A title for tests that need a browser; it says why when they are skipped. */
export const inBrowser = (title: string): string => (noBrowser === null ? title : `${title}: skipped, ${noBrowser}`);

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser with a fresh profile that connects only to the page's own server. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }), args: FLAGS });

/** A tab, and everything that went wrong in it. */
export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, and requests to other hosts. */
  readonly complaints: string[];
}

export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const host = new URL(request.url()).host;
    if (!["", new URL(url).host].includes(host)) complaints.push(`asked ${host}`);
  });
  await page.goto(url);
  return { page, complaints };
}

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe-core finds serious or critical on the page as it stands, one line each. */
export async function seriousViolations(page: Page): Promise<string[]> {
  // Evaluated through the debugger, so the page's content policy stays in force.
  await page.evaluate(axe.source);
  const found = await page.evaluate<readonly Violation[]>(
    "axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)",
  );
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`,
    );
}

/** Bytes that came over the wire for the page itself: document, script, style, icon. */
export const pageBytes = (page: Page): Promise<number> =>
  page.evaluate<number>(`[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter((entry) => !new URL(entry.name).pathname.startsWith('/api/'))
    .reduce((sum, entry) => sum + entry.transferSize, 0)`);

/** Sum of all layout shifts so far without recent input (CLS without session windows, so never less). */
export const layoutShift = (page: Page): Promise<number> =>
  page.evaluate<number>(`new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(sum(list.getEntries()))).observe({ type: 'layout-shift', buffered: true });
    const sum = (entries) => entries.filter((e) => !e.hadRecentInput).reduce((total, e) => total + e.value, 0);
    setTimeout(() => resolve(0), 300);
  })`);

/** State of a video that tests check. */
export interface Playing {
  readonly readyState: number;
  readonly currentTime: number;
  readonly duration: number;
  readonly muted: boolean;
}

/** Waits until the one video that fits the selector satisfies a condition. */
export async function untilVideo(page: Page, selector: string, condition: (video: Playing) => boolean): Promise<void> {
  const video = await page.locator(selector).elementHandle();
  // Sent as a function: the page's policy forbids what is made from text.
  await page.waitForFunction(condition, video as unknown as Playing);
}

/** Pixels by which the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
