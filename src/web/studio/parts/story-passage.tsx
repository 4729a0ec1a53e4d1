import type { Project, Transition } from "../data/api-types.ts";
import { changed, type DraftScene, longestTransition, type StoryDraft, transitionOf } from "../data/story-draft.ts";
import { length, TRANSITION_KINDS, TRANSITION_WORDS } from "../data/words.ts";

interface PassageProps {
  readonly project: Project;
  readonly scene: DraftScene;
  /** The scene it passes into; undefined behind the last one. */
  readonly next: DraftScene | undefined;
  /** Place of `scene`, 0-based. */
  readonly place: number;
  readonly canAdd: boolean;
  change(next: (draft: StoryDraft) => StoryDraft): void;
  onAdd(): void;
}

/** How one scene passes into the next, and a place for a new one between them. */
export function Passage({ project, scene, next, place, canAdd, change, onAdd }: PassageProps) {
  const set = (transition: Transition | null) => change((now) => changed(now, scene.key, { transition }));
  return (
    <li class="story-passage">
      {next !== undefined && <Way {...{ project, scene, next, place, set }} />}
      {canAdd && (
        <button type="button" class="chip" onClick={onAdd}>
          + Add a scene<span class="hidden"> after scene {place + 1}</span>
        </button>
      )}
    </li>
  );
}

function Way(
  props: Pick<PassageProps, "project" | "scene" | "place"> & {
    next: DraftScene;
    set(transition: Transition | null): void;
  },
) {
  const { project, scene, next, place, set } = props;
  const { transition } = scene;
  const longest = longestTransition(scene, next, project.clip_duration);
  const where = `from scene ${place + 1} to ${place + 2}`;
  const film = project.crossfade === 0 ? "cut" : `crossfade ${length(project.crossfade)}`;
  const tooLong = (transition?.seconds ?? project.crossfade) > longest;
  return (
    <div class="way-on">
      <label>
        <span class="way-name">
          Into the next<span class="hidden"> {where}</span>
        </span>
        <select
          value={transition?.kind ?? ""}
          onChange={({ currentTarget: { value } }) => {
            const kind = TRANSITION_KINDS.find((known) => known === value);
            set(kind === undefined ? null : transitionOf(kind, transition?.seconds ?? project.crossfade, longest));
          }}
        >
          <option value="">As the film: {film}</option>
          {TRANSITION_KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {TRANSITION_WORDS[kind]}
            </option>
          ))}
        </select>
      </label>
      {transition !== null && transition.kind !== "cut" && (
        <label class="way-seconds">
          <span class="hidden">Seconds of the transition {where}</span>
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
        <span class={tooLong ? "way-limit too-long" : "way-limit"} id={`longest-${place}`}>
          at most {length(longest)}, half the shorter clip
        </span>
      )}
    </div>
  );
}
