/** A joined film in a real browser: every frame around every join comes at its time, and the film plays to its end. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { clip, realTool, tempFolder } from "../support/media.ts";
import { never } from "../support/never.ts";
import { sized } from "../support/size.ts";
import { inBrowser, noBrowser, openBrowser } from "./support/browser.ts";

setDefaultTimeout(120_000);

const rate = 24;
const frames = 48;
let browser: Browser | undefined;
afterAll(() => browser?.close());

/** Seeks to the middle of each frame and says which frame the browser shows, then plays the rest of the film. */
const script = (wanted: readonly number[]) => `(async () => {
  const video = document.querySelector("video");
  await new Promise((resolve, reject) => {
    video.oncanplaythrough = resolve;
    video.onerror = () => reject(new Error(video.error.message));
    video.src = "/film.mp4";
  });
  const shown = [];
  for (const frame of ${JSON.stringify(wanted)}) {
    const painted = new Promise((resolve) => video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime)));
    video.currentTime = (frame + 0.5) / ${rate};
    shown.push(Math.round((await painted) * ${rate}));
  }
  video.currentTime = Math.max(0, video.duration - 1);
  video.muted = true;
  await video.play();
  await new Promise((resolve, reject) => {
    video.onended = resolve;
    video.onerror = () => reject(new Error(video.error.message));
  });
  return { shown, ended: video.ended, duration: video.duration };
})()`;

describe.skipIf(noBrowser !== null)(inBrowser("a film in the browser"), () => {
  test.each([0, 0.25])(
    "with joins of %p s shows every frame around them at its time, and plays to its end",
    async (fade) => {
      const path = join(tempFolder(), "film.mp4");
      const count = sized(3, 10);
      const clips = await Promise.all(Array.from({ length: count }, (_, seed) => clip({ seed, frames })));
      const report = await realTool().stitch({ clips, crossfadeSeconds: fade }, path, () => {}, never);

      const server = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        development: false,
        fetch: ({ url }) =>
          new URL(url).pathname === "/film.mp4"
            ? new Response(Bun.file(path))
            : new Response("<!doctype html><video></video>", { headers: { "content-type": "text/html" } }),
      });
      try {
        browser ??= await openBrowser();
        const page = await browser.newPage();
        await page.goto(server.url.href);
        const overlap = fade * rate;
        const joins = Array.from({ length: count - 1 }, (_, place) => (place + 1) * (frames - overlap));
        const around = joins.flatMap((at) => Array.from({ length: overlap + 6 }, (_, step) => at - 3 + step));
        // Not in their order: a seek forward must not live off the frames before it.
        const wanted = [...around.filter((_, n) => n % 2 === 0), ...around.filter((_, n) => n % 2 === 1).toReversed()];
        const seen = await page.evaluate<{ shown: number[]; ended: boolean; duration: number }>(script(wanted));
        expect(seen.shown).toEqual(wanted);
        expect(seen.ended).toBe(true);
        expect(Math.abs(seen.duration - report.frames / rate)).toBeLessThan(1 / rate);
        await page.close();
      } finally {
        await server.stop(true);
      }
    },
  );
});
