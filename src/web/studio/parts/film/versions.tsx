import type { Project } from "../../data/api-types.ts";
import { type EditingData, editingApi } from "../../data/directing.ts";
import { useAction } from "../../data/hooks.ts";
import { moment } from "../../data/words.ts";
import { Problem } from "../status.tsx";

/** The film's revisions, newest first. Restoring one is free. */
export function Versions(props: { project: Project; editing: EditingData; onActed(): void }) {
  const { project, editing, onActed } = props;
  const { revisions } = editing;
  const action = useAction();
  if (revisions.length < 2) return null;
  const restore = (revision: number) => action.run(() => editingApi.revert(project.project_id, revision).then(onActed));
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
              <span class="version-current">current</span>
            ) : (
              <button type="button" class="chip" disabled={action.busy} onClick={() => restore(revision)}>
                Restore<span class="visually-hidden"> version {revision + 1}</span>
              </button>
            )}
          </li>
        ))}
      </ol>
      <Problem>{action.problem}</Problem>
    </details>
  );
}
