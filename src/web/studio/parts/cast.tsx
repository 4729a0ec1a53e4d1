import { useState } from "preact/hooks";
import type { Cast as Known, Project, Storyboard } from "../data/api-types.ts";
import { type PictureChange, type Role, rolesOf, roleUrl, useCast } from "../data/cast.ts";
import { ChooseFile, PictureOffer } from "./own-picture.tsx";
import { Picture } from "./picture.tsx";

interface CastProps {
  readonly project: Project;
  readonly storyboard: Storyboard | null;
  onActed(): void;
}

/** The cast of the film: descriptions, and the reference images for the keyframes. */
export function Cast(props: CastProps) {
  const { project, storyboard } = props;
  const cast = useCast(project);
  if (cast === null) return null;
  const roles = rolesOf(project.project_id, storyboard, cast);
  const pictures = roles.filter(({ picture }) => picture !== null).length;
  const isFull = pictures >= cast.most;
  return (
    <section class="cast" aria-labelledby="cast-title">
      <h2 id="cast-title">Cast</h2>
      {!cast.seen && pictures > 0 && (
        <p class="soft">This film's image model does not use reference images; they are kept for a model that does.</p>
      )}
      <ul>
        {roles.map((role) => (
          <RoleCard key={role.url} {...props} role={role} isFull={isFull} />
        ))}
        {!isFull && <NewRole {...props} cast={cast} />}
      </ul>
    </section>
  );
}

function RoleCard({ project, role, isFull, onActed }: CastProps & { role: Role; isFull: boolean }) {
  const [change, setChange] = useState<Pick<PictureChange, "file"> | null>(null);
  const name = role.name ?? "In every keyframe";
  const has = role.picture !== null;
  return (
    <li class="role">
      <div class={has ? "role-picture" : "role-picture blank"}>
        {!has && <span aria-hidden="true">{initialOf(name)}</span>}
        <Picture url={role.picture} alt={`Picture of ${name}`} />
      </div>
      <div class="role-words">
        <h3>{name}</h3>
        {role.description !== null && <p>{role.description}</p>}
        {change === null ? (
          <div class="scene-buttons">
            {(has || !isFull) && (
              <ChooseFile onChoose={(file) => setChange({ file })}>
                {has ? "Another picture" : "Add a picture"}
                <span class="hidden"> of {name}</span>
              </ChooseFile>
            )}
            {has && (
              <button type="button" class="chip" onClick={() => setChange({ file: null })}>
                Remove<span class="hidden"> the picture of {name}</span>
              </button>
            )}
          </div>
        ) : (
          <PictureOffer
            change={{ ...change, url: role.url, revision: project.revision }}
            deed={change.file === null ? "Remove the picture" : "Use this picture"}
            onActed={onActed}
            onClose={() => setChange(null)}
          />
        )}
      </div>
    </li>
  );
}

const initialOf = (name: string): string =>
  name
    .replace(/^(the|an?) /i, "")
    .slice(0, 1)
    .toUpperCase();

/** A new character, place or thing, or a picture for every keyframe. */
function NewRole({ project, onActed }: CastProps & { cast: Known }) {
  const [name, setName] = useState("");
  const [file, setFile] = useState<File | null>(null);
  return (
    <li class="role new-role">
      <div class="role-picture blank" aria-hidden="true">
        +
      </div>
      <div class="role-words">
        <label class="field">
          <span class="hidden">Name of another character, place or thing in the film</span>
          <input
            placeholder="Another character, place or thing"
            maxLength={120}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        {file === null ? (
          <div class="scene-buttons">
            <ChooseFile onChoose={setFile}>Choose a picture</ChooseFile>
          </div>
        ) : (
          <PictureOffer
            change={{ file, url: roleUrl(project.project_id, name.trim() || "-"), revision: project.revision }}
            deed={name.trim() === "" ? "Use it for every keyframe" : "Add to the cast"}
            onActed={onActed}
            onClose={() => {
              setFile(null);
              setName("");
            }}
          />
        )}
      </div>
    </li>
  );
}
