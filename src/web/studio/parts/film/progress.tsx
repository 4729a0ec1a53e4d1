import type { Project } from "../../data/api-types.ts";
import { useNow } from "../../data/hooks.ts";
import { type HistoryEvent, isMoving, type Lane, lanesOf, remainingMs, type StepState } from "../../data/steps.ts";
import { isSettled, LANE_WORDS, money, roughly, STEP_WORDS, stepName, stopwatch } from "../../data/words.ts";
import type { ShownFilm } from "../shown-film.ts";

/** The film's steps, times and costs. */
export function Progress({ project, steps, estimate, history }: ShownFilm) {
  const running = !isSettled(project.status);
  const now = useNow(running);
  const lanes = lanesOf(steps, project.scene_count || null);
  return (
    <section class="progress" aria-labelledby="progress-title">
      <h2 id="progress-title" class="visually-hidden">
        Progress
      </h2>
      {running && project.waiting_for && <Waiting project={project} now={now} />}
      <dl class="figures">
        <Figure name={running ? "Elapsed" : "Took"} value={stopwatch(workedMs(steps, history, running ? now : null))} />
        <Figure name="Spent" value={money(project.cost.spent_usd)} />
        {project.cost.reserved_usd > 0 && <Figure name="Reserved" value={money(project.cost.reserved_usd)} />}
        {project.cost.unknown_usd > 0 && <Figure name="Unclear" value={money(project.cost.unknown_usd)} />}
        <Figure name="Estimate" value={estimate ? money(estimate.total_usd) : "…"} />
        {project.cost.max_usd !== null && project.cost.max_usd > 0 && (
          <Figure name="You pay at most" value={money(project.cost.max_usd)} />
        )}
      </dl>
      <ol class="lanes">
        {lanes.map((lane) => (
          <LaneRow key={lane.kind} lane={lane} now={now} running={running} />
        ))}
      </ol>
    </section>
  );
}

/** What the film waits for, and for how long. */
function Waiting({ project, now }: { project: Project; now: number }) {
  const leftMs = project.waits_until === null ? null : Date.parse(project.waits_until) - now;
  return (
    <p class="waiting">
      {project.error_message}
      {leftMs !== null && leftMs > 0 && ` (in ${stopwatch(leftMs)})`}
    </p>
  );
}

const Figure = ({ name, value }: { name: string; value: string }) => (
  <div class="figure">
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

/** Ms from the first event to now, or to the last step's end when nothing runs (`nowMs` null). */
function workedMs(
  steps: ReadonlyMap<string, StepState>,
  history: readonly HistoryEvent[],
  nowMs: number | null,
): number {
  const first = history[0]?.atMs;
  if (first === undefined) return 0;
  if (nowMs !== null) return nowMs - first;
  return Math.max(first, ...[...steps.values()].flatMap((step) => step.endedAtMs ?? [])) - first;
}

function LaneRow({ lane, now, running }: { lane: Lane; now: number; running: boolean }) {
  const left = running ? remainingMs(lane, now) : null;
  const { kind, steps, done } = lane;
  return (
    <li class="lane">
      <span class="lane-name">{LANE_WORDS[kind]}</span>
      <ol class="steps">
        {steps.map((step, position) => {
          const words = `${stepName(kind, position)}: ${wordsOf(step, now)}`;
          return (
            <li key={position} class={`step ${step?.status ?? "unplanned"}`} title={words}>
              <span class="visually-hidden">{words}</span>
            </li>
          );
        })}
        {steps.length === 0 && <li class="step unknown">after the storyboard</li>}
      </ol>
      <span class="lane-facts">
        {steps.length > 1 && (
          <span>
            {done}/{steps.length}
          </span>
        )}
        <span class="lane-time">{left === null ? headline(lane, now) : `${roughly(left)} left`}</span>
      </span>
    </li>
  );
}

function wordsOf(step: StepState | null, nowMs: number): string {
  if (step === null) return "waiting for earlier steps";
  const took = tookMs(step, nowMs);
  const time = took === null ? "" : `, ${stopwatch(took)}`;
  return `${STEP_WORDS[step.status]}${time}${step.message === null ? "" : ` (${step.message})`}`;
}

const tookMs = ({ startedAtMs, endedAtMs }: StepState, nowMs: number): number | null =>
  startedAtMs === null ? null : (endedAtMs ?? nowMs) - startedAtMs;

/** A lane's status: a problem first, then the time of what runs, then the time it took. */
function headline({ steps, done }: Lane, nowMs: number): string {
  const known = steps.filter((step) => step !== null);
  const trouble = known.find(({ status }) => ["failed", "refused", "ambiguous", "rejected", "gone"].includes(status));
  if (trouble) return STEP_WORDS[trouble.status];
  const moving = known.find(({ status }) => isMoving(status));
  if (moving) return stopwatch(tookMs(moving, nowMs) ?? 0);
  const starts = known.flatMap(({ startedAtMs }) => startedAtMs ?? []);
  const ends = known.flatMap(({ endedAtMs }) => endedAtMs ?? []);
  if (done === 0 || done < steps.length || starts.length === 0) return "";
  return stopwatch(Math.max(...ends) - Math.min(...starts));
}
