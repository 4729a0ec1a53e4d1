import { editingApi } from "../../data/directing.ts";
import { useAction } from "../../data/hooks.ts";
import { moment } from "../../data/words.ts";
import { Button } from "../button.tsx";
import type { ShownFilm } from "../shown-film.ts";
import { Problem } from "../status.tsx";

/** The film's revisions, newest first. Restoring one is free. */
export function Versions({ project, editing, onActed }: ShownFilm) {
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
              <Button class="chip" action={action} onClick={() => restore(revision)}>
                Restore<span class="visually-hidden"> version {revision + 1}</span>
              </Button>
            )}
          </li>
        ))}
      </ol>
      <Problem>{action.problem}</Problem>
    </details>
  );
}
