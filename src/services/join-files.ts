import { basename } from "node:path";
import { asVidpipeError, joined, VidpipeError } from "../domain/errors.ts";
import type { StitchReport } from "../domain/media.ts";
import type { Transition } from "../domain/transition.ts";
import type { FilmFiles } from "../ports/files.ts";
import type { MediaTool, StitchRequest } from "../ports/media.ts";

/** A file to join. */
export interface FileToJoin {
  readonly path: string;
  /** As the user wrote it: messages call it so. */
  readonly name: string;
  /** How it passes into the next file, if not as the others do. */
  readonly transition?: Transition | undefined;
  /** Where it is cut off, seconds from its start. */
  readonly outSeconds?: number | undefined;
}

/** What is joined, and how. */
export interface FilmOfFiles {
  readonly files: readonly FileToJoin[];
  /** Between files that say nothing else. */
  readonly transition: Transition;
}

/** Where the film goes, and what may happen on the way. */
export interface JoinOptions {
  readonly output: string;
  /** Whether it may take the place of a file that is there. */
  readonly mayReplace: boolean;
  /** Whether files that cannot be joined are left out. */
  readonly skipBad: boolean;
}

/** A film that was joined. */
export interface JoinedFiles {
  readonly path: string;
  readonly bytes: number;
  readonly report: StitchReport;
  readonly files: readonly FileToJoin[];
  /** What could not be joined, with the reasons. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

interface JoinerDeps {
  readonly filmFiles: FilmFiles;
  /** ffmpeg with this folder for its scratch files. */
  readonly mediaIn: (scratch: string) => Joining;
}

type Joining = Pick<MediaTool, "explain" | "stitch" | "require">;

/** Joins files of the user's own: no project, no database, and nothing stays behind but the film. */
export interface FileJoiner {
  /** How the files would be joined and why, as rows of text with a head: nothing is made. @throws VidpipeError as join */
  explain(film: FilmOfFiles, signal: AbortSignal): Promise<readonly (readonly string[])[]>;
  /**
   * Joins the files into one film, verified before it has its name. Messages call the files by theirs.
   * @throws VidpipeError media.*, input.invalid, storage.full, storage.io, run.interrupted
   */
  join(
    film: FilmOfFiles,
    options: JoinOptions,
    onProgress: (fraction: number) => void,
    signal: AbortSignal,
  ): Promise<JoinedFiles>;
}

export const createFileJoiner = ({ filmFiles, mediaIn }: JoinerDeps): FileJoiner => ({
  explain: (film, signal) =>
    filmFiles.lend(async (scratch) => {
      const { files } = film;
      const media = mediaIn(scratch);
      const rows = await media.explain(requestOf(film), signal).catch(async (thrown: unknown) => {
        throw refusalOf(thrown, files, await badAmong(thrown, media, files, signal));
      });
      return rows.map((row) => row.map((cell) => withNames(cell, files)));
    }),
  async join(film, { output, mayReplace, skipBad }, onProgress, signal) {
    await refuseOwnClip(filmFiles, film.files, await filmFiles.check(output, true));
    const { written, ...made } = await filmFiles.make(output, mayReplace, async (path, scratch) => {
      const media = mediaIn(scratch);
      const stitch = (request: StitchRequest) => media.stitch(request, path, onProgress, signal);
      return joinWhatCan(media, stitch, film, skipBad, signal);
    });
    return { ...made, ...written };
  },
});

/** A file that cannot be joined, and why in its own name. */
interface Bad {
  readonly file: FileToJoin;
  readonly fault: VidpipeError;
}

/** Joins all files, or those that can be: what cannot is left out once it is known, and the rest is tried again. */
async function joinWhatCan(
  media: Joining,
  stitch: (request: StitchRequest) => Promise<StitchReport>,
  film: FilmOfFiles,
  skipBad: boolean,
  signal: AbortSignal,
): Promise<Omit<JoinedFiles, "path" | "bytes">> {
  const leftOut: Bad[] = [];
  for (let { files } = film; ; ) {
    try {
      const report = await stitch(requestOf({ ...film, files }));
      return { report, files, leftOut: leftOut.map(({ file, fault }) => ({ name: file.name, reason: fault.message })) };
    } catch (thrown) {
      const bad = await badAmong(thrown, media, files, signal);
      const good = files.filter((file) => !bad.some((other) => other.file === file));
      if (!skipBad || bad.length === 0 || good.length === 0) throw refusalOf(thrown, files, [...leftOut, ...bad]);
      leftOut.push(...bad);
      files = good;
    }
  }
}

/** Files that are measured at a time. */
const MEASURED_AT_ONCE = 8;

/** After a failure that is one file's: all files that cannot be joined. */
async function badAmong(
  thrown: unknown,
  media: Joining,
  files: readonly FileToJoin[],
  signal: AbortSignal,
): Promise<Bad[]> {
  const failure = asVidpipeError(thrown);
  // An ffmpeg that lacks what films need says so at once, and better.
  if (failure.code === "media.ffmpeg_failed") await media.require(signal);
  const first = fileOf(failure, files);
  if (first === undefined || signal.aborted) return [];
  const faults = new Map([[first.path, failure]]);
  const rest = [...new Set(files.map(({ path }) => path))].filter((path) => path !== first.path);
  for (let at = 0; at < rest.length; at += MEASURED_AT_ONCE)
    await Promise.all(
      rest.slice(at, at + MEASURED_AT_ONCE).map((path) =>
        media.explain({ clips: [path], crossfadeSeconds: 0 }, signal).catch((reason: unknown) => {
          const fault = asVidpipeError(reason);
          if (fault.code === "media.invalid") faults.set(path, fault);
        }),
      ),
    );
  return files.flatMap((file) => {
    const fault = faults.get(file.path);
    return fault === undefined ? [] : [{ file, fault: called(fault, file) }];
  });
}

/** The file that a failure is about. */
const fileOf = ({ code, facts }: VidpipeError, files: readonly FileToJoin[]): FileToJoin | undefined =>
  code === "media.invalid" && typeof facts.clip === "number" ? files[facts.clip] : undefined;

/** What to tell of a failure: every bad file in its own name, or else the failure with the names of the clips in it. */
function refusalOf(thrown: unknown, files: readonly FileToJoin[], bad: readonly Bad[]): unknown {
  const [first, ...others] = bad.map(({ fault }) => fault);
  if (first !== undefined) return joined(first, ...others);
  if (!(thrown instanceof VidpipeError)) return thrown;
  const { code, message, facts } = thrown;
  return new VidpipeError(code, withNames(message, files), { facts, cause: thrown });
}

/** A failure that calls the file by its last name only, or not at all, with the name that the user knows. */
function called({ code, message, facts }: VidpipeError, { path, name }: FileToJoin): VidpipeError {
  const own = JSON.stringify(basename(path));
  const words = message.startsWith(own) ? message.slice(own.length).trimStart() : message;
  return new VidpipeError(code, `${name} ${words}`, { facts });
}

/** A text with the files' names behind the numbers of their clips. Pure. */
export const withNames = (text: string, files: readonly Pick<FileToJoin, "name">[]): string =>
  text.replace(/\bclip (\d+)\b/g, (words, number) => {
    const name = files[Number(number) - 1]?.name;
    return name === undefined ? words : `${words} (${name})`;
  });

/** The order of a film of files for the media tool. Pure. */
export function requestOf({ files, transition: usual }: FilmOfFiles): StitchRequest {
  const isPlain = usual.kind === "cut" || usual.kind === "crossfade";
  const transitions = files.slice(0, -1).map(({ transition = usual }) => transition);
  const isCut = files.some(({ outSeconds }) => outSeconds !== undefined);
  return {
    clips: files.map(({ path }) => path),
    crossfadeSeconds: usual.seconds,
    own: true,
    // One length for all is checked against the shortest of all.
    ...(isPlain && transitions.every((own) => own === usual) ? {} : { transitions }),
    ...(isCut && { keepSeconds: files.map(({ outSeconds }) => outSeconds ?? null) }),
  };
}

/** A film that takes the place of its own clip could not be made again. */
async function refuseOwnClip(filmFiles: FilmFiles, files: readonly FileToJoin[], target: string): Promise<void> {
  for (const { path, name } of files)
    if (await filmFiles.isSame(path, target))
      throw new VidpipeError("input.invalid", `${name} is to be joined and is the output too: name another output`);
}
