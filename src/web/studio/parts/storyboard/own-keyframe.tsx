import { useState } from "preact/hooks";
import { userKeyframeUrl } from "../../data/cast.ts";
import { FileButton, ImageChangeForm } from "../image-change.tsx";
import type { ShownFilm } from "../shown-film.ts";

/** Replaces a keyframe with the user's own image, after showing what that changes. */
export function UserKeyframe({
  project,
  position,
  onActed,
}: Pick<ShownFilm, "project" | "onActed"> & { position: number }) {
  const [file, setFile] = useState<File | null>(null);
  if (file === null)
    return (
      <div class="chip-row">
        <FileButton onChoose={setFile}>
          Use my own image<span class="visually-hidden"> as keyframe {position + 1}</span>
        </FileButton>
      </div>
    );
  return (
    <ImageChangeForm
      change={{ file, url: userKeyframeUrl(project.project_id, position), revision: project.revision }}
      label={`Use as keyframe ${position + 1}`}
      onActed={onActed}
      onClose={() => setFile(null)}
    />
  );
}
