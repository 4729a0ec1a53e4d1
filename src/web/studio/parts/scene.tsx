import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Project, SceneState, StoryScene, Transition } from "../data/api-types.ts";
import { mediaUrl } from "../data/client.ts";
import { useMediaUrl, useNow } from "../data/hooks.ts";
import { isMoving, type StepState } from "../data/steps.ts";
import { stillUrl, versionOf } from "../data/stills.ts";
import { length, STEP_WORDS, stopwatch, TRANSITION_WORDS } from "../data/words.ts";
import { Picture } from "./picture.tsx";
import { StaleSign } from "./signs.tsx";

interface SceneProps {
  readonly project: Project;
  readonly scene: SceneState;
  readonly story: StoryScene | null;
  /** The step that films it; null while it is not due. */
  readonly step: StepState | null;
  readonly steps: ReadonlyMap<string, StepState>;
  /** The prompts or keyframes of the clip have changed since it was made. */
  readonly isStale: boolean;
  /** What can be done with it. */
  readonly children?: ComponentChildren;
}

/** A scene: its clip, what happens, and how it was asked for. */
export function SceneCard({ project, scene, story, step, steps, isStale, children }: SceneProps) {
  const number = scene.scene_index + 1;
  const isOut = project.missing_scenes.includes(scene.scene_index) || scene.status === "skipped";
  return (
    <li class="scene" style={{ "--place": scene.scene_index }} data-out={isOut ? "" : undefined}>
      <article aria-labelledby={`scene-${number}`}>
        {scene.has_clip ? (
          <Screen {...{ project, scene, step, steps }} />
        ) : (
          <Unfilmed {...{ project, scene, step, steps }} />
        )}
        <h3 id={`scene-${number}`}>
          Scene {number}
          {isOut && <span class="out"> left out</span>}
          {isStale && <StaleSign of="clip" />}
        </h3>
        <p class="scene-text">{scene.description}</p>
        {story && <Directions story={story} />}
        {children}
      </article>
    </li>
  );
}

const Directions = ({ story }: { story: StoryScene }) => (
  <details class="directions">
    <summary>Camera and prompts</summary>
    <dl>
      <dt>Camera</dt>
      <dd>{story.motion_prompt}</dd>
      <dt>Opens on</dt>
      <dd>{story.start_frame_prompt}</dd>
      <dt>Ends on</dt>
      <dd>{story.end_frame_prompt}</dd>
      {story.characters.length > 0 && (
        <>
          <dt>Who</dt>
          <dd>{story.characters.join(", ")}</dd>
        </>
      )}
      {(story.transition !== null || story.transition_notes !== "") && (
        <>
          <dt>Into the next</dt>
          {story.transition && <dd>{passageOf(story.transition)}</dd>}
          {story.transition_notes !== "" && <dd>{story.transition_notes}</dd>}
        </>
      )}
    </dl>
  </details>
);

const passageOf = ({ kind, seconds }: Transition): string =>
  [TRANSITION_WORDS[kind], ...(seconds > 0 ? [length(seconds)] : [])].join(", ");

/** `look`: silent, while the pointer rests on it. `play`: with sound, by click or key, until stopped. */
type Playing = "no" | "look" | "play";

type Shown = Pick<SceneProps, "project" | "scene" | "step" | "steps">;

function Screen({ project, scene, step, steps }: Shown) {
  const [playing, setPlaying] = useState<Playing>("no");
  const number = scene.scene_index + 1;
  const calm = useRef(matchMedia("(prefers-reduced-motion: reduce)").matches);
  const peek = (kind: string, next: Playing) => {
    if (kind === "mouse" && !calm.current && playing !== "play") setPlaying(next);
  };
  return (
    <button
      type="button"
      class="screen"
      aria-pressed={playing === "play"}
      aria-label={`${playing === "play" ? "Stop" : "Play"} the clip of scene ${number}`}
      onPointerEnter={(event) => peek(event.pointerType, "look")}
      onPointerLeave={(event) => peek(event.pointerType, "no")}
      onClick={() => setPlaying(playing === "play" ? "no" : "play")}
      onKeyDown={(event) => event.key === "Escape" && setPlaying("no")}
    >
      <Picture url={stillUrl(project, scene.scene_index, steps)} alt="" />
      {playing !== "no" && (
        <Moving
          url={`${mediaUrl.clip(project.project_id, scene.scene_index)}${versionOf(project, step ?? undefined, "?")}`}
          muted={playing === "look"}
        />
      )}
      <span class="screen-sign" aria-hidden="true" />
    </button>
  );
}

export function Moving({ url, muted }: { url: string; muted: boolean }) {
  const src = useMediaUrl(url);
  const [shown, setShown] = useState(false);
  if (src === null) return null;
  return (
    <video
      class={shown ? "moving shown" : "moving"}
      src={src}
      muted={muted}
      autoplay
      loop
      playsInline
      onPlaying={() => setShown(true)}
    />
  );
}

function Unfilmed({ project, scene, step, steps }: Shown) {
  const moving = step !== null && isMoving(step.status);
  const now = useNow(moving);
  const waitsFor = project.status === "review" ? "waits for your approval" : "waits for its keyframes";
  const word = step === null ? (WAITING_FOR[scene.status] ?? waitsFor) : STEP_WORDS[step.status];
  return (
    <div class={`screen unfilmed ${step?.status ?? ""}`}>
      <Picture url={stillUrl(project, scene.scene_index, steps)} alt="" />
      <p class="screen-word">
        <strong>{moving ? "filming" : word}</strong>
        {moving && step.startedAtMs !== null && <span class="clock">{stopwatch(now - step.startedAtMs)}</span>}
        {step?.message && !moving && <span class="why">{step.message}</span>}
      </p>
    </div>
  );
}

const WAITING_FOR: Readonly<Record<string, string>> = {
  keyframes_done: "in line",
  cancelled: "cancelled",
  skipped: "left out",
  failed: "failed",
};
