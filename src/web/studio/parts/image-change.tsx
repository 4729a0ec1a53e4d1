import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { changeImage, type ImageChange } from "../data/cast.ts";
import { useAction, usePreview } from "../data/hooks.ts";
import { Button } from "./button.tsx";
import { ChangePreview } from "./change-preview.tsx";
import { Problem } from "./status.tsx";

const TYPES = "image/png,image/jpeg,image/webp";

/** A button that asks for a file, an image by default. */
export const FileButton = (props: { accept?: string; children: ComponentChildren; onChoose(file: File): void }) => (
  <label class="chip file-button">
    <input
      type="file"
      class="visually-hidden"
      accept={props.accept ?? TYPES}
      onChange={({ currentTarget }) => {
        const [file] = currentTarget.files ?? [];
        if (file !== undefined) props.onChoose(file);
        // The same file can be chosen again.
        currentTarget.value = "";
      }}
    />
    {props.children}
  </label>
);

interface ImageChangeFormProps {
  readonly change: ImageChange;
  /** The button's text. */
  readonly label: string;
  onActed(): void;
  onClose(): void;
}

/** Confirms a new or removed image: shows it, what goes out of date, and what remaking that costs. */
export function ImageChangeForm({ change, label, onActed, onClose }: ImageChangeFormProps) {
  const { file, url, revision } = change;
  const action = useAction();
  const fileUrl = useObjectUrl(file);
  const asked = { url, revision, file: file && [file.name, file.size, file.lastModified] };
  const preview = usePreview(asked, (_, signal) => changeImage(change, true, signal));
  const save = () =>
    action.run(async () => {
      await changeImage(change, false);
      onActed();
      onClose();
    });
  return (
    <div class="image-change">
      {fileUrl !== null && <img src={fileUrl} alt={`Your image: ${file?.name}`} />}
      <div role="status" class="change-preview">
        <ChangePreview {...preview} />
      </div>
      <div class="chip-row">
        <Button class="primary" action={action} disabled={preview.answer === null} onClick={save}>
          {label}
        </Button>
        <Button class="quiet" onClick={onClose}>
          Cancel
        </Button>
      </div>
      <Problem>{action.problem}</Problem>
    </div>
  );
}

/** An address for a local file while it is shown. */
function useObjectUrl(file: File | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (file === null) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
