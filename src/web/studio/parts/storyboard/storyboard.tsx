import { useState } from "preact/hooks";
import { type EditingData, isStale } from "../../data/directing.ts";
import { seamAt } from "../../data/seams.ts";
import { keyframeUrl } from "../../data/stills.ts";
import { isSettled, STEP_WORDS } from "../../data/words.ts";
import { Button } from "../button.tsx";
import { Image } from "../image.tsx";
import type { ShownFilm } from "../shown-film.ts";
import { OutOfDate } from "../status.tsx";
import { SceneCard } from "./scene-card.tsx";
import { SeamBadge, WeakSeams } from "./seams.tsx";
import { SceneButtons, TakesPanel } from "./takes.tsx";

interface StoryboardGridProps extends ShownFilm {
  /** Opens the editor at a scene, 0-based. */
  onEdit(scene: number): void;
}

/**
 * A row of keyframes, and below it the scenes, each between its start and end keyframe.
 * A keyframe between two scenes is the end of one and the start of the next.
 */
export function StoryboardGrid({ onEdit, ...shown }: StoryboardGridProps) {
  const { project, storyboard, editing } = shown;
  const { scenes } = project;
  const [open, setOpen] = useState<number | null>(null);
  if (scenes.length === 0) return isSettled(project.status) ? null : <Placeholder />;
  const show = (scene: number | null) => {
    if (scene !== null) editing.watch();
    setOpen(scene);
  };
  return (
    <section class="storyboard" aria-labelledby="storyboard-title">
      <div class="storyboard-head">
        <h2 id="storyboard-title">Scenes</h2>
        {storyboard !== null && (
          <Button class="secondary" onClick={() => onEdit(0)}>
            Edit storyboard
          </Button>
        )}
      </div>
      <div class="storyboard-scroll">
        <ol
          class={`storyboard-grid storyboard-grid-${ASPECT_NAMES[project.aspect_ratio]}`}
          style={{ "--keyframes": scenes.length + 1 }}
        >
          {scenes.map((scene, place) => [
            <KeyframeCard key={`still-${place}`} {...shown} position={place} />,
            <SceneCard key={`scene-${place}`} {...shown} scene={scene}>
              {storyboard !== null && (
                <SceneButtons
                  scene={place}
                  takes={takesOf(editing, place)}
                  isOpen={open === place}
                  onEdit={() => onEdit(place)}
                  onTakes={() => show(open === place ? null : place)}
                />
              )}
            </SceneCard>,
          ])}
          <KeyframeCard key="last" {...shown} position={scenes.length} />
        </ol>
      </div>
      <WeakSeams {...shown} onOrdered={show} />
      {open !== null && open < scenes.length && (
        <TakesPanel key={open} {...shown} scene={open} onClose={() => show(null)} />
      )}
    </section>
  );
}

const takesOf = ({ takes }: EditingData, scene: number): number =>
  takes.filter(({ kind, position }) => kind === "clip" && position === scene).length;

/** Empty frames until the storyboard is written. */
const Placeholder = () => (
  <section class="storyboard storyboard-placeholder" aria-labelledby="storyboard-title">
    <h2 id="storyboard-title">Scenes</h2>
    <p>The scenes appear here when the storyboard is written.</p>
    <div class="placeholder-frames" aria-hidden="true">
      {Array.from({ length: 5 }, (_, place) => (
        <span key={place} />
      ))}
    </div>
  </section>
);

const ASPECT_NAMES = { "16:9": "wide", "9:16": "tall", "1:1": "square" } as const;

function KeyframeCard({ project, position, steps, editing }: ShownFilm & { position: number }) {
  const step = steps.get(`keyframe ${position}`) ?? null;
  const url = keyframeUrl(project, position, steps);
  const last = project.scenes.length;
  const known = seamAt(project, position);
  // The film's first and last keyframe join no scenes: their score is shown only when it is bad.
  const seam = known?.bad || (position > 0 && position < last) ? known : undefined;
  const role = roleOf(position, last);
  return (
    <li class="keyframe" style={{ "--place": position }} data-shared={position > 0 && position < last ? "" : undefined}>
      <div class={`keyframe-frame ${url === null ? `blank ${step?.status ?? ""}` : ""}`}>
        <Image url={url} alt={`Keyframe ${position + 1}, ${role}`} />
        {url === null && <span class="keyframe-note">{step ? STEP_WORDS[step.status] : "not made yet"}</span>}
        <span class="keyframe-number" aria-hidden="true">
          {position + 1}
        </span>
        {isStale(editing, "keyframe", position) && <OutOfDate of={`keyframe ${position + 1}`} />}
        {seam && <SeamBadge seam={seam} scenes={last} />}
      </div>
      <span class="visually-hidden">{role}</span>
    </li>
  );
}

function roleOf(position: number, last: number): string {
  if (position === 0) return "starts scene 1";
  if (position === last) return `ends scene ${last}`;
  return `ends scene ${position}, starts scene ${position + 1}`;
}
