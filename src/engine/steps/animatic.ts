import { unlink } from "node:fs/promises";
import { FRAME_SIZES, type StitchReport } from "../../domain/media.ts";
import { roundUsd } from "../../domain/money.ts";
import { modelOf } from "../../domain/project.ts";
import type { AnimaticOrder } from "../../domain/step.ts";
import type { Outcome, StepContext } from "./outcome.ts";

/** Shots filmed at once: more only compete, since each encodes with two threads. */
const shotsAtOnce = 2;
/** Its size as a part of a film's: a quarter of the pixels takes a quarter of the time. */
const sizeShare = 0.5;
/** Part of the work that filming the shots is; the rest joins them. */
const filmingShare = 0.9;

/** Films the stills as the clips will be timed and joined. It stands for them, so that they are seen before they are paid for. */
export async function filmAnimatic(context: StepContext<AnimaticOrder>): Promise<Outcome> {
  const { artifacts, project } = context;
  const slot = { projectId: project.id, name: "animatic", extension: "mp4" as const };
  const { written, ...file } = await artifacts.put(slot, (path) => film(context, path));
  const { media, ...report } = written;
  return {
    kind: "made",
    made: { file, role: "animatic", mediaType: "video/mp4", media, report: { ...report, clipsUsd: clipsUsd(context) } },
  };
}

/** The shots go beside the film while it is made, and away again whatever happens. */
async function film(context: StepContext<AnimaticOrder>, path: string): Promise<StitchReport> {
  const { order, media, signal, onProgress } = context;
  const clips = order.shots.map((_, place) => `${path}.shot-${place + 1}.mp4`);
  try {
    await filmShots(context, clips);
    const request = { clips, crossfadeSeconds: order.crossfadeSeconds, transitions: order.transitions };
    return await media.stitch(request, path, (part) => onProgress(filmingShare + part * (1 - filmingShare)), signal);
  } finally {
    await Promise.all(clips.flatMap((clip) => [clip, captionOf(clip)]).map((name) => unlink(name).catch(() => {})));
  }
}

const captionOf = (clip: string): string => `${clip}.caption.png`;

async function filmShots(context: StepContext<AnimaticOrder>, clips: readonly string[]): Promise<void> {
  const { shots } = context.order;
  const undrawn = shots.flatMap((shot, place) => ({ shot, clip: clips[place] ?? "" }));
  let done = 0;
  const work = async () => {
    for (let next = undrawn.shift(); next !== undefined; next = undrawn.shift()) {
      await filmShot(context, next.shot, next.clip);
      done += 1;
      context.onProgress((done / shots.length) * filmingShare);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: shotsAtOnce }, work));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function filmShot(
  context: StepContext<AnimaticOrder>,
  { start, end, durationSeconds, caption }: AnimaticOrder["shots"][number],
  clip: string,
): Promise<void> {
  const { order, artifacts, captions, media, signal } = context;
  const whole = FRAME_SIZES[order.aspectRatio];
  const size = { width: whole.width * sizeShare, height: whole.height * sizeShare };
  const { png, move } = await captions.draw(caption, size);
  await Bun.write(captionOf(clip), png);
  const shot = {
    startPath: artifacts.pathOf(context.artifact(start).key),
    endPath: artifacts.pathOf(context.artifact(end).key),
    size,
    move,
    durationSeconds,
    // Scenes follow each other through the chords of one progression.
    seed: caption.sceneIndex,
    captionPath: captionOf(clip),
  };
  await media.renderShot(shot, clip, signal);
}

/** Price of the clips that the animatic stands for, US dollars, at today's prices. */
function clipsUsd({ order, project, provider }: StepContext<AnimaticOrder>): number {
  const { models } = project;
  const { aspectRatio } = order;
  const filmed = order.shots.filter(({ own }) => own !== true);
  const quotes = filmed.map(({ start, end, durationSeconds, caption }) => {
    const words = { kind: "clip", model: modelOf(project, "clip"), prompt: "", seed: null, note: caption } as const;
    return provider.quote({ ...words, aspectRatio, durationSeconds, start, end }, models);
  });
  return roundUsd(quotes.reduce((sum, quote) => sum + (quote?.usd ?? 0), 0));
}
