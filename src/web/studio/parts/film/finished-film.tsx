import { useState } from "preact/hooks";
import { api, mediaUrl, send } from "../../data/client.ts";
import { saveFile } from "../../data/hand-over.ts";
import { useAccess, useAction } from "../../data/hooks.ts";
import { isSettled, length, size } from "../../data/words.ts";
import { Button } from "../button.tsx";
import type { ShownFilm } from "../shown-film.ts";
import { Slider } from "../slider.tsx";
import { Problem } from "../status.tsx";

/** Downloads a finished film, or stitches it again. */
export const FinishedFilm = (props: ShownFilm) => (
  <section class="film-tools" aria-label="Finished film">
    <Download {...props} />
    <Restitch {...props} />
  </section>
);

function Download({ project }: ShownFilm) {
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
      <Button class="primary" action={action} onClick={() => action.run(() => save(mediaUrl.film(project_id), name))}>
        {words}
      </Button>
      <Problem>{action.problem}</Problem>
    </>
  );
}

/** A link cannot send a token, so the film is fetched and saved from memory. */
const save = async (url: string, name: string): Promise<void> => saveFile(await (await send(url)).blob(), name);

/** Stitches the clips again with another crossfade, which is free. */
function Restitch({ project, steps, onActed }: ShownFilm) {
  const [chosen, setChosen] = useState<number | null>(null);
  const action = useAction();
  const isRunning = !isSettled(project.status);
  const crossfade = chosen ?? project.crossfade;
  const moving = steps.get("stitch 0")?.status === "running";
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
      <Button
        class="secondary"
        action={action}
        disabled={isRunning || crossfade === project.crossfade}
        onClick={() => action.run(() => api.stitch(project.project_id, crossfade).then(onActed))}
      >
        {isRunning && moving ? "Stitching…" : "Restitch"}
      </Button>
      <Problem>{action.problem}</Problem>
    </div>
  );
}
