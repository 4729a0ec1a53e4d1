import { useId } from "preact/hooks";
import type { Project } from "../../data/api-types.ts";
import { keyframeUrl } from "../../data/stills.ts";
import { changed, type DraftScene, type StoryDraft } from "../../data/story-draft.ts";
import { length, opening } from "../../data/words.ts";
import { Button } from "../button.tsx";
import { Image } from "../image.tsx";

interface SceneEditorProps {
  readonly project: Project;
  readonly draft: StoryDraft;
  readonly scene: DraftScene;
  /** Index among the scenes that stay, 0-based; -1 when the scene is removed. */
  readonly place: number;
  /** How many scenes stay. */
  readonly count: number;
  /** Clip lengths the models offer, seconds. */
  readonly lengths: readonly number[];
  change(next: (draft: StoryDraft) => StoryDraft): void;
  onMove(by: -1 | 1): void;
  onOut(): void;
}

/** Edits, moves or removes one scene. */
export function SceneEditor(props: SceneEditorProps) {
  const { project, scene, place, change, onMove } = props;
  const title = useId();
  if (place < 0)
    return (
      <li class="removed-scene" data-key={scene.key}>
        <span>
          Removed: <s>{opening(scene.description, 80)}</s>
        </span>
        <Button
          class="chip"
          data-role="back"
          onClick={() => change((now) => changed(now, scene.key, { isOut: false }))}
        >
          Restore
        </Button>
      </li>
    );
  const set = (part: Partial<DraftScene>) => change((now) => changed(now, scene.key, part));
  return (
    <li
      class="scene-editor"
      data-key={scene.key}
      onKeyDown={(event) => {
        if (!event.altKey || event.target instanceof HTMLSelectElement) return;
        const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : null;
        if (by === null) return;
        event.preventDefault();
        onMove(by);
      }}
    >
      <article aria-labelledby={title}>
        <SceneHead {...props} title={title} />
        <Keyframes project={project} scene={scene} place={place} />
        <div class="editor-fields">
          <Text {...{ scene, place, set }} field="description" label="What happens" most={2_000} />
          {place === 0 && (
            <Text {...{ scene, place, set }} field="start_frame_prompt" label="Start keyframe" most={4_000} />
          )}
          <Text {...{ scene, place, set }} field="end_frame_prompt" label="End keyframe" most={4_000} />
          <Text {...{ scene, place, set }} field="motion_prompt" label="Motion and camera" most={2_000} />
          <div class="editor-row">
            <Length {...props} set={set} />
            <Characters {...props} set={set} />
          </div>
        </div>
      </article>
    </li>
  );
}

function SceneHead({ scene, place, count, onMove, onOut, title }: SceneEditorProps & { title: string }) {
  const number = place + 1;
  const was = scene.was === null ? "new" : scene.was === place ? null : `was scene ${scene.was + 1}`;
  return (
    <header class="scene-editor-head">
      <h3 id={title}>
        Scene {number}
        {was !== null && <span class="scene-origin">{was}</span>}
      </h3>
      <IconButton
        part="up"
        name={`Move scene ${number} up`}
        keys="Alt+ArrowUp"
        off={place === 0}
        act={() => onMove(-1)}
      >
        ↑
      </IconButton>
      <IconButton
        part="down"
        name={`Move scene ${number} down`}
        keys="Alt+ArrowDown"
        off={place === count - 1}
        act={() => onMove(1)}
      >
        ↓
      </IconButton>
      <IconButton part="out" name={`Remove scene ${number}`} off={count === 1} act={onOut}>
        ✕
      </IconButton>
    </header>
  );
}

/** A small button. When it cannot act it stays in place and keeps the focus. */
const IconButton = (props: {
  part: string;
  name: string;
  keys?: string;
  off: boolean;
  act(): void;
  children: string;
}) => (
  <Button
    class="icon-button"
    data-role={props.part}
    aria-label={props.name}
    title={props.keys === undefined ? props.name : `${props.name} (${props.keys.replace("Arrow", "")})`}
    aria-keyshortcuts={props.keys}
    aria-disabled={props.off}
    onClick={() => !props.off && props.act()}
  >
    {props.children}
  </Button>
);

/** The scene's present keyframes. It starts on the end keyframe of the scene before. */
function Keyframes({ project, scene, place }: { project: Project; scene: DraftScene; place: number }) {
  const { was } = scene;
  const ends = was === null ? null : keyframeUrl(project, was + 1);
  const opens = was === 0 && place === 0 ? keyframeUrl(project, 0) : null;
  return (
    <div class="scene-editor-keyframes" style={{ "--shape": project.aspect_ratio.replace(":", " / ") }}>
      {opens !== null && (
        <div class="scene-editor-keyframe">
          <Image url={opens} alt={`Scene ${place + 1} starts on this keyframe`} />
        </div>
      )}
      <div class={`scene-editor-keyframe ${ends === null ? "blank" : ""}`}>
        {ends === null && <span>not made yet</span>}
        <Image url={ends} alt={`Scene ${place + 1} ends on this keyframe`} />
      </div>
    </div>
  );
}

type TextField = "description" | "start_frame_prompt" | "end_frame_prompt" | "motion_prompt";
type Setter = (part: Partial<DraftScene>) => void;

function Text(props: { scene: DraftScene; place: number; field: TextField; label: string; most: number; set: Setter }) {
  const { scene, place, field, label, most, set } = props;
  const isMain = field === "description";
  return (
    <label class={`field field-${field}`}>
      <span>
        {label}
        <span class="visually-hidden"> in scene {place + 1}</span>
      </span>
      <textarea
        rows={2}
        maxLength={most}
        value={scene[field]}
        placeholder={isMain ? "A sentence or two." : "Empty: follows what happens."}
        required={isMain}
        onInput={(event) => set({ [field]: event.currentTarget.value })}
      />
    </label>
  );
}

function Length({ project, scene, place, lengths, set }: SceneEditorProps & { set: Setter }) {
  const { duration } = scene;
  const offered = [...new Set([...lengths, ...(duration === null ? [] : [duration])])].toSorted((a, b) => a - b);
  return (
    <label class="field field-length">
      <span>
        Length<span class="visually-hidden"> of scene {place + 1}</span>
      </span>
      <select
        value={duration === null ? "" : String(duration)}
        onChange={({ currentTarget: { value } }) => set({ duration: value === "" ? null : Number(value) })}
      >
        <option value="">{length(project.clip_duration)} (default)</option>
        {offered
          .filter((seconds) => seconds !== project.clip_duration || seconds === duration)
          .map((seconds) => (
            <option key={seconds} value={String(seconds)}>
              {length(seconds)}
            </option>
          ))}
      </select>
    </label>
  );
}

/** The characters in the scene: their descriptions are added to its prompts. */
function Characters({ draft, scene, place, set }: SceneEditorProps & { set: Setter }) {
  if (draft.characters.length === 0) return null;
  const toggle = (name: string) =>
    set({
      characters: scene.characters.includes(name)
        ? scene.characters.filter((other) => other !== name)
        : [...scene.characters, name],
    });
  return (
    <fieldset class="characters">
      <legend>
        Characters<span class="visually-hidden"> in scene {place + 1}</span>
      </legend>
      {draft.characters.map(({ name }) => (
        <Button key={name} class="chip" aria-pressed={scene.characters.includes(name)} onClick={() => toggle(name)}>
          {name}
        </Button>
      ))}
    </fieldset>
  );
}
