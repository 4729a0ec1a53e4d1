import { useState } from "preact/hooks";
import type { Estimate, Project, ResumeChoice, Wait } from "../../data/api-types.ts";
import { api } from "../../data/client.ts";
import type { StepState } from "../../data/steps.ts";
import { money, numbers, plural } from "../../data/words.ts";
import { Button } from "../button.tsx";
import { LimitInput } from "../limit-input.tsx";
import type { ShownFilm } from "../shown-film.ts";
import { Problem } from "../status.tsx";
import { type Resume, useResume } from "./resume.ts";

/** Why a film or a new take needs a decision, and the choices with their prices. */
export function Blocked({ project, steps, estimate, onActed }: ShownFilm) {
  const action = useResume(project, onActed);
  const stopped = ["held", "failed"].includes(project.status);
  // A take whose response was lost or does not fit asks too; the film itself is not blocked.
  const isAsked = has(project, "ambiguous") || has(project, "rejected");
  const asks = ["complete", "review"].includes(project.status) && isAsked;
  if (!stopped && !asks) return null;
  const stop = () => action.run(() => api.cancel(project.project_id).then(onActed));
  const asked = { project, steps, estimate, action };
  return (
    <section class={`decision ${project.status}`} aria-labelledby="decision-title">
      <h2 id="decision-title">{titleOf(project)}</h2>
      <Reasons project={project} />
      <div class="button-row">
        <ChoicesFor {...asked} />
        {project.status === "held" && (
          <Button class="quiet" action={action} onClick={stop}>
            Stop and keep everything
          </Button>
        )}
      </div>
      <Problem>{action.problem}</Problem>
    </section>
  );
}

const has = ({ waits }: Project, reason: string): boolean => waits.some((wait) => wait.reason === reason);

function titleOf(project: Project): string {
  if (project.status === "failed") return "This film could not be finished";
  if (has(project, "budget")) return "Spending limit reached";
  if (has(project, "disk")) return "The disk is full";
  if (has(project, "ambiguous")) return "A response was lost: you may have been charged";
  if (has(project, "rejected")) return "What was paid for does not fit";
  return "The safety filter refused a prompt";
}

function Reasons({ project }: { project: Project }) {
  const lines: readonly Pick<Wait, "message">[] =
    project.waits.length > 0 ? project.waits : [{ message: project.error_message ?? "Waiting for your decision." }];
  if (lines.length === 1) return <p class="reason">{lines[0]?.message}</p>;
  return (
    <ul class="reason">
      {lines.map(({ message }) => (
        <li key={message}>{message}</li>
      ))}
    </ul>
  );
}

type Asked = Pick<ShownFilm, "project" | "steps" | "estimate"> & { action: Resume };

function ChoicesFor(asked: Asked) {
  const { project, action } = asked;
  if (has(project, "budget")) return <RaiseLimit {...asked} />;
  const asking = ASKING.filter((status) => has(project, status));
  if (asking.length === 0)
    return (
      <>
        <Button class="primary" action={action} onClick={() => action.resume({})}>
          Try again
        </Button>
        {project.status === "failed" && project.scene_count > 1 && <Skip {...asked} />}
      </>
    );
  return (
    <>
      {offers(project, "--use-rejected") && <UseIt {...asked} />}
      {asking.map((status) => (
        <BuyAgain key={status} {...asked} status={status} />
      ))}
      {offers(project, "--skip-blocked") && <Skip {...asked} />}
    </>
  );
}

/** Statuses of steps that ask, in the order of their buttons. */
const ASKING = ["refused", "ambiguous", "rejected"] as const;
type Asking = (typeof ASKING)[number];

/** Whether a wait has this way out. */
const offers = ({ waits }: Project, way: string): boolean =>
  waits.some(({ next }) => next.some((command) => command.endsWith(way)));

const BUYING = {
  refused: { label: "Retry", choice: { retry_refused: true }, look: "primary" },
  ambiguous: { label: "Buy again (may charge twice)", choice: { retry_ambiguous: true }, look: "secondary" },
  rejected: { label: "Buy again", choice: { retry_rejected: true }, look: "secondary" },
} as const satisfies Record<Asking, { label: string; choice: ResumeChoice; look: string }>;

function BuyAgain({ status, steps, estimate, action }: Asked & { status: Asking }) {
  const price = priceOf(steps, status, estimate);
  const { label, choice, look } = BUYING[status];
  return (
    <Button class={look} action={action} onClick={() => action.resume(choice)}>
      {label} {price !== null && <span class="price">{money(price)}</span>}
    </Button>
  );
}

const UseIt = ({ action }: Asked) => (
  <Button class="primary" action={action} onClick={() => action.resume({ use_rejected: true })}>
    Use it as it is <span class="price">{money(0)}</span>
  </Button>
);

const Skip = ({ action }: Asked) => (
  <Button class="secondary" action={action} onClick={() => action.resume({ skip_blocked: true })}>
    Skip it <span class="price">{money(0)}</span>
  </Button>
);

/** Takes up again what was left out of a film that has stopped. */
export function LeftOut({ project, steps, estimate, onActed }: ShownFilm) {
  const action = useResume(project, onActed);
  const scenes = project.missing_scenes;
  if (scenes.length === 0 || !["complete", "failed", "review"].includes(project.status)) return null;
  const price = priceOf(steps, "skipped", estimate);
  return (
    <>
      <Button class="secondary" action={action} onClick={() => action.resume({ retry_skipped: true })}>
        Make scene {numbers(scenes)} after all {price !== null && <span class="price">{money(price)}</span>}
      </Button>
      <Problem>{action.problem}</Problem>
    </>
  );
}

/** Price of buying every step in this status once more, US dollars; null without an estimate. */
function priceOf(
  steps: ReadonlyMap<string, StepState>,
  status: Asking | "skipped",
  estimate: Estimate | null,
): number | null {
  if (estimate === null) return null;
  const stages = {
    storyboard: "storyboard",
    keyframe: "keyframes",
    animatic: null,
    clip: "clips",
    stitch: null,
  } as const;
  return [...steps.values()]
    .filter((step) => step.status === status)
    .reduce((sum, { kind }) => {
      const line = estimate.lines.find(({ stage }) => stage === stages[kind]);
      return sum + (line ? line.usd / line.pieces : 0);
    }, 0);
}

function RaiseLimit({ project, estimate, action }: Asked) {
  const [typed, setTyped] = useState("");
  const { spent_usd, reserved_usd, unknown_usd, max_usd } = project.cost;
  const committed = spent_usd + reserved_usd + unknown_usd;
  const suggestion = Math.ceil(Math.max(estimate?.most_usd ?? 0, committed, max_usd ?? 0) + 0.5);
  const limit = typed === "" ? suggestion : Number(typed);
  return (
    <>
      <LimitInput name="New spending limit" placeholder={suggestion} value={typed} onInput={setTyped}>
        {money(committed)} of {max_usd === null ? "today's limit" : money(max_usd)} used
        {estimate && project.scene_count > 0
          ? `; ${plural(project.scene_count, "scene")} estimated at ${money(estimate.total_usd)}`
          : ""}
        . New limit
      </LimitInput>
      <Button
        class="primary"
        action={action}
        disabled={!Number.isFinite(limit) || limit <= committed}
        onClick={() => action.resume({ max_cost: limit })}
      >
        Raise and resume <span class="price">up to {money(Math.max(0, limit - committed))} more</span>
      </Button>
    </>
  );
}
