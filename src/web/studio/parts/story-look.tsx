import { handOver } from "../data/hand-over.ts";
import { type StoryDraft, storyboardOf } from "../data/story-draft.ts";
import type { Drafting } from "../data/use-draft.ts";

const LOOKS = [
  { field: "visual_style", label: "Look" },
  { field: "color_palette", label: "Colour" },
  { field: "camera_style", label: "Camera" },
] as const;

/** Title and visual style of the film; collapsed, because every keyframe depends on them. */
export function LookFields({ draft, change }: Pick<Drafting, "draft" | "change">) {
  return (
    <details class="story-look">
      <summary>Title, look and who is in it</summary>
      <div class="story-fields">
        <Line label="Title" most={200} value={draft.title} onChange={(title) => change((now) => ({ ...now, title }))} />
        {LOOKS.map(({ field, label }) => (
          <Line
            key={field}
            label={label}
            most={500}
            value={draft.style_guide[field]}
            onChange={(words) => change((now) => ({ ...now, style_guide: { ...now.style_guide, [field]: words } }))}
          />
        ))}
        {draft.characters.map(({ name, physical_description }, place) => (
          <Line
            key={name}
            label={name}
            most={1_000}
            value={physical_description}
            onChange={(words) =>
              change((now) => ({
                ...now,
                characters: now.characters.map((known, at) =>
                  at === place ? { ...known, physical_description: words } : known,
                ),
              }))
            }
          />
        ))}
      </div>
      <button type="button" class="chip" onClick={() => handOver(fileOf(draft), `storyboard_${nameOf(draft)}.json`)}>
        Save as a file
      </button>
    </details>
  );
}

const fileOf = (draft: StoryDraft): Blob =>
  new Blob([`${JSON.stringify(storyboardOf(draft), null, 2)}\n`], { type: "application/json" });

const nameOf = ({ title }: StoryDraft): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40) || "film";

const Line = (props: { label: string; most: number; value: string; onChange(words: string): void }) => (
  <label class="field">
    <span>{props.label}</span>
    <textarea
      rows={1}
      maxLength={props.most}
      value={props.value}
      onInput={(event) => props.onChange(event.currentTarget.value)}
    />
  </label>
);
