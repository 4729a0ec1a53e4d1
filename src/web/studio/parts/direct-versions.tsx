import type { Project } from "../data/api-types.ts";
import { director, type EditingData } from "../data/directing.ts";
import { useAction } from "../data/hooks.ts";
import { moment } from "../data/words.ts";
import { Problem } from "./signs.tsx";

/** The revisions of the film, newest first: each can be restored free of charge. */
export function Versions(props: { project: Project; directing: EditingData; onActed(): void }) {
  const { project, directing, onActed } = props;
  const { revisions } = directing;
  const action = useAction();
  if (revisions.length < 2) return null;
  const back = (revision: number) => action.run(() => director.revert(project.project_id, revision).then(onActed));
  return (
    <details class="history versions">
      <summary>
        Versions <span class="count">{revisions.length}</span>
      </summary>
      <ol>
        {revisions.toReversed().map(({ revision, at, note }) => (
          <li key={revision} aria-current={revision === project.revision ? "true" : undefined}>
            <span class="version-number">{revision + 1}</span>
            <span class="version-note">
              {note} <time dateTime={at}>{moment(at)}</time>
            </span>
            {revision === project.revision ? (
              <span class="version-now">now</span>
            ) : (
              <button type="button" class="chip" disabled={action.busy} onClick={() => back(revision)}>
                Go back<span class="hidden"> to version {revision + 1}</span>
              </button>
            )}
          </li>
        ))}
      </ol>
      <Problem>{action.problem}</Problem>
    </details>
  );
}
