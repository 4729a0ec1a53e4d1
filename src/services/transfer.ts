import { basename, dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { invalidInput, VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import { isSettled } from "../domain/lifecycle.ts";
import { ProjectRequest } from "../domain/project.ts";
import { filesOf, type ProjectRecord } from "../domain/project-record.ts";
import type { Artifact } from "../domain/step.ts";
import type { ProjectView } from "../domain/view.ts";
import { type ForkOptions, forkOf, type SharedFile } from "../editing/fork.ts";
import { bundleLists, MANIFEST_NAME, movingFault, nameInBundle, RECORD_NAME } from "../formats/interchange/bundle.ts";
import { toEdl } from "../formats/interchange/edl.ts";
import { toFcpxml } from "../formats/interchange/fcpxml.ts";
import { MEDIA_FOLDER, toOtio } from "../formats/interchange/otio.ts";
import { sidecarOf } from "../formats/interchange/sidecar.ts";
import { type Timeline, timelineOf } from "../formats/interchange/timeline.ts";
import { planned } from "../planning/plan.ts";
import type { ArchiveEntry, IncomingFile, UserFiles } from "../ports/files.ts";
import type { World } from "../ports/world.ts";
import type { Commands } from "./commands.ts";
import { admitProject, type ImportDeps, importBundle } from "./import-bundle.ts";
import { checkSignal } from "./interrupt.ts";

/** Formats in which editing programs read a film's timeline. */
export const TIMELINE_FORMATS = ["otio", "edl", "fcpxml"] as const;
export type TimelineFormat = (typeof TIMELINE_FORMATS)[number];

/** A timeline that was written, with its clips beside it. */
export interface ExportedTimeline {
  /** The files of the timeline, one for each format. */
  readonly paths: readonly string[];
  readonly clips: number;
  /** Scenes that have no clip yet, 0-based. */
  readonly missingScenes: readonly number[];
}

/**
 * Use cases that export, import and fork projects. Nothing here buys anything. When a signal aborts they end with
 * run.interrupted between two files: an export leaves whole files, everything else nothing.
 */
export type TransferService = ReturnType<typeof createTransferService>;

export interface TransferServiceDeps {
  readonly world: Pick<World, "repository" | "artifacts" | "media">;
  readonly outside: UserFiles;
  readonly commands: Commands;
  /** Name and version of this program, e.g. `vidpipe 2.0.0`. */
  readonly software: string;
  /** Free bytes that are left alone. */
  readonly freeFloorBytes: number;
}

export function createTransferService(deps: TransferServiceDeps) {
  const { world, outside, commands, software } = deps;
  const { repository, artifacts } = world;
  const importing: ImportDeps = { ...world, outside, context: commands.context, freeFloorBytes: deps.freeFloorBytes };

  const viewNow = async (id: ProjectId): Promise<ProjectView> => commands.view(planned(await repository.facts(id)));

  const writeSidecar = (facts: ProjectFacts, artifact: Artifact, folder: string, file: string): Promise<void> =>
    outside.writeText(join(folder, `${file}.json`), sidecarOf(facts, artifact, file, software));

  /**
   * Writes the current film for editing programs, and its clips into `media` beside it. `destination` is a
   * folder, or a file in it that ends in one of the formats.
   * @throws VidpipeError project.conflict while there is no clip, input.invalid, storage.full
   */
  async function exportTimeline(
    id: ProjectId,
    formats: readonly TimelineFormat[],
    destination: string,
    signal: AbortSignal,
  ): Promise<ExportedTimeline> {
    const facts = await repository.facts(id);
    const timeline = timelineOf(facts);
    if (timeline === null)
      throw new VidpipeError("project.conflict", `project ${id} has no clip yet: there is nothing to export`);
    const { folder, name } = placeOf(destination, timeline);
    const media = join(folder, MEDIA_FOLDER);
    checkSignal(signal, nothingWritten);
    await outside.makeFolder(media);
    for (const { artifact, file } of timeline.clips) {
      checkSignal(signal, wholeFiles);
      if (!(await artifacts.intact(artifact)))
        throw new VidpipeError("storage.damaged", `${artifact.key} is not what was stored: put it back from a backup`);
      await artifacts.export(artifact.key, join(media, file));
      await writeSidecar(facts, artifact, media, file);
    }
    const urlOf = (file: string) => pathToFileURL(join(media, file)).href;
    const texts = { otio: () => toOtio(timeline), edl: () => toEdl(timeline), fcpxml: () => toFcpxml(timeline, urlOf) };
    const paths = formats.map((format) => join(folder, `${name}.${format}`));
    checkSignal(signal, wholeFiles);
    for (const [index, format] of formats.entries()) await outside.writeText(paths[index] ?? "", texts[format]());
    return { paths, clips: timeline.clips.length, missingScenes: timeline.missingScenes };
  }

  /** All that is recorded of a project at rest. @throws VidpipeError project.conflict when it changes meanwhile */
  async function recordOf(id: ProjectId): Promise<ProjectRecord> {
    const { committedTodayUsd: _, ...facts } = await repository.facts(id);
    const revisions = await repository.revisions(id);
    const events = await repository.events(id, 0, Number.MAX_SAFE_INTEGER);
    const { committedTodayUsd: _again, ...after } = await repository.facts(id);
    if (movingFault(facts) !== null || !Bun.deepEquals(facts, after))
      throw new VidpipeError(
        "project.conflict",
        `project ${id} is being made: wait until it rests, or cancel it, then bundle it; nothing was written`,
      );
    return { ...facts, revisions, events };
  }

  /** Writes a whole project into one file. @throws VidpipeError project.conflict while it is being made */
  async function exportBundle(id: ProjectId, destination: string, signal: AbortSignal): Promise<void> {
    const record = await recordOf(id);
    const lists = bundleLists(record, software);
    const stored = filesOf(record.artifacts).map((file): ArchiveEntry => {
      const { key, bytes, sha256 } = file;
      return { name: nameInBundle(file), content: { path: artifacts.pathOf(key), bytes, sha256 } };
    });
    const head = [
      { name: MANIFEST_NAME, content: lists.manifest },
      { name: RECORD_NAME, content: lists.record },
    ];
    checkSignal(signal, nothingWritten);
    await outside.pack(destination, untilAborted([...head, ...stored], signal));
  }

  /** A new project that shares everything finished with this one and has an empty ledger. @throws VidpipeError input.invalid */
  async function fork(id: ProjectId, options: ForkOptions, signal: AbortSignal): Promise<ProjectView> {
    const style = options.style === undefined ? {} : { style: checkedStyle(options.style) };
    const source = await repository.facts(id);
    const { record, files } = forkOf(source, style, commands.context());
    const { project } = record;
    checkSignal(signal);
    await admitProject(world, record, sharedFiles(record, files, signal));
    if (!isSettled(project.status) && (await commands.drive(project.id))) commands.changed(project.id);
    return viewNow(project.id);
  }

  async function* sharedFiles(
    record: ProjectRecord,
    files: readonly SharedFile[],
    signal: AbortSignal,
  ): AsyncGenerator<IncomingFile> {
    for (const { key, sha256, bytes } of untilAborted(filesOf(record.artifacts), signal)) {
      const from = artifacts.pathOf(files.find(({ to }) => to === key)?.from ?? "");
      yield { file: { key, sha256, bytes }, write: (path) => outside.link(from, path) };
    }
  }

  return {
    exportTimeline,
    exportBundle,
    fork,
    /** Writes one JSON for every file of a project that says how it was made. Returns how many. @throws as exportTimeline */
    async exportSidecars(id: ProjectId, folder: string, signal: AbortSignal): Promise<number> {
      const facts = await repository.facts(id);
      checkSignal(signal, nothingWritten);
      await outside.makeFolder(folder);
      // A paid answer as it came is evidence, not a piece of the film.
      const files = filesOf(facts.artifacts.filter(({ role }) => role !== "answer"));
      for (const artifact of untilAborted(files, signal))
        await writeSidecar(facts, artifact, folder, basename(artifact.key));
      return files.length;
    },
    /**
     * Imports a bundle, all of it or nothing, under a new id where its own is in use.
     * @throws VidpipeError input.invalid when it is damaged or not a bundle, project.conflict when it is here already
     */
    importBundle: async (path: string, signal: AbortSignal): Promise<ProjectView> =>
      viewNow(await importBundle(importing, path, signal)),
  };
}

const nothingWritten = "nothing was written";
const wholeFiles = "files written until then are whole";

/** The items one by one. @throws VidpipeError run.interrupted at the next one once the signal aborts */
function* untilAborted<T>(items: readonly T[], signal: AbortSignal): Generator<T> {
  for (const item of items) {
    checkSignal(signal, wholeFiles);
    yield item;
  }
}

/** The folder of a timeline, and its name without the format. */
function placeOf(destination: string, { title }: Timeline): { readonly folder: string; readonly name: string } {
  const path = resolve(destination);
  const extension = extname(path).slice(1);
  if (!TIMELINE_FORMATS.some((format) => format === extension)) return { folder: path, name: fileName(title) };
  return { folder: dirname(path), name: basename(path, `.${extension}`) };
}

/** A title as a file's name that every system accepts. */
function fileName(title: string): string {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.replace(/[^a-z0-9]+/g, "-").slice(0, 60);
  return words.replace(/^-+|-+$/g, "") || "film";
}

function checkedStyle(style: string): string {
  const parsed = ProjectRequest.shape.style.safeParse(style);
  if (parsed.success) return parsed.data;
  throw invalidInput("style", `style ${parsed.error.issues[0]?.message ?? "is not valid"}`);
}
