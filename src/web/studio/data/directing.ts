import { useCallback, useEffect, useState } from "preact/hooks";
import type { Piece, Plan, Project, Retake, Revision, StepKind, Storyboard, Take } from "./api-types.ts";
import { expected, projectRoutes, Refusal, read, sending, withId } from "./client.ts";
import { useAccess } from "./hooks.ts";
import { isSettled } from "./words.ts";

/** A storyboard that replaces the one of a revision. */
export interface Edit {
  readonly storyboard: Storyboard;
  /** Keep every other keyframe and clip. */
  readonly patch: boolean;
  readonly revision: number;
}

const edit = (id: string, json: Edit & { readonly dry_run: boolean }, signal?: AbortSignal) =>
  read(projectRoutes.storyboard.$patch({ ...withId(id), json }, sending({ signal })));

/** The editing requests of a film. */
export const editingApi = {
  plan: (id: string, signal: AbortSignal) => read(projectRoutes.plan.$get(withId(id), sending({ signal }))),
  takes: (id: string, signal: AbortSignal) => read(projectRoutes.takes.$get(withId(id), sending({ signal }))),
  history: (id: string, signal: AbortSignal) => read(projectRoutes.history.$get(withId(id), sending({ signal }))),
  preview: (id: string, body: Edit, signal: AbortSignal) => edit(id, { ...body, dry_run: true }, signal),
  edit: (id: string, body: Edit) => edit(id, { ...body, dry_run: false }),
  async quote(id: string, body: Retake, signal: AbortSignal) {
    const json = { ...body, dry_run: true };
    const answer = await projectRoutes.retakes.$post({ ...withId(id), json }, sending({ signal }));
    return answer.status === 200 ? answer.json() : expected(200);
  },
  async retake(id: string, json: Retake, key: string) {
    const answer = await projectRoutes.retakes.$post({ ...withId(id), json }, sending({ key }));
    return answer.status === 202 ? answer.json() : expected(202);
  },
  pick: (id: string, scene: number, piece: Piece, take: number) =>
    read(projectRoutes.picks.$post({ ...withId(id), json: { scene, piece, take } })),
  revert: (id: string, revision: number) => read(projectRoutes.revert.$post({ ...withId(id), json: { revision } })),
};

/** Plan, takes and revisions of a film; null until they are read. */
export interface EditingData {
  readonly plan: Plan | null;
  readonly takes: readonly Take[];
  readonly revisions: readonly Revision[];
  /** Why the plan cannot be shown. */
  readonly problem: string | null;
  /** Read again now, and keep reading while steps run: the takes are shown. */
  watch(): void;
}

type Known = Omit<EditingData, "watch">;
const NOTHING_KNOWN: Known = { plan: null, takes: [], revisions: [], problem: null };

/**
 * The plan, takes and revisions of a film, read again on every event. While a first film is being made they are not
 * read: its events show everything.
 */
export function useEditing(project: Project, seq: number): EditingData {
  const [known, setKnown] = useState(NOTHING_KNOWN);
  const [watched, setWatched] = useState(false);
  const { entries } = useAccess();
  const { project_id: id, status, revision, scene_count } = project;
  const wanted = scene_count > 0 && (isSettled(status) || watched || revision > 0);
  useEffect(() => {
    if (!wanted) return;
    const gone = new AbortController();
    const { signal } = gone;
    Promise.all([editingApi.plan(id, signal), editingApi.takes(id, signal), editingApi.history(id, signal)]).then(
      ([plan, { takes }, { revisions }]) => setKnown({ plan, takes, revisions, problem: null }),
      // The page itself shows when the server cannot be reached; the next event asks again.
      (error: unknown) => {
        if (!signal.aborted && error instanceof Refusal) setKnown((before) => ({ ...before, problem: error.message }));
      },
    );
    return () => gone.abort();
  }, [id, wanted, seq, status, revision, entries]);
  return { ...known, watch: useCallback(() => setWatched(true), []) };
}

export const isStale = ({ plan }: EditingData, kind: StepKind, position: number): boolean =>
  plan?.lines.some((line) => line.kind === kind && line.position === position && line.state === "stale") ?? false;
