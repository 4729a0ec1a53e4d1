import { resolve } from "node:path";
import { asVidpipeError, VidpipeError } from "../../domain/errors.ts";
import { type FilmLook, PLAIN_LOOK, type StitchQuality } from "../../domain/media.ts";
import type { FileHasher } from "../../ports/files.ts";
import type { Finding, MediaTool, Shown, StitchRequest } from "../../ports/media.ts";
import type { Clock, Log } from "../../ports/runtime.ts";
import { QUALITIES, type QualityChoice, type X264Choice } from "../stitch/encode/quality.ts";
import { normaliseClip } from "../stitch/normalise.ts";
import { EXPLAIN_COLUMNS, explainPlan } from "../stitch/plan/explain.ts";
import { remarksOf } from "../stitch/remarks.ts";
import { planOf, type StitchDeps, stitchClips } from "../stitch/stitch.ts";
import { shotArgs } from "./camera-move.ts";
import { capabilityFindings, unfitFor } from "./capabilities.ts";
import { extractStill } from "./extract-still.ts";
import { defaultPlaces, INSTALL_FFMPEG, type SearchPlaces } from "./find.ts";
import { fitPicture } from "./fit-still.ts";
import { type Installation, openInstallation } from "./installation.ts";
import { createRunner, openLimits } from "./run.ts";
import { similarityOf } from "./similarity.ts";
import { ffmpegRun, verifyClip, verifyPicture } from "./verify.ts";

export interface MediaToolConfig {
  /** Null looks for one: ffmpeg-static, then PATH. */
  readonly ffmpegPath: string | null;
  /** Scratch folder of this room; made when missing. Finished windows of a stitch are kept in it for reuse. */
  readonly tempDir: string;
  /** Evens out the clips' loudness to this many LUFS, e.g. -14; null or absent leaves it alone. */
  readonly loudnessLufs?: number | null;
  /** How films look; plain unless given. */
  readonly look?: FilmLook;
  /** `composed` decodes only what is new of a film whose clips were decoded when they were stored; else all of it. */
  readonly verify?: "composed" | "full";
  /** How good re-encoded frames are; `standard` unless given. */
  readonly quality?: StitchQuality;
  /** How all of them are made, in x264's words, whatever the quality; null or absent leaves it to that. */
  readonly encoder?: X264Choice | null;
}

export interface MediaToolDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Where ffmpeg is looked for; the real places unless given. */
  readonly places?: SearchPlaces;
  /** Hashes clips in the background; absent: they are hashed here, piece by piece. */
  readonly hasher?: FileHasher;
}

/** Ms to film one second of a shot before it counts as hung: about a hundred times what a slow machine needs. */
const shotTimeoutMsPerSecond = 60_000;

/** ffmpeg on this machine, behind the port. */
export function createMediaTool(cfg: MediaToolConfig, deps: MediaToolDeps): MediaTool {
  const places = deps.places ?? defaultPlaces;
  const resourceLimits = openLimits(process.platform === "linux" ? places.onPath("prlimit") : null);
  const runner = createRunner(deps.clock, resourceLimits);
  const scratch = resolve(cfg.tempDir);
  const installation = openInstallation(cfg.ffmpegPath, places, scratch, runner);
  const { tools, capabilities } = installation;
  const stitchDeps = async (signal: AbortSignal): Promise<StitchDeps> => ({
    tools: await tools(),
    clock: deps.clock,
    encoder: { quality: qualityOf(cfg) },
    async canTonemap() {
      const { filters } = await capabilities(signal);
      return filters.has("zscale") && filters.has("tonemap");
    },
    hasher: deps.hasher,
  });
  /** A request with what the configuration says of all films. */
  const complete = (request: StitchRequest) => ({
    ...request,
    ...{ look: cfg.look ?? PLAIN_LOOK, loudnessLufs: cfg.loudnessLufs ?? null },
    clips: request.clips.map((clip) => resolve(clip)),
  });
  return {
    inspect: async (signal) => [...(await inspect(installation, signal)), resourceLimits.finding()],
    require: (signal) => requireFit(installation, signal),
    verify: async (path, signal) => verifyClip(await tools(), resolve(path), signal),
    verifyStill: async (path, aspectRatio, signal) => verifyPicture(await tools(), resolve(path), aspectRatio, signal),
    fitStill: async (path, output, aspectRatio, fit, signal) =>
      fitPicture(await tools(), resolve(path), resolve(output), aspectRatio, fit, signal),
    async normalise(span, output, signal) {
      const placed = { ...span, path: resolve(span.path) };
      return normaliseClip(await stitchDeps(signal), placed, resolve(output), signal);
    },
    extractStill: async (clip, frame, output, signal) =>
      extractStill(await tools(), resolve(clip), frame, resolve(output), signal),
    similarity: async (one, other, signal) => similarityOf(await tools(), placed(one), placed(other), signal),
    async renderShot(order, output, signal) {
      const timeoutMs = 60_000 + order.durationSeconds * shotTimeoutMsPerSecond;
      const args = shotArgs(order, resolve(output));
      await runner.text(ffmpegRun(await tools(), args, { task: "film a shot", signal, timeoutMs }));
    },
    async explain(request, signal) {
      const { plan, layouts } = await planOf(await tools(), complete(request), signal);
      const remarks = remarksOf(layouts).map((remark) => ["note", "", "", remark]);
      return [EXPLAIN_COLUMNS, ...explainPlan(plan), ...remarks];
    },
    async stitch(request, output, onProgress, signal) {
      const job = { ...complete(request), decodeAll: cfg.verify === "full" };
      const film = await stitchClips(await stitchDeps(signal), job, resolve(output), onProgress, signal);
      const { media, ...report } = film;
      deps.log.debug("stitched", { ...report, seconds: media.durationSeconds });
      return film;
    },
  };
}

const qualityOf = ({ encoder, quality }: MediaToolConfig): QualityChoice =>
  encoder ? { windows: encoder, long: encoder } : QUALITIES[quality ?? "standard"];

const placed = (shown: Shown): Shown => ({ ...shown, path: resolve(shown.path) });

async function inspect(installation: Installation, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    const { paths } = await installation.tools();
    return capabilityFindings(paths.ffmpeg, await installation.capabilities(signal));
  } catch (thrown) {
    const { code, message } = asVidpipeError(thrown);
    if (code.startsWith("storage."))
      return [{ topic: "disk", level: "fail", message, fix: "let this user write there, or set storage.tmp_dir" }];
    return [{ topic: "ffmpeg", level: "fail", message, fix: INSTALL_FFMPEG }];
  }
}

async function requireFit(installation: Installation, signal: AbortSignal): Promise<void> {
  const faults = unfitFor(await installation.capabilities(signal));
  if (faults.length === 0) return;
  const what = faults.join("; ");
  throw new VidpipeError("media.ffmpeg_unfit", `this ffmpeg cannot make films (${what}); ${INSTALL_FFMPEG}`);
}
