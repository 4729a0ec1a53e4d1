/** What picture a film has: its size, rate and colours are chosen, and so is what can be copied into it. */
import { VidpipeError } from "../../../domain/errors.ts";
import { filmRate, sameRate, shownRate, standardRate } from "../../../domain/frame-rates.ts";
import { type FilmLook, type FrameSize, leaderOf, type Rational } from "../../../domain/media.ts";
import type { ClipLayout, PictureFormat } from "../format/clip-layout.ts";
import { BT709, type Colour, colourOf, sameColour, shownColour, tagsOf } from "../format/colour.ts";
import { clash, freeSetIds, mergeSets, type ParameterSet, setsKey } from "../format/h264-parameter-sets.ts";

/** Why a film's picture is what it is, in a few words each. */
export interface FormatReasons {
  readonly size: string;
  readonly rate: string;
  readonly colour: string;
}

interface FormatChoice {
  readonly format: PictureFormat;
  readonly why: FormatReasons;
  /** Why each clip cannot be copied; null when it can. */
  readonly obstacles: readonly (string | null)[];
  readonly sets: readonly ParameterSet[];
}

interface Chosen<T> {
  readonly value: T;
  readonly why: string;
}

/**
 * Size and rate are those that the clips have for most seconds; the size may be given, and the rate is a standard one
 * unless all clips share another. Of the clips that have both and can be copied, the film takes the colours that most
 * have, so that most are. Guests have no say in it where there are others. @throws VidpipeError input.invalid when there are no clips
 */
export function chooseFormat(clips: readonly ClipLayout[], look: FilmLook): FormatChoice {
  const hosts = clips.filter(({ isGuest }) => isGuest !== true);
  const asked = hosts.length > 0 ? hosts : clips;
  // Where two last equally long, the one that can be copied leads.
  const ranked = [...asked.filter(({ oddity }) => oddity === null), ...asked.filter(({ oddity }) => oddity !== null)];
  const size = chooseSize(ranked, look);
  const frameRate = chooseRate(ranked, look);
  const fitting = ranked.filter(
    ({ oddity, format }) =>
      oddity === null && sameSize(format.size, size.value) && sameRate(format.frameRate, frameRate.value),
  );
  const colour = chooseColour(fitting);
  const copied = fitting.filter((clip) => sameColour(ownColour(clip), colour.value));
  const leader = leaderOf(copied, ({ parameterSets }) => setsKey(parameterSets), secondsOf);
  const format = {
    ...{ size: size.value, frameRate: frameRate.value, colour: colourTags(copied, colour.value) },
    profile: leader?.format.profile ?? "High",
    level: leader?.format.level ?? 0,
    reorderDepth: leader?.format.reorderDepth ?? 2,
  };
  const why = { size: size.why, rate: frameRate.why, colour: colour.why };
  return { format, why, ...copyable(clips, format, colour.value, leader?.parameterSets ?? []) };
}

const secondsOf = ({ pictureSeconds }: ClipLayout): number => pictureSeconds;
const sameSize = (a: FrameSize, b: FrameSize): boolean => a.width === b.width && a.height === b.height;
const even = (length: number): number => Math.max(2, Math.floor(length / 2) * 2);

/** What a clip's own colours mean. */
export const ownColour = ({ format }: ClipLayout): Colour => colourOf(format.colour, format.size);

/** How many have what the film has, for people. */
function share(clips: readonly ClipLayout[], hasIt: (clip: ClipLayout) => boolean, of = "clips"): string {
  const have = clips.filter(hasIt).length;
  return have === clips.length
    ? `all ${of} have it`
    : `${have} of ${clips.length} ${of} have it, for most of the seconds`;
}

function chooseSize(clips: readonly ClipLayout[], look: FilmLook): Chosen<FrameSize> {
  if (look.size !== null) return { value: look.size, why: "as asked for" };
  const evenSize = ({ format: { size } }: ClipLayout) => ({ width: even(size.width), height: even(size.height) });
  const leader = leaderOf(clips, (clip) => JSON.stringify(evenSize(clip)), secondsOf);
  if (leader === undefined) throw noClips();
  const value = evenSize(leader);
  return { value, why: share(clips, (clip) => sameSize(evenSize(clip), value)) };
}

function chooseRate(clips: readonly ClipLayout[], look: FilmLook): Chosen<Rational> {
  const paced = clips.map((clip) => ({ ...clip, frameRate: clip.format.frameRate, seconds: secondsOf(clip) }));
  const value = filmRate(paced, look.interpolate === "off");
  if (value === undefined) throw noClips();
  const isMeant = (rate: Rational) => sameRate(rate, value) || sameRate(standardRate(rate), value);
  if (clips.some(({ format }) => sameRate(format.frameRate, value)))
    return { value, why: share(clips, ({ format }) => isMeant(format.frameRate)) };
  const led = clips.find(({ format }) => isMeant(format.frameRate));
  return { value, why: `the standard one for ${shownRate(led?.format.frameRate ?? value)}` };
}

const noClips = (): VidpipeError => new VidpipeError("input.invalid", "there are no clips to join");

/** The colours that most of these clips have; BT.709 where there are none. */
function chooseColour(fitting: readonly ClipLayout[]): Chosen<Colour> {
  const leader = leaderOf(fitting, (clip) => JSON.stringify(ownColour(clip)), secondsOf);
  if (leader === undefined) return { value: BT709, why: "no clip can be copied" };
  const value = ownColour(leader);
  const told = share(fitting, (clip) => sameColour(ownColour(clip), value), "clips of that size and rate");
  return {
    value,
    why: leader.format.colour.space === "unknown" ? `${told}; without a tag, it goes by the size` : told,
  };
}

/** The tags that all copied clips have, or tags that mean the same as theirs. */
function colourTags(copied: readonly ClipLayout[], colour: Colour): PictureFormat["colour"] {
  const [first, ...others] = copied.map(({ format }) => format.colour);
  const word = JSON.stringify(first);
  return first !== undefined && others.every((tags) => JSON.stringify(tags) === word) ? first : tagsOf(colour);
}

function copyable(
  clips: readonly ClipLayout[],
  format: PictureFormat,
  colour: Colour,
  leading: readonly ParameterSet[],
): Pick<FormatChoice, "obstacles" | "sets"> {
  let sets = leading;
  const obstacles = clips.map((clip) => {
    const obstacle = clip.oddity ?? differenceFrom(format, colour, clip);
    if (obstacle !== null) return obstacle;
    if (clip.parameterSets.some((own) => sets.some((other) => clash(own, other)))) return "its parameter sets clash";
    const merged = mergeSets([sets, clip.parameterSets]);
    // Two ids must stay free for what is encoded.
    if (freeSetIds(merged).length < 2 || merged.length > 60) return "too many parameter sets";
    sets = merged;
    return null;
  });
  return { obstacles, sets };
}

function differenceFrom({ size, frameRate }: PictureFormat, colour: Colour, clip: ClipLayout): string | null {
  const own = clip.format;
  if (!sameSize(own.size, size))
    return `${own.size.width}x${own.size.height}, the film is ${size.width}x${size.height}`;
  if (!sameRate(own.frameRate, frameRate))
    return `${shownRate(own.frameRate)} fps, the film has ${shownRate(frameRate)}`;
  const meant = ownColour(clip);
  return sameColour(meant, colour) ? null : `its colours are ${shownColour(meant)}, the film's ${shownColour(colour)}`;
}
