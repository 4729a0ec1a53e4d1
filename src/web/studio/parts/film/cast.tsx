import { useState } from "preact/hooks";
import type { Cast as Known } from "../../data/api-types.ts";
import { type CastMember, castMembers, type ImageChange, referenceUrl, useCast } from "../../data/cast.ts";
import { Button } from "../button.tsx";
import { Image } from "../image.tsx";
import { FileButton, ImageChangeForm } from "../image-change.tsx";
import type { ShownFilm } from "../shown-film.ts";

/** The film's characters, places and objects, with the reference images for its keyframes. */
export function Cast(props: ShownFilm) {
  const { project, storyboard } = props;
  const cast = useCast(project);
  if (cast === null) return null;
  const members = castMembers(project.project_id, storyboard, cast);
  const images = members.filter(({ picture }) => picture !== null).length;
  const isFull = images >= cast.most;
  return (
    <section class="cast" aria-labelledby="cast-title">
      <h2 id="cast-title">Cast</h2>
      {!cast.seen && images > 0 && (
        <p class="soft">This film's image model does not use reference images. They are kept for a model that does.</p>
      )}
      <ul>
        {members.map((member) => (
          <CastMemberCard key={member.url} {...props} member={member} isFull={isFull} />
        ))}
        {!isFull && <NewCastMember {...props} cast={cast} />}
      </ul>
    </section>
  );
}

function CastMemberCard({ project, member, isFull, onActed }: ShownFilm & { member: CastMember; isFull: boolean }) {
  const [change, setChange] = useState<Pick<ImageChange, "file"> | null>(null);
  const name = member.name ?? "Every keyframe";
  const has = member.picture !== null;
  return (
    <li class="cast-member">
      <div class={has ? "cast-image" : "cast-image blank"}>
        {!has && <span aria-hidden="true">{initialOf(name)}</span>}
        <Image url={member.picture} alt={`Reference image of ${name}`} />
      </div>
      <div class="cast-text">
        <h3>{name}</h3>
        {member.description !== null && <p>{member.description}</p>}
        {change === null ? (
          <div class="chip-row">
            {(has || !isFull) && (
              <FileButton onChoose={(file) => setChange({ file })}>
                {has ? "Replace image" : "Add image"}
                <span class="visually-hidden"> of {name}</span>
              </FileButton>
            )}
            {has && (
              <Button class="chip" onClick={() => setChange({ file: null })}>
                Remove<span class="visually-hidden"> the image of {name}</span>
              </Button>
            )}
          </div>
        ) : (
          <ImageChangeForm
            change={{ ...change, url: member.url, revision: project.revision }}
            label={change.file === null ? "Remove image" : "Use this image"}
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

/** Adds a reference image for a name the storyboard lacks or, without a name, for every keyframe. */
function NewCastMember({ project, onActed }: ShownFilm & { cast: Known }) {
  const [name, setName] = useState("");
  const [file, setFile] = useState<File | null>(null);
  return (
    <li class="cast-member cast-member-new">
      <div class="cast-image blank" aria-hidden="true">
        +
      </div>
      <div class="cast-text">
        <label class="field">
          <span class="visually-hidden">Name of another character, place or object</span>
          <input
            placeholder="Name (optional)"
            maxLength={120}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        {file === null ? (
          <div class="chip-row">
            <FileButton onChoose={setFile}>Choose image</FileButton>
          </div>
        ) : (
          <ImageChangeForm
            change={{ file, url: referenceUrl(project.project_id, name.trim() || "-"), revision: project.revision }}
            label={name.trim() === "" ? "Use for every keyframe" : "Add to cast"}
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
