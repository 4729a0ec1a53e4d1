import type { Project, ResumeChoice } from "../../data/api-types.ts";
import { api } from "../../data/client.ts";
import { type Action, usePurchase } from "../../data/hooks.ts";

export interface Resume extends Action {
  resume(choice: ResumeChoice): void;
}

/** Resumes a project with a choice. */
export function useResume({ project_id }: Project, onActed: () => void): Resume {
  const { buy, ...action } = usePurchase();
  const resume = (choice: ResumeChoice) => buy(choice, (key) => api.resume(project_id, choice, key).then(onActed));
  return { ...action, resume };
}
