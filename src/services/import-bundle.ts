import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import { committedUsd, roundUsd, spendOf } from "../domain/money.ts";
import { filesOf, type ProjectRecord, renamed } from "../domain/project-record.ts";
import type { Step } from "../domain/step.ts";
import {
  isSame,
  MANIFEST_NAME,
  MOST_LIST_BYTES,
  movingFault,
  nameInBundle,
  RECORD_NAME,
  readManifest,
  readRecord,
} from "../formats/interchange/bundle.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import { plan, refOf } from "../planning/plan.ts";
import { statusOf } from "../planning/project-status.ts";
import { purchasesOf } from "../planning/purchases.ts";
import type { ArchiveReader, IncomingFile, UserFiles } from "../ports/files.ts";
import type { World } from "../ports/world.ts";
import { checkSignal } from "./interrupt.ts";
import { recordedFacts } from "./read-projects.ts";

const nothingImported = "nothing was imported";

/** What an import works with. */
export interface ImportDeps extends Pick<World, "repository" | "artifacts"> {
  readonly outside: UserFiles;
  readonly context: () => DecisionContext;
  /** Free bytes that are left alone. */
  readonly freeFloorBytes: number;
}

/**
 * Imports a bundle. Every hash is checked before a file gets its name, files come before rows, and where anything fails
 * nothing stays. The project keeps its id unless that is in use. Returns the id.
 * @throws VidpipeError run.interrupted, input.invalid, project.conflict (the same project is here), storage.full
 */
export async function importBundle(deps: ImportDeps, path: string, signal: AbortSignal): Promise<ProjectId> {
  checkSignal(signal, nothingImported);
  await deps.artifacts.sweep();
  const receiveAs = (underNewIds: boolean): Promise<ProjectId> =>
    deps.outside.unpack(path, (archive) => receive(deps, archive, underNewIds, signal));
  try {
    return await receiveAs(false).catch((thrown: unknown) => {
      const { code, facts } = asVidpipeError(thrown);
      if (code !== "project.conflict" || facts.same === true) throw thrown;
      // Some row or file has this id already, perhaps in the trash.
      return receiveAs(true);
    });
  } catch (thrown) {
    const failure = asVidpipeError(thrown);
    if (failure.code !== "input.invalid") throw failure;
    const message = `${path} cannot be imported: ${failure.message}; ${nothingImported}`;
    throw new VidpipeError("input.invalid", message, { cause: thrown });
  }
}

async function receive(
  deps: ImportDeps,
  archive: ArchiveReader,
  underNewIds: boolean,
  signal: AbortSignal,
): Promise<ProjectId> {
  const { repository, artifacts, context } = deps;
  const theirs = await readLists(archive);
  const isHere = await compare(deps, theirs);
  const mine = atRest(underNewIds || isHere ? renamed(theirs, context().id) : theirs);
  const { id } = mine.project;
  await checkDiskSpace(deps, mine);
  await repository.standstill(id, (facts) => {
    if (facts === null) artifacts.clearAbandonedImport(id);
  });
  await admitProject(deps, mine, incoming(archive, theirs, mine, signal));
  return id;
}

/** Stores the files of a project that is new here and records it; a finished film first gets its public name. */
export const admitProject = (
  { artifacts, repository }: Pick<World, "repository" | "artifacts">,
  record: ProjectRecord,
  files: AsyncIterable<IncomingFile>,
): Promise<void> =>
  artifacts.importProject(record.project.id, files, async () => {
    const facts = { ...record, committedTodayUsd: 0 };
    const film = plan(facts).steps.find(({ kind }) => kind === "stitch");
    const made = record.artifacts.find(({ id }) => id === refOf(facts, film)?.id);
    if (made !== undefined) await artifacts.publish(made.key, "final.mp4");
    await repository.admit(record);
  });

async function readLists(archive: ArchiveReader): Promise<ProjectRecord> {
  const first = await archive.next();
  if (first?.name !== MANIFEST_NAME) throw new VidpipeError("input.invalid", "it is not a vidpipe bundle");
  const manifest = readManifest(await archive.read(MOST_LIST_BYTES));
  const second = await archive.next();
  if (second?.name !== RECORD_NAME) throw new VidpipeError("input.invalid", `it has no ${RECORD_NAME}`);
  return readRecord(await archive.read(MOST_LIST_BYTES), manifest);
}

/** Whether another project has this id here. @throws VidpipeError project.conflict when it is the same one */
async function compare({ repository }: ImportDeps, theirs: ProjectRecord): Promise<boolean> {
  const { id } = theirs.project;
  const facts = await recordedFacts(repository, id);
  if (facts === null) return false;
  const { committedTodayUsd: _, ...rows } = facts;
  const ours = { ...rows, revisions: await repository.revisions(id), events: [] };
  if (!isSame(ours, theirs)) return true;
  const message = `project ${id} is here already, just as in this bundle: nothing was imported`;
  throw new VidpipeError("project.conflict", message, { facts: { same: true } });
}

/**
 * The record as it will be stored: amounts in whole millionths, a status that is computed here, not believed, and
 * nothing that was agreed to elsewhere and not bought yet.
 * @throws VidpipeError input.invalid when something of it would be made and bought without the user's command
 */
function atRest(record: ProjectRecord): ProjectRecord {
  const submits = record.submits.map(({ usd, billedUsd, ...submit }) => ({
    ...submit,
    usd: roundUsd(usd),
    billedUsd: billedUsd === null ? null : roundUsd(billedUsd),
  }));
  // What was accepted elsewhere was not accepted here: more is bought once its price is.
  const project = { ...record.project, maxCostUsd: committedUsd(spendOf(submits)) };
  const before = { ...record, project, submits, committedTodayUsd: 0 };
  const steps = record.steps.map((step) => withoutUnusedWord(before, step));
  const facts = { ...before, steps };
  const standing = statusOf(facts, plan(facts));
  const settled = { ...record, submits, steps, project: { ...project, ...standing } };
  const fault = movingFault(settled);
  if (fault === null) return settled;
  throw new VidpipeError("input.invalid", `the bundled project has unfinished paid work: ${fault}`);
}

/** A step without what its user agreed to and did not use: it is not the word of the one who imports it. */
function withoutUnusedWord(facts: ProjectFacts, step: Step): Step {
  const used = purchasesOf(facts, step).filter(({ because }) => because === "approval").length;
  return { ...step, approvals: Math.min(step.approvals, used), reservedUsd: 0 };
}

async function checkDiskSpace({ artifacts, freeFloorBytes }: ImportDeps, record: ProjectRecord): Promise<void> {
  const bytes = filesOf(record.artifacts).reduce((sum, file) => sum + file.bytes, 0);
  if ((await artifacts.freeBytes()) - bytes >= freeFloorBytes) return;
  const needed = `${Math.ceil((bytes + freeFloorBytes) / 1024 ** 2)} MiB`;
  const message = `the bundle needs ${needed} of free disk: nothing was imported; make room first`;
  throw new VidpipeError("storage.full", message);
}

/** The files of the archive, each under its name here, in the order of the record; then the archive must end. */
async function* incoming(
  archive: ArchiveReader,
  theirs: ProjectRecord,
  mine: ProjectRecord,
  signal: AbortSignal,
): AsyncGenerator<IncomingFile> {
  const targets = filesOf(mine.artifacts);
  for (const [index, file] of filesOf(theirs.artifacts).entries()) {
    checkSignal(signal, nothingImported);
    const { sha256, bytes } = file;
    const entry = await archive.next();
    if (entry?.name !== nameInBundle(file) || entry.bytes !== bytes)
      throw new VidpipeError("input.invalid", `it lacks ${nameInBundle(file)}, or has another file in its place`);
    const key = targets[index]?.key ?? "";
    yield { file: { key, sha256, bytes }, write: (path) => archive.save(path) };
  }
  if ((await archive.next()) !== null) throw new VidpipeError("input.invalid", "it holds more than it lists");
}
