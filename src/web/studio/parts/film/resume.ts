import type { Project, ResumeChoice } from "../../data/api-types.ts";
import { api } from "../../data/client.ts";
import { usePurchase } from "../../data/hooks.ts";

/** Resumes a project with a choice. */
export function useResume({ project_id }: Project, onActed: () => void) {
  const { buy, ...action } = usePurchase();
  const resume = (choice: ResumeChoice) => buy(choice, (key) => api.resume(project_id, choice, key).then(onActed));
  return { ...action, resume };
}

export type Resume = ReturnType<typeof useResume>;
