import { afterAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { inBrowser, noBrowser, seriousViolations } from "./support/browser.ts";
import { clipFile, removeClip } from "./support/clip.ts";
import { keyframeSvg } from "./support/keyframe-svg.ts";
import type { ScriptedFilm } from "./support/scripted-film.ts";
import { createScriptedServer, type ScriptedServer, type ScriptedServerOptions } from "./support/scripted-server.ts";
import { testStoryboard } from "./support/storyboard.ts";
import { openTabs, unexpected } from "./support/tabs.ts";

const tabs = openTabs(60_000);
const servers: ScriptedServer[] = [];

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  removeClip();
});

const line = (kind: string, position: number, usd: number, state = "missing") => ({
  kind,
  position,
  state,
  to_make: true,
  reason: "not made yet",
  usd,
  most_usd: usd,
});

/** A server with one film of three scenes with all its keyframes. */
function openFilm(options: ScriptedServerOptions = {}) {
  const server = createScriptedServer({ clipPath: clipFile(), clipUsd: 0.5, ...options });
  servers.push(server);
  const film = server.add({ storyboard: testStoryboard(3) });
  film.write(3);
  for (let still = 0; still <= 3; still++) film.step("keyframe", still, "done");
  return { server, film, url: `${server.url}/films/${film.id}` };
}

/** The requests that change something; price previews are not among them. */
const orders = ({ asked }: ScriptedServer) => asked.filter(({ body }) => !String(body.dry_run).includes("true"));

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
const edit = (page: Page) => page.getByRole("button", { name: "Edit storyboard" }).last().click();

/** Another user's change of the storyboard. */
function rewrite(film: ScriptedFilm, title: string): void {
  film.state.storyboard = { ...testStoryboard(3), title };
  film.state.revision += 1;
  film.status("complete");
}

describe.skipIf(noBrowser !== null)(inBrowser("editing, with a scripted server that takes money"), () => {
  test("review and retakes show each price, and a button pressed twice buys once", async () => {
    const take = { kind: "clip", position: 0, take: 1, selected: true, status: "done", prompt: "x", seed: 7 };
    const { server, film, url } = openFilm({
      plan: {
        lines: [line("clip", 0, 0.5), line("clip", 1, 0.5), line("stitch", 0, 0)],
        next: [
          { until: "clips", pieces: 2, usd: 1, most_usd: 1 },
          { until: "film", pieces: 3, usd: 1, most_usd: 1.2 },
        ],
      },
      takes: [{ ...take, cost_usd: 0.5, message: null, url: null, thumbnail_url: null, rejected: [] }],
    });
    film.status("review");
    await tabs.within(url, async (page) => {
      await page.getByRole("row", { name: "Make clips 1–2 $1.00" }).waitFor();
      await page.getByRole("button", { name: "Make an animatic first free" }).waitFor();
      await page.getByRole("button", { name: "Make the clips, then stop $1.00" }).waitFor();
      await page.getByRole("button", { name: "Make the film $1.00, at most $1.20" }).dblclick();
      await page.getByRole("button", { name: "Takes of scene 1" }).click();
      await page.getByText("seed 7").waitFor();
      await page.getByLabel("Number of new takes: Clip").selectOption("3");
      await page.getByRole("button", { name: "Retake Clip $1.50" }).dblclick();
      await page.getByRole("button", { name: "Making Clip", disabled: true }).waitFor();
      const key = expect.stringMatching(/^[0-9a-f]{32}$/);
      expect(orders(server).map(({ body, idempotencyKey }) => [body, idempotencyKey])).toEqual([
        [{ until: "film" }, key],
        [{ scene: 0, piece: "clip", takes: 3 }, key],
      ]);
    });
  });

  test("the animatic is shown beside the price of the clips it previews", async () => {
    const { server, film, url } = openFilm({
      plan: {
        lines: [line("clip", 0, 0.5)],
        next: [
          { until: "clips", pieces: 1, usd: 0.5, most_usd: 0.5 },
          { until: "film", pieces: 2, usd: 0.5, most_usd: 0.5 },
        ],
      },
    });
    Object.assign(film.state, { animatic: { duration_seconds: 12 }, until: "animatic" });
    film.status("review");
    await tabs.within(url, async (page) => {
      await page.locator("video[aria-label='Animatic']").waitFor();
      expect(await page.getByRole("button", { name: /animatic/ }).count()).toBe(0);
      await page.getByRole("button", { name: "Make the film $0.50" }).click();
      await page.getByRole("button", { name: "Make the film $0.50", disabled: false }).waitFor();
      expect(orders(server).map(({ body }) => body)).toEqual([{ until: "film" }]);
    });
  });

  test("scenes are added, moved, removed and restored, and the storyboard is saved as a whole", async () => {
    const { server, url } = openFilm({
      plan: { total_usd: 1.5, most_usd: 1.7, lines: [line("keyframe", 2, 0.04, "stale"), line("clip", 1, 0.5)] },
    });
    await tabs.within(url, async (page) => {
      await edit(page);
      await happens(page, 1).fill("Other words.");
      await page.getByRole("button", { name: "Move scene 1 down" }).click();
      await page.keyboard.press("Enter");
      expect(await happens(page, 3).inputValue()).toBe("Other words.");
      await happens(page, 3).press("Alt+ArrowUp");
      expect(await happens(page, 2).inputValue()).toBe("Other words.");
      await page.getByRole("button", { name: "Remove scene 1" }).click();
      await page.getByRole("button", { name: "Restore" }).click();
      await page.getByRole("button", { name: "Remove scene 3" }).click();
      await page.getByRole("button", { name: "Add a scene after scene 2" }).click();
      await page.getByText("Say what happens in scene 3.").waitFor();
      await page.keyboard.type("It snows.");
      await page.getByLabel("Length of scene 3").selectOption("8");
      await page.getByLabel("Transition from scene 2 to 3").selectOption({ label: "Dip to black" });
      await page.getByLabel("Transition length in seconds from scene 2 to 3").fill("1.5");
      await page.getByText("at most 2 s, half of the shorter clip").waitFor();
      await page.getByRole("checkbox", { name: "Remake only what I edited" }).check();
      await page.getByText("Out of date: keyframe 3. To be made: clip 2.").waitFor();
      await page.getByText("You pay at most $1.70.").waitFor();
      expect(await seriousViolations(page)).toEqual([]);
      await page.getByRole("button", { name: "Save without 1 scene" }).click();
      await page.getByRole("heading", { name: "Scenes" }).waitFor();
      const [{ body } = { body: {} }] = orders(server);
      const [scene0, scene1] = testStoryboard(3).scenes;
      expect(body).toEqual({
        dry_run: false,
        patch: true,
        revision: 0,
        storyboard: {
          ...testStoryboard(0),
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

  test("typed text survives events, a reload and another user's change, which is not overwritten without asking", async () => {
    const { server, film, url } = openFilm();
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
      expect(orders(server).map(({ body }) => body.revision)).toEqual([2]);

      await edit(page);
      await happens(page, 1).fill("More words.");
      rewrite(film, "Their other title");
      await page.getByRole("button", { name: "Keep theirs, discard mine" }).click();
      expect(await happens(page, 1).inputValue()).toBe("Scene 0 happens.");
      await page.getByText("No changes yet.").waitFor();
    });
  });

  test("a change that came too late is reported when it is saved", async () => {
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
    await page.getByText("Your changes are not lost, and not saved yet.").waitFor();
    expect(await happens(page, 2).inputValue()).toBe("My words.");
    expect(film.state.revision).toBe(1);
    await page.context().close();
  });

  test("a visible seam offers the retake of the worse clip, with its price", async () => {
    const take = { kind: "clip", position: 2, take: 1, selected: true, status: "done", prompt: "x", seed: null };
    const made = { ...take, cost_usd: 0.5, message: null, url: null, thumbnail_url: null, rejected: [] };
    const takes = [made];
    const { server, film, url } = openFilm({ takes });
    film.state.seams = [{ ...weakSeam, position: 1, score: 0.95, bad: false, retake: null }, weakSeam];
    film.status("complete");
    await tabs.within(url, async (page) => {
      await page.getByText("Seam between scenes 1 and 2: good,").waitFor({ state: "attached" });
      await page.getByText("Visible seam between scenes 2 and 3").waitFor();
      await page.getByRole("button", { name: "Retake clip 3 $0.50" }).click();
      await page.getByRole("heading", { name: "Takes of scene 3" }).waitFor();
      // Until the take is made, another press would be another order. The seam stays bad throughout.
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
      expect(orders(server).map(({ body }) => body)).toEqual([{ scene: 2, piece: "clip", takes: 1 }]);
    });
  });

  test("images of the cast and of a keyframe are shown with their price before they are used", async () => {
    const take = { kind: "keyframe", position: 1, take: 1, selected: true, status: "done", prompt: "x", seed: null };
    const { server, film, url } = openFilm({
      plan: { total_usd: 0.5, most_usd: 0.5, lines: [line("clip", 1, 0.5, "stale")] },
      takes: [{ ...take, cost_usd: 0, message: null, url: null, thumbnail_url: null, rejected: [] }],
    });
    film.state.seams = [weakSeam];
    const picture = { name: "fox.png", mimeType: "image/png", buffer: Buffer.from(keyframeSvg(1, "1:1")) };
    await tabs.within(url, async (page) => {
      await page.getByLabel("Add image of The fox").setInputFiles(picture);
      await page.getByText("Out of date: clip 2.").waitFor();
      expect(await seriousViolations(page)).toEqual([]);
      await page.getByRole("button", { name: "Use this image" }).click();
      await page.getByRole("button", { name: "Use this image" }).waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Takes of scene 1" }).click();
      await page.getByLabel("Use my own image as keyframe 2").setInputFiles(picture);
      await page.getByRole("button", { name: "Use as keyframe 2" }).click();
      await page.getByRole("button", { name: "Use as keyframe 2" }).waitFor({ state: "detached" });
      const at = `PUT /api/projects/${film.id}`;
      expect(orders(server)).toMatchObject([
        { path: `${at}/references/The%20fox`, body: { dry_run: "false", revision: "0" } },
        { path: `${at}/keyframes/1`, body: { dry_run: "false", revision: "0" } },
      ]);
    });
  });

  test("a video is dropped on a scene, cut, sent and shown as its own clip; a refusal is told", async () => {
    const sent: string[] = [];
    const { server, film, url } = openFilm({
      onClip(of, content) {
        sent.push(content);
        if (sent.length === 1) return Response.json({ detail: "project x was changed meanwhile" }, { status: 409 });
        of.state.ownClips.add(1);
        of.step("clip", 1, "done");
        return undefined;
      },
    });
    const { page, complaints } = await tabs.open(url);
    const scene = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: /^Scene 2/ }) });
    // Run in the browser: `DataTransfer` is known only there.
    const dropped = `(() => {
      const data = new DataTransfer();
      data.items.add(new File(["frames"], "sea.mov", { type: "video/quicktime" }));
      return data;
    })()`;
    const transfer = await page.evaluateHandle(dropped);
    await scene.dispatchEvent("dragover", { dataTransfer: transfer });
    await scene.dispatchEvent("drop", { dataTransfer: transfer });
    await scene.getByText("sea.mov costs nothing").waitFor();
    await scene.getByLabel("From second").fill("1.5");
    await scene.getByLabel("to second").fill("4 s");
    expect(await seriousViolations(page)).toEqual([]);
    await scene.getByRole("button", { name: "Use as scene 2" }).click();
    await scene.getByText("project x was changed meanwhile").waitFor();
    await scene.getByRole("button", { name: "Use as scene 2" }).click();
    await scene.getByText("sea.mov costs nothing").waitFor({ state: "detached" });
    await scene.getByText("own clip").waitFor();
    const order = {
      path: `PUT /api/projects/${film.id}/clips/1`,
      body: { revision: "0", in: "1.5", out: "4" },
    };
    expect([orders(server), sent]).toMatchObject([
      [order, order],
      ["frames", "frames"],
    ]);
    // The refusal, as the browser tells it itself.
    expect(unexpected(complaints)).toEqual([expect.stringContaining("409")]);
    await page.context().close();
  });

  test("a new film starts from a storyboard file", async () => {
    const { server } = openFilm();
    await tabs.within(`${server.url}/new`, async (page) => {
      const file = (name: string, text: string) => ({
        name,
        mimeType: "application/json",
        buffer: Buffer.from(text),
      });
      const choose = page.getByLabel("Start from a storyboard file");
      await choose.setInputFiles(file("film.yaml", "title: x"));
      await page.getByText("film.yaml is not a JSON file.").waitFor();
      await choose.setInputFiles(file("film.json", JSON.stringify(testStoryboard(2))));
      await page.getByText("no storyboard is bought").waitFor();
      await page.getByRole("button", { name: "Make offline film" }).click();
      await page.waitForURL(/\/films\//);
      expect(server.asked.at(-1)?.body).toMatchObject({ storyboard: testStoryboard(2), provider: "offline" });
      expect(server.asked.at(-1)?.body).not.toHaveProperty("prompt");
    });
  });
});
