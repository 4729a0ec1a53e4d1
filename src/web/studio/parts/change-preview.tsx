import type { Plan, PlanLine } from "../data/api-types.ts";
import { money, numbers } from "../data/words.ts";

/** What a change makes out of date, and what remaking that costs. Saving itself buys nothing. */
export function ChangePreview(props: { plan: Plan | null; problem: string | null }) {
  const { plan, problem } = props;
  if (problem !== null) return <p class="change-preview-problem">{problem}</p>;
  if (plan === null) return <p>…</p>;
  const due = plan.lines.filter(({ to_make, kind }) => to_make && kind !== "stitch");
  const stale = piecesOf(due.filter(({ state }) => state === "stale"));
  const missing = piecesOf(due.filter(({ state }) => state !== "stale"));
  return (
    <>
      <p>
        {stale === "" ? "Nothing goes out of date." : `Out of date: ${stale}.`}
        {missing !== "" && ` To be made: ${missing}.`}
      </p>
      <p>
        Saving is free. Making the film then{" "}
        {plan.total_usd === 0 ? "is free too" : <strong>costs at most {money(plan.total_usd)}</strong>}.
      </p>
    </>
  );
}

function piecesOf(lines: readonly PlanLine[]): string {
  const named = (kind: PlanLine["kind"], one: string, many: string) => {
    const places = lines.flatMap((line) => (line.kind === kind ? line.position : []));
    return places.length === 0 ? [] : [`${places.length === 1 ? one : many} ${numbers(places)}`];
  };
  const keyframes = named("keyframe", "keyframe", "keyframes");
  return [...keyframes, ...named("clip", "clip", "clips")].join(" and ");
}
