import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../../../package.json" with { type: "json" };
import { clip, probeJson, realTool, tempFolder } from "../../../support/media.ts";
import { never } from "../../../support/never.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

test("a film says its title, that it is AI-generated and what wrote it, in the same bytes every time", async () => {
  const folder = tempFolder();
  const title = `Übung: "日本" & <b> ${"x".repeat(180)}`;
  const clips = [await clip({ seed: 1 })];
  const film = (name: string) => join(folder, name);
  const stitch = (name: string, named: object) =>
    realTool().stitch({ clips, crossfadeSeconds: 0, ...named }, film(name), () => {}, never);
  await stitch("a.mp4", { title });
  await stitch("b.mp4", { title });
  await stitch("c.mp4", {});
  const software = `vidpipe ${packageJson.version}`;
  expect(probeJson(film("a.mp4"), "format_tags")).toMatchObject({
    format: { tags: { title, comment: `AI-generated with ${software}`, encoder: software } },
  });
  expect(probeJson(film("c.mp4"), "format_tags")).not.toMatchObject({ format: { tags: { title: expect.anything() } } });
  const [a, b] = await Promise.all(["a.mp4", "b.mp4"].map((name) => Bun.file(film(name)).bytes()));
  expect(Buffer.from(a ?? []).equals(Buffer.from(b ?? []))).toBe(true);
  expect(readdirSync(folder)).toHaveLength(3);
});
