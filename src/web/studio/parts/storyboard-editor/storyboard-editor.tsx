import { useEffect, useRef, useState } from "preact/hooks";
import type { Project, Storyboard } from "../../data/api-types.ts";
import { Refusal } from "../../data/client.ts";
import { type Edit, editingApi } from "../../data/directing.ts";
import { saveFile } from "../../data/hand-over.ts";
import { type Action, useAction, useChoices, usePreview } from "../../data/hooks.ts";
import {
  added,
  lacking,
  MOST_SCENES,
  moved,
  type StoryDraft,
  scenesIn,
  storyboardOf,
  takenOut,
} from "../../data/story-draft.ts";
import { type Drafting, useDraft } from "../../data/use-draft.ts";
import { plural } from "../../data/words.ts";
import { Button } from "../button.tsx";
import { ChangePreview } from "../change-preview.tsx";
import { usualClipSeconds } from "../new-film/draft.ts";
import { Problem } from "../status.tsx";
import { SceneEditor } from "./scene-editor.tsx";
import { TransitionEditor } from "./transition-editor.tsx";

interface StoryboardEditorProps {
  readonly project: Project;
  readonly storyboard: Storyboard;
  /** Revision that `storyboard` is of. */
  readonly revision: number;
  /** The scene that gets the focus, 0-based. */
  readonly scene: number;
  onActed(): void;
  onClose(): void;
}

/** Edits the whole storyboard: text, order and transitions. Shows what the change costs before it is saved. */
export function StoryboardEditor({ project, storyboard, revision, scene, onActed, onClose }: StoryboardEditorProps) {
  const drafting = useDraft(project.project_id, storyboard, revision);
  const { draft, changed, isLate } = drafting;
  const action = useAction();
  const lack = lacking(draft);
  const asked: Edit | null =
    changed && !isLate && lack === null
      ? { storyboard: storyboardOf(draft), patch: draft.patch, revision: draft.revision }
      : null;
  const preview = usePreview(asked, (body, signal) => editingApi.preview(project.project_id, body, signal));
  const close = () => {
    drafting.drop();
    onClose();
  };
  const save = () => {
    if (asked === null) return;
    action.run(async () => {
      await editingApi.edit(project.project_id, asked).catch((thrown: unknown) => {
        // Someone else saved first: load their storyboard and show the conflict.
        if (thrown instanceof Refusal && thrown.status === 409) onActed();
        throw thrown;
      });
      onActed();
      close();
    });
  };
  return (
    <form
      class="editor"
      aria-label="Edit the storyboard"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <StyleEditor {...drafting} />
      <Scenes project={project} drafting={drafting} first={scene} />
      <footer class="editor-save">
        {isLate ? <Conflict drafting={drafting} /> : null}
        <div role="status" class="change-preview">
          {lack !== null && <p>{lack}</p>}
          {lack === null && !changed && <p>No changes yet.</p>}
          {lack === null && changed && !isLate && <ChangePreview {...preview} />}
          {isLate && <p>Your changes are kept here until you decide.</p>}
        </div>
        <Buttons {...{ drafting, action }} ready={asked !== null && preview.problem === null} onClose={close} />
        <Problem>{isLate ? null : action.problem}</Problem>
      </footer>
    </form>
  );
}

/** The scenes in order, with the transitions between them. */
function Scenes({ project, drafting, first }: { project: Project; drafting: Drafting; first: number }) {
  const { draft, change } = drafting;
  const known = useChoices();
  const lengths =
    known?.providers.find(({ name, aliases }) => [name, ...aliases].includes(project.provider))?.clip_durations ??
    usualClipSeconds;
  const rows = useRef<HTMLOListElement>(null);
  const [said, setSaid] = useState("");
  // A moved or added scene keeps the focus, which the browser drops when its element moves.
  const [focus, setFocus] = useState({ selector: `[data-key="was-${first}"] textarea`, turn: 0 });
  const made = useRef(0);
  useEffect(() => {
    const target = rows.current?.querySelector<HTMLElement>(focus.selector);
    target?.focus({ preventScroll: true });
    target?.closest("li")?.scrollIntoView({ block: "nearest" });
  }, [focus]);
  const look = (selector: string) => setFocus((before) => ({ selector, turn: before.turn + 1 }));
  const staying = scenesIn(draft);

  function add(after: string): void {
    made.current += 1;
    const key = `new-${Date.now()}-${made.current}`;
    change((now) => added(now, after, key));
    look(`[data-key="${key}"] textarea`);
  }
  function move(key: string, by: -1 | 1): void {
    const next = moved(draft, key, by);
    if (next === draft) return;
    change(() => next);
    setSaid(`Now scene ${scenesIn(next).findIndex((scene) => scene.key === key) + 1} of ${staying.length}.`);
    const still = document.activeElement?.closest("[data-key]")?.getAttribute("data-key") === key;
    const held = document.activeElement?.getAttribute("data-role");
    look(`[data-key="${key}"] ${still && held ? `[data-role="${held}"]` : "textarea"}`);
  }

  return (
    <>
      <p class="visually-hidden" role="status">
        {said}
      </p>
      <ol class="editor-scenes" ref={rows}>
        {draft.scenes.map((scene) => {
          const place = staying.indexOf(scene);
          const next = place < 0 ? undefined : staying[place + 1];
          return [
            <SceneEditor
              key={scene.key}
              {...{ project, draft, scene, place, lengths, change }}
              count={staying.length}
              onMove={(by) => move(scene.key, by)}
              onOut={() => {
                change((now) => takenOut(now, scene));
                look(`[data-key="${scene.key}"] [data-role="back"]`);
                setSaid(`Scene ${place + 1} removed.`);
              }}
            />,
            place >= 0 && (
              <TransitionEditor
                key={`${scene.key}-transition`}
                {...{ project, scene, next, place, change }}
                canAdd={staying.length < MOST_SCENES}
                onAdd={() => add(scene.key)}
              />
            ),
          ];
        })}
      </ol>
    </>
  );
}

/** Someone else saved first: the user decides which version stays. */
const Conflict = ({ drafting }: { drafting: Drafting }) => (
  <div class="conflict" role="alert">
    <p>
      <strong>The storyboard was changed elsewhere while you were editing it.</strong> Your changes are not lost, and
      not saved yet. Which version do you want to keep?
    </p>
    <div class="button-row">
      <Button class="secondary" onClick={drafting.insist}>
        Keep mine, replace theirs
      </Button>
      <Button class="quiet" onClick={drafting.drop}>
        Keep theirs, discard mine
      </Button>
    </div>
  </div>
);

function Buttons(props: { drafting: Drafting; action: Action; ready: boolean; onClose(): void }) {
  const { drafting, action, ready, onClose } = props;
  const { draft, changed, change } = drafting;
  const out = draft.scenes.filter(({ isOut }) => isOut).length;
  return (
    <div class="editor-buttons">
      <label class="checkbox">
        <input
          type="checkbox"
          checked={draft.patch}
          aria-describedby="patch-note"
          onChange={({ currentTarget: { checked } }) => change((now) => ({ ...now, patch: checked }))}
        />
        <span>Remake only what I edited</span>
      </label>
      <p class="patch-note" id="patch-note">
        All other keyframes and clips stay as they are, even next to a new one.
      </p>
      <button type="submit" class="primary" disabled={!ready || action.busy}>
        Save{out > 0 && ` without ${plural(out, "scene")}`}
      </button>
      <Button class="quiet" onClick={onClose}>
        {changed ? "Discard" : "Close"}
      </Button>
    </div>
  );
}

const STYLE_FIELDS = [
  { field: "visual_style", label: "Visual style" },
  { field: "color_palette", label: "Color palette" },
  { field: "camera_style", label: "Camera style" },
] as const;

/** The film's title, style and characters. Closed at first: a change here affects every keyframe. */
function StyleEditor({ draft, change }: Pick<Drafting, "draft" | "change">) {
  return (
    <details class="style-editor">
      <summary>Title, style and characters</summary>
      <div class="editor-fields">
        <Line label="Title" most={200} value={draft.title} onChange={(title) => change((now) => ({ ...now, title }))} />
        {STYLE_FIELDS.map(({ field, label }) => (
          <Line
            key={field}
            label={label}
            most={500}
            value={draft.style_guide[field]}
            onChange={(words) => change((now) => ({ ...now, style_guide: { ...now.style_guide, [field]: words } }))}
          />
        ))}
        {draft.characters.map(({ name, physical_description }, place) => (
          <Line
            key={name}
            label={name}
            most={1_000}
            value={physical_description}
            onChange={(words) =>
              change((now) => ({
                ...now,
                characters: now.characters.map((known, at) =>
                  at === place ? { ...known, physical_description: words } : known,
                ),
              }))
            }
          />
        ))}
      </div>
      <Button class="chip" onClick={() => saveFile(fileOf(draft), `storyboard_${nameOf(draft)}.json`)}>
        Save as file
      </Button>
    </details>
  );
}

const fileOf = (draft: StoryDraft): Blob =>
  new Blob([`${JSON.stringify(storyboardOf(draft), null, 2)}\n`], { type: "application/json" });

const nameOf = ({ title }: StoryDraft): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40) || "film";

const Line = (props: { label: string; most: number; value: string; onChange(words: string): void }) => (
  <label class="field">
    <span>{props.label}</span>
    <textarea
      rows={1}
      maxLength={props.most}
      value={props.value}
      onInput={(event) => props.onChange(event.currentTarget.value)}
    />
  </label>
);
