import { type Frame, SETTINGS, SHOTS, SIDES, SUBJECTS, type Subject, TIMES, WEATHERS } from "../frame.ts";
import { mentionsIn, subjectIn } from "./mentions.ts";
import { homeIn, settingIn, timeIn, weatherIn } from "./world-words.ts";

/**
 * A frame as the first sentences of an image prompt, e.g. "Medium shot, night, city street. In frame, left: cat (a
 * ginger cat with a red collar); lantern (a lantern)." Plain enough for a person to edit, exact enough to read back.
 */
export function frameWords({ shot, time, weather, setting, side, subjects }: Frame): string {
  const sky = weather === "clear" ? "" : `, ${weather}`;
  const shown = subjects.map(({ kind, words }) => `${kind} (${words})`).join("; ");
  const opening = `${shot[0]?.toUpperCase() ?? ""}${shot.slice(1)}, ${time}${sky}, ${setting}.`;
  return shown === "" ? `${opening} Nobody in frame.` : `${opening} In frame, ${side}: ${shown}.`;
}

const HEAD = new RegExp(
  `^(${SHOTS.join("|")}), (${TIMES.join("|")})(?:, (${WEATHERS.join("|")}))?, (${SETTINGS.join("|")})\\.`,
  "iu",
);
const CAST = new RegExp(`In frame, (${SIDES.join("|")}): ([^\\n]*?)\\.(?:\\s|$)`, "iu");

/** The word of a list that was written, whatever its case. */
const oneOf = <T extends string>(list: readonly T[], written: string | undefined): T | undefined =>
  list.find((word) => word === written?.toLowerCase());

function subjectsOf(listed: string): readonly Subject[] {
  return listed.split(";").flatMap((entry) => {
    const [, kind, words] = /^\s*([a-z]+) \((.*)\)\s*$/u.exec(entry) ?? [];
    const known = oneOf(SUBJECTS, kind);
    if (known !== undefined && words !== undefined) return [{ kind: known, words }];
    return subjectIn(entry) ?? [];
  });
}

/** Subjects of words that nobody laid out for us: the first of each kind. */
function subjectsTold(words: string): readonly Subject[] {
  const told = mentionsIn(words).flatMap(({ at, word }) => {
    const subject =
      subjectIn(words.slice(Math.max(0, words.lastIndexOf(",", at)), at + word.length + 32)) ?? subjectIn(word);
    return subject === undefined ? [] : [subject];
  });
  return told.filter((subject, place) => told.findIndex(({ kind }) => kind === subject.kind) === place).slice(0, 3);
}

const shotTold = (words: string): Frame["shot"] | undefined => {
  if (/\b(?:close[- ]?up|closeup|macro|detail|insert|portrait)\b/iu.test(words)) return "close-up";
  if (/\b(?:medium|mid|waist|two)[- ]?shot\b|\bover[- ]the[- ]shoulder\b/iu.test(words)) return "medium shot";
  return /\b(?:wide|establishing|long|aerial|panorama|panoramic|landscape)\b/iu.test(words) ? "wide shot" : undefined;
};

/** What to take for everything that the words leave open. */
export type FrameDefaults = Pick<Frame, "shot" | "side">;

/** Reads a frame from an image prompt: one of ours, or one that a person wrote or changed. Only the first line counts. */
export function readFrame(prompt: string, defaults: FrameDefaults): Frame {
  const [words = ""] = prompt.split("\n");
  const [, shot, time, weather, setting] = HEAD.exec(words) ?? [];
  const [, side, listed] = CAST.exec(words) ?? [];
  const headed = oneOf(SETTINGS, setting);
  const emptied = /\bNobody in frame\b/iu.test(words);
  return {
    shot: oneOf(SHOTS, shot) ?? shotTold(words) ?? defaults.shot,
    time: oneOf(TIMES, time) ?? timeIn(words) ?? "day",
    weather: oneOf(WEATHERS, weather) ?? (headed === undefined ? weatherIn(words) : undefined) ?? "clear",
    setting: headed ?? settingIn(words) ?? homeIn(words) ?? "meadow",
    side: oneOf(SIDES, side) ?? defaults.side,
    subjects: listed === undefined ? (emptied ? [] : subjectsTold(words)) : subjectsOf(listed),
  };
}
