/** A scene's place in the finished film, seconds. */
export interface Marker {
  /** 0-based. */
  readonly scene: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/**
 * Where each scene of the film begins, as its stitch wrote it down. Of an older film it is guessed: crossfades overlap
 * their clips, so every scene but the last gives one away; the sum is fitted to the film's measured length because
 * clips are not exactly as long as they were ordered.
 */
export function markersOf(film: {
  readonly scenes: number;
  readonly missing: readonly number[];
  readonly clipSeconds: number;
  readonly crossfadeSeconds: number;
  readonly durationSeconds: number;
  readonly starts?: readonly number[] | null;
}): Marker[] {
  const shown = Array.from({ length: film.scenes }, (_, scene) => scene).filter((s) => !film.missing.includes(s));
  const stride = film.clipSeconds - film.crossfadeSeconds;
  const planned = stride * shown.length + film.crossfadeSeconds;
  const scale = planned > 0 ? film.durationSeconds / planned : 1;
  const written = film.starts?.length === shown.length ? film.starts : undefined;
  const startOf = (place: number) => written?.[place] ?? place * stride * scale;
  return shown.map((scene, place) => ({
    scene,
    startSeconds: startOf(place),
    endSeconds: place === shown.length - 1 ? film.durationSeconds : startOf(place + 1),
  }));
}

/** The scene that is on at a moment of the film. */
export const markerAt = (markers: readonly Marker[], seconds: number): Marker | undefined =>
  markers.findLast((marker) => marker.startSeconds <= seconds + 0.01) ?? markers[0];
