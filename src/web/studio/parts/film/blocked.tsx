import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Project, ResumeChoice, Wait } from "../../data/api-types.ts";
import { api } from "../../data/client.ts";
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
  const isAsked = has(project, "ambiguous") || has(project, "rejected");
  const asks = ["complete", "review"].includes(project.status) && isAsked;
  if (!stopped && !asks) return null;
  const stop = () => action.run(() => api.cancel(project.project_id).then(onActed));
  const asked = { project, history, action };
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
  if (has(project, "ambiguous")) return "An answer was lost: you may have been charged";
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

type Asked = Pick<ShownFilm, "project" | "history"> & { action: Resume };

function ChoicesFor(asked: Asked) {
  const { project } = asked;
  if (has(project, "budget")) return <RaiseLimit {...asked} />;
  const asking = ASKING.filter((status) => has(project, status));
  if (asking.length === 0)
    return (
      <>
        <Choose {...asked} look="primary" choice={{}}>
          Try again
        </Choose>
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

function BuyAgain({ status, ...asked }: Asked & { status: Asking }) {
  const { label, ...way } = BUYING[status];
  return (
    <Choose {...asked} {...way}>
      {label}
    </Choose>
  );
}

const UseIt = (asked: Asked) => (
  <Choose {...asked} look="primary" choice={{ use_rejected: true }}>
    Use it as it is
  </Choose>
);

const Skip = (asked: Asked) => (
  <Choose {...asked} look="secondary" choice={{ skip_blocked: true }}>
    Skip it
  </Choose>
);

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
