import { useState } from "preact/hooks";
import type { Piece, Project, Retake, Take } from "../data/api-types.ts";
import { stillPlaceUrl } from "../data/cast.ts";
import { director, type EditingData, useForetold } from "../data/directing.ts";
import { type Action, useAction } from "../data/hooks.ts";
import { useRetaking } from "../data/retaking.ts";
import { stillUrl } from "../data/stills.ts";
import { money, plural, STEP_WORDS } from "../data/words.ts";
import { cost } from "./direct-review.tsx";
import { ChooseFile, PictureOffer } from "./own-picture.tsx";
import { Picture } from "./picture.tsx";
import { Moving } from "./scene.tsx";
import { Problem } from "./signs.tsx";

interface SceneTakesProps {
  readonly project: Project;
  readonly directing: EditingData;
  /** 0-based. */
  readonly scene: number;
  onActed(): void;
}

/** All takes of a scene's clip and keyframes to pick from, and an order form for new ones. */
export function SceneTakes({ scene, ...rest }: SceneTakesProps) {
  const groups: readonly { piece: Piece; name: string }[] = [
    { piece: "clip", name: "Clip" },
    { piece: "start", name: `Keyframe ${scene + 1}, opens it` },
    { piece: "end", name: `Keyframe ${scene + 2}, ends it` },
  ];
  return (
    <div class="takes">
      {groups.map(({ piece, name }) => (
        <TakesOf key={piece} {...rest} {...{ scene, piece, name }} />
      ))}
    </div>
  );
}

type TakesOfProps = SceneTakesProps & { readonly piece: Piece; readonly name: string };

function TakesOf({ project, directing, scene, piece, name, onActed }: TakesOfProps) {
  const action = useAction();
  const kind = piece === "clip" ? "clip" : "keyframe";
  const position = piece === "end" ? scene + 1 : scene;
  const own = directing.takes.filter((take) => take.kind === kind && take.position === position);
  const line = directing.plan?.lines.find((planned) => planned.kind === kind && planned.position === position);
  if (own.length === 0) return null;
  const pick = (take: number) => action.run(() => director.pick(project.project_id, scene, piece, take).then(onActed));
  const id = `takes-${scene}-${piece}`;
  return (
    <section aria-labelledby={id}>
      <h4 id={id}>
        {name} <span class="count">{plural(own.length, "take")}</span>
        {line?.state === "stale" && <span class="stale-word">out of date</span>}
      </h4>
      <ol class="take-strip">
        {own.map((take) => (
          <TakeCard key={take.take} {...{ take, action, project }} onPick={() => pick(take.take)} />
        ))}
      </ol>
      <RetakeForm {...{ project, scene, piece, onActed }} what={name} known={own} />
      {kind === "keyframe" && <OwnStill {...{ project, position, onActed }} />}
      <Problem>{action.problem}</Problem>
    </section>
  );
}

/** The user's own image for a keyframe: it is previewed before it replaces the keyframe. */
function OwnStill({ project, position, onActed }: Pick<SceneTakesProps, "project" | "onActed"> & { position: number }) {
  const [file, setFile] = useState<File | null>(null);
  if (file === null)
    return (
      <div class="scene-buttons">
        <ChooseFile onChoose={setFile}>
          Use my own picture<span class="hidden"> as keyframe {position + 1}</span>
        </ChooseFile>
      </div>
    );
  return (
    <PictureOffer
      change={{ file, url: stillPlaceUrl(project.project_id, position), revision: project.revision }}
      deed={`Use it as keyframe ${position + 1}`}
      onActed={onActed}
      onClose={() => setFile(null)}
    />
  );
}

function TakeCard(props: { take: Take; action: Action; project: Project; onPick(): void }) {
  const { take, action, project, onPick } = props;
  const facts = [
    take.cost_usd > 0 ? money(take.cost_usd) : "free",
    ...(take.seed === null ? [] : [`seed ${take.seed}`]),
  ];
  return (
    <li class="take" data-selected={take.selected ? "" : undefined}>
      <div class="take-frame" style={{ aspectRatio: project.aspect_ratio.replace(":", " / ") }}>
        {take.url === null ? (
          <span class="take-word">{STEP_WORDS[take.status]}</span>
        ) : (
          <TakePicture project={project} take={take} url={take.url} />
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
        <button type="button" class="chip" aria-pressed={take.selected} disabled={action.busy} onClick={onPick}>
          {take.selected ? "In the film" : "Use"}
          <span class="hidden"> take {take.take}</span>
        </button>
      )}
    </li>
  );
}

function TakePicture({ project, take, url }: { project: Project; take: Take; url: string }) {
  const [playing, setPlaying] = useState(false);
  if (take.kind === "keyframe") return <Picture url={take.thumbnail_url ?? url} alt={`Take ${take.take}`} />;
  return (
    <button
      type="button"
      class="screen take-screen"
      aria-pressed={playing}
      aria-label={`${playing ? "Stop" : "Play"} take ${take.take}`}
      onClick={() => setPlaying(!playing)}
    >
      <Picture url={stillUrl(project, take.position)} alt="" />
      {playing && <Moving url={url} muted={false} />}
      <span class="screen-sign" aria-hidden="true" />
    </button>
  );
}

const MOST_AT_ONCE = 4;

/** Orders further takes, with their price on the button. */
function RetakeForm(
  props: Omit<SceneTakesProps, "directing"> & { piece: Piece; what: string; known: readonly Take[] },
) {
  const { project, scene, piece, what, known, onActed } = props;
  const [takes, setTakes] = useState(1);
  const [prompt, setPrompt] = useState("");
  const [seed, setSeed] = useState("");
  const { action, isMaking, order, forget } = useRetaking(project.project_id, known, onActed);
  const wanted: Retake = {
    scene,
    piece,
    takes,
    ...(prompt.trim() !== "" && { prompt: prompt.trim() }),
    ...(seed !== "" && { seed: Number(seed) }),
  };
  const quoted = useForetold({ scene, piece, takes }, (asked, signal) =>
    director.quote(project.project_id, asked, signal),
  );
  return (
    <div class="retake">
      <details class="directions">
        <summary>
          Other words or seed<span class="hidden"> for {what}</span>
        </summary>
        <label class="field">
          <span>Instead of the storyboard's prompt</span>
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
      <div class="scene-buttons">
        <select
          aria-label={`How many new takes: ${what}`}
          value={String(takes)}
          onChange={(event) => {
            setTakes(Number(event.currentTarget.value));
            forget();
          }}
        >
          {Array.from({ length: MOST_AT_ONCE }, (_, n) => (
            <option key={n} value={String(n + 1)}>
              {n + 1}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="secondary"
          disabled={action.busy || isMaking || quoted.answer === null}
          onClick={() => order(wanted)}
        >
          {isMaking ? "Making" : "Retake"}
          <span class="hidden"> {what}</span>{" "}
          <span class="price">{quoted.answer === null ? "…" : cost(quoted.answer.usd)}</span>
        </button>
      </div>
      <Problem>{action.problem ?? quoted.problem}</Problem>
    </div>
  );
}
