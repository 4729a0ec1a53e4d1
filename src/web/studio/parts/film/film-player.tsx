import { useRef, useState } from "preact/hooks";
import type { Project } from "../../data/api-types.ts";
import { mediaUrl } from "../../data/client.ts";
import { type Marker, markerAt, markersOf, stretchesOf } from "../../data/film-time.ts";
import { useMediaUrl } from "../../data/hooks.ts";
import { keyframeUrl } from "../../data/stills.ts";
import { opening, timecode } from "../../data/words.ts";
import { Button } from "../button.tsx";
import type { ShownFilm } from "../shown-film.ts";
import { OutOfDate } from "../status.tsx";

interface PlayerProps extends Pick<ShownFilm, "project" | "storyboard"> {
  /** Stitched before the last change: where its scenes start is no longer known. */
  readonly isOld: boolean;
}

/** The finished film, with a marker at the start of each scene. */
export function FilmPlayer({ project, storyboard, isOld }: PlayerProps) {
  const { film } = project;
  const video = useRef<HTMLVideoElement>(null);
  const [seconds, setSeconds] = useState(0);
  // A new stitch has the same address.
  const version = `${film?.bytes}-${film?.duration_seconds}`;
  const src = useMediaUrl(`${mediaUrl.film(project.project_id)}?v=${version}`);
  const poster = useMediaUrl(keyframeUrl(project, 0));
  if (film === null) return null;
  const markers = markersOf(stretchesOf(project, storyboard), film.duration_seconds, film.scene_starts);
  const seek = (marker: Marker) => {
    if (video.current === null) return;
    video.current.currentTime = marker.startSeconds + 0.01;
    void video.current.play().catch(() => undefined);
  };
  return (
    <section class="player" aria-label="Film">
      <div class={`player-frame player-${project.aspect_ratio.replace(":", "x")}`}>
        {src !== null && (
          // biome-ignore lint/a11y/useMediaCaption: films have no speech; the text of every scene is on this page
          <video
            key={version}
            ref={video}
            src={src}
            poster={poster ?? undefined}
            controls
            playsInline
            preload="metadata"
            aria-label={project.title ?? "Film"}
            onTimeUpdate={(event) => setSeconds(event.currentTarget.currentTime)}
          />
        )}
      </div>
      {isOld ? (
        <p class="player-note">
          <OutOfDate of="film" /> This is the film as it was before your last change.
        </p>
      ) : (
        <Markers project={project} markers={markers} seconds={seconds} onSeek={seek} />
      )}
    </section>
  );
}

function Markers(props: {
  project: Project;
  markers: readonly Marker[];
  seconds: number;
  onSeek(marker: Marker): void;
}) {
  const on = markerAt(props.markers, props.seconds);
  return (
    <ol class="scene-markers" aria-label="Scenes of the film">
      {props.markers.map((marker) => {
        const span = marker.endSeconds - marker.startSeconds;
        const share = marker === on ? Math.min(1, Math.max(0, (props.seconds - marker.startSeconds) / span)) : 0;
        const past = on !== undefined && marker.scene < on.scene ? 1 : share;
        return (
          <li key={marker.scene} style={{ flexGrow: span, "--played": past }}>
            <Button
              class="scene-marker"
              aria-current={marker === on ? "true" : undefined}
              title={opening(props.project.scenes[marker.scene]?.description ?? "", 90)}
              onClick={() => props.onSeek(marker)}
            >
              <span class="scene-marker-number">
                <span class="visually-hidden">Scene </span>
                {marker.scene + 1}
              </span>
              <span class="visually-hidden">, from </span>
              <span>{timecode(marker.startSeconds)}</span>
            </Button>
          </li>
        );
      })}
    </ol>
  );
}
