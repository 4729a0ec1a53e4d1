import { useEffect, useRef, useState } from "preact/hooks";
import type { Piece, Project, RejectedAnswer, Retake, Take } from "../../data/api-types.ts";
import { editingApi } from "../../data/directing.ts";
import { type Action, useAction, usePreview } from "../../data/hooks.ts";
import { useRetake } from "../../data/retaking.ts";
import { keyframeUrl } from "../../data/stills.ts";
import { cost, money, plural, priceWords, STEP_WORDS } from "../../data/words.ts";
import { Button } from "../button.tsx";
import { Image } from "../image.tsx";
import type { ShownFilm } from "../shown-film.ts";
import { Problem } from "../status.tsx";
import { ChooseOwnClip } from "./own-clip.tsx";
import { UserKeyframe } from "./own-keyframe.tsx";
import { ClipVideo } from "./scene-card.tsx";

const takesPanelId = "takes";

interface SceneButtonsProps {
  /** 0-based. */
  readonly scene: number;
  /** How many takes of its clip there are. */
  readonly takes: number;
  readonly isOpen: boolean;
  onEdit(): void;
  onTakes(): void;
}

/** Buttons of a scene: edit its words, show its takes. */
export const SceneButtons = ({ scene, takes, isOpen, onEdit, onTakes }: SceneButtonsProps) => (
  <div class="chip-row">
    <Button class="chip" onClick={onEdit}>
      Edit<span class="visually-hidden"> scene {scene + 1}</span>
    </Button>
    <Button
      class="chip"
      id={`takes-of-${scene}`}
      aria-expanded={isOpen}
      aria-controls={isOpen ? takesPanelId : undefined}
      onClick={onTakes}
    >
      Takes<span class="visually-hidden"> of scene {scene + 1}</span>
      {takes > 1 && <span class="count">{takes}</span>}
    </Button>
  </div>
);

interface SceneTakesProps extends Pick<ShownFilm, "project" | "editing" | "onActed"> {
  /** 0-based. */
  readonly scene: number;
}

/** All takes of one scene, side by side below the storyboard. */
export function TakesPanel({ scene, onClose, ...rest }: SceneTakesProps & { onClose(): void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.closest("section")?.scrollIntoView({ block: "nearest", behavior: "instant" });
  }, []);
  const close = () => {
    onClose();
    document.getElementById(`takes-of-${scene}`)?.focus();
  };
  return (
    <section
      id={takesPanelId}
      class="takes-panel"
      aria-labelledby="takes-title"
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      <header class="takes-panel-head">
        <h3 id="takes-title" ref={heading} tabIndex={-1}>
          Takes of scene {scene + 1}
        </h3>
        <Button class="quiet" onClick={close}>
          Close
        </Button>
      </header>
      <SceneTakes {...rest} scene={scene} />
    </section>
  );
}

/** The takes of a scene's clip and its two keyframes: pick one, or order more. */
function SceneTakes({ scene, ...rest }: SceneTakesProps) {
  const groups: readonly { piece: Piece; name: string }[] = [
    { piece: "clip", name: "Clip" },
    { piece: "start", name: `Keyframe ${scene + 1} (start)` },
    { piece: "end", name: `Keyframe ${scene + 2} (end)` },
  ];
  return (
    <div class="takes">
      {groups.map(({ piece, name }) => (
        <TakeGroup key={piece} {...rest} {...{ scene, piece, name }} />
      ))}
    </div>
  );
}

type TakeGroupProps = SceneTakesProps & { readonly piece: Piece; readonly name: string };

function TakeGroup({ project, editing, scene, piece, name, onActed }: TakeGroupProps) {
  const action = useAction();
  const kind = piece === "clip" ? "clip" : "keyframe";
  const position = piece === "end" ? scene + 1 : scene;
  const own = editing.takes.filter((take) => take.kind === kind && take.position === position);
  const line = editing.plan?.lines.find((planned) => planned.kind === kind && planned.position === position);
  if (own.length === 0) return null;
  const pick = (take: number) =>
    action.run(() => editingApi.pick(project.project_id, scene, piece, take).then(onActed));
  const id = `takes-${scene}-${piece}`;
  return (
    <section aria-labelledby={id}>
      <h4 id={id}>
        {name} <span class="count">{plural(own.length, "take")}</span>
        {line?.state === "stale" && <span class="out-of-date-text">out of date</span>}
      </h4>
      <ol class="take-list">
        {own.flatMap((take) => [
          <TakeCard key={take.take} {...{ take, action, project }} onPick={() => pick(take.take)} />,
          ...take.rejected.map((answer) => <RejectedCard key={answer.submit_id} {...{ take, answer, project }} />),
        ])}
      </ol>
      <RetakeForm {...{ project, scene, piece, onActed }} what={name} known={own} />
      {kind === "keyframe" ? (
        <UserKeyframe {...{ project, position, onActed }} />
      ) : (
        <ChooseOwnClip {...{ project, scene, onActed }} />
      )}
      <Problem>{action.problem}</Problem>
    </section>
  );
}

function TakeCard(props: { take: Take; action: Action; project: Project; onPick(): void }) {
  const { take, action, project, onPick } = props;
  const facts = [
    take.cost_usd > 0 ? money(take.cost_usd) : "free",
    ...(take.own ? ["your own"] : []),
    ...(take.seed === null || take.own ? [] : [`seed ${take.seed}`]),
  ];
  return (
    <li class="take" data-selected={take.selected ? "" : undefined}>
      <div class="take-frame" style={{ aspectRatio: project.aspect_ratio.replace(":", " / ") }}>
        {take.url === null ? (
          <span class="take-note">{STEP_WORDS[take.status]}</span>
        ) : (
          <TakePreview project={project} take={take} url={take.url} />
        )}
      </div>
      <p class="take-facts" title={take.prompt}>
        <strong>Take {take.take}</strong>
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      {take.message !== null && take.url === null && <p class="take-facts">{take.message}</p>}
      {take.status === "done" && (
        <Button class="chip" aria-pressed={take.selected} action={action} onClick={onPick}>
          {take.selected ? "In the film" : "Use"}
          <span class="visually-hidden"> take {take.take}</span>
        </Button>
      )}
    </li>
  );
}

/** What was paid for a take and is not used, with the reason. */
function RejectedCard({ take, answer, project }: { take: Take; answer: RejectedAnswer; project: Project }) {
  const { url, thumbnail_url, cost_usd, reason } = answer;
  return (
    <li class="take">
      <div class="take-frame" style={{ aspectRatio: project.aspect_ratio.replace(":", " / ") }}>
        {url === null ? (
          <span class="take-note">{STEP_WORDS.rejected}</span>
        ) : (
          <TakePreview project={project} take={{ ...take, thumbnail_url }} url={url} />
        )}
      </div>
      <p class="take-facts">
        <strong>Take {take.take}, rejected</strong>
        <span>{cost(cost_usd)}</span>
      </p>
      <p class="take-facts">{reason}</p>
    </li>
  );
}

interface TakePreviewProps {
  readonly project: Project;
  readonly take: Pick<Take, "kind" | "take" | "position" | "thumbnail_url">;
  readonly url: string;
}

function TakePreview({ project, take, url }: TakePreviewProps) {
  const [playing, setPlaying] = useState(false);
  if (take.kind === "keyframe") return <Image url={take.thumbnail_url ?? url} alt={`Take ${take.take}`} />;
  return (
    <Button
      class="clip-preview take-preview"
      aria-pressed={playing}
      aria-label={`${playing ? "Stop" : "Play"} take ${take.take}`}
      onClick={() => setPlaying(!playing)}
    >
      <Image url={keyframeUrl(project, take.position)} alt="" />
      {playing && <ClipVideo url={url} muted={false} />}
      <span class="play-icon" aria-hidden="true" />
    </Button>
  );
}

const maxTakesAtOnce = 4;

/** Orders new takes; the button shows their price. */
function RetakeForm(props: Omit<SceneTakesProps, "editing"> & { piece: Piece; what: string; known: readonly Take[] }) {
  const { project, scene, piece, what, known, onActed } = props;
  const [takes, setTakes] = useState(1);
  const [prompt, setPrompt] = useState("");
  const [seed, setSeed] = useState("");
  const { action, isMaking, order, forget } = useRetake(project.project_id, known, onActed);
  const wanted: Retake = {
    scene,
    piece,
    takes,
    ...(prompt.trim() !== "" && { prompt: prompt.trim() }),
    ...(seed !== "" && { seed: Number(seed) }),
  };
  const quoted = usePreview({ scene, piece, takes }, (asked, signal) =>
    editingApi.quote(project.project_id, asked, signal),
  );
  return (
    <div class="retake">
      <details class="prompts">
        <summary>
          Change prompt or seed<span class="visually-hidden"> of {what}</span>
        </summary>
        <label class="field">
          <span>Prompt, instead of the storyboard's</span>
          <textarea rows={2} maxLength={4_000} value={prompt} onInput={(e) => setPrompt(e.currentTarget.value)} />
        </label>
        <label class="field">
          <span>Seed</span>
          <input
            inputMode="numeric"
            placeholder="Any"
            value={seed}
            onInput={(event) => setSeed(event.currentTarget.value.replace(/\D/g, "").slice(0, 9))}
          />
        </label>
      </details>
      <div class="chip-row">
        <select
          aria-label={`Number of new takes: ${what}`}
          value={String(takes)}
          onChange={(event) => {
            setTakes(Number(event.currentTarget.value));
            forget();
          }}
        >
          {Array.from({ length: maxTakesAtOnce }, (_, n) => (
            <option key={n} value={String(n + 1)}>
              {n + 1}
            </option>
          ))}
        </select>
        <Button
          class="secondary"
          action={action}
          disabled={isMaking || quoted.answer === null}
          onClick={() => order(wanted)}
        >
          {isMaking ? "Making" : "Retake"}
          <span class="visually-hidden"> {what}</span>{" "}
          <span class="price">{quoted.answer === null ? "…" : priceWords(quoted.answer)}</span>
        </Button>
      </div>
      <Problem>{action.problem ?? quoted.problem}</Problem>
    </div>
  );
}
