import { unlink } from "node:fs/promises";
import { VidpipeError } from "../../domain/errors.ts";
import { captionHeight, FRAME_SIZES } from "../../domain/media.ts";
import type { ModelSelection, ProjectRequest } from "../../domain/project.ts";
import type { ClipOrder, KeyframeOrder, ShotNote } from "../../domain/step.ts";
import { Storyboard } from "../../domain/storyboard.ts";
import type { MediaTool } from "../../ports/media.ts";
import type { ModelProvider } from "../../ports/provider.ts";
import { captionOf, createCaptions, sheet } from "./captions.ts";
import { SHOTS } from "./frame.ts";
import { OFFLINE, OFFLINE_MODELS } from "./names.ts";
import { drawPicture } from "./picture/picture.ts";
import { hashOf } from "./picture/random.ts";
import { treatmentOf } from "./picture/treatment.ts";
import { loadRaster, type Raster } from "./raster.ts";
import { sideAt } from "./story/camera-plan.ts";
import { readFrame } from "./story/frame-words.ts";
import { writeStoryboard } from "./story/storyboard.ts";

/** Frames a second of every clip. */
const FRAME_RATE = 24;
/** Shortest and longest clip, in seconds. */
const CLIP_SECONDS = { least: 1, most: 30 } as const;

/** Clip lengths are whole frames, so that a film is exactly as long as was asked. */
function checkDuration(seconds: number): void {
  const frames = seconds * FRAME_RATE;
  const allowed = `the offline provider makes clips of ${CLIP_SECONDS.least} to ${CLIP_SECONDS.most} seconds`;
  if (!(seconds >= CLIP_SECONDS.least && seconds <= CLIP_SECONDS.most))
    throw new VidpipeError("input.invalid", `clip duration is ${seconds} s: ${allowed}; choose one of these`, {
      field: "clip_duration",
    });
  if (Math.abs(frames - Math.round(frames)) > 1e-6)
    throw new VidpipeError(
      "input.invalid",
      `clip duration ${seconds} s is not a whole number of frames: ${allowed} at ${FRAME_RATE} frames a second; choose whole, half or quarter seconds`,
      { field: "clip_duration" },
    );
}

const checkRunning = (signal: AbortSignal): void => {
  if (signal.aborted)
    throw new VidpipeError("run.interrupted", "stopped before anything was drawn: resume to continue");
};

/** What stays the same through a film: the seed when there is one, and the style. */
const filmOf = (seed: number | null, { style }: ShotNote): string => `${seed ?? "open"}/${style}`;

/** A still as SVG: the picture its prompt describes above its scene's caption. */
function drawStill(order: KeyframeOrder, raster: Raster): string {
  const size = FRAME_SIZES[order.aspectRatio];
  const { note } = order;
  const turn = order.previous === null ? 0 : note.sceneIndex + 1;
  const frame = readFrame(order.prompt, { shot: SHOTS[turn % SHOTS.length] ?? "wide shot", side: sideAt(turn) });
  const picture = drawPicture({
    frame,
    width: size.width,
    height: size.height - captionHeight(size),
    treatment: treatmentOf(note.style),
    salt: filmOf(order.seed, note),
  });
  return sheet(size, picture.definitions, picture.content + captionOf(note, size, raster));
}

/** The caption goes beside the clip while it is rendered, and away again whatever happens. */
async function renderClip(
  order: ClipOrder,
  stills: { startPath: string; endPath: string },
  media: MediaTool,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const size = FRAME_SIZES[order.aspectRatio];
  const { note } = order;
  const { png, move } = await createCaptions().draw(note, size);
  const captionPath = `${path}.caption.png`;
  try {
    await Bun.write(captionPath, png);
    const shot = {
      ...stills,
      size,
      move,
      durationSeconds: order.durationSeconds,
      // Scenes follow each other through the chords of one progression.
      seed: (hashOf(filmOf(order.seed, note)) % 1_000_000) + note.sceneIndex,
      captionPath,
    };
    await media.renderShot(shot, path, signal);
  } finally {
    await unlink(captionPath).catch(() => undefined);
  }
}

const operationOf = (order: ClipOrder): string =>
  `offline:${new Bun.CryptoHasher("sha256").update(JSON.stringify(order)).digest("hex").slice(0, 16)}`;

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);
const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/**
 * The offline provider: a film of drawn storyboard frames with a moving camera, captions and a quiet sound bed.
 * Free, without network or model weights; the same prompt, options and seed give the same film.
 */
export function createOfflineProvider({ media }: { readonly media: MediaTool }): ModelProvider {
  return {
    ...OFFLINE,
    selectModels: ({ clipDurationSeconds, aspectRatio }: ProjectRequest): ModelSelection => {
      checkDuration(clipDurationSeconds);
      return {
        provider: OFFLINE.name,
        ...OFFLINE_MODELS,
        options: { ...FRAME_SIZES[aspectRatio], frameRate: FRAME_RATE },
        readsNotes: true,
      };
    },
    quote: () => undefined,
    writeStoryboard: async (order, _models, _complaint, signal) => {
      checkRunning(signal);
      return { bytes: encoded(JSON.stringify(writeStoryboard(order))), mediaType: "application/json" };
    },
    readStoryboard: (_order, { bytes }) => ({ kind: "content", content: Storyboard.parse(JSON.parse(decoded(bytes))) }),
    drawKeyframe: async (order, _models, _previous, signal) => {
      const raster = await loadRaster();
      checkRunning(signal);
      return { bytes: raster.png(drawStill(order, raster)), mediaType: "image/png" };
    },
    readKeyframe: (_order, { bytes }) => ({ kind: "content", content: { bytes, mediaType: "image/png" } }),
    startClip: async (order) => ({ bytes: encoded(operationOf(order)), mediaType: "text/plain" }),
    readOperation: (_order, _models, _submitId, { bytes }) => ({ kind: "content", content: decoded(bytes) }),
    // Nothing was begun before: rendering is cheap enough to happen when the clip is fetched.
    checkClip: async (_operation, order, _models, stills) => ({
      kind: "ready",
      save: (path, signal) => renderClip(order, stills, media, path, signal),
    }),
  };
}
