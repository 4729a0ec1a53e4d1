import { useCallback, useEffect, useState } from "preact/hooks";
import {
  type Accepted,
  isSettled,
  type Project,
  type StepKind,
  type StepStatus,
  type Storyboard,
  type Until,
} from "./api-types.ts";
import { post, projectUrl, Refusal, read } from "./client.ts";
import { messageOf, useAccess } from "./hooks.ts";

/** How a piece stands against what is directed now, and what making it costs, US dollars. */
export interface PlanLine {
  readonly kind: StepKind;
  readonly position: number;
  readonly state: "current" | "kept" | "under_way" | "stale" | "missing" | "stopped" | "skipped";
  readonly to_make: boolean;
  readonly reason: string | null;
  readonly usd: number;
}

export interface Plan {
  readonly revision: number;
  readonly complete: boolean;
  readonly total_usd: number;
  readonly lines: readonly PlanLine[];
  readonly next: readonly { readonly until: Until; readonly pieces: number; readonly usd: number }[];
}

export interface Take {
  readonly kind: "keyframe" | "clip";
  readonly position: number;
  readonly take: number;
  readonly selected: boolean;
  readonly status: StepStatus;
  readonly message: string | null;
  readonly prompt: string;
  readonly seed: number | null;
  readonly cost_usd: number;
  readonly url: string | null;
  readonly thumbnail_url: string | null;
}

export interface Revision {
  readonly revision: number;
  readonly at: string;
  readonly note: string;
}

export type Piece = "start" | "end" | "clip";

/** A storyboard in place of the one of a revision. */
export interface Edit {
  readonly storyboard: Storyboard;
  /** Every other still and clip stays in its place. */
  readonly patch: boolean;
  readonly revision: number;
}

export interface Retake {
  readonly scene: number;
  readonly piece: Piece;
  readonly takes: number;
  readonly prompt?: string;
  readonly seed?: number;
}

const at = (id: string, path: string): string => `${projectUrl(id)}/${path}`;
const asJson = { "Content-Type": "application/json" };

const edit = (id: string, body: Edit & { readonly dry_run: boolean }, signal?: AbortSignal) =>
  read<Plan>(at(id, "storyboard"), {
    method: "PATCH",
    headers: asJson,
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });

/** Everything a film can be told beyond stop and go on. */
export const editingApi = {
  plan: (id: string, signal: AbortSignal) => read<Plan>(at(id, "plan"), { signal }),
  takes: (id: string, signal: AbortSignal) => read<{ takes: readonly Take[] }>(at(id, "takes"), { signal }),
  history: (id: string, signal: AbortSignal) =>
    read<{ revision: number; revisions: readonly Revision[] }>(at(id, "history"), { signal }),
  preview: (id: string, body: Edit, signal: AbortSignal) => edit(id, { ...body, dry_run: true }, signal),
  edit: (id: string, body: Edit) => edit(id, { ...body, dry_run: false }),
  quote: (id: string, body: Retake, signal: AbortSignal) =>
    post<{ usd: number }>(at(id, "retakes"), { ...body, dry_run: true }, {}, signal),
  retake: (id: string, body: Retake, key: string) =>
    post<Accepted>(at(id, "retakes"), body, { "Idempotency-Key": key }),
  pick: (id: string, scene: number, piece: Piece, take: number) =>
    post<Accepted>(at(id, "picks"), { scene, piece, take }),
  revert: (id: string, revision: number) => post<Accepted>(at(id, "revert"), { revision }),
};

/** What is known of how a film is directed; null until it is read. */
export interface EditingData {
  readonly plan: Plan | null;
  readonly takes: readonly Take[];
  readonly revisions: readonly Revision[];
  /** Why the plan cannot be shown. */
  readonly problem: string | null;
  /** Read again now and keep reading while the film moves: somebody looks at the takes. */
  watch(): void;
}

type Known = Omit<EditingData, "watch">;
const NOTHING_KNOWN: Known = { plan: null, takes: [], revisions: [], problem: null };

/**
 * How a film is directed, read whenever something happens to it. A first film in the making is not asked about: there
 * is nothing to direct that its events do not show.
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
      // The page says itself when the server is away; the next event asks again.
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

/** Ms without typing before the server is asked again. */
const settleMs = 300;

/** Something the server says of what was typed so far: its answer, or why there is none. */
export interface Preview<T> {
  readonly answer: T | null;
  readonly problem: string | null;
}

/** Asks the server whenever `asked` changes, after a moment's rest; the old answer stays until there is a new one. */
export function usePreview<Q, T>(asked: Q | null, ask: (asked: Q, signal: AbortSignal) => Promise<T>): Preview<T> {
  const [state, setState] = useState<Preview<T>>({ answer: null, problem: null });
  // By its content: it is made anew with every drawing of the page.
  const text = asked && JSON.stringify(asked);
  useEffect(() => {
    if (asked === null) return setState({ answer: null, problem: null });
    const gone = new AbortController();
    const timer = setTimeout(() => {
      ask(asked, gone.signal).then(
        (answer) => setState({ answer, problem: null }),
        (error: unknown) => {
          if (!gone.signal.aborted) setState({ answer: null, problem: messageOf(error) });
        },
      );
    }, settleMs);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [text]);
  return state;
}
