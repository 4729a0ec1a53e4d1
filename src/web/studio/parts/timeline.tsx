import { type Estimate, isSettled, type Project } from "../data/api-types.ts";
import { useNow } from "../data/hooks.ts";
import { type HistoryEvent, isMoving, type Lane, lanesOf, remainingMs, type StepState } from "../data/steps.ts";
import { LANE_WORDS, money, roughly, STEP_WORDS, stepName, stopwatch } from "../data/words.ts";

interface TimelineProps {
  readonly project: Project;
  readonly steps: ReadonlyMap<string, StepState>;
  readonly estimate: Estimate | null;
  readonly history: readonly HistoryEvent[];
}

/** Every step of the film as it runs, with time and money. */
export function Timeline({ project, steps, estimate, history }: TimelineProps) {
  const running = !isSettled(project.status);
  const now = useNow(running);
  const lanes = lanesOf(steps, project.scene_count || null);
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title" class="hidden">
        Progress
      </h2>
      <dl class="meters">
        <Meter name={running ? "So far" : "Took"} value={stopwatch(workedMs(steps, history, running ? now : null))} />
        <Meter name="Spent" value={money(project.cost.spent_usd)} />
        {project.cost.reserved_usd > 0 && <Meter name="In progress" value={money(project.cost.reserved_usd)} />}
        {project.cost.unknown_usd > 0 && <Meter name="Unclear" value={money(project.cost.unknown_usd)} />}
        <Meter name="Estimate" value={estimate ? money(estimate.total_usd) : "…"} />
        {project.cost.max_usd !== null && <Meter name="Limit" value={money(project.cost.max_usd)} />}
      </dl>
      <ol class="lanes">
        {lanes.map((lane) => (
          <LaneRow key={lane.kind} lane={lane} now={now} running={running} />
        ))}
      </ol>
    </section>
  );
}

const Meter = ({ name, value }: { name: string; value: string }) => (
  <div class="meter">
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

/** From the first step's start to the last one's end; a settled film no longer ages. */
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
      <ol class="cells">
        {steps.map((step, position) => {
          const words = `${stepName(kind, position)}: ${wordsOf(step, now)}`;
          return (
            <li key={position} class={`cell ${step?.status ?? "unplanned"}`} title={words}>
              <span class="hidden">{words}</span>
            </li>
          );
        })}
        {steps.length === 0 && <li class="cell unknown">after the storyboard</li>}
      </ol>
      <span class="lane-facts">
        {steps.length > 1 && (
          <span class="lane-count">
            {done}/{steps.length}
          </span>
        )}
        <span class="lane-left">{left === null ? headline(lane, now) : `${roughly(left)} left`}</span>
      </span>
    </li>
  );
}

function wordsOf(step: StepState | null, nowMs: number): string {
  if (step === null) return "waits for what comes before";
  const took = tookMs(step, nowMs);
  const time = took === null ? "" : `, ${stopwatch(took)}`;
  return `${STEP_WORDS[step.status]}${time}${step.message === null ? "" : ` (${step.message})`}`;
}

const tookMs = ({ startedAtMs, endedAtMs }: StepState, nowMs: number): number | null =>
  startedAtMs === null ? null : (endedAtMs ?? nowMs) - startedAtMs;

/** The one word a lane has to say: trouble first, then what moves, then how long it took. */
function headline({ steps, done }: Lane, nowMs: number): string {
  const known = steps.filter((step) => step !== null);
  const trouble = known.find(({ status }) => ["failed", "refused", "ambiguous"].includes(status));
  if (trouble) return STEP_WORDS[trouble.status];
  const moving = known.find(({ status }) => isMoving(status));
  if (moving) return stopwatch(tookMs(moving, nowMs) ?? 0);
  const starts = known.flatMap(({ startedAtMs }) => startedAtMs ?? []);
  const ends = known.flatMap(({ endedAtMs }) => endedAtMs ?? []);
  if (done === 0 || done < steps.length || starts.length === 0) return "";
  return stopwatch(Math.max(...ends) - Math.min(...starts));
}
