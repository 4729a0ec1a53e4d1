import { useRef } from "preact/hooks";
import { api, createPurchases } from "../data/client.ts";
import { type Directing, director, type Plan, type PlanLine } from "../data/directing.ts";
import { useAction } from "../data/hooks.ts";
import type { Project, StepKind, Until } from "../data/wire.ts";
import { money, numbers, plural } from "../data/words.ts";
import { Problem } from "./signs.tsx";

interface ReviewProps {
  readonly project: Project;
  readonly directing: Directing;
  onActed(): void;
}

const TITLES = {
  nothing: "You changed the film",
  storyboard: "The storyboard is ready",
  keyframes: "The stills are ready",
  clips: "The clips are ready",
  film: "Some of the film was stopped",
} as const satisfies Record<Project["until"], string>;

const DOINGS = {
  storyboard: "Write the storyboard",
  keyframes: "Draw the stills",
  clips: "Film the clips",
  film: "Finish the film",
} as const satisfies Record<Until, string>;

/** A film that waits for a word: what is ready, what comes next, and what each way to go on costs. */
export function Review({ project, directing, onActed }: ReviewProps) {
  const action = useAction();
  const purchases = useRef(createPurchases());
  if (project.status !== "review") return null;
  const goOn = (until: Until) =>
    action.run(async () => {
      await api.resume(project.project_id, { until }, purchases.current.keyOf({ until }));
      // The next time the same is chosen, it is another decision.
      purchases.current = createPurchases();
      onActed();
    });
  const undo = () => action.run(() => director.revert(project.project_id, project.revision - 1).then(onActed));
  const { plan, problem, revisions } = directing;
  const [first, ...further] = plan?.next ?? [];
  const isUndone = revisions.at(-1)?.note.startsWith("back to") ?? true;
  return (
    <section class="attention review" aria-labelledby="review-title">
      <h2 id="review-title">{TITLES[project.until]}</h2>
      {plan && <Ready plan={plan} />}
      {plan && <Due plan={plan} />}
      <div class="choices-row">
        {first && (
          <button type="button" class="primary" disabled={action.busy} onClick={() => goOn(first.until)}>
            Approve: {DOINGS[first.until].toLowerCase()} <span class="price">{price(first.usd)}</span>
          </button>
        )}
        {further.map(({ until, usd }) => (
          <button key={until} type="button" class="secondary" disabled={action.busy} onClick={() => goOn(until)}>
            Go on: {DOINGS[until].toLowerCase()} <span class="price">{price(usd)}</span>
          </button>
        ))}
        {plan === null && problem !== null && (
          <button type="button" class="primary" disabled={action.busy} onClick={() => goOn("film")}>
            Go on
          </button>
        )}
        {project.until === "nothing" && !isUndone && (
          <button type="button" class="quiet" disabled={action.busy} onClick={undo}>
            Undo the last change
          </button>
        )}
      </div>
      <Problem>{action.problem ?? problem}</Problem>
    </section>
  );
}

export const cost = (usd: number): string => (usd === 0 ? "free" : money(usd));
/** At most: a try that fails before it is billed costs nothing. */
const price = (usd: number): string => (usd === 0 ? "free" : `at most ${money(usd)}`);

/** How much of what the film needs is there as it is wanted. */
function Ready({ plan: { lines } }: { plan: Plan }) {
  const count = (kind: StepKind) => lines.filter((line) => line.kind === kind);
  const ready = (own: readonly PlanLine[]) => own.filter(({ state }) => state === "current" || state === "kept").length;
  const [stills, clips] = [count("keyframe"), count("clip")];
  return (
    <p class="reason">
      Ready: {ready(stills)} of {plural(stills.length, "still")}, {ready(clips)} of {plural(clips.length, "clip")}.
    </p>
  );
}

const GROUPS = [
  { kind: "keyframe", verb: "Draw", one: "still", many: "stills" },
  { kind: "clip", verb: "Film", one: "scene", many: "scenes" },
] as const;

/** What going on makes, with the reason where it was made before. */
function Due({ plan: { lines } }: { plan: Plan }) {
  const groups = GROUPS.map((group) => ({
    ...group,
    due: lines.filter((line) => line.to_make && line.kind === group.kind),
  })).filter(({ due }) => due.length > 0);
  const joins = lines.some((line) => line.to_make && line.kind === "stitch");
  if (groups.length === 0 && !joins) return null;
  return (
    <table class="lines due">
      <caption>What comes next</caption>
      <tbody>
        {groups.map(({ kind, verb, one, many, due }) => (
          <tr key={kind}>
            <th scope="row">
              {verb} {due.length === 1 ? one : many} {numbers(due.map(({ position }) => position))}
              <Again due={due} />
            </th>
            <td>{cost(due.reduce((sum, { usd }) => sum + usd, 0))}</td>
          </tr>
        ))}
        {joins && (
          <tr>
            <th scope="row">Join the film</th>
            <td>{cost(0)}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** Which of them were made before. */
function Again({ due }: { due: readonly PlanLine[] }) {
  const again = due.filter(({ state }) => state === "stale");
  if (again.length === 0) return null;
  const which = again.length === due.length ? "" : `${numbers(again.map(({ position }) => position))} `;
  return <span class="model">{which}again: what it is made from changed</span>;
}
