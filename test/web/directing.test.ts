import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { inBrowser, noBrowser, openBrowser, overflow, seriousViolations, visit } from "./support/browser.ts";
import { type RealServer, startRealServer } from "./support/real-server.ts";
import { createScriptedStudio } from "./support/scripted-studio.ts";

// A test that runs out of time takes the browser with it, and all that follow.
setDefaultTimeout(180_000);

/** Ms for a few drawn stills and clips of three seconds on a busy machine. */
const filmMs = 90_000;

let browser: Browser;
let server: RealServer;

beforeAll(async () => {
  if (noBrowser !== null) return;
  [browser, server] = await Promise.all([openBrowser(), startRealServer()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

const line = (kind: string, position: number, usd: number) => ({
  kind,
  position,
  state: "missing",
  to_make: true,
  reason: "not made yet",
  usd,
});
const take = {
  kind: "clip",
  position: 0,
  take: 1,
  selected: true,
  status: "done",
  prompt: "x",
  seed: 7,
  cost_usd: 0.5,
};

describe.skipIf(noBrowser !== null)(inBrowser("with a scripted server that takes money"), () => {
  test("review says each price, retakes say theirs, and a button pressed twice buys once", async () => {
    const studio = createScriptedStudio({
      clipUsd: 0.5,
      plan: {
        lines: [line("clip", 0, 0.5), line("clip", 1, 0.5), line("stitch", 0, 0)],
        next: [
          { until: "clips", pieces: 2, usd: 1 },
          { until: "film", pieces: 3, usd: 1 },
        ],
      },
      takes: [{ ...take, message: null, url: null, thumbnail_url: null }],
    });
    const film = studio.add();
    film.write(2);
    film.status("review");
    const { page, complaints } = await visit(browser, `${studio.url}/films/${film.id}`);
    await page.getByRole("row", { name: "Film scenes 1–2 $1.00" }).waitFor();
    await page.getByRole("button", { name: "Go on: finish the film at most $1.00" }).waitFor();
    await page.getByRole("button", { name: "Approve: film the clips at most $1.00" }).dblclick();
    await page.getByRole("button", { name: "Takes of scene 1" }).click();
    await page.getByText("seed 7").waitFor();
    await page.getByLabel("How many further takes: Clip").selectOption("3");
    await page.getByRole("button", { name: "Retake Clip $1.50" }).dblclick();
    await page.getByRole("button", { name: "Making Clip", disabled: true }).waitFor();
    const key = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(
      studio.asked
        .filter(({ body }) => body.dry_run !== true)
        .map(({ body, idempotencyKey }) => [body, idempotencyKey]),
    ).toEqual([
      [{ until: "clips" }, key],
      [{ scene: 0, piece: "clip", takes: 3 }, key],
    ]);
    expect(complaints).toEqual([]);
    await page.context().close();
    await studio.stop();
  });
});

describe.skipIf(noBrowser !== null)(inBrowser("with the real server and the offline provider"), () => {
  test("a film is directed from the page only: stills first, an edit, a retake, a pick, the download", async () => {
    const { page, complaints } = await visit(browser, `${server.url}new`);
    await page
      .getByRole("textbox", { name: "What happens in the film?" })
      .fill("A paper boat sails. It meets a whale.");
    await page.getByRole("radio", { name: "3 s" }).check();
    await page.getByLabel("Scenes").fill("2");
    await page.getByRole("radio", { name: "Stills" }).check();
    await page.getByRole("button", { name: "Make the animatic" }).click();

    await page.getByRole("heading", { name: "The stills are ready" }).waitFor({ timeout: filmMs });
    await page.getByText("Ready: 3 of 3 stills, 0 of 2 clips.").waitFor();
    await page.getByRole("button", { name: "Edit scene 1" }).click();
    await page.getByLabel("Ends on").fill("The boat lies on a beach at night.");
    await page.getByText("Out of date: stills 2–3.").waitFor();
    await page.getByLabel("Only this scene").check();
    await page.getByText("Out of date: still 2.").waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Save" }).click();

    await page.getByRole("heading", { name: "You changed the film" }).waitFor();
    await page.getByText("Ready: 2 of 3 stills, 0 of 2 clips.").waitFor();
    expect(await page.locator(".stale-sign").allInnerTexts()).toEqual([expect.stringContaining("out of date")]);
    await page.getByRole("button", { name: /finish the film/ }).click();
    await page.getByText("Finished", { exact: true }).waitFor({ timeout: filmMs });
    expect(await page.locator(".stale-sign").count()).toBe(0);

    await page.getByRole("button", { name: "Takes of scene 2" }).click();
    const clip = page.getByRole("region", { name: /^Clip/ });
    await clip.getByRole("button", { name: /^Retake/ }).click();
    await clip.getByRole("button", { name: "Use take 2" }).click({ timeout: filmMs });
    await clip.getByRole("button", { name: "In the film take 2" }).waitFor();
    await page.getByText("Finished", { exact: true }).waitFor({ timeout: filmMs });
    expect(await seriousViolations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflow(page)).toBeLessThanOrEqual(0);

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: /^Download/ }).click(),
    ]);
    const bytes = await Bun.file(await download.path()).bytes();
    expect(new TextDecoder().decode(bytes.slice(4, 8))).toBe("ftyp");

    // Back to the take before: it is still there, so nothing is made but the join, which is there, too.
    await page.getByText("Versions").click();
    await page.getByRole("button", { name: "Go back to version 2" }).click();
    await clip.getByRole("button", { name: "In the film take 1" }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
