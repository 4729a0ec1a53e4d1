import type { Plan, PlanLine } from "../data/api-types.ts";
import { money, numbers } from "../data/words.ts";

/** What a change makes out of date, and what going on costs then. Saving buys nothing. */
export function Foretold(props: { plan: Plan | null; problem: string | null }) {
  const { plan, problem } = props;
  if (problem !== null) return <p class="foretold-problem">{problem}</p>;
  if (plan === null) return <p>…</p>;
  const due = plan.lines.filter(({ to_make, kind }) => to_make && kind !== "stitch");
  const stale = piecesOf(due.filter(({ state }) => state === "stale"));
  const missing = piecesOf(due.filter(({ state }) => state !== "stale"));
  return (
    <>
      <p>
        {stale === "" ? "Nothing that is made goes out of date." : `Out of date: ${stale}.`}
        {missing !== "" && ` To be made: ${missing}.`}
      </p>
      <p>
        Saving is free; going on{" "}
        {plan.total_usd === 0 ? "is free, too" : <strong>then costs at most {money(plan.total_usd)}</strong>}.
      </p>
    </>
  );
}

function piecesOf(lines: readonly PlanLine[]): string {
  const named = (kind: PlanLine["kind"], one: string, many: string) => {
    const places = lines.flatMap((line) => (line.kind === kind ? line.position : []));
    return places.length === 0 ? [] : [`${places.length === 1 ? one : many} ${numbers(places)}`];
  };
  const stills = named("keyframe", "keyframe", "keyframes");
  return [...stills, ...named("clip", "the clip of scene", "the clips of scenes")].join(" and ");
}
