import { useEffect, useRef, useState } from "preact/hooks";
import type { Project, Storyboard } from "../data/api-types.ts";
import { Refusal } from "../data/client.ts";
import { director, type Edit, useForetold } from "../data/directing.ts";
import { type Action, useAction, useChoices } from "../data/hooks.ts";
import { added, lacking, MOST_SCENES, moved, scenesIn, storyboardOf, takenOut } from "../data/story-draft.ts";
import { type Drafting, useDraft } from "../data/use-draft.ts";
import { plural } from "../data/words.ts";
import { Foretold } from "./foretold.tsx";
import { Problem } from "./signs.tsx";
import { LookFields } from "./story-look.tsx";
import { Passage } from "./story-passage.tsx";
import { SceneRow } from "./story-scene.tsx";

interface StoryEditorProps {
  readonly project: Project;
  readonly storyboard: Storyboard;
  /** Revision that `storyboard` is of. */
  readonly revision: number;
  /** The scene to begin with, 0-based. */
  readonly scene: number;
  onActed(): void;
  onClose(): void;
}

/** The whole storyboard, to be changed: every word, order and passage, with the price of it all before it is saved. */
export function StoryEditor({ project, storyboard, revision, scene, onActed, onClose }: StoryEditorProps) {
  const drafting = useDraft({ id: project.project_id, storyboard, revision });
  const { draft, changed, isLate } = drafting;
  const action = useAction();
  const lack = lacking(draft);
  const asked: Edit | null =
    changed && !isLate && lack === null
      ? { storyboard: storyboardOf(draft), patch: draft.patch, revision: draft.revision }
      : null;
  const foretold = useForetold(asked, (body, signal) => director.foresee(project.project_id, body, signal));
  const close = () => {
    drafting.drop();
    onClose();
  };
  const save = () => {
    if (asked === null) return;
    action.run(async () => {
      await director.edit(project.project_id, asked).catch((thrown: unknown) => {
        // Somebody was faster: look what they did, and say so.
        if (thrown instanceof Refusal && thrown.status === 409) onActed();
        throw thrown;
      });
      onActed();
      close();
    });
  };
  return (
    <form
      class="story"
      aria-label="Edit the storyboard"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <LookFields {...drafting} />
      <Rows project={project} drafting={drafting} first={scene} />
      <footer class="story-foot">
        {isLate ? <Late drafting={drafting} /> : null}
        <div role="status" class="foretold">
          {lack !== null && <p>{lack}</p>}
          {lack === null && !changed && <p>Nothing is changed yet.</p>}
          {lack === null && changed && !isLate && <Foretold plan={foretold.answer} problem={foretold.problem} />}
          {isLate && <p>Your words are kept here until you decide.</p>}
        </div>
        <Buttons {...{ drafting, action }} ready={asked !== null && foretold.problem === null} onClose={close} />
        <Problem>{isLate ? null : action.problem}</Problem>
      </footer>
    </form>
  );
}

/** Scenes in their order, with the passages between them. */
function Rows({ project, drafting, first }: { project: Project; drafting: Drafting; first: number }) {
  const { draft, change } = drafting;
  const known = useChoices();
  const lengths =
    known?.providers.find(({ name, aliases }) => [name, ...aliases].includes(project.provider))?.clip_durations ??
    USUAL_SECONDS;
  const rows = useRef<HTMLOListElement>(null);
  const [said, setSaid] = useState("");
  // A scene that was moved or added keeps the focus; the browser drops it when the row is put elsewhere.
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
    setSaid(`This is now scene ${scenesIn(next).findIndex((scene) => scene.key === key) + 1} of ${staying.length}.`);
    const still = document.activeElement?.closest("[data-key]")?.getAttribute("data-key") === key;
    const held = document.activeElement?.getAttribute("data-role");
    look(`[data-key="${key}"] ${still && held ? `[data-role="${held}"]` : "textarea"}`);
  }

  return (
    <>
      <p class="hidden" role="status">
        {said}
      </p>
      <ol class="story-scenes" ref={rows}>
        {draft.scenes.map((scene) => {
          const place = staying.indexOf(scene);
          const next = place < 0 ? undefined : staying[place + 1];
          return [
            <SceneRow
              key={scene.key}
              {...{ project, draft, scene, place, lengths, change }}
              count={staying.length}
              onMove={(by) => move(scene.key, by)}
              onOut={() => {
                change((now) => takenOut(now, scene));
                look(`[data-key="${scene.key}"] [data-role="back"]`);
                setSaid(`Scene ${place + 1} is taken out.`);
              }}
            />,
            place >= 0 && (
              <Passage
                key={`${scene.key}-passage`}
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

/** Until the server has said what its models make. */
const USUAL_SECONDS = [4, 6, 8];

/** Somebody else was faster: nothing is overwritten unasked, and nothing that was typed is lost. */
const Late = ({ drafting }: { drafting: Drafting }) => (
  <div class="late" role="alert">
    <p>
      <strong>The storyboard was changed elsewhere while you were editing it.</strong> Nothing of yours is lost or saved
      yet. Which one shall hold?
    </p>
    <div class="choices-row">
      <button type="button" class="secondary" onClick={drafting.insist}>
        Keep mine, replace theirs
      </button>
      <button type="button" class="quiet" onClick={drafting.drop}>
        Take theirs, drop mine
      </button>
    </div>
  </div>
);

function Buttons(props: { drafting: Drafting; action: Action; ready: boolean; onClose(): void }) {
  const { drafting, action, ready, onClose } = props;
  const { draft, changed, change } = drafting;
  const out = draft.scenes.filter(({ isOut }) => isOut).length;
  return (
    <div class="story-buttons">
      <label class="switch">
        <input
          type="checkbox"
          checked={draft.patch}
          aria-describedby="patch-note"
          onChange={({ currentTarget: { checked } }) => change((now) => ({ ...now, patch: checked }))}
        />
        <span>Make only what I edited</span>
      </label>
      <p class="edit-note" id="patch-note">
        Every other still and clip stays as it is, even beside a new one.
      </p>
      <button type="submit" class="primary" disabled={!ready || action.busy}>
        Save{out > 0 && ` without ${plural(out, "scene")}`}
      </button>
      <button type="button" class="quiet" onClick={onClose}>
        {changed ? "Discard" : "Close"}
      </button>
    </div>
  );
}
