import type { Plan, PlanLine, Project, StepKind, Until } from "../../data/api-types.ts";
import { editingApi } from "../../data/directing.ts";
import { cost, numbers, plural, priceWords } from "../../data/words.ts";
import { Button } from "../button.tsx";
import type { ShownFilm } from "../shown-film.ts";
import { Problem } from "../status.tsx";
import { useResume } from "./resume.ts";

const TITLES = {
  nothing: "You changed the film",
  storyboard: "The storyboard is ready",
  keyframes: "The keyframes are ready",
  animatic: "The animatic is ready",
  clips: "The clips are ready",
  film: "Parts of the film were stopped",
} as const satisfies Record<Project["until"], string>;

/** A film that waits for approval: what is ready, what comes next, and what each next step costs. */
export function Review({ project, editing, onActed, onEdit }: ShownFilm & { onEdit(): void }) {
  const action = useResume(project, onActed);
  if (project.status !== "review") return null;
  const undo = () => action.run(() => editingApi.revert(project.project_id, project.revision - 1).then(onActed));
  const { plan, problem, revisions } = editing;
  const isUndone = revisions.at(-1)?.note.startsWith("back to") ?? true;
  return (
    <section class="decision review" aria-labelledby="review-title">
      <h2 id="review-title">{TITLES[project.until]}</h2>
      {plan && <Ready plan={plan} />}
      {plan && <StepsToMake plan={plan} />}
      <div class="button-row">
        {plan &&
          nextSteps(plan, project).map(({ until, name, usd, most_usd }, place) => (
            <Button
              key={until}
              class={place === 0 ? "primary" : "secondary"}
              action={action}
              onClick={() => action.resume({ until })}
            >
              {name} <span class="price">{priceWords({ total_usd: usd, most_usd })}</span>
            </Button>
          ))}
        {plan === null && problem !== null && (
          <Button class="primary" action={action} onClick={() => action.resume({ until: "film" })}>
            Resume
          </Button>
        )}
        {project.scene_count > 0 && (
          <Button class="quiet" onClick={onEdit}>
            Edit storyboard
          </Button>
        )}
        {project.until === "nothing" && !isUndone && (
          <Button class="quiet" action={action} onClick={undo}>
            Undo the last change
          </Button>
        )}
      </div>
      <Problem>{action.problem ?? problem}</Problem>
    </section>
  );
}

/** The likeliest first: the whole film when only clips are left, else the next stop. */
function nextSteps(plan: Plan, { until, animatic }: Project) {
  const films = plan.lines.some((line) => line.to_make && line.kind === "clip");
  const stops = plan.next.toSorted((a, b) => Number(b.until === "film") - Number(a.until === "film"));
  const ordered = plan.next[0]?.until === "clips" ? stops : plan.next;
  const names = {
    storyboard: "Write the storyboard",
    keyframes: "Make the keyframes",
    animatic: animatic === null ? "Make an animatic first" : "Make the animatic again",
    clips: "Make the clips, then stop",
    film: films ? "Make the film" : "Finish the film",
  } as const satisfies Record<Until, string>;
  const keyframes = plan.next.find((stop) => stop.until === "keyframes");
  const shown = { until: "animatic", usd: keyframes?.usd ?? 0, most_usd: keyframes?.most_usd ?? 0 } as const;
  // An animatic previews clips: it is not offered when none are left to make, or right after it was made.
  const all = films && until !== "animatic" ? [...ordered.slice(0, 1), shown, ...ordered.slice(1)] : ordered;
  return all.map((stop) => ({ ...stop, name: names[stop.until] }));
}

/** How many keyframes and clips are up to date. */
function Ready({ plan: { lines } }: { plan: Plan }) {
  const count = (kind: StepKind) => lines.filter((line) => line.kind === kind);
  const ready = (own: readonly PlanLine[]) => own.filter(({ state }) => state === "current" || state === "kept").length;
  const [keyframes, clips] = [count("keyframe"), count("clip")];
  return (
    <p class="reason">
      Ready: {ready(keyframes)} of {plural(keyframes.length, "keyframe")}, {ready(clips)} of{" "}
      {plural(clips.length, "clip")}.
    </p>
  );
}

/** What comes next, with its price. */
function StepsToMake({ plan: { lines } }: { plan: Plan }) {
  const groups = (["keyframe", "clip"] as const)
    .map((kind) => ({ kind, due: lines.filter((line) => line.to_make && line.kind === kind) }))
    .filter(({ due }) => due.length > 0);
  const stitches = lines.some((line) => line.to_make && line.kind === "stitch");
  if (groups.length === 0 && !stitches) return null;
  return (
    <table class="price-table">
      <caption>Next</caption>
      <tbody>
        {groups.map(({ kind, due }) => (
          <tr key={kind}>
            <th scope="row">
              Make {due.length === 1 ? kind : `${kind}s`} {numbers(due.map(({ position }) => position))}
              <Remade due={due} />
            </th>
            <td>{cost(due.reduce((sum, { usd }) => sum + usd, 0))}</td>
          </tr>
        ))}
        {stitches && (
          <tr>
            <th scope="row">Stitch the film</th>
            <td>{cost(0)}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** Which of them replace one that was made before. */
function Remade({ due }: { due: readonly PlanLine[] }) {
  const again = due.filter(({ state }) => state === "stale");
  if (again.length === 0) return null;
  const which = again.length === due.length ? "" : `${numbers(again.map(({ position }) => position))} `;
  return <span class="model">{which}again, because of your changes</span>;
}
