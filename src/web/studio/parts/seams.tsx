import type { Project, Retake, Seam } from "../data/api-types.ts";
import { director, type EditingData, useForetold } from "../data/directing.ts";
import { useRetaking } from "../data/retaking.ts";
import { seamPlace } from "../data/seams.ts";
import { cost } from "./direct-review.tsx";
import { Problem } from "./signs.tsx";

/** How well two scenes match at the keyframe between them. */
export function SeamSign({ seam, scenes }: { seam: Seam; scenes: number }) {
  const score = seam.score.toFixed(2);
  return (
    <span class={seam.bad ? "seam weak" : "seam"} title={explained(seam)}>
      <span class="hidden">
        Seam of {seamPlace(seam.position, scenes)}: {seam.bad ? "weak" : "good"},{" "}
      </span>
      <span aria-hidden="true">{seam.bad ? "⚠" : "✓"}</span> {score}
    </span>
  );
}

function explained({ before, after, between }: Seam): string {
  const parts = [
    ["last frame before and its keyframe", before],
    ["first frame after and its keyframe", after],
    ["the two frames", between],
  ] as const;
  const told = parts.flatMap(([name, score]) => (score === null ? [] : `${name} ${score.toFixed(2)}`));
  return `Similarity, 1 is the same picture: ${told.join("; ")}`;
}

interface WeakSeamsProps {
  readonly project: Project;
  readonly directing: EditingData;
  /** Ordered: its takes are worth a look. */
  onOrdered(scene: number): void;
  onActed(): void;
}

/** Visible seams, each with the retake that may mend it and its price. */
export function WeakSeams({ project, directing, onOrdered, onActed }: WeakSeamsProps) {
  const weak = project.seams.filter(({ bad }) => bad);
  if (weak.length === 0) return null;
  return (
    <ul class="weak-seams" aria-label="Visible seams">
      {weak.map((seam) => (
        <WeakSeam key={seam.position} {...{ project, directing, seam, onOrdered, onActed }} />
      ))}
    </ul>
  );
}

function WeakSeam({ project, directing, seam, onOrdered, onActed }: WeakSeamsProps & { seam: Seam }) {
  const { scene, piece } = seam.retake ?? { scene: seam.position, piece: "clip" };
  const wanted: Retake = { scene, piece, takes: 1 };
  const quoted = useForetold(wanted, (asked, signal) => director.quote(project.project_id, asked, signal));
  // The seam stays weak until one of its takes is picked.
  const known = directing.takes.filter(({ kind, position }) => kind === "clip" && position === scene);
  const { action, isMaking, order } = useRetaking(project.project_id, known, () => {
    onActed();
    onOrdered(scene);
  });
  return (
    <li>
      <p>
        <strong>The seam of {seamPlace(seam.position, project.scenes.length)} shows</strong>{" "}
        <span class="soft">
          similarity {seam.score.toFixed(2)}; the clip of scene {scene + 1} matches its keyframe less well
        </span>
      </p>
      <button
        type="button"
        class="secondary"
        disabled={action.busy || isMaking || quoted.answer === null}
        title={quoted.problem ?? undefined}
        onClick={() => order(wanted)}
      >
        {isMaking ? "Making" : "Retake"} clip {scene + 1}{" "}
        <span class="price">{quoted.answer === null ? "…" : cost(quoted.answer.usd)}</span>
      </button>
      <Problem>{action.problem}</Problem>
    </li>
  );
}
