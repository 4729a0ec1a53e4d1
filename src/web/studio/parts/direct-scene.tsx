import { useRef, useState } from "preact/hooks";
import type { Directing } from "../data/directing.ts";
import type { Project, StoryScene } from "../data/wire.ts";
import { SceneEditor } from "./direct-edit.tsx";
import { SceneTakes } from "./direct-takes.tsx";

interface SceneToolsProps {
  readonly project: Project;
  readonly directing: Directing;
  /** 0-based. */
  readonly scene: number;
  readonly story: StoryScene | null;
  onActed(): void;
}

type Open = "edit" | "takes" | null;

/** What can be done with a scene: other words for it, and other takes of it. */
export function SceneTools({ project, directing, scene, story, onActed }: SceneToolsProps) {
  const [open, setOpen] = useState<Open>(null);
  const opener = useRef<HTMLButtonElement>(null);
  if (story === null) return null;
  const count = directing.takes.filter(({ kind, position }) => kind === "clip" && position === scene).length;
  const close = () => {
    setOpen(null);
    opener.current?.focus();
  };
  const toggle = (next: Open) => {
    if (next === "takes") directing.watch();
    setOpen(open === next ? null : next);
  };
  const panel = `scene-${scene + 1}-tools`;
  return (
    <div class="scene-tools">
      <div class="scene-buttons">
        <button
          ref={opener}
          type="button"
          class="chip"
          aria-expanded={open === "edit"}
          aria-controls={panel}
          onClick={() => toggle("edit")}
        >
          Edit<span class="hidden"> scene {scene + 1}</span>
        </button>
        <button
          type="button"
          class="chip"
          aria-expanded={open === "takes"}
          aria-controls={panel}
          onClick={() => toggle("takes")}
        >
          Takes<span class="hidden"> of scene {scene + 1}</span>
          {count > 1 && <span class="count">{count}</span>}
        </button>
      </div>
      <div id={panel}>
        {open === "edit" && <SceneEditor {...{ project, story, onActed }} onClose={close} />}
        {open === "takes" && <SceneTakes {...{ project, directing, scene, onActed }} />}
      </div>
    </div>
  );
}
