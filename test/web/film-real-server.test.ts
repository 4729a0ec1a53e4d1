import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { inBrowser, noBrowser, untilVideo } from "./support/browser.ts";
import { openServer, openTabs, unexpected } from "./support/tabs.ts";

const tabs = openTabs(300_000);
const server = openServer();

/** Ms for two offline scenes of three seconds on a busy machine. */
const filmMs = 120_000;

/** Fills in the form and presses the button for the free film. */
async function makeOffline(page: Page, prompt: string): Promise<void> {
  await page.getByRole("textbox", { name: "What happens in the film?" }).fill(prompt);
  await page.getByRole("radio", { name: "3 s" }).check();
  await page.getByLabel("Scenes").fill("2");
  await page.getByRole("button", { name: "Make offline film" }).click();
  await page.waitForURL(/\/films\//);
}

describe.skipIf(noBrowser !== null)(inBrowser("with the real server and the offline provider"), () => {
  test("a film is made from the page to the download, across a reload and a killed server", async () => {
    const { page, complaints } = await tabs.open(`${server().url}new`);
    await makeOffline(page, "A paper boat sails down a rain gutter. It reaches the sea and meets a whale.");
    await page.getByRole("img", { name: /^Keyframe 1,/ }).waitFor({ timeout: filmMs });
    await page.reload();
    await page.getByRole("img", { name: /^Keyframe 1,/ }).waitFor();
    expect(complaints).toEqual([]);
    await server().kill();
    await page.getByText(/Connection lost/).waitFor();
    await server().start();
    await page.getByRole("link", { name: /^Download/ }).waitFor({ timeout: filmMs });
    await untilVideo(page, "video", ({ readyState, duration }) => readyState >= 1 && Math.round(duration) === 6);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: /^Download/ }).click(),
    ]);
    const bytes = await Bun.file(await download.path()).bytes();
    expect(new TextDecoder().decode(bytes.slice(4, 8))).toBe("ftyp");
    expect(download.suggestedFilename()).toMatch(/^video_[0-9a-f-]{36}\.mp4$/);
    expect(unexpected(complaints)).toEqual([]);

    await page.getByLabel("Crossfade").fill("1");
    await page.getByRole("button", { name: "Restitch" }).click();
    await page.getByText("5 s", { exact: true }).first().waitFor({ timeout: filmMs });
    await page.context().close();
  });

  test("the film is in the list, and a clip plays under the pointer", async () => {
    const { page, complaints } = await tabs.open(server().url);
    await page.getByText("Finished", { exact: true }).first().waitFor();
    await page.locator("img.shown").first().waitFor();
    await page.locator(".film-card-link").first().click();
    await page.getByRole("button", { name: "Play clip 1" }).hover();
    await untilVideo(page, ".clip-video", ({ readyState, currentTime }) => readyState >= 2 && currentTime > 0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("an error of the server is shown in its own words", async () => {
    const { page, complaints } = await tabs.open(`${server().url}new`);
    await page.getByRole("textbox", { name: "What happens in the film?" }).fill("A cat.");
    await page.getByText(/^You pay at most \$/).waitFor();
    await page.getByRole("button", { name: "Make the film" }).click();
    await page.getByText(/provider google/).waitFor();
    expect(complaints.filter((text) => !text.includes("503"))).toEqual([]);
    await page.context().close();
  });

  test("a missing film is shown as not found", async () => {
    const { page } = await tabs.open(`${server().url}films/00000000-0000-7000-8000-000000000000`);
    await page.getByRole("heading", { name: "Film not found" }).waitFor();
    await page.context().close();
  });
});
