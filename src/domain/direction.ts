import { z } from "zod";
import { ArtifactId, StepId } from "./ids.ts";
import type { StepKind } from "./lifecycle.ts";
import { Count, EpochMs } from "./row-fields.ts";
import { Storyboard } from "./storyboard.ts";
import { type BoundaryFrame, CrossfadeSeconds, DROPPING } from "./transition.ts";

/**
 * How far a project goes before its user approves: to the end of a stage, to the film, or no further than what is
 * under way.
 */
export const UNTIL = ["nothing", "storyboard", "keyframes", "animatic", "clips", "film"] as const;
export type Until = (typeof UNTIL)[number];

/** The stages after which a user may want to look before the film continues, as people type them. */
export const REVIEWS = ["storyboard", "keyframes", "animatic", "clips"] as const satisfies readonly Until[];

/** The first of `UNTIL` that lets a kind of step begin. */
const NEEDS = {
  storyboard: "storyboard",
  keyframe: "keyframes",
  animatic: "animatic",
  clip: "clips",
  stitch: "film",
} as const satisfies Record<StepKind, Until>;

/** Whether a step of this kind may be begun. */
export const reaches = (until: Until, kind: StepKind): boolean => UNTIL.indexOf(until) >= UNTIL.indexOf(NEEDS[kind]);

/** Pieces that have takes to choose from. */
export const SLOT_KINDS = ["keyframe", "clip"] as const;
export type SlotKind = (typeof SLOT_KINDS)[number];

/** Pieces that a model makes. */
export const MADE_KINDS = ["storyboard", "keyframe", "clip"] as const;
export type MadeKind = (typeof MADE_KINDS)[number];

/** The take that stands in a place of the film. */
export const Pick = z.strictObject({
  kind: z.enum(SLOT_KINDS),
  /** Keyframe 0..N, scene 0..N-1. */
  position: z.int().min(0),
  stepId: StepId,
  /** What the place asked for when the take was chosen: the choice ends when that changes. Null: it is pinned. */
  inputKey: z.string().nullable(),
});
export type Pick = z.infer<typeof Pick>;

/** Most references of a film, whatever its model would take. */
export const MAX_REFERENCES = 20;

/** What a reference shows. */
export const REFERENCE_KINDS = ["character", "place", "product"] as const;

/** A character, place or product in the film, as the user shows or describes it. */
export const Reference = z.strictObject({
  /** Who or what it is, as the storyboard calls it; null: it counts for every still. */
  name: z.string().trim().min(1).max(120).nullable(),
  /** What it looks like as a picture; null: only its words say. */
  artifact: z.strictObject({ id: ArtifactId, sha256: z.string() }).nullable(),
  kind: z.enum(REFERENCE_KINDS).optional(),
  /** Its canonical description: it goes into the prompt of every still and clip whose scene names it. */
  description: z.string().trim().min(1).max(1_000).optional(),
});
export type Reference = z.infer<typeof Reference>;

/** A name as it is compared: in any case, without space around it. */
export const foldedName = (name: string): string => name.trim().toLocaleLowerCase("en");
/** Whether two names mean the same one, by their folded forms. */
export const isSameName = (one: string, other: string): boolean => foldedName(one) === foldedName(other);

/** What a reference says of itself without its picture. */
export type ReferenceWords = Omit<Reference, "artifact">;

/** A reference in words, as a model is told of it. */
export const CastWords = z.strictObject({
  name: z.string(),
  kind: z.enum(REFERENCE_KINDS).optional(),
  description: z.string(),
});
export type CastWords = z.infer<typeof CastWords>;

/** Those of the references that have words of their own. */
export const castWordsOf = (references: readonly ReferenceWords[]): CastWords[] =>
  references.flatMap(({ name, kind, description }) =>
    name === null || description === undefined ? [] : { name, ...(kind !== undefined && { kind }), description },
  );

/** What the user decided besides the request. The plan follows it; nothing made is ever lost by a change of it. */
export const Direction = z.strictObject({
  /** An edited storyboard; null: the text model's own. */
  storyboard: Storyboard.nullable(),
  picks: z.array(Pick),
  /** Pictures that the stills are drawn after. */
  references: z.array(Reference).max(MAX_REFERENCES).optional(),
  /** Which frames are left out at hard cuts; absent: none. */
  boundaryFrame: z.enum(DROPPING).optional(),
  /** What the text model is told of them: as it was at the beginning, for another one would write another storyboard. */
  told: z.array(CastWords).max(MAX_REFERENCES).optional(),
  /** The models that make what is still to be made, where they are not those that the project froze. */
  models: z.partialRecord(z.enum(MADE_KINDS), z.string()).optional(),
});
export type Direction = z.infer<typeof Direction>;

/** The choice for a place, if one was made. */
export const pickAt = ({ picks }: Direction, kind: StepKind, position: number): Pick | undefined =>
  picks.find((pick) => pick.kind === kind && pick.position === position);

export const NO_DIRECTION: Direction = { storyboard: null, picks: [] };

/** What a direction says of the frames at hard cuts. */
export const boundaryOf = ({ boundaryFrame }: Direction): BoundaryFrame => boundaryFrame ?? "keep";

/** A direction with another word on the frames at hard cuts. */
export function withBoundary({ boundaryFrame: _, ...rest }: Direction, word: BoundaryFrame): Direction {
  return word === "keep" ? rest : { ...rest, boundaryFrame: word };
}

/** How a film begins: with a storyboard or without, and with what the text model is told of whom it shows. */
export function firstDirection(storyboard: Storyboard | null, references: readonly ReferenceWords[]): Direction {
  const told = castWordsOf(references);
  return { ...NO_DIRECTION, storyboard, ...(told.length > 0 && { told }) };
}

/** A direction as it once was, numbered from 0. */
export const Revision = z.strictObject({
  revision: Count,
  atMs: EpochMs,
  /** What was changed, in a few words. */
  note: z.string(),
  direction: Direction,
  crossfadeSeconds: CrossfadeSeconds,
});
export type Revision = Readonly<z.infer<typeof Revision>>;
