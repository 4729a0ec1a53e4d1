import { useId } from "preact/hooks";
import type { Project } from "../data/api-types.ts";
import { stillUrl } from "../data/stills.ts";
import { changed, type DraftScene, type StoryDraft } from "../data/story-draft.ts";
import { length, opening } from "../data/words.ts";
import { Picture } from "./picture.tsx";

interface SceneRowProps {
  readonly project: Project;
  readonly draft: StoryDraft;
  readonly scene: DraftScene;
  /** Where it is among the scenes that stay, 0-based; -1 when it is removed. */
  readonly place: number;
  /** How many stay. */
  readonly count: number;
  /** Seconds that its clip can have. */
  readonly lengths: readonly number[];
  change(next: (draft: StoryDraft) => StoryDraft): void;
  onMove(by: -1 | 1): void;
  onOut(): void;
}

/** One scene of the storyboard, to be changed, moved or removed. */
export function SceneRow(props: SceneRowProps) {
  const { project, scene, place, change, onMove } = props;
  const title = useId();
  if (place < 0)
    return (
      <li class="story-out" data-key={scene.key}>
        <span>
          Taken out: <s>{opening(scene.description, 80)}</s>
        </span>
        <button
          type="button"
          class="chip"
          data-role="back"
          onClick={() => change((now) => changed(now, scene.key, { isOut: false }))}
        >
          Restore
        </button>
      </li>
    );
  const set = (part: Partial<DraftScene>) => change((now) => changed(now, scene.key, part));
  return (
    <li
      class="story-scene"
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
        <RowHead {...props} title={title} />
        <Stills project={project} scene={scene} place={place} />
        <div class="story-fields">
          <Text {...{ scene, place, set }} field="description" label="What happens" most={2_000} />
          {place === 0 && <Text {...{ scene, place, set }} field="start_frame_prompt" label="Opens on" most={4_000} />}
          <Text {...{ scene, place, set }} field="end_frame_prompt" label="Ends on" most={4_000} />
          <Text {...{ scene, place, set }} field="motion_prompt" label="Motion and camera" most={2_000} />
          <div class="story-small">
            <Length {...props} set={set} />
            <Who {...props} set={set} />
          </div>
        </div>
      </article>
    </li>
  );
}

function RowHead({ scene, place, count, onMove, onOut, title }: SceneRowProps & { title: string }) {
  const number = place + 1;
  const was = scene.was === null ? "new" : scene.was === place ? null : `was scene ${scene.was + 1}`;
  return (
    <header class="story-head">
      <h3 id={title}>
        Scene {number}
        {was !== null && <span class="story-was">{was}</span>}
      </h3>
      <Tool part="up" name={`Move scene ${number} up`} keys="Alt+ArrowUp" off={place === 0} act={() => onMove(-1)}>
        ↑
      </Tool>
      <Tool
        part="down"
        name={`Move scene ${number} down`}
        keys="Alt+ArrowDown"
        off={place === count - 1}
        act={() => onMove(1)}
      >
        ↓
      </Tool>
      <Tool part="out" name={`Remove scene ${number}`} off={count === 1} act={onOut}>
        ✕
      </Tool>
    </header>
  );
}

/** A small button; one that cannot act now keeps its place and the focus. */
const Tool = (props: { part: string; name: string; keys?: string; off: boolean; act(): void; children: string }) => (
  <button
    type="button"
    class="tool"
    data-role={props.part}
    aria-label={props.name}
    title={props.keys === undefined ? props.name : `${props.name} (${props.keys.replace("Arrow", "")})`}
    aria-keyshortcuts={props.keys}
    aria-disabled={props.off}
    onClick={() => !props.off && props.act()}
  >
    {props.children}
  </button>
);

/** The keyframes of this scene; a scene opens on the last keyframe of the scene before. */
function Stills({ project, scene, place }: { project: Project; scene: DraftScene; place: number }) {
  const { was } = scene;
  const ends = was === null ? null : stillUrl(project, was + 1);
  const opens = was === 0 && place === 0 ? stillUrl(project, 0) : null;
  return (
    <div class="story-stills" style={{ "--shape": project.aspect_ratio.replace(":", " / ") }}>
      {opens !== null && (
        <div class="story-still">
          <Picture url={opens} alt={`Scene ${place + 1} opens on this keyframe`} />
        </div>
      )}
      <div class={`story-still ${ends === null ? "blank" : ""}`}>
        {ends === null && <span>to be drawn</span>}
        <Picture url={ends} alt={`Scene ${place + 1} ended on this keyframe`} />
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
    <label class={`field story-${field}`}>
      <span>
        {label}
        <span class="hidden"> in scene {place + 1}</span>
      </span>
      <textarea
        rows={2}
        maxLength={most}
        value={scene[field]}
        placeholder={isMain ? "A sentence or two." : "If empty, what happens is used."}
        required={isMain}
        onInput={(event) => set({ [field]: event.currentTarget.value })}
      />
    </label>
  );
}

function Length({ project, scene, place, lengths, set }: SceneRowProps & { set: Setter }) {
  const { duration } = scene;
  const offered = [...new Set([...lengths, ...(duration === null ? [] : [duration])])].toSorted((a, b) => a - b);
  return (
    <label class="field story-length">
      <span>
        Length<span class="hidden"> of scene {place + 1}</span>
      </span>
      <select
        value={duration === null ? "" : String(duration)}
        onChange={({ currentTarget: { value } }) => set({ duration: value === "" ? null : Number(value) })}
      >
        <option value="">{length(project.clip_duration)}, as the film</option>
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

/** Who is seen: their descriptions go with the prompts. */
function Who({ draft, scene, place, set }: SceneRowProps & { set: Setter }) {
  if (draft.characters.length === 0) return null;
  const toggle = (name: string) =>
    set({
      characters: scene.characters.includes(name)
        ? scene.characters.filter((other) => other !== name)
        : [...scene.characters, name],
    });
  return (
    <fieldset class="story-who">
      <legend>
        Seen<span class="hidden"> in scene {place + 1}</span>
      </legend>
      {draft.characters.map(({ name }) => (
        <button
          key={name}
          type="button"
          class="chip"
          aria-pressed={scene.characters.includes(name)}
          onClick={() => toggle(name)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
