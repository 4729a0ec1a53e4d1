/** Lowest note of each key, in hertz: D, E, F, G, A, C around 73 to 131. */
const KEYS = [73.42, 82.41, 87.31, 98.0, 110.0, 130.81] as const;

/** Chords of the progression as semitones above the key's lowest note: I, vi, IV, V with their ninths left open. */
const CHORDS = [
  [0, 7, 16, 26],
  [-3, 7, 12, 24],
  [-7, 5, 12, 21],
  [-5, 7, 14, 23],
] as const;

/** Loudness of each voice, lowest first; together well below full scale. */
const LEVELS = [0.04, 0.027, 0.018, 0.009] as const;

const hertz = (key: number, semitones: number): number => key * 2 ** (semitones / 12);
const figure = (value: number): string => String(Number(value.toFixed(4)));

/** A voice is two sines a fraction of a hertz apart, so that it breathes; left and right breathe differently. */
function voice(frequency: number, level: number, spread: number): string {
  const [one, other] = [figure(frequency), figure(frequency + spread)];
  return `${figure(level)}*(sin(2*PI*${one}*t)+sin(2*PI*${other}*t))`;
}

/**
 * Filter chain of a quiet pad chord over soft air, `samples` long. Neighbouring seeds are neighbouring chords of one
 * progression. It swells from silence and sinks back into it, so that clips can be joined without a click.
 */
export function soundBed(seed: number, samples: number, sampleRate: number): string {
  const chord = CHORDS[seed % CHORDS.length] ?? CHORDS[0];
  const key = KEYS[Math.floor(seed / CHORDS.length) % KEYS.length] ?? KEYS[0];
  const side = (spreads: readonly [number, number]) =>
    chord.map((note, place) => voice(hertz(key, note), LEVELS[place] ?? 0, spreads[place % 2] ?? 0)).join("+");
  const seconds = samples / sampleRate;
  const fade = Math.min(0.6, seconds / 3);
  const shape = [
    `atrim=end_sample=${samples}`,
    `afade=t=in:d=${figure(fade)}:curve=hsin`,
    `afade=t=out:st=${figure(seconds - fade)}:d=${figure(fade)}:curve=hsin`,
    "aformat=sample_fmts=fltp:channel_layouts=stereo",
  ];
  return [
    `aevalsrc=exprs='${side([0.31, 0.43])}|${side([0.37, 0.29])}':s=${sampleRate}:c=stereo[pad]`,
    `anoisesrc=r=${sampleRate}:a=0.012:c=brown:s=${seed % 2 ** 31}[air]`,
    `[pad][air]amix=inputs=2:duration=first:normalize=0,lowpass=f=1400,${shape.join(",")}`,
  ].join(";");
}
