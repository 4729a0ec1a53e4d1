import type { Estimate, Project, ResumeChoice } from "../../data/api-types.ts";
import { api } from "../../data/client.ts";
import { type Preview, usePreview, usePurchase } from "../../data/hooks.ts";
import type { ShownFilm } from "../shown-film.ts";

/** Resumes a project with a choice. */
export function useResume({ project_id }: Project, onActed: () => void) {
  const { buy, ...action } = usePurchase();
  const resume = (choice: ResumeChoice) => buy(choice, (key) => api.resume(project_id, choice, key).then(onActed));
  return { ...action, resume };
}

export type Resume = ReturnType<typeof useResume>;

/** What resuming with a choice would buy, asked again after every event of the film. */
export function useOffer(
  { project, history }: Pick<ShownFilm, "project" | "history">,
  choice: ResumeChoice,
): Preview<Estimate> {
  const asked = { id: project.project_id, choice, seq: history.at(-1)?.seq ?? 0 };
  return usePreview(asked, ({ id, choice: chosen }, signal) => api.resumeOffer(id, chosen, signal));
}

/** Spent, reserved or unknown already, US dollars. */
export const committedOf = ({ cost }: Project): number => cost.spent_usd + cost.reserved_usd + cost.unknown_usd;

/** What is to be paid at most beside what is committed, US dollars. */
export const payableOf = (project: Project, { most_usd, max_usd }: Estimate): number =>
  Math.max(0, Math.min(most_usd, max_usd - committedOf(project)));

/** The choice at no more than the price that is shown; where none is, at no more than was accepted before. */
export function atShownPrice({ cost }: Project, choice: ResumeChoice, offer: Estimate | null): ResumeChoice {
  const max_cost = offer?.max_usd ?? cost.max_usd;
  return max_cost === null ? choice : { ...choice, max_cost };
}
