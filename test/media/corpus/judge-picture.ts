/** Looks at every frame of a film: whether it shows the right frames of the right clips, at the right place, in their colours. */
import type { FilmFacts } from "./film.ts";
import { blendFault } from "./judge-blend.ts";
import { draw, flashOf, isTexture, type Planes, psnr, readCode, squaresOf, trueSquares } from "./picture.ts";
import { type Recipe, shownOf } from "./recipe.ts";
import { areaOf, mayShow, type Order, type Place } from "./truth.ts";

/** Least likeness of a frame to what was drawn, dB: of a clip whose size the film has, and of any other. */
const LEAST_DB = { same: 30, scaled: 17 } as const;

/** Formats whose colours are farther off than this are not compared pixel by pixel. */
const POOR_COLOURS = 40;

/** What more a square of the texture may be off where the picture is scaled: it may lie a pixel beside its place. */
const SCALED_TEXTURE = 14;

export interface Watcher {
  readonly look: (frame: number, picture: Planes) => void;
  readonly faults: readonly string[];
  /** The film's first frame with each clip's flash, by the clip's place. */
  readonly flashes: ReadonlyMap<number, number>;
}

/** What is found, in words, and of which kind it is. */
type Finding = readonly [kind: string, fault: string];

/** Watches a film whose clips lie in these places, joined by `transitions`. */
export function watchPicture(places: readonly Place[], facts: FilmFacts, transitions: Order["transitions"]): Watcher {
  const faults: string[] = [];
  const flashes = new Map<number, number>();
  const said = new Set<string>();
  // One complaint of a kind about a clip: a shift by a frame would fill pages.
  const complain = (index: number, frame: number, [kind, fault]: Finding) => {
    if (said.has(`${index} ${kind}`)) return;
    said.add(`${index} ${kind}`);
    faults.push(`clip ${index + 1} (${places[index]?.recipe.name}): film frame ${frame}: ${fault}`);
  };
  const seeAlone = (index: number, place: Place, frame: number, picture: Planes): void => {
    const { findings, flash } = aloneFindings(place, frame - place.start, picture, facts);
    if (flash && !flashes.has(index)) flashes.set(index, frame);
    for (const finding of findings) complain(index, frame, finding);
  };
  const see = (index: number, place: Place, frame: number, picture: Planes): void => {
    const local = frame - place.start;
    const step = local - (place.frames - place.after);
    if (step < 0) {
      seeAlone(index, place, frame, picture);
      return;
    }
    const right = places[index + 1];
    if (right === undefined) return;
    const kind = transitions[index]?.kind ?? "cut";
    const fault = blendFault({ kind, left: place, right, step, local }, picture, facts);
    if (fault !== null) complain(index, frame, ["blend", `${step} of ${place.after} frames of ${kind}: ${fault}`]);
  };
  const look = (frame: number, picture: Planes) => {
    for (const [index, place] of places.entries()) {
      // What is blended is looked at with the clip before.
      const isSeen = frame >= place.start + place.before && frame < place.start + place.frames;
      if (isSeen && place.recipe.anyPicture !== true) see(index, place, frame, picture);
    }
  };
  return { look, faults, flashes };
}

/** What is wrong with a frame that must be one of a clip's frames, and whether its flash is seen. */
function aloneFindings(
  { recipe }: Place,
  local: number,
  picture: Planes,
  facts: FilmFacts,
): { readonly findings: readonly Finding[]; readonly flash: boolean } {
  const area = areaOf(recipe, facts.size);
  const squares = squaresOf(picture, area, facts.colour);
  const flash = flashOf(squares) > 0.5;
  const code = readCode(squares);
  if (code === null) return { findings: [["code", `no code can be read in its frame ${local}`]], flash };
  const may = mayShow(recipe, local, facts.rate);
  if (code.clip !== recipe.clip || !may.includes(code.frame)) {
    const found = code.clip === recipe.clip ? `frame ${code.frame}` : `frame ${code.frame} of code ${code.clip}`;
    return { findings: [["code", `shows ${found}, not ${may.join(" or ")}`]], flash };
  }
  const findings: Finding[] = [];
  const truth = trueSquares(shownOf(recipe, code.frame));
  const isScaled = area.width !== recipe.drawn.width || area.height !== recipe.drawn.height;
  const { off, at } = farthest(squares, truth, recipe.colourTolerance, isScaled ? SCALED_TEXTURE : 0);
  if (off > 0) findings.push(["colours", `square ${at} is ${rgb(squares[at])}, not ${rgb(truth[at])}`]);
  const db = psnr(picture, area, draw(shownOf(recipe, code.frame), area, facts.colour));
  const least = leastDb(recipe, isScaled);
  if (db < least) findings.push(["likeness", `${db.toFixed(1)} dB like what was drawn, ${least} is least`]);
  return { findings, flash };
}

function leastDb({ leastDb, colourTolerance }: Recipe, isScaled: boolean): number {
  if (colourTolerance >= POOR_COLOURS) return 0;
  return leastDb ?? (isScaled ? LEAST_DB.scaled : LEAST_DB.same);
}

const rgb = (colour: readonly number[] = []): string => colour.map((value) => Math.round(value)).join(",");

/** By how much most a square is farther off than it may be, and which. */
function farthest(
  found: readonly (readonly number[])[],
  due: readonly (readonly number[])[],
  tolerance: number,
  more: number,
): { readonly off: number; readonly at: number } {
  const offs = found.map((square, index) => {
    const most = Math.max(...square.map((value, channel) => Math.abs(value - (due[index]?.[channel] ?? 0))));
    return most - tolerance - (isTexture(index) ? more : 0);
  });
  const off = Math.max(...offs);
  return { off, at: offs.indexOf(off) };
}
