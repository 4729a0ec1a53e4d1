/** All tables; over 300 lines because each table's columns, types and indexes are read together. */
import { sql } from "drizzle-orm";
import {
  customType,
  foreignKey,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { z } from "zod";
import { Direction, NO_DIRECTION, type Revision, UNTIL } from "../../domain/direction.ts";
import { VidpipeError } from "../../domain/errors.ts";
import { ProjectEvent } from "../../domain/facts.ts";
import type { ArtifactId, ProjectId, StepId, SubmitId } from "../../domain/ids.ts";
import { PROJECT_STATUSES, STEP_KINDS, STEP_STATUSES, type StepStatus } from "../../domain/lifecycle.ts";
import { ARTIFACT_ROLES, MediaInfo, type MediaType, mediaTypeOf } from "../../domain/media.ts";
import { PURCHASE_REASONS, SUBMIT_STATES, type SubmitState, VERDICTS } from "../../domain/money.ts";
import { Hold, ModelSelection, type Project, ProjectRequest } from "../../domain/project.ts";
import {
  type Artifact,
  FITS,
  Operation,
  type Step,
  StepFailure,
  StepOrder,
  StepResult,
  type Submit,
} from "../../domain/step.ts";
import { DELIVERY_STATES, type Delivery, type KeyEntry } from "../../ports/server.ts";

/** One column per field, of the field's type and nullable where the field is: drift is a compile error. */
type ColumnsOf<Row> = {
  readonly [Field in keyof Row]-?: {
    readonly _: { readonly data: NonNullable<Row[Field]>; readonly notNull: null extends Row[Field] ? boolean : true };
  };
};

/** JSON text, checked when it is read: what does not fit is damage, never a half-understood row. */
const json = <Data>(schema: z.ZodType<Data>) => {
  const read = cachedJson((stored) => understood(schema, stored));
  return customType<{ data: Data; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => JSON.stringify(value),
    fromDriver: read,
  });
};

function understood<Data>(schema: z.ZodType<Data>, stored: string): Data {
  try {
    return schema.parse(JSON.parse(stored));
  } catch (cause) {
    const message = "a row of the database cannot be understood: run vidpipe doctor, and put a backup in its place";
    throw new VidpipeError("storage.damaged", message, { cause });
  }
}

/** US dollars in the program, whole millionths of a dollar in the file, so that sums are exact. */
const usd = customType<{ data: number; driverData: number }>({
  dataType: () => "integer",
  toDriver: (dollars) => Math.round(dollars * 1e6),
  fromDriver: (millionths) => millionths / 1e6,
});

/** One of the types on the list; what an older or foreign program wrote instead is only bytes. */
const mediaType = customType<{ data: MediaType; driverData: string }>({
  dataType: () => "text",
  fromDriver: mediaTypeOf,
});

/** Text that the program knows as a branded id. */
const id = <Id extends string>(name: string) =>
  customType<{ data: Id; driverData: Id }>({ dataType: () => "text" })(name);

/** What is kept of a project that no decision looks at. */
interface OperationalColumns {
  readonly owner: string | null;
  readonly webhookUrl: string | null;
  readonly discardedAtMs: number | null;
  readonly emptiedAtMs: number | null;
}

/** Outside the trash; written out, or SQLite would not use the partial indexes. */
const KEPT = sql`discarded_at_ms is null`;

/** A project and who drives it. */
export const projects = sqliteTable(
  "projects",
  {
    id: id<ProjectId>("id").primaryKey(),
    request: json(ProjectRequest)("request").notNull(),
    models: json(ModelSelection)("casting").notNull(),
    maxCostUsd: usd("max_cost_usd_millionths"),
    hold: json(Hold)("hold"),
    cancelled: integer("cancelled", { mode: "boolean" }).notNull(),
    until: text("until", { enum: UNTIL }).notNull().default("film"),
    direction: json(Direction)("direction").notNull().default(NO_DIRECTION),
    revision: integer("revision").notNull().default(0),
    status: text("status", { enum: PROJECT_STATUSES }).notNull(),
    message: text("message"),
    epoch: integer("epoch").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    /** Process that drives it; null when it was released. */
    owner: text("owner"),
    /** Told whenever the project settles. */
    webhookUrl: text("webhook_url"),
    /** When it was put into the trash; null outside. */
    discardedAtMs: integer("discarded_at_ms"),
    /** When all but its ledger was forgotten. */
    emptiedAtMs: integer("emptied_at_ms"),
  } satisfies ColumnsOf<Project & OperationalColumns>,
  (table) => [
    index("projects_listed").on(table.createdAtMs, table.id).where(KEPT),
    index("projects_listed_by_status").on(table.status, table.createdAtMs, table.id).where(KEPT),
    index("projects_by_owner").on(table.owner),
    index("projects_in_trash")
      .on(table.discardedAtMs)
      .where(sql`discarded_at_ms is not null and emptied_at_ms is null`),
  ],
);

/** Last sign of life of every process that drives projects. */
export const owners = sqliteTable("owners", {
  owner: text("owner").primaryKey(),
  /** Ms since the machine started: the wall clock may be set. */
  heartbeatAtMs: integer("heartbeat_at_ms").notNull(),
});

const ofProject = () =>
  id<ProjectId>("project_id")
    .notNull()
    .references(() => projects.id);

const words = (list: readonly string[]) => sql.raw(`(${list.map((word) => `'${word}'`).join(", ")})`);

/** Statuses of steps that the scheduler looks at, as SQL; written out, or SQLite would not use the partial index. */
export const IN_PLAY = words(["queued", "running", "waiting"] satisfies StepStatus[]);
/** Statuses of steps that somebody works on, as SQL; written out for the same reason. */
export const UNDER_WAY = words(["running", "waiting"] satisfies StepStatus[]);
/** States of submits whose reservation is free again, as SQL. */
export const RELEASED = words(["released"] satisfies SubmitState[]);
const LIVE = words(["intent", "open"] satisfies SubmitState[]);

/** Resumable units of work. Moves of `status` outside the state table are refused by a trigger. */
export const steps = sqliteTable(
  "steps",
  {
    id: id<StepId>("id").primaryKey(),
    projectId: ofProject(),
    kind: text("kind", { enum: STEP_KINDS }).notNull(),
    position: integer("position").notNull(),
    take: integer("take").notNull(),
    status: text("status", { enum: STEP_STATUSES }).notNull(),
    order: json(StepOrder)("order").notNull(),
    inputKey: text("input_key").notNull(),
    attempts: integer("attempts").notNull(),
    dueAtMs: integer("due_at_ms").notNull(),
    operation: json(Operation)("operation"),
    result: json(StepResult)("result"),
    failure: json(StepFailure)("failure"),
    approvals: integer("approvals").notNull().default(0),
    reservedUsd: usd("reserved_usd_millionths").notNull().default(0),
    fit: text("fit", { enum: FITS }),
    createdAtMs: integer("created_at_ms").notNull(),
    startedAtMs: integer("started_at_ms"),
    finishedAtMs: integer("finished_at_ms"),
  } satisfies ColumnsOf<Step>,
  (table) => [
    uniqueIndex("steps_take").on(table.projectId, table.kind, table.position, table.take),
    index("steps_in_play").on(table.projectId, table.dueAtMs).where(sql`status in ${IN_PLAY}`),
    index("steps_under_way").on(table.projectId).where(sql`status in ${UNDER_WAY}`),
  ],
);

const ofStep = () =>
  id<StepId>("step_id")
    .notNull()
    .references(() => steps.id);

/** Immutable stored files. */
export const artifacts = sqliteTable(
  "artifacts",
  {
    id: id<ArtifactId>("id").primaryKey(),
    projectId: ofProject(),
    stepId: ofStep(),
    role: text("role", { enum: ARTIFACT_ROLES }).notNull(),
    position: integer("position").notNull(),
    key: text("key").notNull(),
    sha256: text("sha256").notNull(),
    bytes: integer("bytes").notNull(),
    mediaType: mediaType("media_type").notNull(),
    media: json(MediaInfo)("media"),
    createdAtMs: integer("created_at_ms").notNull(),
  } satisfies ColumnsOf<Artifact>,
  (table) => [index("artifacts_by_project").on(table.projectId)],
);

/** The ledger: paid calls, written down before they are sent. Amounts never change, rows never go. */
export const submits = sqliteTable(
  "submits",
  {
    id: id<SubmitId>("id").primaryKey(),
    projectId: ofProject(),
    stepId: ofStep(),
    attempt: integer("attempt").notNull(),
    because: text("because", { enum: PURCHASE_REASONS }).notNull().default("first"),
    state: text("state", { enum: SUBMIT_STATES }).notNull(),
    usd: usd("usd_millionths").notNull(),
    quantity: real("quantity").notNull(),
    unit: text("unit").notNull(),
    model: text("model").notNull(),
    operationName: text("operation_name"),
    billedUsd: usd("billed_usd_millionths"),
    replyId: id<ArtifactId>("reply_id"),
    resultId: id<ArtifactId>("result_id"),
    verdict: text("verdict", { enum: VERDICTS }),
    reason: text("reason"),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  } satisfies ColumnsOf<Submit>,
  (table) => [
    index("submits_by_project").on(table.projectId),
    uniqueIndex("submits_attempt").on(table.stepId, table.attempt).where(sql`state not in ${RELEASED}`),
    uniqueIndex("submits_one_live").on(table.stepId).where(sql`state in ${LIVE}`),
    index("submits_of_day").on(table.createdAtMs, table.usd).where(sql`state not in ${RELEASED}`),
  ],
);

/** A project's history, numbered without gaps from 1. */
export const events = sqliteTable(
  "events",
  {
    projectId: ofProject(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    type: text("type", { enum: ["project", "step", "money"] }).notNull(),
    data: json(ProjectEvent.shape.data)("data").notNull(),
  } satisfies ColumnsOf<ProjectEvent & { projectId: ProjectId }>,
  (table) => [primaryKey({ columns: [table.projectId, table.seq] })],
);

/** Every direction a project ever had, numbered without gaps from 0. */
export const revisions = sqliteTable(
  "revisions",
  {
    projectId: ofProject(),
    revision: integer("revision").notNull(),
    atMs: integer("at_ms").notNull(),
    note: text("note").notNull(),
    direction: json(Direction)("direction").notNull(),
    crossfadeSeconds: real("crossfade_seconds").notNull(),
  } satisfies ColumnsOf<Revision & { projectId: ProjectId }>,
  (table) => [primaryKey({ columns: [table.projectId, table.revision] })],
);

/** Messages to webhooks, each told by the event of the same number. */
export const deliveries = sqliteTable(
  "deliveries",
  {
    projectId: ofProject(),
    seq: integer("seq").notNull(),
    url: text("url").notNull(),
    state: text("state", { enum: DELIVERY_STATES }).notNull(),
    attempts: integer("attempts").notNull(),
    dueAtMs: integer("due_at_ms").notNull(),
    lastStatus: integer("last_status"),
    lastError: text("last_error"),
  } satisfies ColumnsOf<Omit<Delivery, "event" | "eventAtMs">>,
  (table) => [
    primaryKey({ columns: [table.projectId, table.seq] }),
    foreignKey({ columns: [table.projectId, table.seq], foreignColumns: [events.projectId, events.seq] }),
    index("deliveries_due").on(table.dueAtMs).where(sql`state = 'pending'`),
  ],
);

/** Keys by which clients name requests that must not be carried out twice. */
export const requestKeys = sqliteTable(
  "request_keys",
  {
    key: text("key").primaryKey(),
    fingerprint: text("fingerprint").notNull(),
    projectId: id<ProjectId>("project_id").notNull(),
    answer: text("answer"),
    createdAtMs: integer("created_at_ms").notNull(),
    owner: text("owner"),
    settledAtMs: integer("settled_at_ms"),
  } satisfies ColumnsOf<KeyEntry>,
  (table) => [index("request_keys_by_age").on(table.createdAtMs)],
);

/**
 * Counts and sums over all projects, kept by triggers, so that no list, limit or metric walks over everything. `kind` is
 * a step's kind or a model's name. Groups that became empty stay with a count of 0.
 */
export const tallies = sqliteTable(
  "tallies",
  {
    topic: text("topic", { enum: ["project", "step", "submit"] }).notNull(),
    kind: text("kind").notNull(),
    state: text("state").notNull(),
    count: integer("count").notNull(),
    /** Of steps ms from start to end, of submits millionths of a US dollar. */
    amount: integer("amount").notNull(),
  },
  (table) => [primaryKey({ columns: [table.topic, table.kind, table.state] })],
);

/** The order in which films of the list changed last, kept by triggers; the trash is a change. */
export const filmChanges = sqliteTable(
  "film_changes",
  { projectId: id<ProjectId>("project_id").primaryKey(), number: integer("number").notNull() },
  (table) => [uniqueIndex("film_changes_by_number").on(table.number)],
);

/** What can be searched, kept by triggers: title and prompt of films outside the trash. Its index is `film_search`. */
export const filmTexts = sqliteTable("film_texts", {
  doc: integer("doc").primaryKey(),
  projectId: id<ProjectId>("project_id").notNull().unique(),
  createdAtMs: integer("created_at_ms").notNull(),
  words: text("words").notNull(),
});

/** One row: what tells this database from every other; a copy of it keeps the mark. */
export const dataMark = sqliteTable("data_mark", { mark: text("mark").primaryKey() });

/** Characters of one column that are cached with their parsed values. */
const cachedLength = 500_000;

/** Parses each stored text once: the same rows are read with every change of a film, and parsed values are never altered. */
export function cachedJson<Data>(read: (stored: string) => Data): (stored: string) => Data {
  const known = new Map<string, Data>();
  let length = 0;
  return (stored) => {
    const before = known.get(stored);
    if (before !== undefined) return before;
    length += stored.length;
    if (length > cachedLength) {
      known.clear();
      length = stored.length;
    }
    const data = read(stored);
    known.set(stored, data);
    return data;
  };
}
