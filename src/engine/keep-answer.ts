import { asVidpipeError, failureClass, VidpipeError } from "../domain/errors.ts";
import { advanced, type Change, type ProjectFacts, type SubmitPatch } from "../domain/facts.ts";
import { ArtifactId, type ProjectId, type StepId, type SubmitId } from "../domain/ids.ts";
import { type MediaType, mediaTypeOf } from "../domain/media.ts";
import type { Hold } from "../domain/project.ts";
import { type Artifact, REPLY_PREFIX, type Submit } from "../domain/step.ts";
import { type DecisionContext, withConsequences } from "../planning/consequences.ts";
import type { FileSlot, StoredFile } from "../ports/files.ts";
import type { PaidAnswer } from "../ports/provider.ts";
import type { World } from "../ports/world.ts";

/** Wait between two tries to store what was paid for, ms. */
const storeRetryMs = 1_000;

const EXTENSIONS = {
  "application/json": "json",
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "video/mp4": "mp4",
  "text/plain": "bin",
  "application/octet-stream": "bin",
} as const satisfies Record<MediaType, FileSlot["extension"]>;

/** The file's name under which the answer to a paid call is found again, also when no row names it yet. */
const nameOfAnswer = (id: SubmitId): string => `${REPLY_PREFIX}${id}`;

/** A stored file of an answer. */
export interface AnswerFile extends StoredFile {
  readonly mediaType: MediaType;
}

/** What an answer is to its paid call: the reply itself, or the file that was made of it. */
export type AnswerPart = "replyId" | "resultId";

/** The rows of an answer. None where the reply is recorded already. Pure. */
function rowsOf(
  { submits, steps }: ProjectFacts,
  submitId: SubmitId,
  part: AnswerPart,
  file: AnswerFile,
  context: DecisionContext,
  billedUsd: number | null = null,
): Change[] {
  const submit = submits.find(({ id }) => id === submitId);
  const step = steps.find(({ id }) => id === submit?.stepId);
  if (submit === undefined || step === undefined || (part === "replyId" && submit.replyId !== null)) return [];
  const artifact = answerArtifact(submit, step.position, file, context);
  const patch: SubmitPatch = { [part]: artifact.id, ...(billedUsd !== null && { billedUsd }) };
  const wasLost = submit.state === "unknown" && step.status === "ambiguous";
  const again = wasLost ? [advanced(step.id, "redo", { failure: null, dueAtMs: context.nowMs })] : [];
  return [
    { type: "add_artifact", artifact },
    { type: "settle_submit", submitId, state: submit.state, patch },
    ...again,
  ];
}

/** The rows of a reply whose file was found; a step that was given up as lost is taken up again. Pure. */
export const replyRows = (facts: ProjectFacts, id: SubmitId, file: AnswerFile, context: DecisionContext): Change[] =>
  rowsOf(facts, id, "replyId", file, context);

/** The same with its consequences, whoever drives the project now: it was paid for. Pure. */
export const answerKept = (
  facts: ProjectFacts,
  submitId: SubmitId,
  part: AnswerPart,
  file: AnswerFile,
  context: DecisionContext,
  billedUsd: number | null = null,
): readonly Change[] =>
  withConsequences(facts, rowsOf(facts, submitId, part, file, context, billedUsd), context).changes;

const answerArtifact = (
  { projectId, stepId }: Pick<Submit, "projectId" | "stepId">,
  position: number,
  { key, sha256, bytes, mediaType }: AnswerFile,
  { nowMs, id }: DecisionContext,
): Artifact => ({
  id: ArtifactId.parse(id()),
  projectId,
  stepId,
  role: "answer",
  position,
  key,
  sha256,
  bytes,
  mediaType,
  media: null,
  createdAtMs: nowMs,
});

export interface KeepDeps {
  readonly world: Pick<World, "artifacts" | "repository" | "clock" | "log">;
  readonly projectId: ProjectId;
  readonly context: () => DecisionContext;
  /** Aborts when the process can wait no longer. */
  readonly signal: AbortSignal;
}

/**
 * Stores the reply of a paid call as it came, with its row. It does not give up while this process lives: the bytes stay
 * in memory, and nothing else of the project is bought meanwhile.
 * @throws VidpipeError storage.* when the process ends before the reply could be stored
 */
export async function keepReply(
  submitId: SubmitId,
  answer: PaidAnswer,
  deps: KeepDeps,
  billedUsd: number | null = null,
): Promise<void> {
  const { artifacts } = deps.world;
  // The service's own word for it is not believed beyond the list.
  const mediaType = mediaTypeOf(answer.mediaType);
  const extension = EXTENSIONS[mediaType];
  const slot = { projectId: deps.projectId, name: nameOfAnswer(submitId), extension };
  await untilStored(deps, async () => {
    const { written: _, ...file } = await artifacts.put(slot, (path) => Bun.write(path, answer.bytes));
    await record(submitId, "replyId", { ...file, mediaType }, deps, billedUsd);
  });
}

/**
 * The same of an answer that came with a fork, without the call it was bought by: the row is the step's alone.
 * @throws as keepReply does
 */
export const keepForkResult = (stepId: StepId, file: AnswerFile, deps: KeepDeps): Promise<void> =>
  untilStored(deps, async () => {
    await deps.world.repository.change(deps.projectId, null, ({ steps }) => {
      const step = steps.find(({ id }) => id === stepId);
      if (step === undefined) return [];
      const { projectId, position } = step;
      return [
        { type: "add_artifact", artifact: answerArtifact({ projectId, stepId }, position, file, deps.context()) },
      ];
    });
  });

/** Records the file that was made of an answer before it was checked. @throws as keepReply does */
export const keepResult = (submitId: SubmitId, file: AnswerFile, deps: KeepDeps): Promise<void> =>
  untilStored(deps, () => record(submitId, "resultId", file, deps));

async function record(
  submitId: SubmitId,
  part: AnswerPart,
  file: AnswerFile,
  deps: KeepDeps,
  billedUsd: number | null = null,
): Promise<void> {
  // Unfenced: what was paid for is a fact, whoever decides now.
  await deps.world.repository.change(deps.projectId, null, (facts) =>
    answerKept(facts, submitId, part, file, deps.context(), billedUsd),
  );
}

async function untilStored(deps: KeepDeps, store: () => Promise<void>): Promise<void> {
  const { world, projectId, signal } = deps;
  let hold: Hold | null = null;
  for (;;) {
    try {
      await store();
      if (hold !== null) await holdForDisk(deps, hold, null);
      return;
    } catch (thrown) {
      const failure = asVidpipeError(thrown);
      if (!mayPass(failure) || signal.aborted) throw failure;
      const words = `what was paid for could not be stored (${failure.message})`;
      const message = `${words}: make room; it is stored as soon as there is some, resume only if vidpipe was stopped meanwhile`;
      world.log.error(`${words}; it is kept in memory and tried again`, { project: projectId });
      hold = failure.code === "storage.full" ? await heldForDisk(deps, hold, message) : hold;
      await world.clock.sleep(storeRetryMs, signal);
    }
  }
}

/** Holds the film once; the database may lie on the same disk, then it is not held. */
async function heldForDisk(deps: KeepDeps, before: Hold | null, message: string): Promise<Hold> {
  if (before !== null) return before;
  const hold: Hold = { reason: "disk", message };
  await holdForDisk(deps, null, hold).catch(() => {});
  return hold;
}

const mayPass = ({ code }: VidpipeError): boolean => failureClass(code).area === "storage" || code === "project.busy";

/** Nothing else of the project is bought while there is no room for what is paid for; it goes on once it is stored. */
async function holdForDisk(
  { world, projectId, context }: KeepDeps,
  from: Hold | null,
  hold: Hold | null,
): Promise<void> {
  await world.repository.change(projectId, null, (facts) => {
    const { project } = facts;
    if (project.hold?.message !== from?.message || project.cancelled) return [];
    return withConsequences(facts, [{ type: "project", patch: { hold } }], context()).changes;
  });
}

/** The kept reply, as it came. @throws VidpipeError provider.bad_answer when its file is not what was stored */
export async function readReply({ artifacts }: Pick<World, "artifacts">, reply: Artifact): Promise<PaidAnswer> {
  try {
    return { bytes: await artifacts.read(reply.key), mediaType: reply.mediaType };
  } catch (thrown) {
    if (asVidpipeError(thrown).code !== "storage.damaged") throw thrown;
    const words = `the kept answer ${reply.key} is missing or was changed: put it back from a backup, then resume`;
    throw new VidpipeError("provider.bad_answer", words, { cause: thrown });
  }
}

const MEDIA_TYPES = {
  json: "application/json",
  png: "image/png",
  jpg: "image/jpeg",
  webp: "image/webp",
  mp4: "video/mp4",
  bin: "application/octet-stream",
} as const satisfies Record<FileSlot["extension"], string>;

/** Replies that a dead process stored without a row, by paid call. */
export async function findReplies(
  { steps, submits, project }: ProjectFacts,
  { artifacts }: Pick<World, "artifacts">,
): Promise<ReadonlyMap<SubmitId, AnswerFile>> {
  const found = new Map<SubmitId, AnswerFile>();
  for (const { id, replyId, state, stepId } of submits) {
    const step = steps.find((one) => one.id === stepId);
    const isOpen = step !== undefined && step.operation === null && step.status !== "done";
    // A charged call too: its process may have ended before the row of the reply could be written.
    const isMissed = isOpen && replyId === null && state !== "released" && state !== "open";
    const file = isMissed ? await artifacts.find(project.id, nameOfAnswer(id)) : null;
    if (file === null) continue;
    const { extension, ...stored } = file;
    found.set(id, { ...stored, mediaType: MEDIA_TYPES[extension] });
  }
  return found;
}
