import { CHANNELS, type SoundSpan } from "./sound-args.ts";

export interface Mixer {
  /** Takes the next interleaved floats of all clips laid end to end; returns those of the film that are now settled. */
  take(block: Float32Array): Float32Array;
}

/** A run of a clip's samples that are treated alike. */
interface Zone {
  readonly kind: "rise" | "level" | "fall";
  /** Samples. */
  readonly length: number;
}

/**
 * Lays clips over each other where their spans overlap, fading with equal power: the sum of squares stays 1,
 * so two unlike sounds keep their loudness through the fade. Pure arithmetic; memory is one fade.
 */
export function createMixer(spans: readonly SoundSpan[]): Mixer {
  const zones = spans.flatMap((_, index) => zonesOf(spans, index));
  let zone = 0;
  /** Samples of the current zone taken so far. */
  let taken = 0;
  /** The falling end of the clip before, until the rising start of the next has used it. */
  let tail = new Float32Array(0);

  const blend = (part: Float32Array, { kind, length }: Zone): Float32Array => {
    if (kind === "level") return part;
    if (kind === "fall") {
      if (taken === 0) tail = new Float32Array(length * CHANNELS);
      faded(part, taken, length, Math.cos).forEach((value, i) => {
        tail[taken * CHANNELS + i] = value;
      });
      return new Float32Array(0);
    }
    return faded(part, taken, length, Math.sin).map((value, i) => value + (tail[taken * CHANNELS + i] ?? 0));
  };

  return {
    take(block) {
      const film = new Float32Array(block.length);
      let written = 0;
      for (let at = 0; at < block.length; ) {
        const here = zones[zone];
        if (here === undefined) break;
        const part = block.subarray(at, at + (here.length - taken) * CHANNELS);
        const settled = blend(part, here);
        film.set(settled, written);
        written += settled.length;
        at += part.length;
        taken += part.length / CHANNELS;
        if (taken < here.length) continue;
        zone += 1;
        taken = 0;
      }
      return film.subarray(0, written);
    },
  };
}

function zonesOf(spans: readonly SoundSpan[], index: number): readonly Zone[] {
  const overlap = (left: number): number => Math.max(0, (spans[left]?.end ?? 0) - (spans[left + 1]?.start ?? Infinity));
  const span = spans[index] ?? { start: 0, end: 0 };
  const rise = index === 0 ? 0 : overlap(index - 1);
  const fall = overlap(index);
  const all: readonly Zone[] = [
    { kind: "rise", length: rise },
    { kind: "level", length: span.end - span.start - rise - fall },
    { kind: "fall", length: fall },
  ];
  return all.filter((zone) => zone.length > 0);
}

/** Samples times the curve over a quarter circle, from `first` of `length` on. */
function faded(
  part: Float32Array,
  first: number,
  length: number,
  curve: (angle: number) => number,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(part, (value, i) => {
    const place = first + Math.floor(i / CHANNELS) + 0.5;
    return value * curve((place / length) * (Math.PI / 2));
  });
}
