import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { SceneState, StoryScene, Transition } from "../../data/api-types.ts";
import { mediaUrl } from "../../data/client.ts";
import { isStale } from "../../data/directing.ts";
import { useMediaUrl, useNow } from "../../data/hooks.ts";
import { isMoving } from "../../data/steps.ts";
import { keyframeUrl, versionOf } from "../../data/stills.ts";
import { length, STEP_WORDS, stopwatch, TRANSITION_WORDS } from "../../data/words.ts";
import { Button } from "../button.tsx";
import { Image } from "../image.tsx";
import type { ShownFilm } from "../shown-film.ts";
import { OutOfDate } from "../status.tsx";
import { OwnClipForm, useDroppedFile } from "./own-clip.tsx";

interface SceneCardProps extends ShownFilm {
  readonly scene: SceneState;
  /** Buttons of the scene. */
  readonly children?: ComponentChildren;
}

/** A scene: its clip, description and prompts. */
export function SceneCard(props: SceneCardProps) {
  const { project, storyboard, editing, scene, children, onActed } = props;
  const dropped = useDroppedFile();
  const story = storyboard?.scenes[scene.scene_index];
  const number = scene.scene_index + 1;
  const isOut = project.missing_scenes.includes(scene.scene_index) || scene.status === "skipped";
  return (
    <li
      class="scene"
      style={{ "--place": scene.scene_index }}
      data-out={isOut ? "" : undefined}
      {...(storyboard !== null && dropped.target)}
    >
      <article aria-labelledby={`scene-${number}`}>
        {scene.has_clip ? <ClipPreview {...props} /> : <MissingClip {...props} />}
        <h3 id={`scene-${number}`}>
          Scene {number}
          {isOut && <span class="scene-skipped"> skipped</span>}
          {scene.own_clip && <span class="scene-own"> own clip</span>}
          {isStale(editing, "clip", scene.scene_index) && <OutOfDate of="clip" />}
        </h3>
        <p class="scene-text">{scene.description}</p>
        {scene.clip_longer && (
          <p class="soft">
            The clip came {length(scene.clip_longer.came_seconds)} long; the film shows the{" "}
            {length(scene.clip_longer.ordered_seconds)} that were ordered.
          </p>
        )}
        {dropped.file !== null && (
          <OwnClipForm
            {...{ project, onActed }}
            scene={scene.scene_index}
            file={dropped.file}
            onClose={dropped.forget}
          />
        )}
        {story && <ScenePrompts story={story} />}
        {children}
      </article>
    </li>
  );
}

const ScenePrompts = ({ story }: { story: StoryScene }) => (
  <details class="prompts">
    <summary>Camera and prompts</summary>
    <dl>
      <dt>Camera</dt>
      <dd>{story.motion_prompt}</dd>
      <dt>Start keyframe</dt>
      <dd>{story.start_frame_prompt}</dd>
      <dt>End keyframe</dt>
      <dd>{story.end_frame_prompt}</dd>
      {story.characters.length > 0 && (
        <>
          <dt>Characters</dt>
          <dd>{story.characters.join(", ")}</dd>
        </>
      )}
      {(story.transition !== null || story.transition_notes !== "") && (
        <>
          <dt>Transition</dt>
          {story.transition && <dd>{transitionText(story.transition)}</dd>}
          {story.transition_notes !== "" && <dd>{story.transition_notes}</dd>}
        </>
      )}
    </dl>
  </details>
);

const transitionText = ({ kind, seconds }: Transition): string =>
  [TRANSITION_WORDS[kind], ...(seconds > 0 ? [length(seconds)] : [])].join(", ");

/** `hover`: muted, while the pointer is over it. `play`: with sound, by click or key, until stopped. */
type Playing = "no" | "hover" | "play";

function ClipPreview({ project, scene, steps }: SceneCardProps) {
  const step = steps.get(`clip ${scene.scene_index}`);
  const [playing, setPlaying] = useState<Playing>("no");
  const number = scene.scene_index + 1;
  const calm = useRef(matchMedia("(prefers-reduced-motion: reduce)").matches);
  const peek = (kind: string, next: Playing) => {
    if (kind === "mouse" && !calm.current && playing !== "play") setPlaying(next);
  };
  return (
    <Button
      class="clip-preview"
      aria-pressed={playing === "play"}
      aria-label={`${playing === "play" ? "Stop" : "Play"} clip ${number}`}
      onPointerEnter={(event) => peek(event.pointerType, "hover")}
      onPointerLeave={(event) => peek(event.pointerType, "no")}
      onClick={() => setPlaying(playing === "play" ? "no" : "play")}
      onKeyDown={(event) => event.key === "Escape" && setPlaying("no")}
    >
      <Image url={keyframeUrl(project, scene.scene_index, steps)} alt="" />
      {playing !== "no" && (
        <ClipVideo
          url={`${mediaUrl.clip(project.project_id, scene.scene_index)}${versionOf(project, step, "?")}`}
          muted={playing === "hover"}
        />
      )}
      <span class="play-icon" aria-hidden="true" />
    </Button>
  );
}

export function ClipVideo({ url, muted }: { url: string; muted: boolean }) {
  const src = useMediaUrl(url);
  const [shown, setShown] = useState(false);
  if (src === null) return null;
  return (
    <video
      class={shown ? "clip-video shown" : "clip-video"}
      src={src}
      muted={muted}
      autoplay
      loop
      playsInline
      onPlaying={() => setShown(true)}
    />
  );
}

function MissingClip({ project, scene, steps }: SceneCardProps) {
  const step = steps.get(`clip ${scene.scene_index}`);
  const moving = step !== undefined && isMoving(step.status);
  const now = useNow(moving);
  const waitsFor = project.status === "review" ? "waiting for approval" : "waiting for keyframes";
  const word = step === undefined ? (WAITING_FOR[scene.status] ?? waitsFor) : STEP_WORDS[step.status];
  return (
    <div class={`clip-preview missing-clip ${step?.status ?? ""}`}>
      <Image url={keyframeUrl(project, scene.scene_index, steps)} alt="" />
      <p class="clip-note">
        <strong>{moving ? "making clip" : word}</strong>
        {moving && step.startedAtMs !== null && <span class="clock">{stopwatch(now - step.startedAtMs)}</span>}
        {step?.message && !moving && <span class="clip-note-reason">{step.message}</span>}
      </p>
    </div>
  );
}

const WAITING_FOR: Readonly<Record<string, string>> = {
  keyframes_done: "queued",
  cancelled: "cancelled",
  skipped: "skipped",
  failed: "failed",
};
