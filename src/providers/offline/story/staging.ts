import type { Setting, TimeOfDay, Weather } from "../frame.ts";
import { type Beat, completed } from "./arc.ts";
import { type CastMember, namedIn, protagonistOf } from "./cast.ts";
import { isLandmark } from "./mentions.ts";
import { findTimes, homeIn, settingIn, timeIn, weatherIn } from "./world-words.ts";

/** A beat with its place, light and people. */
export interface StagedBeat {
  readonly beat: Beat;
  readonly time: TimeOfDay;
  readonly weather: Weather;
  readonly setting: Setting;
  /** The first is the one the beat is about; at most three. */
  readonly members: readonly CastMember[];
}

/** Most members that one beat shows. */
const MOST_SHOWN = 3;

/** Who was last seen with the protagonist, and what they carry. */
interface Company {
  readonly others: readonly CastMember[];
  readonly carried: CastMember | undefined;
}

/** The members in a beat: those it names, those its "they" means, and the protagonist, who is never far. */
function membersOf(passage: string, cast: readonly CastMember[], company: Company): readonly CastMember[] {
  const told = namedIn(passage, cast);
  const plural = /\b(?:they|them|their|together|both|we|us)\b/iu.test(passage);
  const along = [...(plural ? company.others : []), company.carried].filter((member) => member !== undefined);
  const protagonist = protagonistOf(cast);
  const lead = protagonist === undefined ? [] : [protagonist];
  // Someone else's scene is theirs first, unless a pronoun brings the protagonist in.
  const theirs =
    told.some(({ animate }) => animate) &&
    !told.some((member) => member === protagonist) &&
    !/\b(?:she|he|it|they|her|him|them|we|i)\b/iu.test(passage);
  const all = theirs ? [...told, ...lead, ...along] : [...lead, ...told, ...along];
  return [...new Set(all)].slice(0, MOST_SHOWN);
}

/** A thing that somebody takes stays with them. */
const takenIn = (passage: string, members: readonly CastMember[]): CastMember | undefined =>
  /\b(?:finds?|found|takes?|took|picks?|discovers?|receives?|gets?|carr(?:y|ies)|holds?|catches|steals?|buys?|lights?|brings?|gives?)\b|見つけ|拾|发现|找到|찾|encuentra|trouve|findet|trova|находит/iu.test(
    passage,
  )
    ? members.find(({ animate, kind }) => !animate && !isLandmark(kind))
    : undefined;

/** An opening shows the place and who it is about; what is yet to be found stays unseen. */
const openingOf = (members: readonly CastMember[]): readonly CastMember[] =>
  members.filter(({ kind }, place) => place === 0 || isLandmark(kind));

/** What carries on from scene to scene until the text changes it. */
interface World {
  readonly time: TimeOfDay;
  readonly weather: Weather;
  readonly setting: Setting;
  readonly company: Company;
}

function firstWorld(beats: readonly Beat[], prompt: string): World {
  const named = beats.map(({ passage }) => settingIn(passage)).find((place) => place !== undefined);
  return {
    time: findTimes(prompt)[0]?.meaning ?? "day",
    weather: "clear",
    setting: named ?? homeIn(prompt) ?? "meadow",
    company: { others: [], carried: undefined },
  };
}

/** The world in a beat, and who is in it. */
function enter(world: World, passage: string, cast: readonly CastMember[], closing: TimeOfDay | undefined) {
  const time = timeIn(passage) ?? closing ?? world.time;
  const members = membersOf(passage, cast, world.company);
  const others = members.slice(1).filter(({ animate }) => animate);
  const company: Company = {
    others: others.length === 0 ? world.company.others : others,
    carried: takenIn(passage, members) ?? world.company.carried,
  };
  const weather = weatherIn(passage) ?? (time === world.time ? world.weather : "clear");
  return { world: { time, weather, setting: settingIn(passage) ?? world.setting, company }, members };
}

/** Gives every beat its place, light and people. */
export function stage(beats: readonly Beat[], prompt: string, cast: readonly CastMember[]): readonly StagedBeat[] {
  // A text that never speaks of time gets a day that draws to its close.
  const closing = findTimes(prompt).length === 0 && beats.length > 2 ? "golden hour" : undefined;
  let world = firstWorld(beats, prompt);
  return beats.map((beat, place) => {
    const passage = completed(beat.passage, protagonistOf(cast));
    const entered = enter(world, passage, cast, place === beats.length - 1 ? closing : undefined);
    world = entered.world;
    const { time, weather, setting } = world;
    const members = beat.role === "establish" ? openingOf(entered.members) : entered.members;
    return { beat: { ...beat, passage }, time, weather, setting, members };
  });
}

/** What the very first still shows of the first beat. */
export const openingMembers = ({ members }: StagedBeat): readonly CastMember[] => openingOf(members);
