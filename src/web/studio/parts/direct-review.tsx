import { useRef } from "preact/hooks";
import type { Plan, PlanLine, Project, StepKind, Until } from "../data/api-types.ts";
import { api, createIdempotentRequests } from "../data/client.ts";
import { director, type EditingData } from "../data/directing.ts";
import { type Action, useAction } from "../data/hooks.ts";
import { money, numbers, plural } from "../data/words.ts";
import { Problem } from "./signs.tsx";

interface ReviewProps {
  readonly project: Project;
  readonly directing: EditingData;
  onActed(): void;
  onEdit(): void;
}

const TITLES = {
  nothing: "You changed the film",
  storyboard: "The storyboard is ready",
  keyframes: "The keyframes are ready",
  animatic: "The animatic is ready",
  clips: "The clips are ready",
  film: "Some of the film was stopped",
} as const satisfies Record<Project["until"], string>;

/** A film that waits for a word: what is ready, what comes next, and what each way to go on costs. */
export function Review({ project, directing, onActed, onEdit }: ReviewProps) {
  const action = useAction();
  const purchases = useRef(createIdempotentRequests());
  if (project.status !== "review") return null;
  const goOn = (until: Until) =>
    action.run(async () => {
      await api.resume(project.project_id, { until }, purchases.current.keyOf({ until }));
      // The next time the same is chosen, it is another decision.
      purchases.current = createIdempotentRequests();
      onActed();
    });
  const undo = () => action.run(() => director.revert(project.project_id, project.revision - 1).then(onActed));
  const { plan, problem, revisions } = directing;
  const isUndone = revisions.at(-1)?.note.startsWith("back to") ?? true;
  return (
    <section class="attention review" aria-labelledby="review-title">
      <h2 id="review-title">{TITLES[project.until]}</h2>
      {plan && <Ready plan={plan} />}
      {plan && <Due plan={plan} />}
      <div class="choices-row">
        {plan && waysOn(plan, project).map((way) => <WayOn key={way.until} {...way} action={action} goOn={goOn} />)}
        {plan === null && problem !== null && (
          <button type="button" class="primary" disabled={action.busy} onClick={() => goOn("film")}>
            Continue
          </button>
        )}
        {project.scene_count > 0 && (
          <button type="button" class="quiet" onClick={onEdit}>
            Edit the storyboard
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

interface Way {
  readonly until: Until;
  readonly name: string;
  readonly usd: number;
  readonly isFirst: boolean;
}

/** The ways to go on, the likeliest first: to the film where nothing but filming is left, else to the next stop. */
function waysOn(plan: Plan, { until, animatic }: Project): readonly Way[] {
  const films = plan.lines.some((line) => line.to_make && line.kind === "clip");
  const stops = plan.next.toSorted((a, b) => Number(b.until === "film") - Number(a.until === "film"));
  const ordered = plan.next[0]?.until === "clips" ? stops : plan.next;
  const names = {
    storyboard: "Write the storyboard",
    keyframes: "Draw the keyframes",
    animatic: animatic === null ? "Make the animatic first" : "Make the animatic again",
    clips: "Film the clips, then stop",
    film: films ? "Film it" : "Finish the film",
  } as const satisfies Record<Until, string>;
  const stills = plan.next.find((stop) => stop.until === "keyframes");
  const shown = { until: "animatic", usd: stills?.usd ?? 0 } as const;
  // It stands for clips: without any to film, or where it was just made, there is nothing to look at.
  const all = films && until !== "animatic" ? [...ordered.slice(0, 1), shown, ...ordered.slice(1)] : ordered;
  return all.map((stop, place) => ({
    until: stop.until,
    usd: stop.usd,
    name: names[stop.until],
    isFirst: place === 0,
  }));
}

const WayOn = (props: Way & { action: Action; goOn(until: Until): void }) => (
  <button
    type="button"
    class={props.isFirst ? "primary" : "secondary"}
    disabled={props.action.busy}
    onClick={() => props.goOn(props.until)}
  >
    {props.name} <span class="price">{price(props.usd)}</span>
  </button>
);

export const cost = (usd: number): string => (usd === 0 ? "free" : money(usd));
/** At most: a try that fails before it is billed costs nothing. */
const price = (usd: number): string => (usd === 0 ? "free" : `for at most ${money(usd)}`);

/** How much of what the film needs is there as it is wanted. */
function Ready({ plan: { lines } }: { plan: Plan }) {
  const count = (kind: StepKind) => lines.filter((line) => line.kind === kind);
  const ready = (own: readonly PlanLine[]) => own.filter(({ state }) => state === "current" || state === "kept").length;
  const [stills, clips] = [count("keyframe"), count("clip")];
  return (
    <p class="reason">
      Ready: {ready(stills)} of {plural(stills.length, "keyframe")}, {ready(clips)} of {plural(clips.length, "clip")}.
    </p>
  );
}

const GROUPS = [
  { kind: "keyframe", verb: "Draw", one: "keyframe", many: "keyframes" },
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
