import { useEffect, useRef, useState } from "preact/hooks";
import { director, type Edit, type Plan, type PlanLine, type SceneEdit, useForetold } from "../data/directing.ts";
import { useAction } from "../data/hooks.ts";
import type { Project, StoryScene } from "../data/wire.ts";
import { length, money, numbers } from "../data/words.ts";
import { Problem } from "./signs.tsx";

interface SceneEditorProps {
  readonly project: Project;
  readonly story: StoryScene;
  onActed(): void;
  onClose(): void;
}

type Words = Pick<StoryScene, "description" | "start_frame_prompt" | "end_frame_prompt" | "motion_prompt" | "duration">;
const FIELDS = [
  { field: "description", label: "What happens", most: 2_000 },
  { field: "start_frame_prompt", label: "Opens on", most: 4_000 },
  { field: "end_frame_prompt", label: "Ends on", most: 4_000 },
  { field: "motion_prompt", label: "Motion and camera", most: 2_000 },
] as const;
const CLIP_SECONDS = [4, 6, 8] as const;

/** A scene's words, changed where they stand, with what the change takes before it is made. */
export function SceneEditor({ project, story, onActed, onClose }: SceneEditorProps) {
  const [words, setWords] = useState<Words>(story);
  const [patch, setPatch] = useState(false);
  // What was edited: a change of this scene by somebody else meanwhile is refused, never overwritten.
  const begun = useRef({ story, revision: project.revision }).current;
  const before = begun.story;
  const isSame = JSON.stringify(story) === JSON.stringify(before);
  const revision = isSame ? project.revision : begun.revision;
  const action = useAction();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("textarea")?.focus({ preventScroll: true }), []);
  const change = (part: Partial<Words>) => setWords((now) => ({ ...now, ...part }));
  const empty = FIELDS.find(({ field }) => words[field].trim() === "");
  const edit = empty === undefined ? editOf(before, words) : null;
  const asked: Edit | null = edit && { scenes: [edit], patch, revision };
  const foretold = useForetold(asked, (body, signal) => director.foresee(project.project_id, body, signal));

  function save(): void {
    if (asked === null) return;
    action.run(async () => {
      await director.edit(project.project_id, asked);
      onActed();
      onClose();
    });
  }

  return (
    <form
      ref={form}
      class="scene-edit"
      aria-label={`Edit scene ${story.scene_index + 1}`}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      onKeyDown={(event) => event.key === "Escape" && asked === null && onClose()}
    >
      <Fields {...{ story, words, change }} empty={empty?.field} />
      <Duration project={project} value={words.duration} onChange={(duration) => change({ duration })} />
      <OnlyThis id={`edit-${story.scene_index}-patch`} value={patch} onChange={setPatch} />
      <div role="status" class="foretold">
        {empty === undefined ? (
          <Foretold plan={asked && foretold.answer} problem={foretold.problem} isChanged={asked !== null} />
        ) : (
          <p>{empty.label} needs some words.</p>
        )}
      </div>
      <div class="scene-buttons">
        <button type="submit" class="primary" disabled={asked === null || action.busy}>
          Save
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          Cancel
        </button>
      </div>
      <Problem>{action.problem}</Problem>
    </form>
  );
}

/** The words that can be changed; only the first scene opens on a still of its own. */
function Fields(props: {
  story: StoryScene;
  words: Words;
  empty: keyof Words | undefined;
  change(part: Partial<Words>): void;
}) {
  const { story, words, empty, change } = props;
  return FIELDS.map(({ field, label, most }) =>
    field === "start_frame_prompt" && story.scene_index > 0 ? (
      <p key={field} class="edit-note">
        Opens on the still that ends scene {story.scene_index}.
      </p>
    ) : (
      <label key={field} class="field">
        <span>{label}</span>
        <textarea
          rows={2}
          maxLength={most}
          value={words[field]}
          aria-invalid={empty === field}
          onInput={(event) => change({ [field]: event.currentTarget.value })}
        />
      </label>
    ),
  );
}

const OnlyThis = (props: { id: string; value: boolean; onChange(value: boolean): void }) => (
  <>
    <label class="switch">
      <input
        type="checkbox"
        checked={props.value}
        aria-describedby={props.id}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>Only this scene</span>
    </label>
    <p class="edit-note" id={props.id}>
      Every other still and clip stays as it is, even beside the new ones.
    </p>
  </>
);

/** What differs; null: nothing does. */
function editOf(before: StoryScene, words: Words): SceneEdit | null {
  const changed = FIELDS.filter(({ field }) => words[field].trim() !== before[field].trim());
  const texts = Object.fromEntries(changed.map(({ field }) => [field, words[field].trim()]));
  const sameLength = words.duration === before.duration;
  if (changed.length === 0 && sameLength) return null;
  return { scene: before.scene_index, ...texts, ...(!sameLength && { duration: words.duration }) };
}

function Duration(props: { project: Project; value: number | null; onChange(value: number | null): void }) {
  const { project, value } = props;
  const known: readonly number[] = value === null ? CLIP_SECONDS : [...CLIP_SECONDS, value];
  const others = [...new Set(known)].filter((seconds) => seconds !== project.clip_duration || seconds === value);
  return (
    <label class="field">
      <span>Length</span>
      <select
        value={value === null ? "" : String(value)}
        onChange={({ currentTarget }) =>
          props.onChange(currentTarget.value === "" ? null : Number(currentTarget.value))
        }
      >
        <option value="">{length(project.clip_duration)}, as the film</option>
        {others.map((seconds) => (
          <option key={seconds} value={String(seconds)}>
            {length(seconds)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What the change makes out of date, and what going on costs then. Saving buys nothing. */
function Foretold(props: { plan: Plan | null; problem: string | null; isChanged: boolean }) {
  const { plan, problem, isChanged } = props;
  if (!isChanged) return <p>Nothing is changed yet.</p>;
  if (problem !== null) return <p class="foretold-problem">{problem}</p>;
  if (plan === null) return <p>…</p>;
  const stale = plan.lines.filter(({ state, kind }) => state === "stale" && kind !== "stitch");
  return (
    <>
      <p>{stale.length === 0 ? "Nothing that is made goes out of date." : `Out of date: ${pieces(stale)}.`}</p>
      <p>
        Saving is free; going on {plan.total_usd === 0 ? "is free, too" : `then costs at most ${money(plan.total_usd)}`}
        .
      </p>
    </>
  );
}

function pieces(lines: readonly PlanLine[]): string {
  const stills = lines.filter(({ kind }) => kind === "keyframe");
  const clips = lines.filter(({ kind }) => kind === "clip");
  const named = (own: readonly PlanLine[], one: string, many: string) =>
    own.length === 0 ? [] : [`${own.length === 1 ? one : many} ${numbers(own.map(({ position }) => position))}`];
  return [...named(stills, "still", "stills"), ...named(clips, "the clip of scene", "the clips of scenes")].join(
    " and ",
  );
}
