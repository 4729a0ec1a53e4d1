import type { LongerClip } from "../../domain/clip-length.ts";
import type { StepStatus } from "../../domain/lifecycle.ts";
import { stitchLine } from "../../domain/media.ts";
import { committedUsd } from "../../domain/money.ts";
import { utcMinute } from "../../domain/times.ts";
import type { PieceView, ProjectView, SceneView } from "../../domain/view.ts";
import { baselineOf, progressLines } from "./progress.ts";
import { joinWords, seamLines } from "./seams.ts";
import { room, type Width } from "./tables.ts";
import { createPaint, cut, dollars, exactDollars, lines, pad, plain, sceneNumbers, size, wrapWords } from "./text.ts";
import { wayLines } from "./ways.ts";

/** One character for the state of a keyframe or clip. */
const MARKS = {
  queued: "·",
  running: "›",
  waiting: "›",
  done: "✓",
  skipped: "-",
  cancelled: "-",
  ambiguous: "?",
  refused: "!",
  rejected: "!",
  gone: "?",
  failed: "✗",
} as const satisfies Record<StepStatus, string>;

const mark = (name: string, { status }: PieceView): string => `${name} ${status === null ? "·" : MARKS[status]}`;

/** What is said of a clip that came longer than ordered. */
export const longerWords = ({ orderedSeconds, cameSeconds }: LongerClip): string =>
  `the clip came ${cameSeconds.toFixed(2)} s long; the film shows the ${orderedSeconds} s that were ordered`;

function sceneLines(scene: SceneView, sink: Width): string[] {
  const pieces = [
    mark("start", scene.start),
    mark("end", scene.end),
    mark(scene.clip.own ? "own clip" : "clip", scene.clip),
  ].join("  ");
  const troubles = [scene.start, scene.end, scene.clip].flatMap(({ message }) => message ?? []);
  return [
    cut(`  ${pad(String(scene.sceneIndex + 1), 3)} ${pieces}  ${plain(scene.description)}`, room(sink)),
    ...[...new Set(troubles)].map((message) => `      ${plain(message)}`),
    ...(scene.longer === undefined ? [] : [`      ${longerWords(scene.longer)}`]),
  ];
}

function spendLine({ spend, maxCostUsd }: ProjectView): string[] {
  if (committedUsd(spend) === 0 && (maxCostUsd ?? 0) === 0) return [];
  const parts = [
    `spent ${dollars(spend.spentUsd)}`,
    ...(spend.reservedUsd > 0 ? [`reserved ${dollars(spend.reservedUsd)}`] : []),
    ...(spend.unknownUsd > 0 ? [`unknown ${dollars(spend.unknownUsd)} (sent, answer lost)`] : []),
    maxCostUsd === null ? "no cap" : `cap ${dollars(maxCostUsd)}`,
  ];
  return [`cost: ${parts.join(", ")}`];
}

function requestLine(view: ProjectView): string {
  const { request, models } = view;
  const seed = request.seed === null ? [] : [`seed ${request.seed}`];
  const facts = [
    request.style,
    request.aspectRatio,
    `clips of ${request.clipDurationSeconds} s`,
    joinWords(view),
    ...seed,
  ];
  return plain(`${facts.join(", ")}; made by ${models.provider}`);
}

const againWords = (usd: number | null): string =>
  usd === null ? "" : `; buying it again costs ${usd === 0 ? "nothing" : exactDollars(usd)}`;

function waitLines({ id, waits }: ProjectView): string[] {
  const isReview = waits.some(({ reason }) => reason === "review");
  const choices = [...(isReview ? [`  vidpipe plan ${id}`] : []), ...wayLines(waits.flatMap(({ ways }) => ways))];
  return [
    ...waits
      .filter(({ reason }) => reason !== "review")
      .map(({ reason, message, usd }) => `${reason}: ${plain(message)}${againWords(usd)}`),
    ...(choices.length === 0 ? [] : ["continue with:"]),
    ...choices,
  ];
}

function animaticLines({ animatic, final }: ProjectView): string[] {
  if (animatic === null || final !== null) return [];
  return [`animatic: ${plain(animatic.path)} (${animatic.durationSeconds.toFixed(1)} s)`];
}

function finalLines({ final, missingScenes }: ProjectView): string[] {
  if (final === null) return [];
  const joined = stitchLine(final.report);
  return [
    `film: ${plain(final.path)} (${final.durationSeconds.toFixed(1)} s, ${size(final.bytes)})`,
    ...(joined === null ? [] : [joined]),
    ...(missingScenes.length > 0 ? [`scene ${sceneNumbers(missingScenes)} is missing from it`] : []),
  ];
}

/** Most columns of the prompt on a terminal: enough for a sentence or two of a long script. */
const mostPromptColumns = 400;

/** `status` for people; `verbose` shows all seams, not only the poor ones. */
export function projectPage(view: ProjectView, sink: Width, verbose = false): string {
  const paint = createPaint(sink.isColored);
  const asOf = view.updatedAtMs;
  const stages = progressLines(view, asOf, 80, baselineOf(view, 0), paint);
  return lines([
    `${paint("bold", view.id)}  ${view.status}`,
    ...wrapWords(
      cut(plain(view.request.prompt), sink.isTerminal ? mostPromptColumns : Number.POSITIVE_INFINITY),
      room(sink),
    ),
    requestLine(view),
    `created ${utcMinute(view.createdAtMs)}, last change ${utcMinute(asOf)}`,
    ...(view.message === null ? [] : [plain(view.message)]),
    "",
    ...stages,
    ...(view.scenes.length === 0 ? [] : ["", ...view.scenes.flatMap((scene) => sceneLines(scene, sink))]),
    ...seamLines(view, verbose),
    "",
    ...waitLines(view),
    ...spendLine(view),
    ...animaticLines(view),
    ...finalLines(view),
  ]);
}
