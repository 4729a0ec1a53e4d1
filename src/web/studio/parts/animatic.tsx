import type { Project } from "../data/api-types.ts";
import { useMediaUrl } from "../data/hooks.ts";
import { stillUrl } from "../data/stills.ts";
import { length } from "../data/words.ts";

/** The keyframes as a timed film, large: it is approved before any clip is bought. */
export function Animatic({ project }: { project: Project }) {
  const { animatic, revision } = project;
  // Another one may come to lie at the same address.
  const version = `${revision}-${project.updated_at}`;
  const src = useMediaUrl(animatic && `${animatic.url}?v=${encodeURIComponent(version)}`);
  const poster = useMediaUrl(stillUrl(project, 0));
  if (animatic === null) return null;
  return (
    <section class="player" aria-label="The animatic">
      <div class={`player-frame player-${project.aspect_ratio.replace(":", "x")}`}>
        {src !== null && (
          // biome-ignore lint/a11y/useMediaCaption: its captions are drawn into the picture
          <video
            src={src}
            poster={poster ?? undefined}
            controls
            playsInline
            preload="metadata"
            aria-label="The animatic"
          />
        )}
      </div>
      <p class="player-note">
        <strong>Animatic</strong> {length(animatic.duration_seconds)}: the keyframes with their real lengths and
        transitions{project.until === "nothing" && ", as they were before your last change"}.
      </p>
    </section>
  );
}
