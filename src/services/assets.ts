import { VidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { Artifact } from "../domain/step.ts";
import type { ProjectView } from "../domain/view.ts";
import { type Plan, plan } from "../planning/plan.ts";
import { viewOf } from "../planning/project-view.ts";
import { type Receipt, receiptOf } from "../planning/receipt.ts";
import { type TakeView, takesOf } from "../planning/takes.ts";
import type { StoredPiece } from "../ports/files.ts";
import type { World } from "../ports/world.ts";

/** A project with everything that was made for it, read in one transaction. */
export interface Gallery {
  readonly project: ProjectView;
  readonly takes: readonly TakeView[];
  readonly receipt: Receipt;
}

/** Names a keyframe or a clip; without `take` the one that the film uses. */
export interface PieceName {
  readonly kind: "keyframe" | "clip";
  /** Keyframe 0..N, clip 0..N-1. */
  readonly position: number;
  /** The scene that is looked at: where the film needs no keyframe, the frame of its own clip is shown. */
  readonly scene?: number;
  readonly take?: number;
  /** A rejected answer of that take, by the id of its paid call. */
  readonly answer?: string;
}

/** The keyframes and clips of a project, as files to show. */
export type Assets = ReturnType<typeof createAssets>;

export function createAssets({ repository, artifacts }: Pick<World, "repository" | "artifacts">) {
  return {
    /** @throws VidpipeError project.not_found */
    async gallery(id: ProjectId): Promise<Gallery> {
      const facts = await repository.facts(id);
      const current = plan(facts);
      const project = viewOf(facts, current, artifacts.pathOf);
      return { project, takes: takesOf(facts, current), receipt: receiptOf(facts) };
    },
    /** A keyframe or clip that was made. @throws VidpipeError project.not_found */
    async piece(id: ProjectId, { kind, position, scene, take, answer }: PieceName): Promise<StoredPiece> {
      const facts = await repository.facts(id);
      const current = plan(facts);
      const all = takesOf(facts, current).filter(({ step: s }) => s.kind === kind && s.position === position);
      const frame = kind === "keyframe" && scene !== undefined ? frameOf(current, scene, position) : undefined;
      const chosen =
        all.find(({ selected, artifact }) => selected && artifact !== null) ??
        all.find(({ artifact }) => artifact !== null && artifact.id === frame);
      // What an edit made stale is shown until it is replaced.
      const shown = chosen ?? all.findLast(({ artifact }) => artifact !== null);
      const named = take === undefined ? shown : all.find(({ step }) => step.take === take);
      const rejected = all.flatMap((one) => (take === undefined || one === named ? one.rejected : []));
      const found = answer === undefined ? named : rejected.find(({ submitId }) => submitId === answer);
      if (found?.artifact == null) throw new VidpipeError("project.not_found", `project ${id} has no such file`);
      return { artifact: found.artifact, path: artifacts.pathOf(found.artifact.key) };
    },
    /** The checked content of a stored file. @throws VidpipeError storage.damaged */
    readPiece: ({ artifact }: StoredPiece): Promise<Uint8Array> => artifacts.read(artifact.key),
  };
}

/** The frame of a scene's own clip at one of its ends. */
function frameOf({ steps }: Plan, scene: number, position: number): Artifact["id"] | undefined {
  const order = steps.find((planned) => planned.kind === "clip" && planned.position === scene)?.order;
  if (order?.kind !== "clip" || order.own !== true) return undefined;
  return (position === scene ? order.start : order.end).id;
}
