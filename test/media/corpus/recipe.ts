/** What a clip of the corpus is: how it is made, and what anybody must see and hear of it. Pure. */
import type { FrameSize, Rational } from "../../../src/domain/media.ts";
import type { Colour, Shown } from "./picture.ts";
import type { Span } from "./tone.ts";

/** One clip of the corpus as its table says it; what is left out is as in `PLAIN`. */
export interface Row {
  readonly name: string;
  readonly extension?: string;
  /** As it is drawn, pixels. */
  readonly size?: string;
  /** Frames per second that are drawn, as ffmpeg writes them. */
  readonly rate?: string;
  /** Frames that are drawn. */
  readonly frames?: number;
  readonly colour?: Colour;
  /** Null: it has none. Times are seconds from the first frame; it is as long as the picture unless given. */
  readonly sound?: {
    readonly channels?: number;
    readonly rate?: number;
    readonly from?: number;
    readonly to?: number;
  } | null;
  /** ffmpeg's options of the picture, the sound, and the file. */
  readonly video?: readonly string[];
  readonly audio?: readonly string[];
  readonly output?: readonly string[];
  /** A second run of ffmpeg over the file: its options before and behind it. */
  readonly again?: { readonly before?: readonly string[]; readonly after: readonly string[] };
  readonly patch?: (bytes: Buffer) => Buffer;
  /** Drawn frames that are shown, in order; all unless given. */
  readonly shows?: readonly number[];
  /** When its last frame ends, seconds from the first drawn frame; after its own length unless given. */
  readonly ends?: number;
  /** As it is meant to be seen, when not as it is drawn. */
  readonly seen?: FrameSize;
  /** Where the tone may be heard, when that is not all of what is drawn. */
  readonly heard?: Span | null;
  /** Loudness of the tone against the drawn one, dB: least and most. */
  readonly level?: readonly [number, number];
  /** What the film does with it in a film of plain clips, where that is certain. */
  readonly treatment?: "copy" | "encode";
  /** How far colours may be off, of 255: more where the format itself cannot hold them. */
  readonly colourTolerance?: number;
  /** Least likeness of its frames to what was drawn, dB, where its own form spoils them. */
  readonly leastDb?: number;
  /** True where it is not settled how it is seen: only its frames, their times and its sound are. */
  readonly anyPicture?: boolean;
}

/** A row with everything filled in. */
export interface Recipe extends Row {
  /** Its number: what its code says. */
  readonly clip: number;
  readonly extension: string;
  readonly drawn: FrameSize;
  readonly seen: FrameSize;
  readonly fps: Rational;
  readonly frames: number;
  readonly colour: Colour;
  readonly shows: readonly number[];
  readonly ends: number;
  /** Seconds in which the flash is seen and the beep heard, from the first drawn frame; null where it is too short. */
  readonly beep: Span | null;
  readonly tone: (Span & { readonly channels: number; readonly rate: number }) | null;
  readonly heard: Span | null;
  readonly level: readonly [number, number];
  readonly colourTolerance: number;
}

/** Fewest frames in which a flash has room. */
const FLASH_LEAST = 8;

export function fraction(text: string): Rational {
  const [num = 1, den = 1] = text.split("/").map(Number);
  return { num, den };
}

/** When a drawn frame begins, seconds. */
export const drawnAt = ({ fps }: Pick<Recipe, "fps">, frame: number): number => (frame * fps.den) / fps.num;

export function recipeOf(row: Row, clip: number): Recipe {
  const { size = "160x96", rate = "25", frames = 40, sound = {} } = row;
  const [width = 0, height = 0] = size.split("x").map(Number);
  const fps = fraction(rate);
  const flash = {
    from: Math.floor(frames * 0.45),
    to: Math.floor(frames * 0.45) + Math.max(2, Math.round(frames / 12)),
  };
  const ends = row.ends ?? drawnAt({ fps }, (row.shows?.at(-1) ?? frames - 1) + 1);
  const tone =
    sound === null ? null : { channels: 2, rate: 48_000, from: 0, to: row.ends ?? drawnAt({ fps }, frames), ...sound };
  return {
    ...row,
    clip,
    extension: row.extension ?? "mp4",
    drawn: { width, height },
    seen: row.seen ?? { width, height },
    fps,
    frames,
    colour: row.colour ?? { matrix: "bt601", range: "tv" },
    shows: row.shows ?? Array.from({ length: frames }, (_, frame) => frame),
    ends,
    beep: frames < FLASH_LEAST ? null : { from: drawnAt({ fps }, flash.from), to: drawnAt({ fps }, flash.to) },
    tone,
    heard: row.heard === undefined ? tone : row.heard,
    level: row.level ?? [-1, 1],
    colourTolerance: row.colourTolerance ?? 14,
  };
}

/** Whether a drawn frame has the flash. */
export const hasFlash = ({ beep, ...recipe }: Recipe, frame: number): boolean => {
  const middle = drawnAt(recipe, frame + 0.5);
  return beep !== null && middle >= beep.from && middle < beep.to;
};

/** What a drawn frame shows. */
export const shownOf = (recipe: Recipe, frame: number): Shown => ({
  clip: recipe.clip,
  frame,
  flash: hasFlash(recipe, frame),
});
