import { useState } from "preact/hooks";
import { isSettled, type Project, type Storyboard } from "../data/api-types.ts";
import { type EditingData, isStale } from "../data/directing.ts";
import { seamAt } from "../data/seams.ts";
import type { StepState } from "../data/steps.ts";
import { stillUrl } from "../data/stills.ts";
import { STEP_WORDS } from "../data/words.ts";
import { Bench, SceneButtons } from "./bench.tsx";
import { Picture } from "./picture.tsx";
import { SceneCard } from "./scene.tsx";
import { SeamSign, WeakSeams } from "./seams.tsx";
import { StaleSign } from "./signs.tsx";

interface StripProps {
  readonly project: Project;
  readonly storyboard: Storyboard | null;
  readonly steps: ReadonlyMap<string, StepState>;
  readonly directing: EditingData;
  onActed(): void;
  /** Edit the storyboard, beginning with a scene, 0-based. */
  onEdit(scene: number): void;
}

/**
 * The storyboard as a strip: a row of stills, and under it the scenes, each hung between its two stills.
 * A still between two scenes is the end of one and the start of the next.
 */
export function Strip({ project, storyboard, steps, directing, onActed, onEdit }: StripProps) {
  const { scenes } = project;
  const [open, setOpen] = useState<number | null>(null);
  if (scenes.length === 0) return isSettled(project.status) ? null : <Unwritten />;
  const show = (scene: number | null) => {
    if (scene !== null) directing.watch();
    setOpen(scene);
  };
  const shared = { project, steps, directing };
  return (
    <section class="table" aria-labelledby="strip-title">
      <div class="table-head">
        <h2 id="strip-title">Scenes</h2>
        {storyboard !== null && (
          <button type="button" class="secondary" onClick={() => onEdit(0)}>
            Edit the storyboard
          </button>
        )}
      </div>
      <div class="strip-scroll">
        <ol class={`strip strip-${ASPECT_NAMES[project.aspect_ratio]}`} style={{ "--stills": scenes.length + 1 }}>
          {scenes.map((scene, place) => [
            <Still key={`still-${place}`} {...shared} position={place} />,
            <SceneCard
              key={`scene-${place}`}
              project={project}
              scene={scene}
              story={storyboard?.scenes[place] ?? null}
              step={steps.get(`clip ${place}`) ?? null}
              steps={steps}
              isStale={isStale(directing, "clip", place)}
            >
              {storyboard !== null && (
                <SceneButtons
                  scene={place}
                  takes={takesOf(directing, place)}
                  isOpen={open === place}
                  onEdit={() => onEdit(place)}
                  onTakes={() => show(open === place ? null : place)}
                />
              )}
            </SceneCard>,
          ])}
          <Still key="last" {...shared} position={scenes.length} />
        </ol>
      </div>
      <WeakSeams {...{ project, directing, onActed }} onOrdered={show} />
      {open !== null && open < scenes.length && (
        <Bench key={open} {...{ project, directing, onActed }} scene={open} onClose={() => show(null)} />
      )}
    </section>
  );
}

const takesOf = ({ takes }: EditingData, scene: number): number =>
  takes.filter(({ kind, position }) => kind === "clip" && position === scene).length;

/** Before the storyboard is written: empty frames in the places of the keyframes. */
const Unwritten = () => (
  <section class="table unwritten" aria-labelledby="strip-title">
    <h2 id="strip-title">Scenes</h2>
    <p>They appear here as soon as the storyboard is written.</p>
    <div class="unwritten-frames" aria-hidden="true">
      <span />
      <span />
      <span />
      <span />
      <span />
    </div>
  </section>
);

const ASPECT_NAMES = { "16:9": "wide", "9:16": "tall", "1:1": "square" } as const;

type StillProps = Omit<StripProps, "storyboard" | "onActed" | "onEdit"> & { position: number };

function Still({ project, position, steps, directing }: StillProps) {
  const step = steps.get(`keyframe ${position}`) ?? null;
  const url = stillUrl(project, position, steps);
  const last = project.scenes.length;
  const known = seamAt(project, position);
  // Where the film begins and ends no two scenes meet: only what is wrong there is worth a sign.
  const seam = known?.bad || (position > 0 && position < last) ? known : undefined;
  const role = roleOf(position, last);
  return (
    <li class="still" style={{ "--place": position }} data-shared={position > 0 && position < last ? "" : undefined}>
      <div class={`still-frame ${url === null ? `blank ${step?.status ?? ""}` : ""}`}>
        <Picture url={url} alt={`Keyframe ${position + 1}, ${role}`} />
        {url === null && <span class="still-word">{step ? STEP_WORDS[step.status] : "to be drawn"}</span>}
        <span class="still-number" aria-hidden="true">
          {position + 1}
        </span>
        {isStale(directing, "keyframe", position) && <StaleSign of={`keyframe ${position + 1}`} />}
        {seam && <SeamSign seam={seam} scenes={last} />}
      </div>
      <span class="still-role">{role}</span>
    </li>
  );
}

function roleOf(position: number, last: number): string {
  if (position === 0) return "opens scene 1";
  if (position === last) return `ends scene ${last}`;
  return `ends scene ${position}, opens scene ${position + 1}`;
}
