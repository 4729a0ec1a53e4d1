import { useEffect, useMemo, useState } from "preact/hooks";
import { type Estimate, isSettled, type Project, type Storyboard } from "../data/api-types.ts";
import { api, createIdempotentRequests, Refusal } from "../data/client.ts";
import { type EditingData, isStale, useDirecting } from "../data/directing.ts";
import type { Followed } from "../data/follow.ts";
import { useAction, useEstimate, useProject } from "../data/hooks.ts";
import { type StepState, stepsOf } from "../data/steps.ts";
import { keptDraft } from "../data/use-draft.ts";
import { length, moment, opening, plural } from "../data/words.ts";
import { Animatic } from "../parts/animatic.tsx";
import { Attention } from "../parts/attention.tsx";
import { Cast } from "../parts/cast.tsx";
import { Review } from "../parts/direct-review.tsx";
import { Versions } from "../parts/direct-versions.tsx";
import { FilmTools } from "../parts/film-tools.tsx";
import { History } from "../parts/history.tsx";
import { setNotice } from "../parts/notice.tsx";
import { Player } from "../parts/player.tsx";
import { Offline, Problem, StatusSign } from "../parts/signs.tsx";
import { StoryEditor } from "../parts/story-editor.tsx";
import { Strip } from "../parts/strip.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { filmPath, Link, navigate } from "../router.tsx";

/** One project, as a film on a table. */
export function FilmScreen({ id }: { id: string }) {
  const followed = useProject(id);
  const { project, problem, online } = followed;
  useEffect(() => {
    if (project) document.title = `${project.title ?? opening(project.prompt, 50)} · vidpipe studio`;
  }, [project?.title, project?.prompt]);
  if (project === null) {
    if (problem instanceof Refusal && problem.status !== 401) return <Missing message={problem.message} />;
    return (
      <div class="film">
        <Offline online={online} />
        <div class="film-head waiting-head" aria-hidden="true">
          <div class="ghost-line wide" />
          <div class="ghost-line short" />
        </div>
        <div class="player-frame waiting" aria-hidden="true" />
      </div>
    );
  }
  return <FilmOnTable project={project} followed={followed} wake={followed.wake} />;
}

function FilmOnTable({ project, followed, wake }: { project: Project; followed: Followed; wake(): void }) {
  const { history, storyboard, online, problem } = followed;
  const steps = useMemo(() => stepsOf(history), [history]);
  const directing = useDirecting(project, history.at(-1)?.seq ?? 0);
  // A draft that was left behind is taken up where it was.
  const [edited, setEdited] = useState<number | null>(() => (keptDraft(project.project_id) === null ? null : 0));
  const { estimate } = useEstimate({
    prompt: project.prompt,
    aspect_ratio: project.aspect_ratio,
    clip_duration: project.clip_duration,
    provider: project.provider,
    ...(project.scene_count > 0 && { scenes: project.scene_count }),
  });
  const shown = { project, steps, directing, estimate, storyboard, history, onActed: wake };
  return (
    <div class="film">
      <Offline online={online} />
      <Problem>{problem?.message ?? null}</Problem>
      <Head project={project} wake={wake} />
      <Stage {...shown} onEdit={() => setEdited(0)} />
      {edited !== null && storyboard !== null ? (
        <section class="table" aria-labelledby="edit-title">
          <h2 id="edit-title">Edit the storyboard</h2>
          <StoryEditor
            {...shown}
            storyboard={storyboard}
            revision={followed.storyboardRevision}
            scene={edited}
            onClose={() => setEdited(null)}
          />
        </section>
      ) : (
        <Strip {...shown} onEdit={setEdited} />
      )}
      <Cast {...shown} />
      <Notes project={project} followed={followed} />
      <Versions project={project} directing={directing} onActed={wake} />
      <History history={history} />
    </div>
  );
}

interface StageProps {
  readonly project: Project;
  readonly storyboard: Storyboard | null;
  readonly steps: ReadonlyMap<string, StepState>;
  readonly directing: EditingData;
  readonly estimate: Estimate | null;
  readonly history: Followed["history"];
  onActed(): void;
  onEdit(): void;
}

/** What there is to look at, large, and beside it what is to be decided and how it stands. */
function Stage(props: StageProps) {
  const { project, storyboard, steps, directing } = props;
  const hasAnimatic = project.film === null && project.animatic !== null;
  const isOld = isStale(directing, "stitch", 0) || steps.get("stitch 0")?.status !== "done";
  return (
    <>
      {!hasAnimatic && <Review {...props} />}
      <Attention {...props} />
      {project.film && <Player {...{ project, storyboard, isOld }} />}
      {hasAnimatic && <Animatic project={project} />}
      <div class="side">
        {hasAnimatic && <Review {...props} />}
        {project.film && <FilmTools {...{ project, steps }} onActed={props.onActed} />}
        <Timeline {...props} />
      </div>
    </>
  );
}

function Head({ project, wake }: { project: Project; wake(): void }) {
  const action = useAction();
  const seconds = project.film?.duration_seconds ?? project.scene_count * project.clip_duration;
  const facts = [
    project.scene_count > 0 ? plural(project.scene_count, "scene") : null,
    seconds > 0 ? length(seconds) : null,
    project.aspect_ratio,
    project.style,
    `made by ${project.provider}`,
    moment(project.created_at),
  ].filter((fact) => fact !== null);
  const canResume = project.status === "cancelled";
  return (
    <header class="film-head">
      <div class="film-title">
        <StatusSign status={project.status} />
        <h1>{project.title ?? opening(project.prompt, 60)}</h1>
        <p class="facts">
          {facts.map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
      </div>
      <div class="film-actions">
        {!isSettled(project.status) && (
          <button
            type="button"
            class="secondary"
            disabled={action.busy}
            onClick={() => action.run(() => api.cancel(project.project_id).then(wake))}
          >
            Stop
          </button>
        )}
        {canResume && (
          <button
            type="button"
            class="primary"
            disabled={action.busy}
            onClick={() =>
              action.run(() => api.resume(project.project_id, {}, createIdempotentRequests().keyOf({})).then(wake))
            }
          >
            Go on
          </button>
        )}
        {isSettled(project.status) && <Remove project={project} />}
      </div>
      <Problem>{action.problem}</Problem>
    </header>
  );
}

/** Asks once more on the same spot: no dialog to fight with. */
function Remove({ project }: { project: Project }) {
  const action = useAction();
  async function discard(): Promise<void> {
    const { restorable_until } = await api.discard(project.project_id);
    navigate("/");
    setNotice({
      text: `Moved to the bin, where it is kept until ${moment(restorable_until)}.`,
      undo: async () => {
        await api.restore(project.project_id);
        navigate(filmPath(project.project_id));
      },
    });
  }
  return (
    <details class="remove">
      <summary class="quiet">Delete</summary>
      <div class="remove-ask">
        <p>Moves this film and everything made for it to the bin.</p>
        <button type="button" class="danger" disabled={action.busy} onClick={() => action.run(discard)}>
          Delete the film
        </button>
        <Problem>{action.problem}</Problem>
      </div>
    </details>
  );
}

function Notes({ project, followed: { storyboard } }: { project: Project; followed: Followed }) {
  const guide = storyboard?.style_guide;
  return (
    <section class="notes" aria-labelledby="notes-title">
      <h2 id="notes-title">What it is made from</h2>
      <dl>
        <div class="note-wide">
          <dt>Prompt</dt>
          <dd class="prose">{project.prompt}</dd>
        </div>
        {guide && (
          <>
            <Note name="Look" text={guide.visual_style} />
            <Note name="Colour" text={guide.color_palette} />
            <Note name="Camera" text={guide.camera_style} />
          </>
        )}
      </dl>
    </section>
  );
}

const Note = ({ name, text }: { name: string; text: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{text}</dd>
  </div>
);

const Missing = ({ message }: { message: string }) => (
  <section class="empty">
    <h1>No such film</h1>
    <p>{message}</p>
    <Link to="/" class="button primary">
      See all films
    </Link>
  </section>
);
