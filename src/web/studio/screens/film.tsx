import { useEffect, useMemo, useState } from "preact/hooks";
import type { Project } from "../data/api-types.ts";
import { api, Refusal } from "../data/client.ts";
import { isStale, useEditing } from "../data/directing.ts";
import type { Followed } from "../data/follow.ts";
import { useAction, useChoices, usePreview, useProject } from "../data/hooks.ts";
import { stepsOf } from "../data/steps.ts";
import { keptDraft } from "../data/use-draft.ts";
import { isSettled, length, moment, opening, plural } from "../data/words.ts";
import { Button } from "../parts/button.tsx";
import { Activity } from "../parts/film/activity.tsx";
import { AnimaticPlayer } from "../parts/film/animatic-player.tsx";
import { Blocked, LeftOut } from "../parts/film/blocked.tsx";
import { Cast } from "../parts/film/cast.tsx";
import { FilmPlayer } from "../parts/film/film-player.tsx";
import { FinishedFilm } from "../parts/film/finished-film.tsx";
import { Progress } from "../parts/film/progress.tsx";
import { Receipt } from "../parts/film/receipt.tsx";
import { useResume } from "../parts/film/resume.ts";
import { Review } from "../parts/film/review.tsx";
import { Versions } from "../parts/film/versions.tsx";
import type { ShownFilm } from "../parts/shown-film.ts";
import { Offline, Problem, StatusLabel } from "../parts/status.tsx";
import { StoryboardGrid } from "../parts/storyboard/storyboard.tsx";
import { StoryboardEditor } from "../parts/storyboard-editor/storyboard-editor.tsx";
import { showToast } from "../parts/toast.tsx";
import { filmPath, Link, navigate } from "../router.tsx";

/** One film. */
export function FilmScreen({ id }: { id: string }) {
  const followed = useProject(id);
  const { project, problem, online } = followed;
  useEffect(() => {
    if (project) document.title = `${project.title ?? opening(project.prompt, 50)} · vidpipe studio`;
  }, [project?.title, project?.prompt]);
  if (project === null) {
    if (problem instanceof Refusal && problem.status !== 401) return <NotFound message={problem.message} />;
    return (
      <div class="film">
        <Offline online={online} />
        <div class="film-head skeleton-head" aria-hidden="true">
          <div class="skeleton-line wide" />
          <div class="skeleton-line short" />
        </div>
        <div class="player-frame skeleton" aria-hidden="true" />
      </div>
    );
  }
  return <FilmView project={project} followed={followed} wake={followed.wake} />;
}

function FilmView({ project, followed, wake }: { project: Project; followed: Followed; wake(): void }) {
  const { history, storyboard, online, problem } = followed;
  const { project_id, prompt, aspect_ratio, clip_duration, provider, scene_count } = project;
  const steps = useMemo(() => stepsOf(history), [history]);
  const editing = useEditing(project, history.at(-1)?.seq ?? 0);
  // An unsaved draft is opened again.
  const [edited, setEdited] = useState<number | null>(() => (keptDraft(project_id) === null ? null : 0));
  const priced = { prompt, aspect_ratio, clip_duration, provider, ...(scene_count > 0 && { scenes: scene_count }) };
  const { answer: estimate } = usePreview(priced, api.estimate);
  const shown: ShownFilm = { project, steps, editing, estimate, storyboard, history, onActed: wake };
  return (
    <div class="film">
      <Offline online={online} />
      <Problem>{problem?.message ?? null}</Problem>
      <Head {...shown} />
      <Stage {...shown} onEdit={() => setEdited(0)} />
      {edited !== null && storyboard !== null ? (
        <section class="storyboard" aria-labelledby="edit-title">
          <h2 id="edit-title">Edit storyboard</h2>
          <StoryboardEditor
            {...shown}
            storyboard={storyboard}
            revision={followed.storyboardRevision}
            scene={edited}
            onClose={() => setEdited(null)}
          />
        </section>
      ) : (
        <StoryboardGrid {...shown} onEdit={setEdited} />
      )}
      <Cast {...shown} />
      <PromptAndStyle {...shown} />
      <Receipt {...shown} />
      <Versions {...shown} />
      <Activity {...shown} />
    </div>
  );
}

/** The film or animatic, decisions to make, and progress. */
function Stage(props: ShownFilm & { onEdit(): void }) {
  const { project, steps, editing } = props;
  const hasAnimatic = project.film === null && project.animatic !== null;
  const isOld = isStale(editing, "stitch", 0) || steps.get("stitch 0")?.status !== "done";
  return (
    <>
      {!hasAnimatic && <Review {...props} />}
      <Blocked {...props} />
      {project.film && <FilmPlayer {...props} isOld={isOld} />}
      {hasAnimatic && <AnimaticPlayer project={project} />}
      <div class="film-side">
        {hasAnimatic && <Review {...props} />}
        {project.film && <FinishedFilm {...props} />}
        <LeftOut {...props} />
        <Progress {...props} />
      </div>
    </>
  );
}

function Head({ project, onActed }: ShownFilm) {
  const action = useResume(project, onActed);
  const provider = useChoices()?.providers.find(({ name, aliases }) => [name, ...aliases].includes(project.provider));
  const seconds = project.film?.duration_seconds ?? project.scene_count * project.clip_duration;
  const facts = [
    project.scene_count > 0 ? plural(project.scene_count, "scene") : null,
    seconds > 0 ? length(seconds) : null,
    project.aspect_ratio,
    project.style,
    `made by ${provider?.label ?? project.provider}`,
    moment(project.created_at),
  ].filter((fact) => fact !== null);
  const stop = () => action.run(() => api.cancel(project.project_id).then(onActed));
  return (
    <header class="film-head">
      <div class="film-title">
        <StatusLabel status={project.status} />
        <h1>{project.title ?? opening(project.prompt, 60)}</h1>
        <p class="film-facts">
          {facts.map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
      </div>
      <div class="film-actions">
        {!isSettled(project.status) && (
          <Button class="secondary" action={action} onClick={stop}>
            Stop
          </Button>
        )}
        {project.status === "cancelled" && (
          <Button class="primary" action={action} onClick={() => action.resume({})}>
            Resume
          </Button>
        )}
        {isSettled(project.status) && <DeleteFilm project={project} />}
      </div>
      <Problem>{action.problem}</Problem>
    </header>
  );
}

/** Asks for a confirmation in place, without a dialog. */
function DeleteFilm({ project }: { project: Project }) {
  const action = useAction();
  async function discard(): Promise<void> {
    const { restorable_until } = await api.discard(project.project_id);
    navigate("/");
    showToast({
      text: `Moved to the trash. You can restore it until ${moment(restorable_until)}.`,
      undo: async () => {
        await api.restore(project.project_id);
        navigate(filmPath(project.project_id));
      },
    });
  }
  return (
    <details class="delete-film">
      <summary class="quiet">Delete</summary>
      <div class="delete-confirm">
        <p>This film and all its files move to the trash.</p>
        <Button class="danger" action={action} onClick={() => action.run(discard)}>
          Delete film
        </Button>
        <Problem>{action.problem}</Problem>
      </div>
    </details>
  );
}

function PromptAndStyle({ project, storyboard }: ShownFilm) {
  const guide = storyboard?.style_guide;
  return (
    <section class="prompt-and-style" aria-labelledby="prompt-title">
      <h2 id="prompt-title">Prompt and style</h2>
      <dl>
        <div class="full-row">
          <dt>Prompt</dt>
          <dd class="prose">{project.prompt}</dd>
        </div>
        {guide && (
          <>
            <Note name="Visual style" text={guide.visual_style} />
            <Note name="Color palette" text={guide.color_palette} />
            <Note name="Camera style" text={guide.camera_style} />
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

const NotFound = ({ message }: { message: string }) => (
  <section class="empty-state">
    <h1>Film not found</h1>
    <p>{message}</p>
    <Link to="/" class="button primary">
      See all films
    </Link>
  </section>
);
