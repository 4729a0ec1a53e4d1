import { useState } from "preact/hooks";
import type { Project } from "../../data/api-types.ts";
import { api, mediaUrl, send } from "../../data/client.ts";
import { saveFile } from "../../data/hand-over.ts";
import { useAccess, useAction } from "../../data/hooks.ts";
import type { StepState } from "../../data/steps.ts";
import { isSettled, length, size } from "../../data/words.ts";
import { Slider } from "../slider.tsx";
import { Problem } from "../status.tsx";

/** Downloads a finished film, or stitches it again. */
export const FinishedFilm = (props: { project: Project; steps: ReadonlyMap<string, StepState>; onActed(): void }) => (
  <section class="film-tools" aria-label="Finished film">
    <Download project={props.project} />
    <Restitch project={props.project} stitch={props.steps.get("stitch 0") ?? null} onActed={props.onActed} />
  </section>
);

function Download({ project }: { project: Project }) {
  const { token } = useAccess();
  const action = useAction();
  const { film, project_id } = project;
  if (film === null) return null;
  const name = `video_${project_id}.mp4`;
  const words = (
    <>
      Download <span class="price">{size(film.bytes)}</span>
    </>
  );
  if (token === null)
    return (
      <a class="button primary" href={mediaUrl.film(project_id)} download={name}>
        {words}
      </a>
    );
  return (
    <>
      <button
        type="button"
        class="primary"
        disabled={action.busy}
        onClick={() => action.run(() => save(mediaUrl.film(project_id), name))}
      >
        {words}
      </button>
      <Problem>{action.problem}</Problem>
    </>
  );
}

/** A link cannot send a token, so the film is fetched and saved from memory. */
const save = async (url: string, name: string): Promise<void> => saveFile(await (await send(url)).blob(), name);

/** Stitches the clips again with another crossfade, which is free. */
function Restitch({ project, stitch, onActed }: { project: Project; stitch: StepState | null; onActed(): void }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const action = useAction();
  const isRunning = !isSettled(project.status);
  const crossfade = chosen ?? project.crossfade;
  const moving = stitch?.status === "running";
  return (
    <div class="stitch-again">
      <Slider
        label="Crossfade"
        value={crossfade}
        max={Math.min(2, project.clip_duration / 2)}
        step={0.1}
        words={crossfade === 0 ? "Hard cuts" : length(crossfade)}
        onChange={setChosen}
      />
      <button
        type="button"
        class="secondary"
        disabled={isRunning || action.busy || crossfade === project.crossfade}
        onClick={() => action.run(() => api.stitch(project.project_id, crossfade).then(onActed))}
      >
        {isRunning && moving ? "Stitching…" : "Restitch"}
      </button>
      <Problem>{action.problem}</Problem>
    </div>
  );
}
