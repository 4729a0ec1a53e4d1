import { type Directing, isStale } from "../data/directing.ts";
import type { StepState } from "../data/steps.ts";
import { stillUrl } from "../data/stills.ts";
import { isSettled, type Project, type Storyboard } from "../data/wire.ts";
import { STEP_WORDS } from "../data/words.ts";
import { SceneTools } from "./direct-scene.tsx";
import { Picture } from "./picture.tsx";
import { SceneCard } from "./scene.tsx";
import { StaleSign } from "./signs.tsx";

interface StripProps {
  readonly project: Project;
  readonly storyboard: Storyboard | null;
  readonly steps: ReadonlyMap<string, StepState>;
  readonly directing: Directing;
  onActed(): void;
}

/**
 * The storyboard as a strip: a row of stills, and under it the scenes, each hung between its two stills.
 * A still between two scenes is the end of one and the start of the next.
 */
export function Strip({ project, storyboard, steps, directing, onActed }: StripProps) {
  const { scenes } = project;
  if (scenes.length === 0) return isSettled(project.status) ? null : <Unwritten />;
  return (
    <section class="table" aria-labelledby="strip-title">
      <h2 id="strip-title">Scenes</h2>
      <div class="strip-scroll">
        <ol class={`strip strip-${ASPECT_NAMES[project.aspect_ratio]}`}>
          {scenes.map((scene, place) => [
            <Still key={`still-${place}`} {...{ project, steps, directing }} position={place} />,
            <SceneCard
              key={`scene-${place}`}
              project={project}
              scene={scene}
              story={storyboard?.scenes[place] ?? null}
              step={steps.get(`clip ${place}`) ?? null}
              steps={steps}
              isStale={isStale(directing, "clip", place)}
            >
              <SceneTools
                {...{ project, directing, onActed }}
                scene={place}
                story={storyboard?.scenes[place] ?? null}
              />
            </SceneCard>,
          ])}
          <Still key="last" {...{ project, steps, directing }} position={scenes.length} />
        </ol>
      </div>
    </section>
  );
}

/** The table before the storyboard: empty frames where the stills will lie. */
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

type StillProps = Omit<StripProps, "storyboard" | "onActed"> & { position: number };

function Still({ project, position, steps, directing }: StillProps) {
  const step = steps.get(`keyframe ${position}`) ?? null;
  const url = stillUrl(project, position, steps);
  const last = project.scenes.length;
  const role = roleOf(position, last);
  return (
    <li class="still" style={{ "--place": position }} data-shared={position > 0 && position < last ? "" : undefined}>
      <div class={`still-frame ${url === null ? `blank ${step?.status ?? ""}` : ""}`}>
        <Picture url={url} alt={`Still ${position + 1}, ${role}`} />
        {url === null && <span class="still-word">{step ? STEP_WORDS[step.status] : "to be drawn"}</span>}
        <span class="still-number" aria-hidden="true">
          {position + 1}
        </span>
        {isStale(directing, "keyframe", position) && <StaleSign of={`still ${position + 1}`} />}
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
