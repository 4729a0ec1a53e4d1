/** The sound of the corpus: a quiet tone that each clip has for itself, and a loud beep with every flash. Pure. */

/** Samples per second at which sound is looked at. */
export const HEARD_RATE = 48_000;

/** Amplitude of the tone, and of the beep. */
const TONE = 0.1;
const BEEP = 0.5;

const BEEP_HZ = 1_000;

/** Hz of a clip's own tone. */
export const toneHz = (clip: number): number => 200 + clip * 10;

/** Part of a clip's time, seconds from its first drawn frame. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One channel of a clip's sound from `span.from` to `span.to`. */
export function drawSound(clip: number, rate: number, span: Span, beep: Span): Float32Array {
  return Float32Array.from({ length: Math.round((span.to - span.from) * rate) }, (_, index) => {
    const at = span.from + index / rate;
    const isBeep = at >= beep.from && at < beep.to;
    return isBeep
      ? BEEP * Math.sin(2 * Math.PI * BEEP_HZ * (at - beep.from))
      : TONE * Math.sin(2 * Math.PI * toneHz(clip) * at);
  });
}

/** Loudness of samples against the tone's own, dB. */
export function levelDb(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(Math.max(sum / Math.max(1, samples.length), 1e-12) / (TONE ** 2 / 2));
}

/** How much of the samples' energy is one frequency, 0 to about 1. */
export function shareOf(samples: Float32Array, hz: number): number {
  let [re, im, all] = [0, 0, 0];
  for (const [index, sample] of samples.entries()) {
    const turn = (2 * Math.PI * hz * index) / HEARD_RATE;
    re += sample * Math.cos(turn);
    im += sample * Math.sin(turn);
    all += sample * sample;
  }
  return (2 * (re * re + im * im)) / Math.max(all * samples.length, 1e-12);
}

/** Samples in which the beep is looked for at a time: one period of it. */
const PERIOD = HEARD_RATE / BEEP_HZ;

/** Seconds of the first sample of the beep; null where none is. */
export function beepAt(samples: Float32Array): number | null {
  const loud = Array.from({ length: Math.floor(samples.length / PERIOD) }, (_, index) =>
    samples.subarray(index * PERIOD, (index + 1) * PERIOD).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
  const most = Math.max(0, ...loud);
  const first = loud.findIndex((value) => value > most / 2);
  // Nothing in it is much louder than the rest.
  const usual = loud.toSorted((a, b) => a - b)[Math.floor(loud.length / 2)] ?? 0;
  if (first < 0 || most < 2 * usual || most < TONE / 2) return null;
  const from = Math.max(0, (first - 1) * PERIOD);
  const onset = samples.subarray(from).findIndex((value) => Math.abs(value) > most / 3);
  return (from + onset) / HEARD_RATE;
}
