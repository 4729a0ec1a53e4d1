import type { Project } from "../../data/api-types.ts";
import { useMediaUrl } from "../../data/hooks.ts";
import { keyframeUrl } from "../../data/stills.ts";
import { length } from "../../data/words.ts";

/** The keyframes as a timed film, to approve before clips are bought. */
export function AnimaticPlayer({ project }: { project: Project }) {
  const { animatic, revision } = project;
  // A new animatic has the same address.
  const version = `${revision}-${project.updated_at}`;
  const src = useMediaUrl(animatic && `${animatic.url}?v=${encodeURIComponent(version)}`);
  const poster = useMediaUrl(keyframeUrl(project, 0));
  if (animatic === null) return null;
  return (
    <section class="player" aria-label="Animatic">
      <div class={`player-frame player-${project.aspect_ratio.replace(":", "x")}`}>
        {src !== null && (
          // biome-ignore lint/a11y/useMediaCaption: its captions are drawn into the picture
          <video src={src} poster={poster ?? undefined} controls playsInline preload="metadata" aria-label="Animatic" />
        )}
      </div>
      <p class="player-note">
        <strong>Animatic</strong> {length(animatic.duration_seconds)}: the keyframes with their real lengths and
        transitions{project.until === "nothing" && ", as they were before your last change"}.
      </p>
    </section>
  );
}
