import { describe, expect, test } from "bun:test";
import { inBrowser, noBrowser, overflow, seriousViolations, untilVideo } from "./support/browser.ts";
import { openServer, openTabs } from "./support/tabs.ts";

const tabs = openTabs(300_000);
const server = openServer();

/** Ms for a few drawn stills and clips of two seconds on a busy machine. */
const filmMs = 120_000;

describe.skipIf(noBrowser !== null)(inBrowser("with the real server and the offline provider"), () => {
  test("a film is directed from the page only: animatic, edit, approval, retake, pick, another join, download", async () => {
    await tabs.within(`${server().url}new`, async (page) => {
      await page
        .getByRole("textbox", { name: "What happens in the film?" })
        .fill("A paper boat sails. It meets a whale.");
      await page.getByRole("radio", { name: "3 s" }).check();
      await page.getByLabel("Scenes").fill("2");
      await page.getByRole("radio", { name: "Stills" }).check();
      await page.getByRole("button", { name: "Make the offline film" }).click();

      await page.getByRole("heading", { name: "The stills are ready" }).waitFor({ timeout: filmMs });
      await page.getByText("Ready: 3 of 3 stills, 0 of 2 clips.").waitFor();
      await page.getByRole("button", { name: "Make the animatic first" }).click();
      await page.getByRole("heading", { name: "The animatic is ready" }).waitFor({ timeout: filmMs });
      await untilVideo(page, "video", ({ readyState, duration }) => readyState >= 1 && Math.round(duration) === 6);
      expect(await seriousViolations(page)).toEqual([]);

      // A third scene, shorter clips, and a dip to black.
      await page.getByRole("button", { name: "Edit scene 2" }).click();
      await page.getByRole("button", { name: "Add a scene after scene 2" }).click();
      await page.getByLabel("What happens in scene 3").fill("They sail on together into the night.");
      await page.getByText("Out of date: still 3. To be made: still 4 and the clips of scenes 1–3.").waitFor();
      for (const scene of [1, 2, 3]) await page.getByLabel(`Length of scene ${scene}`).selectOption("2");
      await page.getByLabel("Into the next from scene 2 to 3").selectOption({ label: "Dip to black" });
      await page.getByText("at most 1 s, half the shorter clip").waitFor();
      await page.getByRole("button", { name: "Save", exact: true }).click();

      await page.getByRole("heading", { name: "You changed the film" }).waitFor();
      await page.getByText("Ready: 2 of 4 stills, 0 of 3 clips.").waitFor();
      await page.getByRole("button", { name: "Film it" }).click();
      await page.getByText("Finished", { exact: true }).waitFor({ timeout: filmMs });
      expect(await page.locator(".stale-sign").count()).toBe(0);
      // The third begins early, in the dip: so does its marker. The cut before it may leave a doubled frame out.
      await page.getByRole("button", { name: /^Scene 3\s*, from\s*0:02$/ }).waitFor();
      await untilVideo(page, ".player video", ({ duration }) => Math.floor(duration) === 4);

      await page.getByRole("button", { name: "Takes of scene 2" }).click();
      const clip = page.getByRole("region", { name: /^Clip/ });
      await clip.getByRole("button", { name: /^Retake/ }).click();
      await clip.getByRole("button", { name: "Use take 2" }).click({ timeout: filmMs });
      await clip.getByRole("button", { name: "In the film take 2" }).waitFor();
      await page.getByText("Finished", { exact: true }).waitFor({ timeout: filmMs });
      expect(await seriousViolations(page)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await overflow(page)).toBeLessThanOrEqual(0);

      await page.getByLabel("Crossfade").fill("0.5");
      await page.getByRole("button", { name: "Join again" }).click();
      await page.getByRole("button", { name: /^Scene 2\s*, from\s*0:01$/ }).waitFor({ timeout: filmMs });
      await page.getByText("Finished", { exact: true }).waitFor({ timeout: filmMs });

      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: /^Download/ }).click(),
      ]);
      const bytes = await Bun.file(await download.path()).bytes();
      expect(new TextDecoder().decode(bytes.slice(4, 8))).toBe("ftyp");

      // Back to the take before: it is still there, so nothing is made but the join.
      await page.getByText("Versions").click();
      await page.getByRole("button", { name: "Go back to version 2" }).click();
      await clip.getByRole("button", { name: "In the film take 1" }).waitFor();
    });
  });
});
