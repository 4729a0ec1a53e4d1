import { afterAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { inBrowser, noBrowser, seriousViolations } from "./support/browser.ts";
import { clipFile, removeClip } from "./support/clip.ts";
import type { FilmScript } from "./support/film-script.ts";
import { createScriptedStudio, type ScriptedStudio, type StudioOptions } from "./support/scripted-studio.ts";
import { stillSvg } from "./support/still.ts";
import { storyOf } from "./support/story.ts";
import { openTabs } from "./support/tabs.ts";

const tabs = openTabs(60_000);
const studios: ScriptedStudio[] = [];

afterAll(async () => {
  await Promise.all(studios.map((studio) => studio.stop()));
  removeClip();
});

const line = (kind: string, position: number, usd: number, state = "missing") => ({
  kind,
  position,
  state,
  to_make: true,
  reason: "not made yet",
  usd,
});

/** A studio with one film of three scenes with all its stills. */
function openFilm(options: StudioOptions = {}) {
  const studio = createScriptedStudio({ clipPath: clipFile(), clipUsd: 0.5, ...options });
  studios.push(studio);
  const film = studio.add({ storyboard: storyOf(3) });
  film.write(3);
  for (let still = 0; still <= 3; still++) film.step("keyframe", still, "done");
  return { studio, film, url: `${studio.url}/films/${film.id}` };
}

/** The bodies that were sent to change something; questions about prices are none. */
const orders = ({ asked }: ScriptedStudio) => asked.filter(({ body }) => !String(body.dry_run).includes("true"));

const happens = (page: Page, scene: number) => page.getByLabel(`What happens in scene ${scene}`);
const weakSeam = {
  position: 2,
  before: 0.9,
  after: 0.3,
  between: 0.3,
  score: 0.3,
  bad: true,
  next: null,
  retake: { scene: 2, piece: "clip" },
};
const edit = (page: Page) => page.getByRole("button", { name: "Edit the storyboard" }).last().click();

/** Somebody else's change of the storyboard. */
function rewrite(film: FilmScript, title: string): void {
  film.state.storyboard = { ...storyOf(3), title };
  film.state.revision += 1;
  film.status("complete");
}

describe.skipIf(noBrowser !== null)(inBrowser("directing, with a scripted server that takes money"), () => {
  test("review says each price, retakes say theirs, and a button pressed twice buys once", async () => {
    const take = { kind: "clip", position: 0, take: 1, selected: true, status: "done", prompt: "x", seed: 7 };
    const { studio, film, url } = openFilm({
      plan: {
        lines: [line("clip", 0, 0.5), line("clip", 1, 0.5), line("stitch", 0, 0)],
        next: [
          { until: "clips", pieces: 2, usd: 1 },
          { until: "film", pieces: 3, usd: 1 },
        ],
      },
      takes: [{ ...take, cost_usd: 0.5, message: null, url: null, thumbnail_url: null }],
    });
    film.status("review");
    await tabs.within(url, async (page) => {
      await page.getByRole("row", { name: "Film scenes 1–2 $1.00" }).waitFor();
      await page.getByRole("button", { name: "Make the animatic first free" }).waitFor();
      await page.getByRole("button", { name: "Film the clips, then stop for at most $1.00" }).waitFor();
      await page.getByRole("button", { name: "Film it for at most $1.00" }).dblclick();
      await page.getByRole("button", { name: "Takes of scene 1" }).click();
      await page.getByText("seed 7").waitFor();
      await page.getByLabel("How many further takes: Clip").selectOption("3");
      await page.getByRole("button", { name: "Retake Clip $1.50" }).dblclick();
      await page.getByRole("button", { name: "Making Clip", disabled: true }).waitFor();
      const key = expect.stringMatching(/^[0-9a-f]{32}$/);
      expect(orders(studio).map(({ body, idempotencyKey }) => [body, idempotencyKey])).toEqual([
        [{ until: "film" }, key],
        [{ scene: 0, piece: "clip", takes: 3 }, key],
      ]);
    });
  });

  test("the animatic is seen beside the price of the clips it stands for", async () => {
    const { studio, film, url } = openFilm({
      plan: {
        lines: [line("clip", 0, 0.5)],
        next: [
          { until: "clips", pieces: 1, usd: 0.5 },
          { until: "film", pieces: 2, usd: 0.5 },
        ],
      },
    });
    Object.assign(film.state, { animatic: { duration_seconds: 12 }, until: "animatic" });
    film.status("review");
    await tabs.within(url, async (page) => {
      await page.locator("video[aria-label='The animatic']").waitFor();
      expect(await page.getByRole("button", { name: /animatic/ }).count()).toBe(0);
      await page.getByRole("button", { name: "Film it for at most $0.50" }).click();
      await page.getByRole("button", { name: "Film it for at most $0.50", disabled: false }).waitFor();
      expect(orders(studio).map(({ body }) => body)).toEqual([{ until: "film" }]);
    });
  });

  test("scenes are added, moved, taken out and put back, and the storyboard is saved as a whole", async () => {
    const { studio, url } = openFilm({
      plan: { total_usd: 1.5, lines: [line("keyframe", 2, 0.04, "stale"), line("clip", 1, 0.5)] },
    });
    await tabs.within(url, async (page) => {
      await edit(page);
      await happens(page, 1).fill("Other words.");
      await page.getByRole("button", { name: "Move scene 1 down" }).click();
      await page.keyboard.press("Enter");
      expect(await happens(page, 3).inputValue()).toBe("Other words.");
      await happens(page, 3).press("Alt+ArrowUp");
      expect(await happens(page, 2).inputValue()).toBe("Other words.");
      await page.getByRole("button", { name: "Take out scene 1" }).click();
      await page.getByRole("button", { name: "Put back" }).click();
      await page.getByRole("button", { name: "Take out scene 3" }).click();
      await page.getByRole("button", { name: "Add a scene after scene 2" }).click();
      await page.getByText("Say what happens in scene 3.").waitFor();
      await page.keyboard.type("It snows.");
      await page.getByLabel("Length of scene 3").selectOption("8");
      await page.getByLabel("Into the next from scene 2 to 3").selectOption({ label: "Dip to black" });
      await page.getByLabel("Seconds of the transition from scene 2 to 3").fill("1.5");
      await page.getByText("at most 2 s, half the shorter clip").waitFor();
      await page.getByRole("checkbox", { name: "Make only what I edited" }).check();
      await page.getByText("Out of date: still 3. To be made: the clip of scene 2.").waitFor();
      await page.getByText("then costs at most $1.50").waitFor();
      expect(await seriousViolations(page)).toEqual([]);
      await page.getByRole("button", { name: "Save without 1 scene" }).click();
      await page.getByRole("heading", { name: "Scenes" }).waitFor();
      const [{ body } = { body: {} }] = orders(studio);
      const [scene0, scene1] = storyOf(3).scenes;
      expect(body).toEqual({
        dry_run: false,
        patch: true,
        revision: 0,
        storyboard: {
          ...storyOf(0),
          scenes: [
            { ...scene1, scene_index: 0 },
            {
              ...scene0,
              scene_index: 1,
              description: "Other words.",
              transition: { kind: "dip", seconds: 1.5 },
            },
            {
              ...scene0,
              scene_index: 2,
              description: "It snows.",
              start_frame_prompt: "It snows.",
              end_frame_prompt: "It snows.",
              motion_prompt: "It snows.",
              duration: 8,
            },
          ],
        },
      });
    });
  });

  test("what is typed stays through events, a reload, and another's change, which is never overwritten unasked", async () => {
    const { studio, film, url } = openFilm();
    await tabs.within(url, async (page) => {
      await edit(page);
      await happens(page, 1).fill("My words.");
      film.step("clip", 0, "done");
      film.state.revision += 1;
      film.status("complete");
      await page.getByText("Saving is free").waitFor();
      await page.reload();
      expect(await happens(page, 1).inputValue()).toBe("My words.");
      rewrite(film, "Their title");
      await page.getByText("The storyboard was changed elsewhere while you were editing it.").waitFor();
      expect(await page.getByRole("button", { name: "Save", exact: true }).isDisabled()).toBe(true);
      expect(await happens(page, 1).inputValue()).toBe("My words.");
      await page.getByRole("button", { name: "Keep mine, replace theirs" }).click();
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByRole("heading", { name: "Scenes" }).waitFor();
      expect(orders(studio).map(({ body }) => body.revision)).toEqual([2]);

      await edit(page);
      await happens(page, 1).fill("More words.");
      rewrite(film, "Their other title");
      await page.getByRole("button", { name: "Take theirs, drop mine" }).click();
      expect(await happens(page, 1).inputValue()).toBe("Scene 0 happens.");
      await page.getByText("Nothing is changed yet.").waitFor();
    });
  });

  test("a change that came too late is said so when it is saved", async () => {
    const { film, url } = openFilm({
      onEdit: (own, body) => {
        if (body.dry_run === true) return undefined;
        rewrite(own, "Their title");
        return Response.json({ detail: "changed meanwhile" }, { status: 409 });
      },
    });
    const { page } = await tabs.open(url);
    await edit(page);
    await happens(page, 2).fill("My words.");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Nothing of yours is lost or saved yet.").waitFor();
    expect(await happens(page, 2).inputValue()).toBe("My words.");
    expect(film.state.revision).toBe(1);
    await page.context().close();
  });

  test("a seam that shows offers the retake of the worse clip, with its price", async () => {
    const take = { kind: "clip", position: 2, take: 1, selected: true, status: "done", prompt: "x", seed: null };
    const made = { ...take, cost_usd: 0.5, message: null, url: null, thumbnail_url: null };
    const takes = [made];
    const { studio, film, url } = openFilm({ takes });
    film.state.seams = [{ ...weakSeam, position: 1, score: 0.95, bad: false, retake: null }, weakSeam];
    film.status("complete");
    await tabs.within(url, async (page) => {
      await page.getByText("Seam of scenes 1 and 2: good,").waitFor({ state: "attached" });
      await page.getByText("The seam of scenes 2 and 3 shows").waitFor();
      await page.getByRole("button", { name: "Retake clip 3 $0.50" }).click();
      await page.getByRole("heading", { name: "Takes of scene 3" }).waitFor();
      // Ordered, under way, made: until then another press would be another order, and the seam stays weak all along.
      const again = page.getByRole("button", { name: "Making clip 3 $0.50" });
      await again.waitFor();
      expect(await again.isDisabled()).toBe(true);
      takes[1] = { ...made, take: 2, selected: false, status: "running" };
      film.step("clip", 2, "running");
      await page.getByText("Take 2", { exact: true }).waitFor();
      expect(await again.isDisabled()).toBe(true);
      takes[1] = { ...takes[1], status: "done" };
      film.step("clip", 2, "done");
      await page.getByRole("button", { name: "Retake clip 3 $0.50" }).waitFor();
      expect(orders(studio).map(({ body }) => body)).toEqual([{ scene: 2, piece: "clip", takes: 1 }]);
    });
  });

  test("pictures of the cast and of a still are looked at with their price before they are put in", async () => {
    const take = { kind: "keyframe", position: 1, take: 1, selected: true, status: "done", prompt: "x", seed: null };
    const { studio, film, url } = openFilm({
      plan: { total_usd: 0.5, lines: [line("clip", 1, 0.5, "stale")] },
      takes: [{ ...take, cost_usd: 0, message: null, url: null, thumbnail_url: null }],
    });
    film.state.seams = [weakSeam];
    const picture = { name: "fox.png", mimeType: "image/png", buffer: Buffer.from(stillSvg(1, "1:1")) };
    await tabs.within(url, async (page) => {
      await page.getByLabel("Add a picture of The fox").setInputFiles(picture);
      await page.getByText("Out of date: the clip of scene 2.").waitFor();
      expect(await seriousViolations(page)).toEqual([]);
      await page.getByRole("button", { name: "Use this picture" }).click();
      await page.getByRole("button", { name: "Use this picture" }).waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Takes of scene 1" }).click();
      await page.getByLabel("Use my own picture as still 2").setInputFiles(picture);
      await page.getByRole("button", { name: "Put it in as still 2" }).click();
      await page.getByRole("button", { name: "Put it in as still 2" }).waitFor({ state: "detached" });
      const at = `PUT /api/projects/${film.id}`;
      expect(orders(studio)).toMatchObject([
        { path: `${at}/references/The%20fox`, body: { dry_run: "false", revision: "0" } },
        { path: `${at}/keyframes/1`, body: { dry_run: "false", revision: "0" } },
      ]);
    });
  });

  test("a new film starts from a storyboard file", async () => {
    const { studio } = openFilm();
    await tabs.within(`${studio.url}/new`, async (page) => {
      const file = (name: string, text: string) => ({
        name,
        mimeType: "application/json",
        buffer: Buffer.from(text),
      });
      const choose = page.getByLabel("Start from a storyboard file");
      await choose.setInputFiles(file("film.yaml", "title: x"));
      await page.getByText("film.yaml is no JSON file.").waitFor();
      await choose.setInputFiles(file("film.json", JSON.stringify(storyOf(2))));
      await page.getByText("no storyboard is bought").waitFor();
      await page.getByRole("button", { name: "Make the offline film" }).click();
      await page.waitForURL(/\/films\//);
      expect(studio.asked.at(-1)?.body).toMatchObject({ storyboard: storyOf(2), provider: "offline" });
      expect(studio.asked.at(-1)?.body).not.toHaveProperty("prompt");
    });
  });
});
