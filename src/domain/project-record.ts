import { z } from "zod";
import { Direction, type Revision, UNTIL } from "./direction.ts";
import { FAILURES, type FailureCode } from "./errors.ts";
import type { ProjectEvent, ProjectFacts } from "./facts.ts";
import { ArtifactId, ProjectId, StepId, SubmitId } from "./ids.ts";
import { PROJECT_STATUSES, STEP_KINDS, STEP_STATUSES } from "./lifecycle.ts";
import { ARTIFACT_ROLES, MediaInfo } from "./media.ts";
import { SUBMIT_STATES } from "./money.ts";
import { HOLD_REASONS, ModelSelection, type Project, ProjectRequest } from "./project.ts";
import { type Artifact, Operation, type Step, StepOrder, StepResult, type Submit } from "./step.ts";

/** Everything recorded about one project, as it travels from one data folder to another. */
export interface ProjectRecord extends Omit<ProjectFacts, "committedTodayUsd"> {
  /** Oldest first, numbered without gaps from 0; the last is the project's own. */
  readonly revisions: readonly Revision[];
  /** Oldest first, numbered without gaps from 1. */
  readonly events: readonly ProjectEvent[];
}

/** Most rows of one kind in a record that is read: far more than any film has. */
const MOST_ROWS = 100_000;

const isFailureCode = (word: string): word is FailureCode => Object.hasOwn(FAILURES, word);
const epochMs = z.number().min(0).max(8.64e15);
const count = z.int().min(0);
const usd = z.number().min(0).max(1e9);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const ProjectRow: z.ZodType<Project> = z
  .strictObject({
    id: ProjectId,
    request: ProjectRequest,
    // The word of released bundles.
    casting: ModelSelection,
    maxCostUsd: usd.nullable(),
    hold: z.strictObject({ reason: z.enum(HOLD_REASONS), message: z.string() }).nullable(),
    cancelled: z.boolean(),
    until: z.enum(UNTIL),
    direction: Direction,
    revision: count,
    status: z.enum(PROJECT_STATUSES),
    message: z.string().nullable(),
    epoch: count,
    createdAtMs: epochMs,
    updatedAtMs: epochMs,
  })
  // In the order of the fields, so that what is written again is the same text.
  .transform(({ id, request, casting, ...project }) => ({ id, request, models: casting, ...project }));

const StepRow: z.ZodType<Step> = z.strictObject({
  id: StepId,
  projectId: ProjectId,
  kind: z.enum(STEP_KINDS),
  position: count,
  take: z.int().min(1),
  status: z.enum(STEP_STATUSES),
  order: StepOrder,
  inputKey: z.string(),
  attempts: count,
  dueAtMs: epochMs,
  operation: Operation.nullable(),
  result: StepResult.nullable(),
  failure: z
    .strictObject({
      // A code of another version is still a failure to show.
      code: z.string().transform((word): FailureCode => (isFailureCode(word) ? word : "internal")),
      message: z.string(),
    })
    .nullable(),
  createdAtMs: epochMs,
  startedAtMs: epochMs.nullable(),
  finishedAtMs: epochMs.nullable(),
});

const ArtifactRow: z.ZodType<Artifact> = z.strictObject({
  id: ArtifactId,
  projectId: ProjectId,
  stepId: StepId,
  role: z.enum(ARTIFACT_ROLES),
  position: count,
  key: z.string(),
  sha256: Sha256,
  bytes: z.int().min(1),
  mediaType: z.string(),
  media: MediaInfo.nullable(),
  createdAtMs: epochMs,
});

const SubmitRow: z.ZodType<Submit> = z.strictObject({
  id: SubmitId,
  projectId: ProjectId,
  stepId: StepId,
  attempt: count,
  state: z.enum(SUBMIT_STATES),
  usd,
  quantity: z.number().min(0),
  unit: z.string(),
  model: z.string(),
  operationName: z.string().nullable(),
  createdAtMs: epochMs,
  updatedAtMs: epochMs,
});

const RevisionRow: z.ZodType<Revision> = z.strictObject({
  revision: count,
  atMs: epochMs,
  note: z.string(),
  direction: Direction,
  crossfadeSeconds: ProjectRequest.shape.crossfadeSeconds,
});

const EventRow: z.ZodType<ProjectEvent> = z.strictObject({
  seq: z.int().min(1),
  atMs: epochMs,
  type: z.enum(["project", "step", "money"]),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

const rows = <Row>(row: z.ZodType<Row>) => z.array(row).max(MOST_ROWS);

/**
 * A record in the present shape; `recordFault` says whether its rows fit together. What a release wrote must stay
 * readable: where this shape changes so that it is not, the reader of that version of bundles keeps the former one.
 */
export const ProjectRecord: z.ZodType<ProjectRecord> = z.strictObject({
  project: ProjectRow,
  steps: rows(StepRow),
  artifacts: rows(ArtifactRow),
  submits: rows(SubmitRow),
  revisions: rows(RevisionRow).min(1),
  events: rows(EventRow),
});

/** A record by the names that `ProjectRecord` reads, in the order of its fields. */
export const recordJson = ({ project, ...rows }: ProjectRecord): Readonly<Record<string, unknown>> => ({
  project: Object.fromEntries(
    Object.entries(project).map(([name, value]) => [name === "models" ? "casting" : name, value]),
  ),
  ...rows,
});

/** What is wrong with how the rows of a record fit together, in a few words; null when they do. */
export function recordFault({ project, steps, artifacts, submits, revisions, events }: ProjectRecord): string | null {
  const stepIds = new Set<string>(steps.map(({ id }) => id));
  const artifactIds = new Set<string>(artifacts.map(({ id }) => id));
  const owned = [...steps, ...artifacts, ...submits].every(({ projectId }) => projectId === project.id);
  const ofSteps = [...artifacts, ...submits].every(({ stepId }) => stepIds.has(stepId));
  const made = steps.every(({ result }) => result?.kind !== "artifact" || artifactIds.has(result.artifactId));
  const finished = steps.every(({ status, result }) => status !== "done" || result !== null);
  const kinds = steps.every(({ kind, order }) => kind === order.kind);
  const last = revisions.at(-1);
  const faults: readonly (readonly [boolean, string])[] = [
    [!owned, "a row belongs to another project"],
    [artifacts.some(({ key }) => !key.startsWith(`${project.id}/`)), "a file lies in another project's folder"],
    [!ofSteps, "a file or a paid call belongs to no step"],
    [!made, "a step made a file that is not listed"],
    [!finished, "a finished step made nothing"],
    [!kinds, "a step and its order are of two kinds"],
    [hasTwins([...steps, ...artifacts, ...submits].map(({ id }) => id)), "two rows have one id"],
    [hasTwins(steps.map((step) => `${step.kind} ${step.position} ${step.take}`)), "a take is there twice"],
    [hasTwoContents(artifacts), "a file is said to have two contents"],
    [revisions.some(({ revision }, place) => revision !== place), "its revisions are not numbered from 0"],
    [last?.revision !== project.revision, "its last revision is not the project's"],
    [events.some(({ seq }, place) => seq !== place + 1), "its history is not numbered from 1"],
  ];
  return faults.find(([wrong]) => wrong)?.[1] ?? null;
}

const hasTwins = (names: readonly string[]): boolean => new Set(names).size < names.length;

/** The same bytes made twice are one file with two rows. */
const hasTwoContents = (artifacts: readonly Artifact[]): boolean =>
  artifacts.some(({ key, sha256, bytes }) =>
    artifacts.some((other) => other.key === key && (other.sha256 !== sha256 || other.bytes !== bytes)),
  );

/** Every stored file of a project once, in the order in which they were made. */
export const filesOf = (artifacts: readonly Artifact[]): readonly Artifact[] => [
  ...new Map(artifacts.map((artifact) => [artifact.key, artifact])).values(),
];

/** The same project under new ids, with its files in a folder of its new name. */
export function renamed(record: ProjectRecord, newId: () => string): ProjectRecord {
  const { project, steps, artifacts, submits } = record;
  const ids = new Map<string, string>([project, ...steps, ...artifacts, ...submits].map(({ id }) => [id, newId()]));
  const folder = ids.get(project.id) ?? "";
  const moved = artifacts.map((artifact) => ({ ...artifact, key: artifact.key.replace(project.id, folder) }));
  return ProjectRecord.parse(withIds(recordJson({ ...record, artifacts: moved }), ids));
}

/** A value in which every string that is a known id is another. */
function withIds(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return ids.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one) => withIds(one, ids));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withIds(one, ids)]));
}
