import { useRef } from "preact/hooks";
import type { Project, ResumeChoice } from "../../data/api-types.ts";
import { api, createIdempotentRequests } from "../../data/client.ts";
import { type Action, useAction } from "../../data/hooks.ts";

export interface Resume extends Action {
  resume(choice: ResumeChoice): void;
}

/** Resumes a project with a choice. A press that is repeated after a lost response is the same request. */
export function useResume({ project_id }: Project, onActed: () => void): Resume {
  const action = useAction();
  const requests = useRef(createIdempotentRequests());
  const resume = (choice: ResumeChoice) =>
    action.run(async () => {
      await api.resume(project_id, choice, requests.current.keyOf(choice));
      // Choosing the same again is a new decision.
      requests.current = createIdempotentRequests();
      onActed();
    });
  return { ...action, resume };
}
