import { afterAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import {
  inBrowser,
  layoutShift,
  noBrowser,
  overflow,
  pageBytes,
  seriousViolations,
  untilVideo,
} from "./support/browser.ts";
import { clipFile, removeClip } from "./support/clip.ts";
import type { FilmScript } from "./support/film-script.ts";
import { createScriptedStudio, type ScriptedStudio, type StudioOptions } from "./support/scripted-studio.ts";
import { grave, openTabs } from "./support/tabs.ts";

const tabs = openTabs(60_000);
const inTab = tabs.within;
const studios: ScriptedStudio[] = [];

afterAll(async () => {
  await Promise.all(studios.map((studio) => studio.stop()));
  removeClip();
});

function openStudio(options: StudioOptions = {}): ScriptedStudio {
  const studio = createScriptedStudio({ clipPath: clipFile(), ...options });
  studios.push(studio);
  return studio;
}

const filmUrl = (studio: ScriptedStudio, film: FilmScript): string => `${studio.url}/films/${film.id}`;

/** A film of some scenes with everything made. */
function finished(studio: ScriptedStudio, scenes = 3): FilmScript {
  const film = studio.add({ clipDuration: 4 });
  filmed(film, scenes);
  film.finish(4 * scenes);
  return film;
}

function drawn(film: FilmScript, scenes: number): void {
  film.step("storyboard", 0, "running");
  film.write(scenes);
  film.step("storyboard", 0, "done");
  for (let still = 0; still <= scenes; still++) film.step("keyframe", still, "done");
}

function filmed(film: FilmScript, scenes: number): void {
  drawn(film, scenes);
  for (let clip = 0; clip < scenes; clip++) film.step("clip", clip, "done");
}

const cell = (page: Page, words: string) => page.locator(".cell", { hasText: words });

describe.skipIf(noBrowser !== null)(inBrowser("the studio"), () => {
  describe("a new film", () => {
    test("says what it buys and for how much, as the choices change", async () => {
      await inTab(`${openStudio({ clipUsd: 0.5 }).url}/new`, async (page) => {
        await page.getByText("about $2.75").waitFor();
        await page.getByLabel("Scenes").fill("2");
        await page.getByText("about $1.13").waitFor();
        await page.getByRole("radio", { name: "8 s" }).check();
        await page.getByRole("row", { name: /Clips/ }).getByText("2 × 8 s").waitFor();
      });
    });

    test("is bought once when the button is pressed twice, within the limit shown", async () => {
      const studio = openStudio({ clipUsd: 0.5 });
      await inTab(`${studio.url}/new`, async (page) => {
        await page.getByRole("textbox", { name: "What happens in the film?" }).fill("A paper boat sails out to sea.");
        await page.getByLabel("Scenes").fill("2");
        await page.getByText("about $1.13").waitFor();
        await page.getByRole("button", { name: "Make the film" }).dblclick();
        await page.waitForURL(/\/films\//);
        expect(studio.asked.map(({ path }) => path)).toEqual(["/api/generate"]);
        expect(studio.asked[0]).toMatchObject({
          body: { prompt: "A paper boat sails out to sea.", provider: "google", scenes: 2, max_cost: 2 },
          idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/),
        });
      });
    });

    test("is free as an offline film: no limit is sent", async () => {
      const studio = openStudio();
      await inTab(`${studio.url}/new`, async (page) => {
        await page.getByRole("button", { name: "A fox in winter" }).click();
        await page.getByRole("button", { name: "Make the offline film" }).click();
        await page.waitForURL(/\/films\//);
        expect(studio.asked[0]?.body).toMatchObject({ provider: "offline" });
        expect(studio.asked[0]?.body).not.toHaveProperty("max_cost");
      });
    });

    test("is not bought twice when the answer was lost and the button is pressed again", async () => {
      const studio = openStudio();
      await inTab(`${studio.url}/new`, async (page) => {
        await page.getByRole("button", { name: "The last ferry" }).click();
        await page.route("**/api/generate", async (route) => {
          await route.fetch();
          await route.abort();
        });
        await page.getByRole("button", { name: "Make the offline film" }).click();
        await page.getByText(/cannot be reached/).waitFor();
        await page.unroute("**/api/generate");
        await page.getByRole("button", { name: "Make the offline film" }).click();
        await page.waitForURL(/\/films\//);
        const [first, second] = studio.asked;
        expect(second?.idempotencyKey).toBe(first?.idempotencyKey ?? "none");
      });
    });

    test("needs words first", async () => {
      const studio = openStudio();
      await inTab(`${studio.url}/new`, async (page) => {
        await page.getByRole("button", { name: "Make the offline film" }).click();
        await page.getByText("Write what happens first.").waitFor();
        expect(studio.asked).toEqual([]);
      });
    });
  });

  describe("a film in the making", () => {
    test("grows on the page as it is made", async () => {
      const studio = openStudio();
      const film = studio.add();
      await inTab(filmUrl(studio, film), async (page) => {
        film.step("storyboard", 0, "running");
        await cell(page, "Storyboard: running").waitFor();
        film.write(2);
        film.step("storyboard", 0, "done");
        await page.getByRole("heading", { name: "The Open Door" }).waitFor();
        film.step("keyframe", 0, "done");
        film.step("keyframe", 1, "running");
        await page.getByRole("img", { name: "Still 1, opens scene 1" }).waitFor();
        await cell(page, "Still 2: running").waitFor();
        film.step("keyframe", 1, "done");
        film.step("clip", 0, "waiting");
        await page.getByText("filming", { exact: true }).waitFor();
        film.step("clip", 0, "refused", "the prompt was refused");
        await cell(page, "Clip of scene 1: refused").waitFor();
        film.step("clip", 1, "ambiguous");
        await cell(page, "Clip of scene 2: answer lost").waitFor();
      });
    });

    test("is the same after a reload in the middle", async () => {
      const studio = openStudio();
      const film = studio.add();
      drawn(film, 2);
      film.step("clip", 0, "done");
      film.status("video_gen");
      await inTab(filmUrl(studio, film), async (page) => {
        await cell(page, "Clip of scene 1: done").waitFor();
        const before = await page.locator(".cell").allInnerTexts();
        await page.reload();
        await cell(page, "Clip of scene 1: done").waitFor();
        expect(await page.locator(".cell").allInnerTexts()).toEqual(before);
        film.step("clip", 1, "done");
        await cell(page, "Clip of scene 2: done").waitFor();
      });
    });

    test("goes on where it was when the server comes back", async () => {
      const studio = openStudio();
      const film = studio.add();
      drawn(film, 2);
      film.status("video_gen");
      const { page, complaints } = await tabs.open(filmUrl(studio, film));
      await cell(page, "Still 3: done").waitFor();
      await studio.lose();
      await page.getByText(/Connection lost/).waitFor();
      film.step("clip", 0, "done");
      studio.comeBack();
      await cell(page, "Clip of scene 1: done").waitFor();
      await page.getByText(/Connection lost/).waitFor({ state: "detached" });
      await page.getByText("History").click();
      expect(await page.getByText("Still 3 done").count()).toBe(1);
      expect(grave(complaints)).toEqual([]);
      await page.context().close();
    });

    test("lets go of the server while its tab is hidden, and catches up afterwards", async () => {
      const studio = openStudio();
      const film = studio.add();
      drawn(film, 2);
      film.status("video_gen");
      const hide = (
        hidden: boolean,
      ) => `Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));`;
      await inTab(filmUrl(studio, film), async (page) => {
        await cell(page, "Still 3: done").waitFor();
        expect(film.watchers).toBe(1);
        await page.evaluate(hide(true));
        await film.unwatched();
        film.step("clip", 0, "done");
        await page.evaluate(hide(false));
        await cell(page, "Clip of scene 1: done").waitFor();
      });
    });

    test("can be stopped", async () => {
      const studio = openStudio();
      const film = studio.add({ status: "video_gen" });
      await inTab(filmUrl(studio, film), async (page) => {
        await page.getByRole("button", { name: "Stop" }).click();
        await page.getByRole("button", { name: "Go on" }).waitFor();
        expect(studio.asked.map(({ path }) => path)).toEqual([`/api/projects/${film.id}/cancel`]);
      });
    });
  });

  describe("a film that needs somebody", () => {
    test("goes on when its limit is raised, and says by how much", async () => {
      const studio = openStudio({ onResume: (film) => film.status("video_gen") });
      const film = studio.add({ cost: { spent_usd: 2.4, reserved_usd: 0, unknown_usd: 0, max_usd: 3 } });
      drawn(film, 2);
      film.wait("budget", "the next clip would go over the limit of $3.00");
      film.status("held");
      await inTab(filmUrl(studio, film), async (page) => {
        await page.getByRole("heading", { name: "The spending limit is reached" }).waitFor();
        await page.getByLabel("New spending limit in US dollars").fill("4.4");
        await page.getByRole("button", { name: "Raise it and go on up to $2.00 more" }).click();
        await page.getByRole("heading", { name: "The spending limit is reached" }).waitFor({ state: "detached" });
        expect(studio.asked[0]?.body).toEqual({ max_cost: 4.4 });
      });
    });

    test.each([
      ["refused", /^Ask again \$0\.50/, { retry_refused: true }],
      ["refused", /^Leave it out/, { skip_blocked: true }],
      ["ambiguous", /^Buy it again, perhaps twice \$0\.50/, { retry_ambiguous: true }],
    ] as const)("%s: %p is sent as such", async (reason, button, body) => {
      const studio = openStudio({ clipUsd: 0.5, onResume: (film) => film.status("video_gen") });
      const film = studio.add({ provider: "google" });
      drawn(film, 2);
      film.step("clip", 0, "done");
      film.step("clip", 1, reason, "no");
      film.wait(reason, "clip of scene 2: no");
      film.status("held");
      await inTab(filmUrl(studio, film), async (page) => {
        await page.getByRole("button", { name: button }).click();
        await page.locator(".attention").waitFor({ state: "detached" });
        expect(studio.asked[0]?.body).toEqual(body);
      });
    });
  });

  describe("a finished film", () => {
    test("asks what is to become of a lost take beside it", async () => {
      const studio = openStudio({ onResume: (film) => film.status("complete") });
      const film = finished(studio, 2);
      film.wait("ambiguous", "take 2 of the clip of scene 1: the answer was lost");
      await inTab(filmUrl(studio, film), async (page) => {
        await page.getByText("take 2 of the clip of scene 1: the answer was lost").waitFor();
        expect(await page.getByRole("button", { name: "Stop here, keep everything" }).count()).toBe(0);
        await page.getByRole("button", { name: /^Leave it out/ }).click();
        await page.locator(".attention").waitFor({ state: "detached" });
        expect(studio.asked[0]?.body).toEqual({ skip_blocked: true });
      });
    });

    test("plays from a scene's marker", async () => {
      const studio = openStudio();
      await inTab(filmUrl(studio, finished(studio, 2)), async (page) => {
        await untilVideo(page, "video", ({ readyState }) => readyState >= 1);
        await page.getByRole("button", { name: /^Scene 2\s*, from\s*0:04$/ }).click();
        await untilVideo(page, "video", ({ currentTime }) => currentTime >= 4);
      });
    });

    test("plays a clip in place under the pointer, silent, and by key with sound", async () => {
      const studio = openStudio();
      await inTab(filmUrl(studio, finished(studio, 2)), async (page) => {
        const screen = page.getByRole("button", { name: /the clip of scene 1/ });
        await screen.hover();
        await untilVideo(page, ".moving", ({ muted }) => muted);
        await page.mouse.move(0, 0);
        await page.locator(".moving").waitFor({ state: "detached" });
        await screen.focus();
        await page.keyboard.press("Enter");
        await untilVideo(page, ".moving", ({ muted }) => !muted);
        await page.keyboard.press("Escape");
        await page.locator(".moving").waitFor({ state: "detached" });
      });
    });

    test("is joined again with the crossfade of the slider", async () => {
      const studio = openStudio({
        onStitch: (film, body) => {
          film.state.crossfade = Number(body.crossfade);
          film.step("stitch", 0, "running");
          film.finish(7);
        },
      });
      await inTab(filmUrl(studio, finished(studio, 3)), async (page) => {
        await page.getByLabel("Crossfade").fill("0.5");
        await page.getByRole("button", { name: "Join again" }).click();
        await page.getByText("7 s", { exact: true }).first().waitFor();
        expect(studio.asked[0]?.body).toEqual({ crossfade: 0.5 });
      });
    });

    test("is deleted only after a second word, and comes back when that is undone", async () => {
      const studio = openStudio();
      const film = finished(studio);
      await inTab(filmUrl(studio, film), async (page) => {
        await page.getByText("Delete", { exact: true }).click();
        expect(studio.films).toHaveLength(1);
        await page.getByRole("button", { name: "Delete the film" }).click();
        await page.waitForURL(`${studio.url}/`);
        expect(studio.films).toEqual([]);
        await page.getByRole("button", { name: "Undo" }).click();
        await page.waitForURL(filmUrl(studio, film));
        expect(studio.films).toEqual([film]);
      });
    });
  });

  describe("the wall", () => {
    test("is searched by words and by how films stand", async () => {
      const studio = openStudio();
      studio.add({ prompt: "A violinist misses the last ferry.", status: "complete" });
      studio.add({ prompt: "A ferry sinks.", status: "failed" });
      studio.add({ prompt: "A garden grows.", status: "complete" });
      await inTab(studio.url, async (page) => {
        await page.getByRole("heading", { name: "A garden grows." }).waitFor();
        await page.getByLabel("Search films").fill("ferry");
        await page.getByText("2 films found").waitFor({ state: "attached" });
        await page.getByRole("button", { name: /^Finished/ }).click();
        await page.getByText("1 film found").waitFor({ state: "attached" });
        expect(await page.locator(".poster-title").allInnerTexts()).toEqual(["A violinist misses the last ferry."]);
      });
    });

    test("draws two hundred films a screenful at a time", async () => {
      const studio = openStudio();
      for (let film = 0; film < 200; film++) studio.add({ prompt: `Film number ${film}.` });
      await inTab(studio.url, async (page) => {
        await page.getByRole("button", { name: "Show 24 more of 200" }).click();
        await page.getByRole("button", { name: "Show 24 more of 200" }).waitFor();
        expect(await page.locator(".poster").count()).toBe(48);
        await page.getByLabel("Search films").fill("number 123.");
        await page.getByText("1 film found").waitFor({ state: "attached" });
      });
    });

    test("invites whoever has no films to make one", async () => {
      await inTab(openStudio().url, async (page) => {
        await page.getByRole("link", { name: "Make the first one" }).click();
        await page.getByRole("heading", { name: "New film" }).waitFor();
      });
    });
  });

  test("asks for the token, keeps it in the tab only, and shows pictures with it", async () => {
    const studio = openStudio({ token: "right" });
    const film = finished(studio, 1);
    const { page } = await tabs.open(filmUrl(studio, film));
    await page.getByLabel("Access token").fill("два слова");
    await page.keyboard.press("Enter");
    await page.getByText(/one word of plain letters/).waitFor();
    await page.getByLabel("Access token").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText(/did not take that token/).waitFor();
    await page.getByLabel("Access token").fill("right");
    await page.keyboard.press("Enter");
    await page.locator("img.shown[src^='blob:']").first().waitFor();
    await page.locator("video[src^='blob:']").waitFor();
    expect(await page.evaluate<number>("localStorage.length + document.cookie.length")).toBe(0);
    await page.context().close();
  });

  describe("for everybody", () => {
    const studio = noBrowser === null ? openStudio() : undefined;
    const screens = (): [string, string][] => {
      if (studio === undefined) return [];
      const done = finished(studio);
      const held = studio.add({ cost: { spent_usd: 1, reserved_usd: 0, unknown_usd: 0, max_usd: 1 } });
      drawn(held, 4);
      held.step("clip", 0, "running");
      held.step("clip", 1, "refused", "the safety filter refused this prompt");
      held.wait("budget", "the next clip would go over the limit");
      held.status("held");
      const tall = studio.add({
        aspectRatio: "9:16",
        status: "failed",
        message: "the storyboard could not be written",
      });
      return [
        ["the wall", "/"],
        ["a new film", "/new"],
        ["a finished film", `/films/${done.id}`],
        ["a held film", `/films/${held.id}`],
        ["a failed film", `/films/${tall.id}`],
      ];
    };
    test.each(screens())("%s is light, still, and fit for every screen and reader", async (_name, path) => {
      await inTab(`${studio?.url}${path}`, async (page) => {
        await page.locator("h1").waitFor();
        expect(await layoutShift(page)).toBeLessThan(0.02);
        expect(await pageBytes(page)).toBeLessThan(50_000);
        await page.emulateMedia({ reducedMotion: "reduce" });
        expect(await seriousViolations(page)).toEqual([]);
        await page.emulateMedia({ colorScheme: "dark" });
        for (const width of [1920, 390]) {
          await page.setViewportSize({ width, height: 900 });
          expect(await overflow(page)).toBeLessThanOrEqual(0);
        }
        expect(await seriousViolations(page)).toEqual([]);
      });
    });
  });
});
