import type { Project, Transition } from "../../data/api-types.ts";
import { changed, type DraftScene, longestTransition, type StoryDraft, transitionOf } from "../../data/story-draft.ts";
import { length, TRANSITION_KINDS, TRANSITION_WORDS } from "../../data/words.ts";
import { Button } from "../button.tsx";

interface TransitionEditorProps {
  readonly project: Project;
  readonly scene: DraftScene;
  /** The scene after it; undefined after the last one. */
  readonly next: DraftScene | undefined;
  /** Index of `scene`, 0-based. */
  readonly place: number;
  readonly canAdd: boolean;
  change(next: (draft: StoryDraft) => StoryDraft): void;
  onAdd(): void;
}

/** The transition into the next scene, and a button that adds a scene here. */
export function TransitionEditor({ project, scene, next, place, canAdd, change, onAdd }: TransitionEditorProps) {
  const set = (transition: Transition | null) => change((now) => changed(now, scene.key, { transition }));
  return (
    <li class="transition-editor">
      {next !== undefined && <TransitionFields {...{ project, scene, next, place, set }} />}
      {canAdd && (
        <Button class="chip" onClick={onAdd}>
          + Add a scene<span class="visually-hidden"> after scene {place + 1}</span>
        </Button>
      )}
    </li>
  );
}

function TransitionFields(
  props: Pick<TransitionEditorProps, "project" | "scene" | "place"> & {
    next: DraftScene;
    set(transition: Transition | null): void;
  },
) {
  const { project, scene, next, place, set } = props;
  const { transition } = scene;
  const longest = longestTransition(scene, next, project.clip_duration);
  const where = `from scene ${place + 1} to ${place + 2}`;
  const film = project.crossfade === 0 ? "hard cut" : `crossfade ${length(project.crossfade)}`;
  const tooLong = (transition?.seconds ?? project.crossfade) > longest;
  return (
    <div class="transition-fields">
      <label>
        <span class="transition-label">
          Transition<span class="visually-hidden"> {where}</span>
        </span>
        <select
          value={transition?.kind ?? ""}
          onChange={({ currentTarget: { value } }) => {
            const kind = TRANSITION_KINDS.find((known) => known === value);
            set(kind === undefined ? null : transitionOf(kind, transition?.seconds ?? project.crossfade, longest));
          }}
        >
          <option value="">Default: {film}</option>
          {TRANSITION_KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {TRANSITION_WORDS[kind]}
            </option>
          ))}
        </select>
      </label>
      {transition !== null && transition.kind !== "cut" && (
        <label class="transition-seconds">
          <span class="visually-hidden">Transition length in seconds {where}</span>
          <input
            type="number"
            min={0.1}
            max={longest}
            step={0.1}
            value={transition.seconds}
            aria-describedby={`longest-${place}`}
            aria-invalid={tooLong}
            onInput={({ currentTarget: { valueAsNumber: seconds } }) => {
              if (seconds > 0) set({ ...transition, seconds });
            }}
          />
          <span>s</span>
        </label>
      )}
      {(tooLong || (transition !== null && transition.kind !== "cut")) && (
        <span class={tooLong ? "transition-limit too-long" : "transition-limit"} id={`longest-${place}`}>
          at most {length(longest)}, half of the shorter clip
        </span>
      )}
    </div>
  );
}
