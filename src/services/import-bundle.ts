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
import { corrected, decoded, type Measured } from "./media-check.ts";
import { recordedFacts } from "./read-projects.ts";

const nothingImported = "nothing was imported";

/** What an import works with. */
export interface ImportDeps extends Pick<World, "repository" | "artifacts" | "media"> {
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
  const measured = new Map<string, Measured>();
  const asFound = (): ProjectRecord =>
    atRest({ ...mine, artifacts: mine.artifacts.map((row) => corrected(row, measured.get(row.key))) });
  await admitProject(deps, mine, incoming(deps, archive, theirs, mine, measured, signal), asFound);
  return id;
}

/**
 * Stores the files of a project that is new here and records it, as `settled` says once they are there; a finished film
 * first gets its public name.
 */
export const admitProject = (
  { artifacts, repository }: Pick<World, "repository" | "artifacts">,
  record: ProjectRecord,
  files: AsyncIterable<IncomingFile>,
  settled: () => ProjectRecord = () => record,
): Promise<void> =>
  artifacts.importProject(record.project.id, files, async () => {
    const final = settled();
    const facts = { ...final, committedTodayUsd: 0 };
    const film = plan(facts).steps.find(({ kind }) => kind === "stitch");
    const made = final.artifacts.find(({ id }) => id === refOf(facts, film)?.id);
    if (made !== undefined) await artifacts.publish(made.key, "final.mp4");
    await repository.admit(final);
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

/**
 * The files of the archive, each under its name here, in the order of the record; then the archive must end. Each is
 * decoded as what its rows say it is, and what it was found to be goes into `measured`, by key.
 */
async function* incoming(
  { media }: ImportDeps,
  archive: ArchiveReader,
  theirs: ProjectRecord,
  mine: ProjectRecord,
  measured: Map<string, Measured>,
  signal: AbortSignal,
): AsyncGenerator<IncomingFile> {
  const targets = filesOf(mine.artifacts);
  const rows = Map.groupBy(mine.artifacts, ({ key }) => key);
  for (const [index, file] of filesOf(theirs.artifacts).entries()) {
    checkSignal(signal, nothingImported);
    const { sha256, bytes } = file;
    const entry = await archive.next();
    if (entry?.name !== nameInBundle(file) || entry.bytes !== bytes)
      throw new VidpipeError("input.invalid", `it lacks ${nameInBundle(file)}, or has another file in its place`);
    const key = targets[index]?.key ?? "";
    const write = async (path: string): Promise<void> => {
      await archive.save(path);
      // Rows of one role need one look.
      for (const row of new Map(rows.get(key)?.map((one) => [one.role, one])).values()) {
        const found = await decoded(media, path, row, null, signal).catch((thrown: unknown) => {
          throw notWhatItSays(nameInBundle(file), row.role, thrown);
        });
        if (found !== null) measured.set(key, found);
      }
    };
    yield { file: { key, sha256, bytes }, write };
  }
  if ((await archive.next()) !== null) throw new VidpipeError("input.invalid", "it holds more than it lists");
}

/** A file that does not decode as what it should be is the bundle's fault, named as the bundle names it. */
function notWhatItSays(name: string, role: string, thrown: unknown): VidpipeError {
  const failure = asVidpipeError(thrown);
  if (failure.code !== "media.invalid") return failure;
  // The message names a private copy.
  const why = failure.message.replace(/^"[^"]*" /, "").replace(/; it was not used$/, "");
  return new VidpipeError("input.invalid", `${name} is no ${role} that can be used: it ${why}`, { cause: thrown });
}
