import { useState } from "preact/hooks";
import type { Project } from "../../data/api-types.ts";
import { useAction } from "../../data/hooks.ts";
import { sendOwnClip } from "../../data/own-clip.ts";
import { Button } from "../button.tsx";
import { FileButton } from "../image-change.tsx";
import { Problem } from "../status.tsx";

interface OwnClipProps {
  readonly project: Project;
  /** 0-based. */
  readonly scene: number;
  onActed(): void;
}

/** Asks for a clip of the user's own. */
export function ChooseOwnClip(props: OwnClipProps) {
  const [file, setFile] = useState<File | null>(null);
  if (file !== null) return <OwnClipForm {...props} file={file} onClose={() => setFile(null)} />;
  return (
    <div class="chip-row">
      <FileButton accept="video/*" onChoose={setFile}>
        Use my own clip<span class="visually-hidden"> as scene {props.scene + 1}</span>
      </FileButton>
    </div>
  );
}

/** A number of seconds as typed; null: none. */
const secondsIn = (typed: string): number | null => {
  const seconds = Number(typed.replace(",", "."));
  return typed.trim() === "" || !Number.isFinite(seconds) ? null : Math.max(0, seconds);
};

/** Confirms a clip and the part of it that is wanted, then sends it. */
export function OwnClipForm({
  project,
  scene,
  file,
  onActed,
  onClose,
}: OwnClipProps & { file: File; onClose(): void }) {
  const action = useAction();
  const [sent, setSent] = useState(0);
  const [begin, setBegin] = useState("");
  const [end, setEnd] = useState("");
  const use = () =>
    action.run(async () => {
      setSent(0);
      const part = { inSeconds: secondsIn(begin), outSeconds: secondsIn(end) };
      const { project_id: id, revision } = project;
      await sendOwnClip({ id, scene, file, ...part, revision }, setSent);
      onActed();
      onClose();
    });
  return (
    <div class="own-clip">
      <p>
        <strong>{file.name}</strong> costs nothing; its length is the scene's.
      </p>
      <div class="own-clip-part">
        <Moment label="From second" placeholder="start" value={begin} onType={setBegin} />
        <Moment label="to second" placeholder="end" value={end} onType={setEnd} />
      </div>
      {action.busy && (
        <p role="status">
          <progress max={1} value={sent} aria-label={`Sending ${file.name}`} />{" "}
          {sent < 1 ? `Sending, ${Math.floor(sent * 100)} %` : "Checking the clip"}
        </p>
      )}
      <div class="chip-row">
        <Button class="primary" action={action} onClick={use}>
          Use as scene {scene + 1}
        </Button>
        <Button class="quiet" disabled={action.busy} onClick={onClose}>
          Cancel
        </Button>
      </div>
      <Problem>{action.problem}</Problem>
    </div>
  );
}

const Moment = (props: { label: string; placeholder: string; value: string; onType(typed: string): void }) => (
  <label>
    {props.label}{" "}
    <input
      inputMode="decimal"
      size={6}
      placeholder={props.placeholder}
      value={props.value}
      onInput={(event) => props.onType(event.currentTarget.value.replace(/[^\d.,]/g, "").slice(0, 10))}
    />
  </label>
);

/** What is dropped on a scene: one file, else nothing. */
export function useDroppedFile() {
  const [file, setFile] = useState<File | null>(null);
  const [isOver, setIsOver] = useState(false);
  const brings = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") ?? false;
  return {
    file,
    forget: () => setFile(null),
    target: {
      "data-dropping": isOver ? "" : undefined,
      onDragOver(event: DragEvent) {
        if (!brings(event)) return;
        // Else the browser would open the file instead of this page.
        event.preventDefault();
        setIsOver(true);
      },
      onDragLeave: () => setIsOver(false),
      onDrop(event: DragEvent) {
        if (!brings(event)) return;
        event.preventDefault();
        setIsOver(false);
        setFile(event.dataTransfer?.files[0] ?? null);
      },
    },
  };
}
