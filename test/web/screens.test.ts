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
import type { ScriptedFilm } from "./support/scripted-film.ts";
import { createScriptedServer, type ScriptedServer, type ScriptedServerOptions } from "./support/scripted-server.ts";
import { openTabs, unexpected } from "./support/tabs.ts";

const tabs = openTabs(60_000);
const inTab = tabs.within;
const servers: ScriptedServer[] = [];

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  removeClip();
});

function openScripted(options: ScriptedServerOptions = {}): ScriptedServer {
  const server = createScriptedServer({ clipPath: clipFile(), ...options });
  servers.push(server);
  return server;
}

const filmUrl = (server: ScriptedServer, film: ScriptedFilm): string => `${server.url}/films/${film.id}`;

/** What the page asked for beside prices. */
const orders = ({ asked }: ScriptedServer) => asked.flatMap(({ body }) => (body.dry_run === true ? [] : [body]));

/** A film of some scenes with everything made. */
function finished(server: ScriptedServer, scenes = 3): ScriptedFilm {
  const film = server.add({ clipDuration: 4 });
  filmed(film, scenes);
  film.finish(4 * scenes);
  return film;
}

function drawn(film: ScriptedFilm, scenes: number): void {
  film.step("storyboard", 0, "running");
  film.write(scenes);
  film.step("storyboard", 0, "done");
  for (let still = 0; still <= scenes; still++) film.step("keyframe", still, "done");
}

function filmed(film: ScriptedFilm, scenes: number): void {
  drawn(film, scenes);
  for (let clip = 0; clip < scenes; clip++) film.step("clip", clip, "done");
}

/** What a film of two calls bought, as `GET cost` answers. */
const sums = { reserved_usd: 0, unknown_usd: 0, returned_usd: 0, billed_usd: null };
const bought = {
  ...sums,
  take: 1,
  because: "first",
  answer: "used",
  reason: null,
  model: "m",
  quantity: 1,
  unit: "image",
  created_at: "2026-11-22T12:00:00.000Z",
};
const receipt = {
  ...sums,
  quoted_usd: 0.487,
  spent_usd: 0.487,
  max_usd: null,
  ledger: [
    {
      ...bought,
      submit_id: "1",
      piece: "keyframe 2",
      quoted_usd: 0.067,
      spent_usd: 0.067,
      answer: "rejected",
      reason: "it is square",
    },
    { ...bought, submit_id: "2", piece: "clip of scene 1", quoted_usd: 0.42, spent_usd: 0.42, because: "approval" },
  ],
};

const step = (page: Page, words: string) => page.locator(".step", { hasText: words });

describe.skipIf(noBrowser !== null)(inBrowser("the page"), () => {
  test("shows hostile texts as texts: no markup of theirs lives", async () => {
    const hostile = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"'\u202e{{7*7}}`;
    const server = openScripted();
    const film = server.add({ prompt: hostile });
    drawn(film, 2);
    film.state.title = hostile;
    film.step("clip", 0, "refused", hostile);
    film.wait("refused", hostile);
    film.status("held", hostile);
    await inTab(filmUrl(server, film), async (page) => {
      await page.getByText("window.pwned=1").first().waitFor();
      expect(
        await page.evaluate("[window.pwned ?? null, document.querySelectorAll('img[src=x], [onerror]').length]"),
      ).toEqual([null, 0]);
      expect(await page.evaluate("[...document.scripts].filter(({ text }) => text.includes('pwned')).length")).toBe(0);
      expect(await page.locator("a[href^='javascript:']").count()).toBe(0);
    });
  });

  describe("a new film", () => {
    test("shows what it buys and the price as the options change", async () => {
      await inTab(`${openScripted({ clipUsd: 0.5 }).url}/new`, async (page) => {
        await page.getByText("You pay at most").waitFor();
        await page.getByLabel("Scenes").fill("2");
        await page.getByRole("button", { name: "Make the film $1.129" }).waitFor();
        await page.getByRole("radio", { name: "8 s" }).check();
        await page.getByRole("row", { name: /Clips/ }).getByText("2 × 8 s").waitFor();
      });
    });

    test("is bought once when the button is pressed twice, within the limit shown", async () => {
      const server = openScripted({ clipUsd: 0.5 });
      await inTab(`${server.url}/new`, async (page) => {
        await page.getByRole("textbox", { name: "What happens in the film?" }).fill("A paper boat sails out to sea.");
        await page.getByLabel("Scenes").fill("2");
        await page.getByRole("button", { name: "Make the film $1.129" }).waitFor();
        await page.getByRole("button", { name: "Make the film" }).dblclick();
        await page.waitForURL(/\/films\//);
        expect(server.asked.map(({ path }) => path)).toEqual(["/api/generate"]);
        expect(server.asked[0]).toMatchObject({
          body: { prompt: "A paper boat sails out to sea.", provider: "google", scenes: 2, max_cost: 1.129 },
          idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/),
        });
      });
    });

    test("is free offline: no limit is sent", async () => {
      const server = openScripted();
      await inTab(`${server.url}/new`, async (page) => {
        await page.getByRole("button", { name: "A fox in winter" }).click();
        await page.getByRole("button", { name: "Make offline film" }).click();
        await page.waitForURL(/\/films\//);
        expect(server.asked[0]?.body).toMatchObject({ provider: "offline" });
        expect(server.asked[0]?.body).not.toHaveProperty("max_cost");
      });
    });

    test("is not bought twice when the answer was lost and the button is pressed again", async () => {
      const server = openScripted();
      await inTab(`${server.url}/new`, async (page) => {
        await page.getByRole("button", { name: "The last ferry" }).click();
        await page.route("**/api/generate", async (route) => {
          await route.fetch();
          await route.abort();
        });
        await page.getByRole("button", { name: "Make offline film" }).click();
        await page.getByText(/cannot be reached/).waitFor();
        await page.unroute("**/api/generate");
        await page.getByRole("button", { name: "Make offline film" }).click();
        await page.waitForURL(/\/films\//);
        const [first, second] = server.asked;
        expect(second?.idempotencyKey).toBe(first?.idempotencyKey ?? "none");
      });
    });

    test("needs a prompt", async () => {
      const server = openScripted();
      await inTab(`${server.url}/new`, async (page) => {
        await page.getByRole("button", { name: "Make offline film" }).click();
        await page.getByText("Describe the film first.").waitFor();
        expect(server.asked).toEqual([]);
      });
    });
  });

  describe("a film in the making", () => {
    test("grows on the page as it is made", async () => {
      const server = openScripted();
      const film = server.add();
      await inTab(filmUrl(server, film), async (page) => {
        film.step("storyboard", 0, "running");
        await step(page, "Storyboard: running").waitFor();
        film.write(2);
        film.step("storyboard", 0, "done");
        await page.getByRole("heading", { name: "The Open Door" }).waitFor();
        film.step("keyframe", 0, "done");
        film.step("keyframe", 1, "running");
        await page.getByRole("img", { name: "Keyframe 1, starts scene 1" }).waitFor();
        await step(page, "Keyframe 2: running").waitFor();
        film.step("keyframe", 1, "done");
        film.step("clip", 0, "waiting");
        await page.getByText("making clip", { exact: true }).waitFor();
        film.step("clip", 0, "refused", "the prompt was refused");
        await step(page, "Clip 1: refused").waitFor();
        film.step("clip", 1, "ambiguous");
        await step(page, "Clip 2: answer lost").waitFor();
      });
    });

    test("is the same after a reload in the middle", async () => {
      const server = openScripted();
      const film = server.add();
      drawn(film, 2);
      film.step("clip", 0, "done");
      film.status("video_gen");
      await inTab(filmUrl(server, film), async (page) => {
        await step(page, "Clip 1: done").waitFor();
        const before = await page.locator(".step").allInnerTexts();
        await page.reload();
        await step(page, "Clip 1: done").waitFor();
        expect(await page.locator(".step").allInnerTexts()).toEqual(before);
        film.step("clip", 1, "done");
        await step(page, "Clip 2: done").waitFor();
      });
    });

    test("continues where it was when the server comes back", async () => {
      const server = openScripted();
      const film = server.add();
      drawn(film, 2);
      film.status("video_gen");
      const { page, complaints } = await tabs.open(filmUrl(server, film));
      await step(page, "Keyframe 3: done").waitFor();
      await server.lose();
      await page.getByText(/Connection lost/).waitFor();
      film.step("clip", 0, "done");
      server.comeBack();
      await step(page, "Clip 1: done").waitFor();
      await page.getByText(/Connection lost/).waitFor({ state: "detached" });
      await page.getByText("Activity").click();
      expect(await page.getByText("Keyframe 3 done").count()).toBe(1);
      expect(unexpected(complaints)).toEqual([]);
      await page.context().close();
    });

    test("disconnects while its tab is hidden, and catches up afterwards", async () => {
      const server = openScripted();
      const film = server.add();
      drawn(film, 2);
      film.status("video_gen");
      const hide = (
        hidden: boolean,
      ) => `Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));`;
      await inTab(filmUrl(server, film), async (page) => {
        await step(page, "Keyframe 3: done").waitFor();
        expect(film.watchers).toBe(1);
        await page.evaluate(hide(true));
        await film.unwatched();
        film.step("clip", 0, "done");
        await page.evaluate(hide(false));
        await step(page, "Clip 1: done").waitFor();
      });
    });

    test("can be stopped", async () => {
      const server = openScripted();
      const film = server.add({ status: "video_gen" });
      await inTab(filmUrl(server, film), async (page) => {
        await page.getByRole("button", { name: "Stop" }).click();
        await page.getByRole("button", { name: "Resume" }).waitFor();
        expect(server.asked.map(({ path }) => path)).toEqual([`/api/projects/${film.id}/cancel`]);
      });
    });
  });

  describe("a film that needs a decision", () => {
    test("resumes when its limit is raised, and shows by how much", async () => {
      const server = openScripted({ onResume: (film) => film.status("video_gen") });
      const film = server.add({ cost: { spent_usd: 2.4, reserved_usd: 0, unknown_usd: 0, max_usd: 3 } });
      drawn(film, 2);
      film.wait("budget", "the next clip would go over the limit of $3.00");
      film.status("held");
      await inTab(filmUrl(server, film), async (page) => {
        await page.getByRole("heading", { name: "Spending limit reached" }).waitFor();
        await page.getByText("$2.40 of $3.00 used; what is left costs $0.80. New limit").waitFor();
        await page.getByRole("button", { name: "Raise and resume up to $0.80 more" }).waitFor();
        await page.getByLabel("New spending limit in US dollars").fill("3.1");
        await page.getByText("the cap is less").waitFor();
        await page.getByRole("button", { name: "Raise and resume up to $0.70 more" }).click();
        await page.getByRole("heading", { name: "Spending limit reached" }).waitFor({ state: "detached" });
        expect(orders(server)).toEqual([{ max_cost: 3.1 }]);
      });
    });

    test.each([
      ["refused", /^Retry \$0\.50/, { retry_refused: true }],
      ["refused", /^Skip it/, { skip_blocked: true }],
      ["ambiguous", /^Buy again \(may charge twice\) \$0\.50/, { retry_ambiguous: true }],
      ["rejected", /^Use it as it is free/, { use_rejected: true }],
      ["rejected", /^Buy again \$0\.50/, { retry_rejected: true }],
      ["rejected", /^Skip it free/, { skip_blocked: true }],
      ["gone", /^Look again/, {}],
      ["gone", /^Buy again \$0\.50/, { retry_gone: true }],
    ] as const)("%s: %p is sent as such", async (reason, button, body) => {
      const server = openScripted({ clipUsd: 0.5, onResume: (film) => film.status("video_gen") });
      const film = server.add({ provider: "google" });
      drawn(film, 2);
      film.step("clip", 0, "done");
      film.step("clip", 1, reason, "no");
      film.wait(reason, "clip of scene 2: no");
      film.status("held");
      await inTab(filmUrl(server, film), async (page) => {
        await page.getByRole("button", { name: button }).click();
        await page.locator(".decision").waitFor({ state: "detached" });
        // At no more than the price on the button.
        const max_cost = "skip_blocked" in body || "use_rejected" in body ? 0 : 0.5;
        expect(orders(server)).toEqual([{ ...body, max_cost }]);
      });
    });
  });

  test("a film of data that are not known says so before it moves, and offers nothing that would be refused", async () => {
    const server = openScripted();
    const film = server.add();
    film.wait("not_adopted", "not known as yours: run 'vidpipe adopt' in this folder once");
    await inTab(filmUrl(server, film), async (page) => {
      await page.getByRole("heading", { name: "This film is not known as yours" }).waitFor();
      await page.locator(".decision").getByText("run 'vidpipe adopt' in this folder once").waitFor();
      expect(await page.locator(".decision button").count()).toBe(0);
    });
  });

  describe("a finished film", () => {
    test("asks what to do with a take whose answer was lost", async () => {
      const server = openScripted({ onResume: (film) => film.status("complete") });
      const film = finished(server, 2);
      film.wait("ambiguous", "take 2 of the clip of scene 1: the answer was lost");
      await inTab(filmUrl(server, film), async (page) => {
        await page.getByText("take 2 of the clip of scene 1: the answer was lost").waitFor();
        expect(await page.getByRole("button", { name: "Stop and keep everything" }).count()).toBe(0);
        await page.getByRole("button", { name: /^Skip it/ }).click();
        await page.locator(".decision").waitFor({ state: "detached" });
        expect(orders(server)).toEqual([expect.objectContaining({ skip_blocked: true })]);
      });
    });

    test("shows what it bought as a receipt", async () => {
      const server = openScripted({ receipt });
      const film = finished(server, 2);
      film.state.cost = { ...film.state.cost, spent_usd: 0.487 };
      await inTab(filmUrl(server, film), async (page) => {
        await page.getByText("Receipt", { exact: true }).click();
        await page.getByRole("row", { name: "keyframe 2 1 $0.067 $0.067 rejected: it is square" }).waitFor();
        await page
          .getByRole("row", { name: "clip of scene 1 1 $0.420 $0.420 used (you agreed to buy again)" })
          .waitFor();
        await page.getByRole("row", { name: "Total $0.487 $0.487" }).waitFor();
      });
    });

    test("takes up again a scene that was left out", async () => {
      const server = openScripted({ onResume: (film) => film.status("video_gen") });
      const film = finished(server, 2);
      film.step("clip", 1, "skipped");
      film.state.missing = [1];
      film.status("complete");
      await inTab(filmUrl(server, film), async (page) => {
        await page.getByRole("button", { name: /^Make scene 2 after all \$0\.80/ }).click();
        await page.getByRole("button", { name: /^Make scene 2 after all/ }).waitFor({ state: "detached" });
        expect(orders(server)).toEqual([expect.objectContaining({ retry_skipped: true })]);
      });
    });

    test("plays from a scene's marker", async () => {
      const server = openScripted();
      await inTab(filmUrl(server, finished(server, 2)), async (page) => {
        await untilVideo(page, "video", ({ readyState }) => readyState >= 1);
        await page.getByRole("button", { name: /^Scene 2\s*, from\s*0:04$/ }).click();
        await untilVideo(page, "video", ({ currentTime }) => currentTime >= 4);
      });
    });

    test("plays a clip in place under the pointer, silent, and by key with sound", async () => {
      const server = openScripted();
      await inTab(filmUrl(server, finished(server, 2)), async (page) => {
        const screen = page.getByRole("button", { name: /clip 1/ });
        await screen.hover();
        await untilVideo(page, ".clip-video", ({ muted }) => muted);
        await page.mouse.move(0, 0);
        await page.locator(".clip-video").waitFor({ state: "detached" });
        await screen.focus();
        await page.keyboard.press("Enter");
        await untilVideo(page, ".clip-video", ({ muted }) => !muted);
        await page.keyboard.press("Escape");
        await page.locator(".clip-video").waitFor({ state: "detached" });
      });
    });

    test("is stitched again with the crossfade of the slider", async () => {
      const server = openScripted({
        onStitch: (film, body) => {
          film.state.crossfade = Number(body.crossfade);
          film.step("stitch", 0, "running");
          film.finish(7);
        },
      });
      await inTab(filmUrl(server, finished(server, 3)), async (page) => {
        await page.getByLabel("Crossfade").fill("0.5");
        await page.getByRole("button", { name: "Restitch" }).click();
        await page.getByText("7 s", { exact: true }).first().waitFor();
        expect(server.asked[0]?.body).toEqual({ crossfade: 0.5 });
      });
    });

    test("is deleted only after a confirmation, and comes back when that is undone", async () => {
      const server = openScripted();
      const film = finished(server);
      await inTab(filmUrl(server, film), async (page) => {
        await page.getByText("Delete", { exact: true }).click();
        expect(server.films).toHaveLength(1);
        await page.getByRole("button", { name: "Delete film" }).click();
        await page.waitForURL(`${server.url}/`);
        expect(server.films).toEqual([]);
        await page.getByRole("button", { name: "Undo" }).click();
        await page.waitForURL(filmUrl(server, film));
        expect(server.films).toEqual([film]);
      });
    });
  });

  describe("the film list", () => {
    test("is searched by words and by status", async () => {
      const server = openScripted();
      server.add({ prompt: "A violinist misses the last ferry.", status: "complete" });
      server.add({ prompt: "A ferry sinks.", status: "failed" });
      server.add({ prompt: "A garden grows.", status: "complete" });
      await inTab(server.url, async (page) => {
        await page.getByRole("heading", { name: "A garden grows." }).waitFor();
        await page.getByLabel("Search films").fill("ferry");
        await page.getByText("2 films found").waitFor({ state: "attached" });
        await page.getByRole("button", { name: /^Finished/ }).click();
        await page.getByText("1 film found").waitFor({ state: "attached" });
        expect(await page.locator(".film-card-title").allInnerTexts()).toEqual(["A violinist misses the last ferry."]);
      });
    });

    test("shows two hundred films one page at a time", async () => {
      const server = openScripted();
      for (let film = 0; film < 200; film++) server.add({ prompt: `Film number ${film}.` });
      await inTab(server.url, async (page) => {
        await page.getByRole("button", { name: "Show 24 more of 200" }).click();
        // The button keeps its name while the next page is on its way: the cards say when it is there.
        await page.locator(".film-card").nth(47).waitFor();
        expect(await page.locator(".film-card").count()).toBe(48);
        await page.getByLabel("Search films").fill("number 123.");
        await page.getByText("1 film found").waitFor({ state: "attached" });
      });
    });

    test("invites a user without films to make one", async () => {
      await inTab(openScripted().url, async (page) => {
        await page.getByRole("link", { name: "Make your first film" }).click();
        await page.getByRole("heading", { name: "New film" }).waitFor();
      });
    });
  });

  test("asks for the token, keeps it in the tab only, and shows images with it", async () => {
    const server = openScripted({ token: "right" });
    const film = finished(server, 1);
    const { page } = await tabs.open(filmUrl(server, film));
    await page.getByLabel("Access token").fill("два слова");
    await page.keyboard.press("Enter");
    await page.getByText(/one word of ASCII letters/).waitFor();
    await page.getByLabel("Access token").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText(/did not accept that token/).waitFor();
    await page.getByLabel("Access token").fill("right");
    await page.keyboard.press("Enter");
    await page.locator("img.shown[src^='blob:']").first().waitFor();
    await page.locator("video[src^='blob:']").waitFor();
    expect(await page.evaluate<number>("localStorage.length + document.cookie.length")).toBe(0);
    await page.context().close();
  });

  describe("every screen", () => {
    const server = noBrowser === null ? openScripted() : undefined;
    const screens = (): [string, string][] => {
      if (server === undefined) return [];
      const done = finished(server);
      const held = server.add({ cost: { spent_usd: 1, reserved_usd: 0, unknown_usd: 0, max_usd: 1 } });
      drawn(held, 4);
      held.step("clip", 0, "running");
      held.step("clip", 1, "refused", "the safety filter refused this prompt");
      held.wait("budget", "the next clip would go over the limit");
      held.status("held");
      const tall = server.add({
        aspectRatio: "9:16",
        status: "failed",
        message: "the storyboard could not be written",
      });
      return [
        ["the film list", "/"],
        ["a new film", "/new"],
        ["a finished film", `/films/${done.id}`],
        ["a held film", `/films/${held.id}`],
        ["a failed film", `/films/${tall.id}`],
      ];
    };
    test.each(screens())("%s is small, stable, accessible and fits every width", async (_name, path) => {
      await inTab(`${server?.url}${path}`, async (page) => {
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
