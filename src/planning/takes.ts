import type { ProjectFacts } from "../domain/facts.ts";
import type { SubmitId } from "../domain/ids.ts";
import { STILL_TYPES } from "../domain/media.ts";
import { committedUsd, isRejected, spendOf } from "../domain/money.ts";
import { type Artifact, isReplyKey, type Step } from "../domain/step.ts";
import { isAsking } from "./asking.ts";
import type { Plan } from "./plan.ts";
import { isRetake } from "./reservations.ts";

/** A paid answer that is not used, and why. */
export interface RejectedAnswer {
  readonly submitId: SubmitId;
  readonly reason: string;
  /** The picture or clip that came; null where there is none to show. */
  readonly artifact: Artifact | null;
  /** US dollars that count for this call. */
  readonly usd: number;
  /** When it was bought, epoch ms. */
  readonly createdAtMs: number;
}

/** One candidate for a piece of the film: a recorded step with what it made. */
export interface TakeView {
  readonly step: Step;
  /** Null until it is there, and for storyboards. */
  readonly artifact: Artifact | null;
  /** True for the one the film is made with. */
  readonly selected: boolean;
  /** What it has cost or may still cost, US dollars. */
  readonly usd: number;
  /** What came for it and is not used, oldest first. */
  readonly rejected: readonly RejectedAnswer[];
}

/** Every step of a project, oldest first: all takes, selected or not. Pure. */
export function takesOf(facts: ProjectFacts, current: Plan): readonly TakeView[] {
  const selected = new Set(current.steps.flatMap((planned) => planned.step?.id ?? []));
  const artifacts = new Map(facts.artifacts.map((artifact) => [artifact.id, artifact]));
  return facts.steps.map((step) => ({
    step,
    artifact: step.result?.kind === "artifact" ? (artifacts.get(step.result.artifactId) ?? null) : null,
    selected: selected.has(step.id),
    usd: committedUsd(spendOf(facts.submits.filter(({ stepId }) => stepId === step.id))),
    rejected: rejectedOf(facts, step),
  }));
}

function rejectedOf({ submits, artifacts }: ProjectFacts, { id, failure }: Step): RejectedAnswer[] {
  const own = submits.filter(({ stepId, verdict }) => stepId === id && isRejected(verdict));
  return own.map((submit) => ({
    submitId: submit.id,
    reason: submit.reason ?? failure?.message ?? "it did not fit",
    artifact: artifacts.find((artifact) => artifact.id === submit.resultId && isSeen(artifact)) ?? null,
    usd: submit.state === "released" ? 0 : submit.usd,
    createdAtMs: submit.createdAtMs,
  }));
}

/** Types that are shown to people, and served: a reply as it came is neither. */
const SHOWN_TYPES: readonly string[] = [...STILL_TYPES, "video/mp4"];
const isSeen = ({ key, mediaType }: Artifact): boolean => SHOWN_TYPES.includes(mediaType) && !isReplyKey(key);

/**
 * Retakes whose answer was lost, refused or is of no use: they wait for the user's choice but do not block the film.
 * So do those that were skipped, until they are taken up again. Those of scenes that the film no longer has are left
 * out. Pure.
 */
export function lostRetakes({ steps }: ProjectFacts, current: Plan): Step[] {
  const scenes = current.storyboard?.scenes.length ?? 0;
  const inFilm = new Set(current.steps.map(({ step }) => step?.id));
  return steps.filter((step) => {
    const { id, status, kind, position } = step;
    const isStopped = isAsking(status) || status === "skipped";
    return isRetake(step) && !inFilm.has(id) && isStopped && position < scenes + (kind === "keyframe" ? 1 : 0);
  });
}
