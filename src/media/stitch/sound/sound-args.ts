/** Exact ffmpeg arguments for a film's sound. Pure. */
import { clipInput, ffmpegStart, fileUrl } from "../../ffmpeg/args.ts";
import { type ClipLayout, SAMPLE_RATE, sampleAt } from "../format/clip-layout.ts";
import { clipStarts, type StitchPlan } from "../plan/plan.ts";
/** Left and right. */
export const CHANNELS = 2;
/** Bits per second of the film's AAC track. */
const BIT_RATE = 192_000;

/** Where a clip's sound lies in the film, in samples. */
export interface SoundSpan {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Sound lies exactly under the picture: each clip's span is counted from its frames, so nothing drifts. */
export function soundSpans(plan: StitchPlan): readonly SoundSpan[] {
  const at = (frame: number) => sampleAt(frame, plan.format.frameRate, SAMPLE_RATE);
  const starts = clipStarts(plan);
  return plan.clips.map(({ frames }, index) => {
    const first = starts[index] ?? 0;
    return { start: at(first), end: at(first + frames) };
  });
}

/** One clip's part of a decoding batch. */
export interface SoundSource {
  readonly clip: ClipLayout;
  readonly samples: number;
  /** Change of loudness, dB; 0 leaves it alone. */
  readonly gainDb: number;
}

/** Writes the sound of some clips, one after the other and each exactly as long as its picture, as 32-bit PCM. */
export function decodeSoundArgs(sources: readonly SoundSource[]): readonly string[] {
  const inputs = sources.flatMap(({ clip }) => (clip.hasSound ? clipInput(clip, [], 1) : []));
  let input = 0;
  const chains = sources.map((source, index) => {
    const pad = `[s${index}]`;
    if (!source.clip.hasSound) return `${silence(source.samples)}${pad}`;
    input += 1;
    return `[${input - 1}:a:0]${soundChain(source)}${pad}`;
  });
  const pads = sources.map((_, index) => `[s${index}]`).join("");
  const graph = [...chains, `${pads}concat=n=${sources.length}:v=0:a=1[out]`].join(";");
  return [
    ...ffmpegStart(),
    ...inputs,
    ...["-filter_complex", graph, "-map", "[out]", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"],
  ];
}

/** More channels than any layout that is mixed down has: the first two are then taken for left and right. */
const MOST_MIXED = 8;

/** True when channels of a clip are added up, so that they may clip. */
export const isMixedDown = ({ soundChannels }: ClipLayout): boolean =>
  soundChannels > CHANNELS && soundChannels <= MOST_MIXED;

/**
 * Left and right of any layout. Mono is heard in both as loud as it is; ffmpeg by itself takes 3 dB off. More channels
 * are mixed by ITU-R BS.775: centre and surround at -3 dB, no low-frequency effects, nothing evened out.
 */
function stereo({ soundChannels }: ClipLayout): string {
  const format = "aformat=sample_fmts=flt:channel_layouts=stereo";
  if (soundChannels === 1) return `pan=stereo|c0=c0|c1=c0,${format}`;
  return soundChannels > MOST_MIXED ? `pan=stereo|c0=c0|c1=c1,${format}` : format;
}

/**
 * The film's sample rate, every sample at its time from 0 on. Gaps from 10 ms on become silence: by itself ffmpeg closes
 * those below 100 ms, and the rest would come early. What is less is rounding, as in files that count
 * milliseconds.
 */
export const ALIGNED = `aresample=${SAMPLE_RATE}:async=1:min_hard_comp=0.01:first_pts=0`;

/** Gaps become silence (`async`), the start is the picture's, the length the picture's to the sample. */
function soundChain({ clip, samples, gainDb }: SoundSource): string {
  const skip = Math.round((clip.pictureStartSeconds + (clip.pictureLateSeconds ?? 0)) * SAMPLE_RATE);
  return [
    ALIGNED,
    stereo(clip),
    ...heard(clip),
    ...(gainDb === 0 ? [] : [`volume=${gainDb.toFixed(2)}dB`]),
    `apad=whole_len=${skip + samples}`,
    `atrim=start_sample=${skip}:end_sample=${skip + samples}`,
    "asetpts=N/SR/TB",
  ].join(",");
}

const silence = (samples: number): string =>
  `anullsrc=r=${SAMPLE_RATE}:cl=stereo,aformat=sample_fmts=flt:channel_layouts=stereo,atrim=end_sample=${samples}`;

/** The encoder of every sound that is made, and its output. */
export const soundEncoderArgs = (output: string, ...more: readonly string[]): readonly string[] => [
  ...["-c:a", "aac", ...more, "-b:a", String(BIT_RATE)],
  ...["-map_metadata", "-1", "-fflags", "+bitexact", "-f", "mp4", fileUrl(output)],
];

/** Encodes PCM from standard input into an AAC track. */
export const encodeSoundArgs = (output: string): readonly string[] => [
  ...ffmpegStart().filter((arg) => arg !== "-nostdin"),
  ...["-f", "f32le", "-ar", String(SAMPLE_RATE), "-ac", String(CHANNELS), "-i", "pipe:0"],
  ...soundEncoderArgs(output),
];

/** The end of a sound that its edit list ends before its packets do. */
const heard = ({ soundSeconds }: ClipLayout): readonly string[] =>
  soundSeconds === null ? [] : [`atrim=end=${soundSeconds.to.toFixed(6)}`];

/** Measures the loudness of what will be heard of a clip; ebur128 prints its summary to standard error. */
export function loudnessArgs(clip: ClipLayout): readonly string[] {
  const { pictureStartSeconds, pictureSeconds, cutFromSeconds } = clip;
  const shown = cutFromSeconds === undefined ? [] : ["-t", String(pictureStartSeconds + pictureSeconds)];
  return [
    ...ffmpegStart().map((arg) => (arg === "error" ? "info" : arg)),
    ...clipInput(clip, shown, 1),
    ...["-map", "0:a:0", "-af", [...heard(clip), stereo(clip), "ebur128=peak=true:framelog=verbose"].join(",")],
    ...["-f", "null", "-"],
  ];
}
