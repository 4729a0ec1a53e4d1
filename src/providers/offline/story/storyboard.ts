import type { CameraMove } from "../../../domain/media.ts";
import type { StoryboardOrder } from "../../../domain/step.ts";
import type { Character, Scene, Storyboard } from "../../../domain/storyboard.ts";
import { MOVE_WORDS, moveOf } from "../camera-words.ts";
import type { Frame, Setting, TimeOfDay } from "../frame.ts";
import { hashOf } from "../picture/random.ts";
import { treatmentOf } from "../picture/treatment.ts";
import { beatsOf, capital, describe } from "./arc.ts";
import { moveBetween, nextShot, nextSide, sideAt } from "./camera-plan.ts";
import { type CastMember, castOf, protagonistOf, subjectOf } from "./cast.ts";
import { frameWords } from "./frame-words.ts";
import { openingMembers, type StagedBeat, stage } from "./staging.ts";

const PLACES: Readonly<Partial<Record<Setting, string>>> = {
  "city skyline": "the city",
  mountains: "the mountains",
  space: "open space",
  underwater: "the deep water",
  sky: "the open sky",
};
const WHEN: Readonly<Record<TimeOfDay, string>> = {
  night: "at night",
  dawn: "at dawn",
  morning: "in the morning",
  day: "by day",
  "golden hour": "in the golden hour",
  dusk: "at dusk",
};
const LIGHT_COLORS: Readonly<Record<TimeOfDay, string>> = {
  night: "night blues with amber lamplight",
  dawn: "rose and peach dawn light",
  morning: "clear blues and cream",
  day: "bright sky blue and fresh greens",
  "golden hour": "burnt orange and gold",
  dusk: "violet and coral",
};

const article = (words: string): string => (/^[aeiou]/u.test(words) ? `an ${words}` : `a ${words}`);
const whereOf = ({ setting, time }: Pick<StagedBeat, "setting" | "time">): string =>
  `${PLACES[setting] ?? article(setting)} ${WHEN[time]}`;

/** Cuts a text to a schema's limit without breaking a character. */
const limited = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const cut = text.slice(0, most - 1);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`.trim();
};

/** The N+1 stills of N beats: the first opens the first beat, each further one closes a beat. */
function framesOf(staged: readonly StagedBeat[]): readonly Frame[] {
  const [opening] = staged;
  if (opening === undefined) return [];
  const frames: Frame[] = [
    { ...lookOf(opening), shot: "wide shot", side: sideAt(0), subjects: openingMembers(opening).map(subjectOf) },
  ];
  const met = new Set(openingMembers(opening).map(({ name }) => name));
  let previous = opening;
  staged.forEach((beat, place) => {
    const before = frames.at(-1);
    if (before === undefined) return;
    const newPlace = beat.setting !== previous.setting;
    const shot = nextShot({
      previous: before.shot,
      last: place === staged.length - 1,
      newPlace,
      newSubject: beat.members.some(({ name }) => !met.has(name)),
    });
    for (const { name } of beat.members) met.add(name);
    frames.push({
      ...lookOf(beat),
      shot,
      side: nextSide(before, shot, newPlace),
      subjects: beat.members.map(subjectOf),
    });
    previous = beat;
  });
  return frames;
}

const lookOf = ({ time, weather, setting }: StagedBeat): Pick<Frame, "time" | "weather" | "setting"> => ({
  time,
  weather,
  setting,
});

/** Moves of the scenes: what the text directs, else what leads from still to still. */
function movesOf(staged: readonly StagedBeat[], frames: readonly Frame[]): readonly CameraMove[] {
  const moves: CameraMove[] = [];
  staged.forEach(({ beat }, place) => {
    const [start, end] = [frames[place], frames[place + 1]];
    if (start === undefined || end === undefined) return;
    const directed = /\bcamera\b/iu.test(beat.passage);
    moves.push(directed ? moveOf(beat.passage) : moveBetween(start, end, moves.at(-1)));
  });
  return moves;
}

function sceneOf(
  place: number,
  staged: readonly StagedBeat[],
  frames: readonly Frame[],
  moves: readonly CameraMove[],
  cast: readonly CastMember[],
): Scene | undefined {
  const [beat, start, end, move] = [staged[place], frames[place], frames[place + 1], moves[place]];
  if (beat === undefined || start === undefined || end === undefined || move === undefined) return undefined;
  const description = limited(describe(beat.beat, whereOf(beat), protagonistOf(cast)), 600);
  const [focus] = beat.members;
  const next = staged[place + 1];
  return {
    sceneIndex: place,
    description,
    startFramePrompt: `${frameWords(start)} ${description}`,
    endFramePrompt: `${frameWords(end)} ${description}`,
    motionPrompt: `Camera: ${MOVE_WORDS[move].toLowerCase()}, slow and eased${focus === undefined ? "" : `, attention on ${focus.name.replace(/^The /u, "the ")}`}. From ${article(start.shot)} to ${article(end.shot)}.`,
    transitionNotes:
      next === undefined
        ? "The last picture: let it rest."
        : `Ends on the still that opens scene ${place + 2}, ${whereOf(next)}.`,
    characters: beat.members.map(({ name }) => name),
  };
}

/** Characters are those who live, and things that come back. */
function charactersOf(cast: readonly CastMember[], staged: readonly StagedBeat[]): Character[] {
  const recurring = cast.filter(
    (member) => member.animate || staged.filter(({ members }) => members.includes(member)).length > 1,
  );
  return recurring.map(({ name, look, clothing, animate }) => ({
    name: limited(name, 120),
    physicalDescription: limited(
      `${capital(look)}. The same ${animate ? "build, face and colours" : "shape and colours"} in every scene.`,
      1_000,
    ),
    clothingDescription: clothing,
  }));
}

function titleOf(prompt: string): string {
  const [start = ""] = prompt.trim().split(/[.!?…。！？\n]/u);
  const line = (start.trim() === "" ? prompt : start).replace(/\s+/gu, " ").trim();
  return limited(line, 80);
}

const unique = <T>(list: readonly T[]): readonly T[] => [...new Set(list)];

/** Writes a storyboard from the words alone: the same order gives the same storyboard. */
export function writeStoryboard(order: StoryboardOrder): Storyboard {
  const { prompt, style, seed } = order;
  const cast = castOf(prompt, seed ?? hashOf(prompt));
  const staged = stage(beatsOf(order), prompt, cast);
  const frames = framesOf(staged);
  const moves = movesOf(staged, frames);
  const characters = charactersOf(cast, staged);
  const known = characters.map(({ name }) => name);
  const scenes = staged.flatMap((_, place) => sceneOf(place, staged, frames, moves, cast) ?? []);
  return {
    title: titleOf(prompt),
    styleGuide: {
      visualStyle: limited(`${style}: ${treatmentOf(style).look}`, 500),
      colorPalette: limited(capital(unique(frames.map(({ time }) => LIGHT_COLORS[time])).join(", then ")), 500),
      cameraStyle: `Slow, eased moves that start and stop at rest: ${unique(moves.map((move) => MOVE_WORDS[move].toLowerCase())).join(", ")}.`,
    },
    characters,
    scenes: scenes.map((scene) => ({ ...scene, characters: scene.characters.filter((name) => known.includes(name)) })),
  };
}
