/** Films as other readers see them: ffprobe, and a library of its own. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { EncodedPacketSink, FilePathSource, Input, MP4 } from "mediabunny";
import { boxAt } from "../../../src/media/stitch/mp4/boxes.ts";
import { chunksOf } from "../../../src/media/stitch/mp4/chunk-layout.ts";
import { openMovie } from "../../../src/media/stitch/mp4/movie.ts";
import { filmHead } from "../../../src/media/stitch/mp4/movie-boxes.ts";
import { openMp4 } from "../../../src/media/stitch/mp4/packets.ts";
import { clip, probeJson, realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { layout } from "./layouts.ts";

/** Ms; real programs on a busy machine. */
setDefaultTimeout(60_000);

interface Film {
  readonly film: string;
  readonly clips: readonly string[];
}

const films = new Map<number, Promise<Film>>();

/** A film of three clips of 125 AAC packets each, cut or faded; made once. */
function filmOf(crossfadeSeconds: number): Promise<Film> {
  const made = films.get(crossfadeSeconds) ?? makeFilm(crossfadeSeconds);
  films.set(crossfadeSeconds, made);
  return made;
}

async function makeFilm(crossfadeSeconds: number): Promise<Film> {
  const film = join(tempFolder(), "film.mp4");
  const clips = await Promise.all([1, 2, 3].map((seed) => clip({ frames: 64, seed })));
  await realTool().stitch({ clips, crossfadeSeconds, title: "Film" }, film, () => {}, never);
  return { film, clips };
}

/** A hash of each packet of a stream, in decoding order, as ffprobe finds them. */
async function packetHashes(path: string, stream: "v" | "a"): Promise<readonly string[]> {
  const args = ["-v", "error", "-select_streams", stream, "-show_packets", "-show_data_hash", "md5"];
  const probe = Bun.spawn(["ffprobe", ...args, "-show_entries", "packet=data_hash", "-of", "csv=p=0", path]);
  return [...(await new Response(probe.stdout).text()).matchAll(/MD5:\w+/g)].map(([hash]) => hash);
}

describe("what ffprobe finds", () => {
  test("in a film of hard cuts is every picture packet of its clips, and all sound packets but those at the cuts", async () => {
    const { film, clips } = await filmOf(0);
    const hashes = (stream: "v" | "a") => Promise.all([film, ...clips].map((path) => packetHashes(path, stream)));
    const [pictures, ...own] = await hashes("v");
    expect(pictures).toEqual(own.flat());
    const [sounds = [], ...ownSounds] = await hashes("a");
    expect(sounds.length).toBe(1 + 3 * 125);
    for (const [index, packets] of ownSounds.entries()) {
      const copied = packets.slice(index === 0 ? 0 : 6, index === 2 ? 126 : 122);
      expect(sounds.slice(index * 125 + (index === 0 ? 0 : 6)).slice(0, copied.length)).toEqual(copied);
    }
  });

  test("in a crossfaded film outside its windows are the clips' packets", async () => {
    const { film, clips } = await filmOf(0.25);
    const [pictures, first, , last] = await Promise.all([film, ...clips].map((path) => packetHashes(path, "v")));
    expect(pictures?.slice(0, 58)).toEqual(first?.slice(0, 58));
    expect(pictures?.slice(-52)).toEqual(last?.slice(-52));
  });
});

test("another library reads the same packets, at every frame's exact time, and the tags", async () => {
  const { film } = await filmOf(0.25);
  using input = new Input({ formats: [MP4], source: new FilePathSource(film) });
  const [video, audio] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  if (video === null || audio === null) throw new Error("a track is missing");
  const times: number[] = [];
  const keys: number[] = [];
  for await (const packet of new EncodedPacketSink(video).packets()) {
    if (packet.type === "key") keys.push(times.length);
    times.push(Math.round(packet.timestamp * 24 * 1_000) / 1_000);
  }
  expect(times.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 180 }, (_, frame) => frame));
  expect(keys.slice(0, 6)).toEqual([0, 12, 24, 36, 48, 58]);
  expect(await video.computeDuration()).toBeCloseTo(180 / 24, 6);
  expect(await audio.computeDuration()).toBeCloseTo(180 / 24, 4);
  expect(await input.getMetadataTags()).toMatchObject({ title: "Film" });
});

test("picture and sound of one time lie within about a second's bytes of each other", async () => {
  const { film } = await filmOf(0);
  const mp4 = await openMp4(film);
  const places = (["video", "audio"] as const).flatMap((kind) => {
    const { offsets, decodeTimes, timescale } = mp4.track(kind);
    return Array.from(offsets, (offset, index) => ({ kind, offset, seconds: (decodeTimes[index] ?? 0) / timescale }));
  });
  const reached = { video: 0, audio: 0 };
  for (const { kind, seconds } of places.toSorted((a, b) => a.offset - b.offset)) {
    reached[kind] = seconds;
    expect(Math.abs(reached.video - reached.audio)).toBeLessThan(1.2);
  }
});

test("nothing is in a film that no table names, and both tracks begin at 0 and end together", async () => {
  const { film } = await filmOf(0);
  const bytes = Buffer.from(await Bun.file(film).bytes());
  const mp4 = await openMp4(film);
  const sizes = [...mp4.track("video").sizes, ...mp4.track("audio").sizes];
  const data = bytes.indexOf("mdat");
  expect(bytes.readUInt32BE(data - 4)).toBe(8 + sizes.reduce((sum, size) => sum + size, 0));
  expect(bytes.length).toBe(data - 4 + bytes.readUInt32BE(data - 4));
  expect(probeJson(film, "stream=start_time,duration,time_base,codec_tag_string")).toMatchObject({
    streams: [
      { start_time: "0.000000", duration: "8.000000", time_base: "1/12288", codec_tag_string: "avc1" },
      { start_time: "0.000000", duration: "8.000000", time_base: "1/48000", codec_tag_string: "mp4a" },
    ],
  });
});

test("a film of more than 4 GB says where its packets lie in 8 bytes", () => {
  const { format } = layout();
  const runs = [{ path: "/a.mp4", from: 0, packets: 48, made: false, starts: [0] }];
  const sound = { runs: [{ path: "/a.mp4", from: 0, packets: 95, made: false }], samples: 96_000 };
  const sizes = { video: new Uint32Array(48).fill(200_000_000), audio: new Uint32Array(95).fill(300) };
  const tables = { sizes, shifts: new Uint32Array(48), delay: 0, keys: [0] };
  const chunks = chunksOf({ runs, sound, format });
  const head = filmHead({ format, decoder: new Uint8Array(20), samples: 96_000, tables, chunks, words: {} });
  const bytes = Buffer.from(head);
  expect(bytes.readBigUInt64BE(bytes.length - 8)).toBe(16n + 48n * 200_000_000n + 95n * 300n);
  const [video, audio] = openMovie(boxAt(head.subarray(0, -16), "moov") ?? new Uint8Array(0), [], 2 ** 40).end().tracks;
  expect(audio?.offsets[0]).toBe(bytes.length);
  expect(video?.offsets[0]).toBe(bytes.length + 46 * 300);
  expect(video?.offsets[47]).toBe(bytes.length + 92 * 300 + 47 * 200_000_000);
});

test("a table of chunks that goes back and forth is refused at once, not walked through", async () => {
  const bytes = Buffer.from(await Bun.file(await clip({ frames: 8, seed: 1 })).arrayBuffer());
  const at = bytes.indexOf("stsc");
  const entries = bytes.readUInt32BE(at + 8);
  expect(entries).toBeGreaterThan(1);
  bytes.writeUInt32BE(1, at + 12 + 12);
  const path = join(tempFolder(), "loops.mp4");
  await Bun.write(path, bytes);
  await expect(openMp4(path)).rejects.toThrow("does not hold the packets it should");
});
