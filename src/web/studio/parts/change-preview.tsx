import type { Plan, PlanLine } from "../data/api-types.ts";
import type { Preview } from "../data/hooks.ts";
import { money, mostWords, numbers } from "../data/words.ts";

/** What a change makes out of date, and what remaking that costs. Saving itself buys nothing. */
export function ChangePreview({ answer: plan, problem }: Preview<Plan>) {
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
        {plan.most_usd === 0 ? "is free too" : <strong>costs {money(plan.total_usd)}</strong>}.{" "}
        {plan.most_usd > 0 && mostWords(plan.most_usd)}
      </p>
    </>
  );
}

function piecesOf(lines: readonly PlanLine[]): string {
  const named = (kind: "keyframe" | "clip") => {
    const places = lines.flatMap((line) => (line.kind === kind ? line.position : []));
    return places.length === 0 ? [] : [`${places.length === 1 ? kind : `${kind}s`} ${numbers(places)}`];
  };
  return [...named("keyframe"), ...named("clip")].join(" and ");
}
