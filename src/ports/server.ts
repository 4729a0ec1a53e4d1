/** Ports for a server: list pages, trash, idempotency keys, webhooks, metrics, backups. */
import type { ProjectEvent, ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { ProjectStatus, StepKind, StepStatus } from "../domain/lifecycle.ts";
import type { SubmitState } from "../domain/money.ts";
import type { Project } from "../domain/project.ts";
import type { ProcessIdentity } from "./runtime.ts";

/** A project's status, from its cached columns. */
export type StatusRow = Pick<Project, "id" | "status" | "message" | "createdAtMs" | "updatedAtMs">;

/** What v1's list says of a project. */
export interface ProjectHead extends Pick<Project, "id" | "status" | "createdAtMs" | "updatedAtMs"> {
  readonly prompt: string;
}

/** A project in the list. */
export interface ProjectListItem extends ProjectHead {
  /** Whether its first keyframe is there, e.g. for a poster. */
  readonly hasStill: boolean;
  /** Of the storyboard; null until there is one. */
  readonly title: string | null;
  /** Of the newest finished film; null until there is one. */
  readonly durationSeconds: number | null;
}

/** A place in the list, which is newest first; projects of the same moment are in the order of their ids. */
export type ListPlace = Pick<Project, "createdAtMs" | "id">;

/** Which projects to list, and how many. */
export interface ListFilter {
  /** Only projects with one of these; all of them unless given. */
  readonly statuses?: readonly ProjectStatus[];
  readonly limit?: number;
  /** Only what comes after this project in the list. */
  readonly after?: ListPlace;
}

/** Which projects to look for. */
export interface Search extends ListFilter {
  /** Every word of it must be in the title or the prompt, ignoring case; or it is the start of ids. */
  readonly text: string;
  readonly limit: number;
}

/** What was found, newest first. A search that takes long ends early: then there may be fewer than asked, even none. */
export interface SearchPage {
  readonly items: readonly ProjectListItem[];
  /** Where to go on; null when everything was looked through. */
  readonly next: ListPlace | null;
}

/** The newest change of a project in the list. */
export interface FilmChange {
  /** Grows with every change, over all projects. */
  readonly number: number;
  readonly id: ProjectId;
  /** As it is now; null when it is not in the list any more. */
  readonly item: ProjectListItem | null;
}

/** Deleted projects: nothing shows them until they are restored; emptying deletes them for good. */
export interface Trash {
  /** Puts a project in, unless `check` throws on its facts. @throws VidpipeError project.not_found */
  discard(id: ProjectId, nowMs: number, check: (facts: ProjectFacts) => void): Promise<void>;
  /** Restores a project. @throws VidpipeError project.not_found when it is not in the trash */
  restore(id: ProjectId): Promise<void>;
  /** Those deleted before a time, epoch ms, and not yet emptied. */
  expired(beforeMs: number): Promise<readonly ProjectId[]>;
  /** Deletes what was made and written for a project in the trash; only what the ledger needs stays. */
  empty(id: ProjectId, nowMs: number): Promise<void>;
}

/** A key by which a client names a request that must not be carried out twice. */
export interface KeyClaim {
  readonly key: string;
  /** sha256 of what was asked; the same key with another one is a mistake of the client's. */
  readonly fingerprint: string;
  /** The project that the request makes, should it make one. */
  readonly projectId: ProjectId;
  readonly createdAtMs: number;
}

export interface KeyEntry extends KeyClaim {
  /** The process that carries the request out, or last did; null where an older vidpipe recorded the key. */
  readonly owner: string | null;
  /** When what the request asks for was recorded, in the same transaction, epoch ms; null until then. */
  readonly settledAtMs: number | null;
  /** The answer, as JSON text; null until it is known, and for good when the process ended before it answered. */
  readonly answer: string | null;
}

/**
 * A key whose request this process carries out. It is handed to the transaction that records what the request asks for,
 * which settles the key or is refused with run.lease_lost: settled already, or held by another process.
 */
export interface HeldKey extends Pick<KeyClaim, "key" | "projectId"> {
  /** This process. */
  readonly owner: string;
}

/** Requests that must not be carried out twice, and what was answered. */
export interface IdempotencyStore {
  /**
   * Records a key as held by this process, and as one of its signs of life. Where the key is recorded already, returns
   * its entry; one that is not settled and whose process is gone, as leases judge it, is held by this process from now
   * on and gets the claim's project: what the other one still stores or removes is of a project of its own.
   */
  claim(claim: KeyClaim, owner: ProcessIdentity): Promise<KeyEntry>;
  /** Records the answer, unless there is one; the key is settled from then on at the latest. */
  recordAnswer(key: string, answer: string): Promise<void>;
  /** Deletes a key that this process holds, unless it is settled. */
  forget(held: HeldKey): Promise<void>;
  /** Deletes keys made before a time, epoch ms. */
  prune(beforeMs: number): Promise<void>;
}

export const DELIVERY_STATES = ["pending", "delivered", "failed"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One message to a project's webhook, written in the transaction that settled the project. */
export interface Delivery {
  /** The event it tells of. */
  readonly projectId: ProjectId;
  readonly seq: number;
  readonly eventAtMs: number;
  readonly event: ProjectEvent["data"];
  readonly url: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** Earliest next attempt, epoch ms. */
  readonly dueAtMs: number;
  /** HTTP status of the last attempt; null when there was no answer. */
  readonly lastStatus: number | null;
  /** Why the last attempt failed, in one line. */
  readonly lastError: string | null;
}

/** How an attempt went. */
export type DeliveryOutcome = Pick<Delivery, "state" | "dueAtMs" | "lastStatus" | "lastError">;

/** Messages that must reach a webhook at least once. */
export interface Outbox {
  /** Claims due messages: other processes do not get them until `leaseMs` from now. Each counts one attempt more. */
  claim(nowMs: number, leaseMs: number, limit: number): Promise<readonly Delivery[]>;
  record(delivery: Pick<Delivery, "projectId" | "seq">, outcome: DeliveryOutcome): Promise<void>;
  /** Gives up everything pending for a URL that refuses messages. */
  abandon(url: string, reason: string): Promise<void>;
  /** The messages of a project, oldest first. */
  of(id: ProjectId): Promise<readonly Delivery[]>;
}

/** Counts and sums over all projects. */
export interface Metrics {
  readonly projects: Readonly<Partial<Record<ProjectStatus, number>>>;
  readonly steps: readonly { readonly kind: StepKind; readonly status: StepStatus; readonly count: number }[];
  /** Wall-clock seconds of finished steps, summed. */
  readonly finished: readonly { readonly kind: StepKind; readonly count: number; readonly seconds: number }[];
  readonly submits: readonly {
    readonly model: string;
    readonly state: SubmitState;
    readonly count: number;
    readonly usd: number;
  }[];
}

/** A copy of everything that is recorded. */
export interface Backup {
  /** Absolute path. */
  readonly path: string;
  /** Projects in it, without those in the trash. */
  readonly projects: number;
  readonly bytes: number;
}

/** A file of a project, with or without a row that names it. */
export interface FoundFile {
  readonly projectId: ProjectId;
  /** Path below the artifact folder, with forward slashes. */
  readonly key: string;
  /** Last change of its content, epoch ms. */
  readonly modifiedAtMs: number;
}

/** The message's id, the same on every attempt. */
export const webhookIdOf = ({ projectId, seq }: Pick<Delivery, "projectId" | "seq">): string =>
  `msg_${projectId.replaceAll("-", "")}_${seq}`;

/** The message's type: `project.` and the status in which it settled. */
export const webhookTypeOf = ({ event }: Pick<Delivery, "event">): string => `project.${String(event.status)}`;
