import { z } from "zod";

/** A project's id: UUIDv7 in lower case, so ids sort by creation time. */
export const ProjectId = z.uuidv7("not a project id").brand<"ProjectId">();
export type ProjectId = z.infer<typeof ProjectId>;

/** A step's id: UUIDv7. */
export const StepId = z.uuidv7().brand<"StepId">();
export type StepId = z.infer<typeof StepId>;

/** A stored artifact's id: UUIDv7. */
export const ArtifactId = z.uuidv7().brand<"ArtifactId">();
export type ArtifactId = z.infer<typeof ArtifactId>;

/** The id of one paid call, written down before it is sent: UUIDv7. */
export const SubmitId = z.uuidv7().brand<"SubmitId">();
export type SubmitId = z.infer<typeof SubmitId>;

/** What a person may type for a project: a whole id or the start of one (4 characters or more). */
export const ProjectIdPrefix = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[0-9a-f][0-9a-f-]{3,35}$/, "not a project id: ids are hexadecimal, at least 4 characters of one");
export type ProjectIdPrefix = z.infer<typeof ProjectIdPrefix>;
