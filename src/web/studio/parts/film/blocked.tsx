import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Project, ResumeChoice, Wait, Way } from "../../data/api-types.ts";
import { api } from "../../data/client.ts";
import { choiceOf } from "../../data/ways.ts";
import { money, numbers, priceWords } from "../../data/words.ts";
import { Button } from "../button.tsx";
import { LimitInput } from "../limit-input.tsx";
import type { ShownFilm } from "../shown-film.ts";
import { Problem } from "../status.tsx";
import { atShownPrice, committedOf, payableOf, type Resume, useOffer, useResume } from "./resume.ts";

/** Why a film or a new take needs a decision, and the choices with their prices. */
export function Blocked({ project, history, onActed }: ShownFilm) {
  const action = useResume(project, onActed);
  const stopped = ["held", "failed"].includes(project.status);
  // A take whose answer was lost or does not fit asks too; the film itself is not blocked.
  const isAsked = ["ambiguous", "rejected", "gone"].some((reason) => has(project, reason));
  const asks = ["complete", "review"].includes(project.status) && isAsked;
  const isStrange = has(project, "not_adopted");
  if (!stopped && !asks && !isStrange) return null;
  const stop = () => action.run(() => api.cancel(project.project_id).then(onActed));
  const asked = { project, history, action };
  return (
    <section class={`decision ${project.status}`} aria-labelledby="decision-title">
      <h2 id="decision-title">{titleOf(project)}</h2>
      <Reasons project={project} />
      {!isStrange && (
        <div class="button-row">
          <ChoicesFor {...asked} />
          {project.status === "held" && (
            <Button class="quiet" action={action} onClick={stop}>
              Stop and keep everything
            </Button>
          )}
        </div>
      )}
      <Problem>{action.problem}</Problem>
    </section>
  );
}

const has = ({ waits }: Project, reason: string): boolean => waits.some((wait) => wait.reason === reason);

function titleOf(project: Project): string {
  if (project.status === "failed") return "This film could not be finished";
  if (has(project, "not_adopted")) return "This film is not known as yours";
  if (has(project, "budget")) return "Spending limit reached";
  if (has(project, "disk")) return "The disk is full";
  if (has(project, "ambiguous")) return "An answer was lost: you may have been charged";
  if (has(project, "rejected")) return "What was paid for does not fit";
  if (has(project, "gone")) return "Something is gone at the service";
  return "The safety filter refused a prompt";
}

function Reasons({ project }: { project: Project }) {
  const asked = project.waits.filter(({ reason }) => reason !== "review");
  const lines: readonly Pick<Wait, "message">[] =
    asked.length > 0 ? asked : [{ message: project.error_message ?? "Waiting for your decision." }];
  if (lines.length === 1) return <p class="reason">{lines[0]?.message}</p>;
  return (
    <ul class="reason">
      {lines.map(({ message }) => (
        <li key={message}>{message}</li>
      ))}
    </ul>
  );
}

type Asked = Pick<ShownFilm, "project" | "history"> & { action: Resume };

function ChoicesFor(asked: Asked) {
  const { project } = asked;
  if (has(project, "budget")) return <RaiseLimit {...asked} />;
  const ways = choicesOf(project);
  if (ways.length === 0)
    return (
      <Choose {...asked} look="primary" choice={{}}>
        Try again
      </Choose>
    );
  return (
    <>
      {ways.map((way) => (
        <Choose key={way.command} {...asked} look={LOOKS[way.action] ?? "secondary"} choice={choiceOf(way)}>
          {labelOf(way)}
        </Choose>
      ))}
    </>
  );
}

type AskedWay = Way & Pick<Wait, "reason">;

/** Each way on once, without those that have a place of their own on the page. */
function choicesOf({ waits, status, scene_count, missing_scenes }: Project): AskedWay[] {
  const ways = waits.flatMap(({ reason, ways: own }) => own.map((way) => ({ ...way, reason })));
  const distinct = [...new Map(ways.map((way) => [way.command, way])).values()];
  return distinct.filter(({ action }) => {
    // Takes are made at their scene.
    if (action === "cancel" || action === "approve" || action === "retake") return false;
    if (action === "take_up_again") return missing_scenes.length === 0;
    return action !== "skip" || status !== "failed" || scene_count > 1;
  });
}

const LABELS = {
  look_again: "Look again",
  try_again: "Try again",
  use_rejected: "Use it as it is",
  buy_again: "Buy again",
  retake: "Make another take",
  other_model: "Use another model",
  skip: "Skip it",
  take_up_again: "Make what was left out",
  raise_cap: "Raise and resume",
  approve: "Go on",
  cancel: "Stop and keep everything",
} as const satisfies Record<Way["action"], string>;

const LOOKS: Partial<Record<Way["action"], string>> = {
  look_again: "primary",
  try_again: "primary",
  use_rejected: "primary",
};

/** What buying again is called where it means something of its own. */
const BUYING: Readonly<Record<string, string>> = { refused: "Retry", ambiguous: "Buy again (may charge twice)" };

function labelOf({ action, reason, request }: AskedWay): string {
  if (action === "other_model") return `Use ${request.body.model}`;
  return (action === "buy_again" ? BUYING[reason] : undefined) ?? LABELS[action];
}

interface ChooseProps extends Asked {
  readonly look: string;
  readonly choice: ResumeChoice;
  readonly children: ComponentChildren;
}

/** Resumes with a choice, at no more than the price on the button; it is off until the price is known. */
function Choose({ project, history, action, look, choice, children }: ChooseProps) {
  const { answer, problem } = useOffer({ project, history }, choice);
  return (
    <Button
      class={look}
      action={action}
      disabled={action.busy || (answer === null && problem === null)}
      onClick={() => action.resume(atShownPrice(project, choice, answer))}
    >
      {children}{" "}
      {answer !== null && (
        <span class="price">{priceWords({ total_usd: answer.total_usd, most_usd: payableOf(project, answer) })}</span>
      )}
    </Button>
  );
}

/** Takes up again what was left out of a film that has stopped. */
export function LeftOut({ project, history, onActed }: ShownFilm) {
  const action = useResume(project, onActed);
  const scenes = project.missing_scenes;
  if (scenes.length === 0 || !["complete", "failed", "review"].includes(project.status)) return null;
  return (
    <>
      <Choose {...{ project, history, action }} look="secondary" choice={{ retry_skipped: true }}>
        Make scene {numbers(scenes)} after all
      </Choose>
      <Problem>{action.problem}</Problem>
    </>
  );
}

/** Goes on with a film that its cap holds: at the price of what is left, or at a lower limit of the user's. */
function RaiseLimit({ project, history, action }: Asked) {
  const [typed, setTyped] = useState("");
  const { answer: rest } = useOffer({ project, history }, {});
  const limit = Number(typed);
  const wanted = typed === "" || !Number.isFinite(limit) ? {} : { max_cost: limit };
  const { answer: offer, problem } = useOffer({ project, history }, wanted);
  const committed = committedOf(project);
  const { max_usd } = project.cost;
  return (
    <>
      <LimitInput name="New spending limit" placeholder={rest?.max_usd ?? committed} value={typed} onInput={setTyped}>
        {money(committed)} {max_usd !== null && `of ${money(max_usd)} `}used
        {rest && `; what is left costs ${priceWords(rest)}`}. New limit
      </LimitInput>
      <Button
        class="primary"
        action={action}
        disabled={action.busy || offer === null || offer.max_usd <= committed}
        onClick={() => action.resume(atShownPrice(project, {}, offer))}
      >
        Raise and resume{" "}
        {offer && <span class="price">up to {money(Math.max(0, offer.max_usd - committed))} more</span>}
      </Button>
      {offer?.notices.map((notice) => (
        <p key={notice} class="reason">
          {notice}
        </p>
      ))}
      <Problem>{problem}</Problem>
    </>
  );
}
