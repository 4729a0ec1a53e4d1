import { useEffect, useRef } from "preact/hooks";
import type { Project } from "../../data/api-types.ts";
import type { EditingData } from "../../data/directing.ts";
import { SceneTakes } from "./takes.tsx";

const takesPanelId = "bench";

interface SceneButtonsProps {
  /** 0-based. */
  readonly scene: number;
  /** How many takes of its clip there are. */
  readonly takes: number;
  readonly isOpen: boolean;
  onEdit(): void;
  onTakes(): void;
}

/** What can be done with a scene: other words for it, and other takes of it. */
export const SceneButtons = ({ scene, takes, isOpen, onEdit, onTakes }: SceneButtonsProps) => (
  <div class="scene-buttons">
    <button type="button" class="chip" onClick={onEdit}>
      Edit<span class="hidden"> scene {scene + 1}</span>
    </button>
    <button
      type="button"
      class="chip"
      id={`takes-of-${scene}`}
      aria-expanded={isOpen}
      aria-controls={isOpen ? takesPanelId : undefined}
      onClick={onTakes}
    >
      Takes<span class="hidden"> of scene {scene + 1}</span>
      {takes > 1 && <span class="count">{takes}</span>}
    </button>
  </div>
);

interface TakesPanelProps {
  readonly project: Project;
  readonly editing: EditingData;
  /** 0-based. */
  readonly scene: number;
  onActed(): void;
  onClose(): void;
}

/** All takes of one scene, side by side under the strip. */
export function TakesPanel({ scene, onClose, ...rest }: TakesPanelProps) {
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
      class="bench"
      aria-labelledby="bench-title"
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      <header class="bench-head">
        <h3 id="bench-title" ref={heading} tabIndex={-1}>
          Takes of scene {scene + 1}
        </h3>
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </header>
      <SceneTakes {...rest} scene={scene} />
    </section>
  );
}
