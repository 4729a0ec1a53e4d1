/** Players play a film over every join and seek to every part of it. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { frameHashes, realTool, tempFolder, warningsOf } from "../../../support/media.ts";
import { never } from "../../../support/never.ts";
import { sized } from "../../../support/size.ts";
import { faultsOf } from "../judge.ts";
import { clipFile } from "../make.ts";
import { readCode } from "../picture.ts";
import { recipeNamed } from "../recipes.ts";
import { filmFrames, mayShow, type Order, type Place, placesOf } from "../truth.ts";
import { openChromium, openFirefox, type Player } from "./browsers.ts";
import { type FilmServer, serveFilm } from "./film-server.ts";

/** Ms; browsers on a busy machine. */
setDefaultTimeout(60_000);

const cut = { kind: "cut", seconds: 0 } as const;
const fade = { kind: "crossfade", seconds: 0.32 } as const;

/** Copied, encoded and blended parts, edit lists, other forms of H.264, other codecs. */
const ORDER: Order = {
  clips: [
    ...["hidden leading frames", "plain", "open groups", "plain, the second", "HEVC"],
    ...["hidden trailing frames", "plain, the third", "intra refresh", "fragments with bases", "plain"],
  ].map(recipeNamed),
  transitions: [cut, fade, cut, fade, cut, { kind: "dip", seconds: 0.4 }, cut, fade, cut],
};
const RATE = { num: 25, den: 1 };
const secondsAt = (frame: number) => (frame * RATE.den) / RATE.num;

const folder = tempFolder();
const film = join(folder, "film.mp4");
let server: FilmServer | undefined;
const places = placesOf(ORDER, RATE);

beforeAll(async () => {
  const clips = await Promise.all(ORDER.clips.map(clipFile));
  await realTool().stitch({ clips, crossfadeSeconds: 0, transitions: ORDER.transitions }, film, () => {}, never);
  server = serveFilm(film);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

test("the film is right", async () => {
  expect(await faultsOf(film, ORDER)).toEqual([]);
});

const Looks = z.array(z.object({ at: z.number(), squares: z.array(z.tuple([z.number(), z.number(), z.number()])) }));
const Facts = z.object({ seconds: z.number(), width: z.int(), height: z.int() });

/** What a look should have seen, and what it saw; the same where a frame is blended, since no code can be read. */
function seen(
  { at, squares }: z.infer<typeof Looks>[number],
  shift: number,
): { readonly due: string; readonly found: string } {
  const frame = Math.floor(at / secondsAt(1) + 0.01) + shift;
  const place = places.find((one) => frame >= one.start + one.before && frame < one.start + one.frames - one.after);
  if (place === undefined) return { due: "blended", found: "blended" };
  const code = readCode(squares);
  const may = mayShow(place.recipe, frame - place.start, RATE);
  const isRight = code !== null && code.clip === place.recipe.clip && may.includes(code.frame);
  const due = `${place.recipe.name}, frame ${may.join(" or ")}, at ${at}`;
  return { due, found: isRight ? due : `${code?.clip}, frame ${code?.frame}` };
}

/** The same while it plays: what is drawn may be a frame before or behind the one that is reported. */
function seenPlaying(look: z.infer<typeof Looks>[number]): ReturnType<typeof seen> {
  const near = [0, -1, 1].map((shift) => seen(look, shift));
  return near.find(({ due, found }) => due === found) ?? seen(look, 0);
}

/** Frames around each join that are seen alone, and in the middle of each clip. */
const soughtFrames = ({ start, frames, before, after }: Place): readonly number[] => {
  const [first, last] = [start + before, start + frames - after - 1];
  return [first, Math.floor((first + last) / 2), last];
};

/** Firefox takes seconds to start. */
const players: readonly (readonly [string, (url: string) => Promise<Player>])[] = [
  ["Chromium", openChromium],
  ["Firefox ESR", openFirefox],
];

describe.each(players.slice(0, sized(1, 2)))("%s", (_, open) => {
  let player: Player | undefined;
  beforeAll(async () => {
    player = await open(server?.url ?? "");
  });
  afterAll(async () => {
    await player?.[Symbol.asyncDispose]();
  });
  const ask = async (expression: string): Promise<unknown> => player?.evaluate(expression);

  test("knows its length and size", async () => {
    const { seconds, ...size } = Facts.parse(await ask("facts()"));
    expect(size).toEqual({ width: 160, height: 96 });
    expect(seconds).toBeCloseTo(secondsAt(filmFrames(places)), 2);
  });

  test("shows the right frame wherever it seeks, also back", async () => {
    const forth = places.flatMap(soughtFrames);
    const times = [...forth, ...forth.toReversed()].map((frame) => secondsAt(frame + 0.5));
    const looks = Looks.parse(await ask(`lookAt(${JSON.stringify(times)})`));
    for (const [index, look] of looks.entries()) expect(look.at).toBeCloseTo(times[index] ?? 0, 3);
    const all = looks.map((look) => seen(look, 0));
    expect(all.map(({ found }) => found)).toEqual(all.map(({ due }) => due));
  });

  test("plays over every join", async () => {
    for (const { start, before } of places.slice(1)) {
      const [from, to] = [secondsAt(start - 3 + 0.5), secondsAt(start + before + 3)];
      const looks = Looks.parse(await ask(`playOver(${from}, ${to})`));
      expect(looks.at(-1)?.at).toBeGreaterThanOrEqual(to - secondsAt(1));
      const times = looks.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      const all = looks.map(seenPlaying);
      expect(all.map(({ found }) => found)).toEqual(all.map(({ due }) => due));
    }
  });
});

/** Frames that GStreamer decodes of a file, and what it warns of; its packages are large. */
async function decodedByGstreamer(path: string): Promise<Decoded> {
  const pictures = join(folder, "pictures.yuv");
  const args = [
    ...["gst-launch-1.0", "-q", "filesrc", `location=${path}`, "!", "qtdemux", "name=d"],
    ...["d.video_0", "!", "queue", "!", "h264parse", "!", "avdec_h264", "!", "filesink", `location=${pictures}`],
    ...["d.audio_0", "!", "queue", "!", "aacparse", "!", "avdec_aac", "!", "fakesink", "sync=false"],
  ];
  // Plugins that are not used warn of what this machine lacks.
  const GST_DEBUG = "1,qtdemux*:2,h264*:2,aac*:2,libav*:2,base*:2,codecparsers*:2,queue*:2";
  const run = Bun.spawn(args, { env: { ...process.env, GST_DEBUG, GST_DEBUG_NO_COLOR: "1" }, stderr: "pipe" });
  const said = await new Response(run.stderr).text();
  if ((await run.exited) !== 0) throw new Error(`GStreamer failed: ${said}`);
  const warnings = said
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^.* (?=WARN|ERROR)/, ""));
  return { frames: Bun.file(pictures).size / ((160 * 96 * 3) / 2), warnings };
}

interface Decoded {
  readonly frames: number;
  readonly warnings: readonly string[];
}

async function decodedByFfmpeg(path: string): Promise<Decoded> {
  const warnings = (await warningsOf(path)).split("\n").filter((line) => line !== "");
  return { frames: (await frameHashes(path)).length, warnings };
}

const decoders = [
  ["ffmpeg", decodedByFfmpeg],
  ["GStreamer", decodedByGstreamer],
] as const;

test.each(decoders.slice(0, sized(1, 2)))(
  "%s decodes every frame, and warns of nothing but what it says of any MP4",
  async (_, decode) => {
    const usual = await decode(await clipFile(recipeNamed("plain")));
    const { frames, warnings } = await decode(film);
    expect(usual.frames).toBe(40);
    expect({ frames, warnings: warnings.filter((line) => !usual.warnings.includes(line)) }).toEqual({
      frames: filmFrames(places),
      warnings: [],
    });
  },
);
