import type { Retake, Seam } from "../../data/api-types.ts";
import { editingApi } from "../../data/directing.ts";
import { usePreview } from "../../data/hooks.ts";
import { useRetake } from "../../data/retaking.ts";
import { seamPlace } from "../../data/seams.ts";
import { priceWords } from "../../data/words.ts";
import { Button } from "../button.tsx";
import type { ShownFilm } from "../shown-film.ts";
import { Problem } from "../status.tsx";

/** How well two scenes match at the keyframe between them. */
export function SeamBadge({ seam, scenes }: { seam: Seam; scenes: number }) {
  const score = seam.score.toFixed(2);
  return (
    <span class={seam.bad ? "badge seam-badge weak" : "badge seam-badge"} title={explained(seam)}>
      <span class="visually-hidden">
        Seam {seamPlace(seam.position, scenes)}: {seam.bad ? "visible" : "good"},{" "}
      </span>
      <span aria-hidden="true">{seam.bad ? "⚠" : "✓"}</span> {score}
    </span>
  );
}

function explained({ before, after, between }: Seam): string {
  const parts = [
    ["last frame before and keyframe", before],
    ["first frame after and keyframe", after],
    ["the two frames", between],
  ] as const;
  const scores = parts.flatMap(([name, score]) => (score === null ? [] : `${name} ${score.toFixed(2)}`));
  return `Similarity, 1 is identical: ${scores.join("; ")}`;
}

interface WeakSeamsProps extends ShownFilm {
  /** A retake of this scene was ordered: its takes can be shown. */
  onOrdered(scene: number): void;
}

/** Visible seams, each with a retake that may fix it and its price. */
export function WeakSeams(props: WeakSeamsProps) {
  const weak = props.project.seams.filter(({ bad }) => bad);
  if (weak.length === 0) return null;
  return (
    <ul class="weak-seams" aria-label="Visible seams">
      {weak.map((seam) => (
        <WeakSeam key={seam.position} {...props} seam={seam} />
      ))}
    </ul>
  );
}

function WeakSeam({ project, editing, seam, onOrdered, onActed }: WeakSeamsProps & { seam: Seam }) {
  const { scene, piece } = seam.retake ?? { scene: seam.position, piece: "clip" };
  const wanted: Retake = { scene, piece, takes: 1 };
  const quoted = usePreview(wanted, (asked, signal) => editingApi.quote(project.project_id, asked, signal));
  // The seam stays bad until another take is picked.
  const known = editing.takes.filter(({ kind, position }) => kind === "clip" && position === scene);
  const { action, isMaking, order } = useRetake(project.project_id, known, () => {
    onActed();
    onOrdered(scene);
  });
  return (
    <li>
      <p>
        <strong>Visible seam {seamPlace(seam.position, project.scenes.length)}</strong>{" "}
        <span class="soft">
          similarity {seam.score.toFixed(2)}; clip {scene + 1} matches its keyframe less well
        </span>
      </p>
      <Button
        class="secondary"
        action={action}
        disabled={isMaking || quoted.answer === null}
        title={quoted.problem ?? undefined}
        onClick={() => order(wanted)}
      >
        {isMaking ? "Making" : "Retake"} clip {scene + 1}{" "}
        <span class="price">{quoted.answer === null ? "…" : priceWords(quoted.answer)}</span>
      </Button>
      <Problem>{action.problem}</Problem>
    </li>
  );
}
