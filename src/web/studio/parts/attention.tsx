import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Estimate, Project, ResumeChoice, Wait } from "../data/api-types.ts";
import { api, createIdempotentRequests } from "../data/client.ts";
import { type Action, useAction } from "../data/hooks.ts";
import type { StepState } from "../data/steps.ts";
import { money, plural } from "../data/words.ts";
import { Problem } from "./signs.tsx";

interface AttentionProps {
  readonly project: Project;
  readonly steps: ReadonlyMap<string, StepState>;
  readonly estimate: Estimate | null;
  onActed(): void;
}

/** What waits for a decision of the user: the reason, the choices, and their prices. */
export function Attention({ project, steps, estimate, onActed }: AttentionProps) {
  const action = useAction();
  const purchases = useRef(createIdempotentRequests());
  const stopped = ["held", "failed"].includes(project.status);
  // A lost take beside a film at rest asks too.
  const asks = ["complete", "review"].includes(project.status) && has(project, "ambiguous");
  if (!stopped && !asks) return null;
  const decide = (choice: ResumeChoice) =>
    action.run(async () => {
      await api.resume(project.project_id, choice, purchases.current.keyOf(choice));
      // The next time the same is chosen, it is another decision.
      purchases.current = createIdempotentRequests();
      onActed();
    });
  const stop = () => action.run(() => api.cancel(project.project_id).then(onActed));
  const asked = { project, steps, estimate, decide, action };
  return (
    <section class={`attention ${project.status}`} aria-labelledby="attention-title">
      <h2 id="attention-title">{titleOf(project)}</h2>
      <Reasons project={project} />
      <div class="choices-row">
        <ChoicesFor {...asked} />
        {project.status === "held" && (
          <button type="button" class="quiet" disabled={action.busy} onClick={stop}>
            Stop here, keep everything
          </button>
        )}
      </div>
      <Problem>{action.problem}</Problem>
    </section>
  );
}

const has = ({ waits }: Project, reason: string): boolean => waits.some((wait) => wait.reason === reason);

function titleOf(project: Project): string {
  if (project.status === "failed") return "This film could not be finished";
  if (has(project, "budget")) return "The spending limit is reached";
  if (has(project, "disk")) return "The disk is full";
  if (has(project, "ambiguous")) return "An answer was lost: it may have been paid for";
  return "The safety filter refused it";
}

function Reasons({ project }: { project: Project }) {
  const lines: readonly Pick<Wait, "message">[] =
    project.waits.length > 0 ? project.waits : [{ message: project.error_message ?? "It waits for your approval." }];
  if (lines.length === 1) return <p class="reason">{lines[0]?.message}</p>;
  return (
    <ul class="reason">
      {lines.map(({ message }) => (
        <li key={message}>{message}</li>
      ))}
    </ul>
  );
}

type Asked = Omit<AttentionProps, "onActed"> & { action: Action; decide(choice: ResumeChoice): void };

function ChoicesFor(asked: Asked) {
  const { project, decide, action } = asked;
  if (has(project, "budget")) return <RaiseLimit {...asked} />;
  const blocked = has(project, "ambiguous") || has(project, "refused");
  if (!blocked)
    return (
      <>
        <Choice primary action={action} onChoose={() => decide({})}>
          Try again
        </Choice>
        {project.status === "failed" && project.scene_count > 1 && <LeaveOut {...asked} />}
      </>
    );
  return (
    <>
      {has(project, "refused") && <Again {...asked} status="refused" />}
      {has(project, "ambiguous") && <Again {...asked} status="ambiguous" />}
      <LeaveOut {...asked} />
    </>
  );
}

function Again({ status, steps, estimate, decide, action }: Asked & { status: "refused" | "ambiguous" }) {
  const price = priceOf(steps, status, estimate);
  const choice = status === "refused" ? { retry_refused: true } : { retry_ambiguous: true };
  return (
    <Choice primary={status === "refused"} action={action} onChoose={() => decide(choice)}>
      {status === "refused" ? "Ask again" : "Buy it again, perhaps twice"}{" "}
      {price !== null && <span class="price">{money(price)}</span>}
    </Choice>
  );
}

const LeaveOut = ({ decide, action }: Asked) => (
  <Choice action={action} onChoose={() => decide({ skip_blocked: true })}>
    Leave it out <span class="price">{money(0)}</span>
  </Choice>
);

/** What the steps in this status cost if each is bought once more; null while that is not known. */
function priceOf(
  steps: ReadonlyMap<string, StepState>,
  status: "refused" | "ambiguous",
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

function RaiseLimit({ project, estimate, decide, action }: Asked) {
  const [typed, setTyped] = useState("");
  const { spent_usd, reserved_usd, unknown_usd, max_usd } = project.cost;
  const committed = spent_usd + reserved_usd + unknown_usd;
  const suggestion = Math.ceil(Math.max(estimate?.total_usd ?? 0, committed, max_usd ?? 0) + 0.5);
  const limit = typed === "" ? suggestion : Number(typed);
  return (
    <>
      <label class="limit">
        <span>
          {money(committed)} of {max_usd === null ? "today's limit" : money(max_usd)} is used
          {estimate && project.scene_count > 0
            ? `; ${plural(project.scene_count, "scene")} need about ${money(estimate.total_usd)}`
            : ""}
          . New limit
        </span>
        <span class="limit-amount">
          $
          <input
            inputMode="decimal"
            aria-label="New spending limit in US dollars"
            placeholder={String(suggestion)}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value.replace(/[^\d.]/g, ""))}
          />
        </span>
      </label>
      <Choice
        primary
        action={action}
        disabled={!Number.isFinite(limit) || limit <= committed}
        onChoose={() => decide({ max_cost: limit })}
      >
        Raise and continue <span class="price">up to {money(Math.max(0, limit - committed))} more</span>
      </Choice>
    </>
  );
}

const Choice = (props: {
  primary?: boolean;
  disabled?: boolean;
  action: Action;
  onChoose(): void;
  children: ComponentChildren;
}) => (
  <button
    type="button"
    class={props.primary ? "primary" : "secondary"}
    disabled={props.action.busy || props.disabled}
    onClick={props.onChoose}
  >
    {props.children}
  </button>
);
